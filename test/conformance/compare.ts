// Whether an answer is the expected one, by the mark of its line.

import { expect } from 'vitest';
import type { Bytes } from '../../src/bytes/bytes';
import { DoubleReply, MapReply, PairsReply, PushReply, type Reply, SetReply } from '../../src/protocol/reply';
import { decodeReply } from '../../src/protocol/reply-reader';
import type { Mark } from './transcript';

/** Fails the running test unless two raw RESP answers agree. */
export function expectSameAnswer(mark: Mark, text: string, actual: Bytes, expected: Bytes): void {
  if (mark === 'exact' && actual === expected) return;
  const [ours, theirs] = [decodeReply(actual), decodeReply(expected)];
  if (mark === 'exact')
    expect(`${text} => ${JSON.stringify(exact(ours))} ${actual}`).toBe(`${text} => ${JSON.stringify(exact(theirs))} ${expected}`);
  else if (mark === 'near' && isNear(ours, theirs)) return;
  else if (mark === 'unordered') expect(`${text} => ${unordered(ours)}`).toBe(`${text} => ${unordered(theirs)}`);
  else if (mark === 'near') expect(`${text} => ${actual}`).toBe(`${text} => about ${expected}`);
  else if (mark === 'type') expect(`${text} => ${actual[0]}`).toBe(`${text} => ${expected[0]}`);
  else expect(`${text} => ${kind(ours, actual)}`).toBe(`${text} => ${kind(theirs, expected)}`);
}

/** A number that time moves by less than a twentieth while the tests run. */
export function isNear(ours: unknown, theirs: unknown): boolean {
  if (typeof ours !== 'number' || typeof theirs !== 'number') return false;
  return Math.sign(ours) === Math.sign(theirs) && Math.abs(ours - theirs) <= Math.abs(theirs) / 20;
}

function elements(reply: Reply): Reply[] | undefined {
  if (Array.isArray(reply)) return reply;
  if (reply instanceof SetReply || reply instanceof MapReply || reply instanceof PairsReply || reply instanceof PushReply)
    return reply.items;
  return undefined;
}

function exact(reply: Reply): unknown {
  if (reply instanceof DoubleReply) return String(reply.value);
  if (typeof reply === 'bigint') return String(reply);
  return elements(reply)?.map(exact) ?? reply;
}

function unordered(reply: Reply): string {
  const items = elements(reply);
  if (!items) return JSON.stringify(exact(reply));
  // A cursor is followed by what it found.
  if (items.length === 2 && typeof items[0] === 'string' && Array.isArray(items[1])) return `${items[0]} ${unordered(items[1])}`;
  const words = items.map((item) => JSON.stringify(exact(item)));
  // Fields stay with their values.
  if (!(reply instanceof MapReply)) return `${reply?.constructor.name} ${words.sort().join(' ')}`;
  const couples = words.flatMap((word, i) => (i % 2 === 0 ? [`${word}:${words[i + 1]}`] : []));
  return `map ${couples.sort().join(' ')}`;
}

/** Type byte of the answer, and how many elements it has. */
function kind(reply: Reply, raw: Bytes): string {
  return `${raw[0]}${elements(reply)?.length ?? ''}`;
}
