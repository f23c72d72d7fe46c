import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { decodeReply } from '../../../src/protocol/reply-reader';
import { encodeReply } from '../../../src/protocol/resp-writer';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';
import { RealRedis, redisInstalled } from '../../support/real-redis';
import { ADDING, type Case, COMBINATIONS, RANGES, READING, REMOVING, type Scenario } from './cases';

const FAMILIES: Record<string, readonly Scenario[]> = { ADDING, READING, REMOVING, RANGES, COMBINATIONS };
const MODES = [
  { encoding: 'listpack', entries: 128, version: 2 },
  { encoding: 'skiplist', entries: 0, version: 2 },
  { encoding: 'listpack', entries: 128, version: 3 },
  { encoding: 'skiplist', entries: 0, version: 3 },
] as const;

function words([line]: Case): readonly string[] {
  return typeof line === 'string' ? line.split(' ') : line;
}

for (const { encoding, entries, version } of MODES) {
  describe(`sorted sets as ${encoding}, RESP${version}`, () => {
    for (const [family, scenarios] of Object.entries(FAMILIES)) {
      describe(family.toLowerCase(), () => {
        for (const { title, cases } of scenarios) {
          it(title, () => {
            const engine = new TestEngine();
            engine.engine.limits.zsetMaxListpackEntries = entries;
            for (const one of cases) {
              const reply = decodeReply(encodeReply(engine.run(...words(one)), version) as Bytes);
              expect({ line: one[0], reply: plain(reply, version) }).toEqual({
                line: one[0],
                reply: version === 3 ? (one[2] ?? one[1]) : one[1],
              });
            }
          });
        }
      });
    }
  });
}

describe.skipIf(!redisInstalled)('redis-server answers the same as these tables', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());
  beforeEach(() => redis.send([['FLUSHALL']]));

  for (const { encoding, entries, version } of MODES) {
    for (const { title, cases, newer } of Object.values(FAMILIES).flat()) {
      it.skipIf(newer)(`${title} (${encoding}, RESP${version})`, async () => {
        await redis.send([
          ['CONFIG', 'SET', 'zset-max-listpack-entries', entries],
          ['HELLO', version],
        ]);
        const replies = await redis.send(cases.map((one) => words(one)));
        cases.forEach((one, i) => {
          const reply = plain(decodeReply(replies[i] as Bytes), version);
          expect({ line: one[0], reply }).toEqual({ line: one[0], reply: version === 3 ? (one[2] ?? one[1]) : one[1] });
        });
      });
    }
  }
});
