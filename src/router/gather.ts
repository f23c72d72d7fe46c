// Makes one reply out of those of several shards.

import { ascii } from '../bytes/bytes';
import { addInt64, type Int64 } from '../bytes/integer';
import { redisError } from '../protocol/errors';
import { ErrorReply, type Reply, Status } from '../protocol/reply';
import type { Merge } from '../spec/command';
import type { Random } from '../spec/context';
import { joinDigests } from '../types/digest';

/** A shard answered in a way that its command never answers: two versions of the code are talking to each other. */
const MISMATCH = redisError('ERR the shards answered in ways that do not fit together');

/**
 * The reply of the whole command. An error of any shard is the error of the whole.
 * @param replies one per shard
 * @param places for a command that was cut by key: which of its keys each shard's reply answers
 */
export function gather(merge: Merge, replies: readonly Reply[], random: Random, places?: readonly (readonly number[])[]): Reply {
  for (const reply of replies) if (reply instanceof ErrorReply) return reply;
  switch (merge) {
    case 'ok':
      return replies[0] ?? MISMATCH;
    case 'sum':
      return sum(replies);
    case 'every':
      return every(replies);
    case 'concatenate':
      return concatenate(replies);
    case 'scatter':
      return scatter(replies, places ?? []);
    case 'union':
      return union(replies);
    case 'most':
      return most(replies);
    case 'digest':
      return digest(replies);
    case 'any': {
      const found = replies.filter((reply) => reply !== null);
      return found[random.below(found.length)] ?? null;
    }
  }
}

function digest(replies: readonly Reply[]): Reply {
  const digests: string[] = [];
  for (const reply of replies) {
    if (!(reply instanceof Status)) return MISMATCH;
    digests.push(reply.text);
  }
  return new Status(joinDigests(digests));
}

function sum(replies: readonly Reply[]): Reply {
  let total: Int64 | undefined = 0;
  for (const reply of replies) {
    if (typeof reply !== 'number' && typeof reply !== 'bigint') return MISMATCH;
    total = addInt64(total, reply);
    if (total === undefined) return MISMATCH;
  }
  return total;
}

function every(replies: readonly Reply[]): Reply {
  const all: number[] = [];
  for (const [i, reply] of replies.entries()) {
    if (!Array.isArray(reply) || (i > 0 && reply.length !== all.length)) return MISMATCH;
    for (const [j, item] of reply.entries()) all[j] = item === 1 && all[j] !== 0 ? 1 : 0;
  }
  return all;
}

function concatenate(replies: readonly Reply[]): Reply {
  const all: Reply[] = [];
  for (const reply of replies) {
    if (!Array.isArray(reply)) return MISMATCH;
    for (const item of reply) all.push(item);
  }
  return all;
}

function union(replies: readonly Reply[]): Reply {
  const all = concatenate(replies);
  return Array.isArray(all) ? [...new Set(all)] : all;
}

function most(replies: readonly Reply[]): Reply {
  const [first, ...others] = replies;
  if (!Array.isArray(first)) return MISMATCH;
  const all = [...first];
  for (const reply of others) {
    if (!Array.isArray(reply) || reply.length !== all.length) return MISMATCH;
    for (const [i, item] of reply.entries()) {
      const known = all[i];
      if (typeof item === 'number' && typeof known === 'number') all[i] = Math.max(item, known);
      else if (item !== known) return MISMATCH;
    }
  }
  return all;
}

function scatter(replies: readonly Reply[], places: readonly (readonly number[])[]): Reply {
  const length = places.reduce((sum, some) => sum + some.length, 0);
  const all = new Array<Reply>(length).fill(null);
  for (const [i, reply] of replies.entries()) {
    const some = places[i] ?? [];
    if (!Array.isArray(reply) || reply.length !== some.length) return MISMATCH;
    for (const [j, item] of reply.entries()) all[some[j] as number] = item;
  }
  return all;
}

/** The reply of a SCAN: when its shard is finished, the walk goes on at `next` in another one. */
export function continueScan(reply: Reply, next: bigint): Reply {
  if (!Array.isArray(reply) || reply[0] !== '0') return reply;
  return [ascii(next.toString()), ...reply.slice(1)];
}
