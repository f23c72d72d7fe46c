// Runs the same commands on the engine and on a real server, and compares what each answers, byte for byte.

import { expect } from 'vitest';
import type { Bytes } from '../../src/bytes/bytes';
import { encodeReply, type RespVersion } from '../../src/protocol/resp-writer';
import { encodeValue } from '../../src/types/codec';
import { typeOf } from '../../src/types/value';
import type { TestEngine } from './engine';
import type { RealRedis } from './real-redis';

/** How the commands of a run ended, by name: enough to assert that a generator did its work. */
export interface Outcome {
  generated: number;
  succeeded: number;
  failed: number;
  /** Commands that succeeded at least once. */
  readonly names: Set<string>;
}

/** Commands as one readable line each, for the message of a failure. */
function readable(argv: readonly Bytes[]): string {
  return argv.map((arg) => JSON.stringify(arg)).join(' ');
}

/** Sends every command to both and expects equal replies. */
export async function expectSameReplies(
  redis: RealRedis,
  engine: TestEngine,
  commands: readonly (readonly Bytes[])[],
  version: RespVersion = 2,
): Promise<Outcome> {
  const theirs = await redis.sendBytes(commands);
  const outcome: Outcome = { generated: commands.length, succeeded: 0, failed: 0, names: new Set() };
  commands.forEach((argv, i) => {
    const ours = encodeReply(engine.engine.execute(engine.client, argv), version);
    if (engine.faults.length > 0) throw engine.faults[0];
    if (ours !== theirs[i]) expect(`${i} ${readable(argv)} => ${ours}`).toBe(`${i} ${readable(argv)} => ${theirs[i]}`);
    if (ours.startsWith('-')) outcome.failed++;
    else {
      outcome.succeeded++;
      outcome.names.add((argv[0] as Bytes).toLowerCase());
    }
  });
  engine.flush();
  return outcome;
}

/** Everything that an engine holds: key, type, content and deadline of each entry. */
export function datasetOf(test: TestEngine): Record<string, readonly [type: string, content: Bytes, deadline: number]> {
  const dataset: Record<string, readonly [string, Bytes, number]> = {};
  // A replayed engine has not read the clock yet, and what has expired is not to be counted.
  test.run('PING');
  test.engine.server.forEachEntry((key, value, deadline) => {
    dataset[key] = [typeOf(value), encodeValue(value), deadline];
  });
  return dataset;
}
