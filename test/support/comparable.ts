// Differential runs for commands whose replies have no order or depend on chance: what is compared of each reply is up to
// the caller. Where every byte counts, differential.ts compares them.

import { expect } from 'vitest';
import { type Bytes, fromText } from '../../src/bytes/bytes';
import { decodeFrame } from '../../src/engine/journal';
import { decodeReply } from '../../src/protocol/reply-reader';
import { encodeReply, type RespVersion } from '../../src/protocol/resp-writer';
import type { TestEngine } from './engine';
import { type Plain, plain } from './plain-reply';
import type { RealRedis } from './real-redis';

/** What of a reply is the same everywhere. `command` in upper case. */
export type Comparable = (command: string, reply: Plain) => Plain;

/** How often each command was sent and answered without an error. */
export class Tally {
  readonly sent = new Map<string, number>();
  readonly succeeded = new Map<string, number>();

  count(command: string, succeeded: boolean): void {
    this.sent.set(command, (this.sent.get(command) ?? 0) + 1);
    if (succeeded) this.succeeded.set(command, (this.succeeded.get(command) ?? 0) + 1);
  }

  static total(counts: ReadonlyMap<string, number>): number {
    return [...counts.values()].reduce((sum, count) => sum + count, 0);
  }
}

function written(reply: Plain): string {
  return JSON.stringify(reply, (_, value) => (typeof value === 'bigint' ? `integer ${value}` : value));
}

/** Items in an order of their own. */
export function sorted(items: Plain): Plain {
  return [...(items as Plain[])].sort((a, b) => (written(a) < written(b) ? -1 : 1));
}

/** Items that alternate, as couples in an order of their own. */
export function sortedCouples(items: Plain): Plain {
  const flat = items as Plain[];
  return sorted(flat.flatMap((item, i) => (i % 2 === 0 ? [[item, flat[i + 1] as Plain]] : [])));
}

/** Sends every command to both, and expects replies of the same RESP type that are comparable. */
export async function expectComparableReplies(
  redis: RealRedis,
  engine: TestEngine,
  lines: readonly (readonly string[])[],
  version: RespVersion,
  comparable: Comparable,
): Promise<Tally> {
  const theirs = await redis.send(lines);
  const tally = new Tally();
  lines.forEach((line, i) => {
    const command = (line[0] as string).toUpperCase();
    const ours = encodeReply(engine.engine.execute(engine.client, line.map(fromText)), version);
    if (engine.faults.length > 0) throw engine.faults[0];
    const view = (encoded: string): Plain => {
      const reply = plain(decodeReply(encoded as Bytes), version);
      return [encoded[0] as string, encoded.startsWith('-') ? reply : comparable(command, reply)];
    };
    const our = written(view(ours));
    const their = written(view(theirs[i] as string));
    if (our !== their) expect(`${i} ${JSON.stringify(line)} => ${our}`).toBe(`${i} ${JSON.stringify(line)} => ${their}`);
    tally.count(command, !ours.startsWith('-'));
  });
  engine.flush();
  return tally;
}

/** Replays a journal in an engine that was set up for it. */
export function replayInto(engine: TestEngine, journal: readonly Uint8Array[]): TestEngine {
  for (const frame of journal) engine.engine.replay(decodeFrame(frame));
  return engine;
}
