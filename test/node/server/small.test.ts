// TIME, LOLWUT, MEMORY and FUNCTION FLUSH.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromText } from '../../../src/bytes/bytes';
import type { VerbatimReply } from '../../../src/protocol/reply';
import { expectSameReplies } from '../../support/differential';
import { TestEngine } from '../../support/engine';
import { RealRedis, redisInstalled } from '../../support/real-redis';

test('TIME is that of the clock', () => {
  const engine = new TestEngine();
  engine.now = 1_800_000_000_123;
  expect(engine.run('TIME')).toEqual(['1800000000', '123000']);
});

test('LOLWUT draws and ends with the version', () => {
  const engine = new TestEngine();
  const draw = (...argv: (string | number)[]): string => (engine.run('LOLWUT', ...argv) as VerbatimReply).text;
  expect(draw()).toMatch(/\n\nRedis ver\. 7\.0\.15\n$/);
  expect(draw('VERSION', 5)).toMatch(/Redis ver\. 7\.0\.15\n$/);
  expect(new Set(Array.from({ length: 5 }, () => draw())).size).toBeGreaterThan(1);
});

test('MEMORY USAGE grows with the value and does not count as an access', () => {
  const engine = new TestEngine();
  engine.run('SET', 'a', 'x');
  engine.run('SET', 'b', 'x'.repeat(1000));
  const usage = (key: string): number => engine.run('MEMORY', 'USAGE', key, 'SAMPLES', 0) as number;
  expect(usage('b') - usage('a')).toBe(999);
  engine.now += 5000;
  usage('a');
  expect(engine.run('OBJECT', 'IDLETIME', 'a')).toBe(5);
});

describe.skipIf(!redisInstalled)('against redis-server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test('FUNCTION FLUSH, of which there is nothing to flush', async () => {
    const lines = ['FUNCTION FLUSH', 'function flush ASYNC', 'FUNCTION FLUSH sync', 'FUNCTION FLUSH x', 'FUNCTION Flush SYNC x'];
    lines.push('FUNCTION', 'FUNCTION nope', 'FUNCTION HELP x');
    const outcome = await expectSameReplies(
      redis,
      new TestEngine(),
      lines.map((line) => line.split(' ').map(fromText)),
    );
    expect(outcome).toMatchObject({ succeeded: 3, failed: 5 });
  });

  test('mistakes and missing keys', async () => {
    const lines = ['MEMORY USAGE nope', 'MEMORY USAGE', 'MEMORY USAGE a SAMPLES', 'MEMORY USAGE a SAMPLES x', 'MEMORY USAGE a SAMPLES -1'];
    lines.push('MEMORY USAGE a nope', 'MEMORY nope', 'MEMORY', 'MEMORY HELP x', 'TIME x', 'LOLWUT VERSION x', 'INFO nope');
    await expectSameReplies(
      redis,
      new TestEngine(),
      lines.map((line) => line.split(' ').map(fromText)),
    );
  });
});
