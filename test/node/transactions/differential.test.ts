// Three connections that watch and change the same keys, step by step against redis-server.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/engine/connection';
import { seededRandom, TestEngine } from '../../support/engine';
import { RawClient, request } from '../../support/raw-client';
import { RealRedis, redisInstalled } from '../../support/real-redis';

const CLIENTS = 3;
const STEPS = 8000;

describe.skipIf(!redisInstalled)('against redis-server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test.each([1, 2])('seed %d', async (seed) => {
    const random = seededRandom(seed);
    const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
    const key = () => pick(['a', 'b', 'c']);
    const command = (): string[] => {
      if (random.below(3) === 0)
        return pick([
          ['MULTI'],
          ['MULTI'],
          ['EXEC'],
          ['EXEC'],
          ['EXEC'],
          ['DISCARD'],
          ['UNWATCH'],
          ...(random.below(5) === 0 ? [['RESET']] : []),
        ]);
      if (random.below(3) === 0)
        return pick([
          ['WATCH', key()],
          ['WATCH', key(), key()],
        ]);
      if (random.below(25) === 0) return pick([['NOPE', 'x'], ['GET'], ['EXEC', 'x'], ['MULTI', 'x'], ['CLIENT', 'NOPE'], ['WATCH']]);
      return pick([
        ['SET', key(), pick(['1', 'text'])],
        ['SET', key(), '1', 'XX'],
        ['INCR', key()],
        ['DEL', key()],
        ['GET', key()],
        ['APPEND', key(), ''],
        ['EXPIRE', key(), pick(['1000', '-1'])],
        ['PERSIST', key()],
        ['RENAME', key(), key()],
        ['COPY', key(), key()],
        ['EXISTS', 'a', 'b', 'c'],
        ['PING'],
        ['FLUSHALL'],
      ]);
    };
    await redis.send([['FLUSHALL']]);
    const engine = new TestEngine(seed);
    const ours: Connection[] = Array.from({ length: CLIENTS }, () => engine.connect());
    const theirs = await Promise.all(ours.map(() => RawClient.open(redis.port)));
    const counts = { executed: 0, conflicts: 0, aborted: 0 };
    for (let step = 0; step < STEPS; step++) {
      const who = random.below(CLIENTS);
      const argv = command();
      const { output } = (ours[who] as Connection).receive(request(...argv));
      const expected = await (theirs[who] as RawClient).send(...argv);
      expect({ step, who, argv, output }).toEqual({ step, who, argv, output: expected });
      if (argv[0] !== 'EXEC') continue;
      if (output.startsWith('*-1')) counts.conflicts++;
      else if (output.startsWith('-EXECABORT')) counts.aborted++;
      else if (/^\*[1-9]/.test(output)) counts.executed++;
    }
    for (const client of theirs) client.close();
    expect(counts.executed).toBeGreaterThan(30);
    expect(counts.conflicts).toBeGreaterThan(30);
    expect(counts.aborted).toBeGreaterThan(10);
    expect(engine.faults).toEqual([]);
  });
});
