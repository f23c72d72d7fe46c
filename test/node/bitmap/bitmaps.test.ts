// What the transcripts of bitmaps do not show: values that are not copied, long ones, and random use against a server.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { bitmapCommands } from '../../../src/commands/bitmap';
import { MAX_BULK_BYTES } from '../../../src/protocol/limits';
import { StringBuffer } from '../../../src/types/string';
import { expectSameReplies } from '../../support/differential';
import { seededRandom, TestEngine } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';
import { RealRedis, redisInstalled } from '../../support/real-redis';

test('BITOP only reads its sources: a change of one still writes one page', () => {
  const stored = new StoredEngine();
  stored.test.run('SETRANGE', 'source', 100_000, 'x');
  stored.checkpoint();
  const { asked } = stored.store.segments;
  const puts = asked.puts;
  stored.test.run('BITOP', 'NOT', 'result', 'source');
  stored.test.run('DEL', 'result');
  stored.test.run('SETBIT', 'source', 7, 1);
  stored.checkpoint();
  expect(asked.puts - puts).toBe(1);
});

test('SETBIT edits a value in place', () => {
  const engine = new TestEngine();
  engine.run('SETBIT', 'b', `${8 * 1024 * 1024 - 1}`, '1');
  const value = engine.engine.keys.peek('b' as Bytes);
  if (!(value instanceof StringBuffer)) throw new Error('it is not a buffer');
  const { buffer } = value.view();
  for (let bit = 0; bit < 1000; bit++) engine.run('SETBIT', 'b', `${bit * 8}`, '1');
  expect(engine.engine.keys.peek('b' as Bytes)).toBe(value);
  expect(value.view().buffer).toBe(buffer);
  expect(engine.run('BITCOUNT', 'b')).toBe(1001);
});

test('a bit that does not change writes nothing', () => {
  const engine = new TestEngine();
  engine.run('SETBIT', 'b', '7', '1');
  const { sequence } = engine.engine;
  engine.run('SETBIT', 'b', '7', '1');
  engine.run('BITFIELD', 'b', 'SET', 'u8', '0', '1', 'INCRBY', 'u8', '0', '0');
  expect(engine.engine.sequence).toBe(sequence);
  engine.run('SETBIT', 'b', '15', '0');
  expect(engine.engine.sequence).toBe(sequence + 1);
});

test('the last bit of the longest value', () => {
  const engine = new TestEngine();
  const last = MAX_BULK_BYTES * 8 - 1;
  expect(engine.run('SETBIT', 'b', `${last}`, '1')).toBe(0);
  expect(engine.run('STRLEN', 'b')).toBe(MAX_BULK_BYTES);
  expect(engine.run('BITPOS', 'b', '1')).toBe(last);
  expect(engine.run('BITPOS', 'b', '0')).toBe(0);
  expect(engine.run('BITCOUNT', 'b')).toBe(1);
  expect(engine.run('SETBIT', 'b', `${last + 1}`, '1')).toMatchObject({ code: 'ERR' });
});

test('blocks of long strings, plain and edited, are combined as one', () => {
  const engine = new TestEngine();
  const odd = '\x55'.repeat(40_001);
  engine.run('SET', '{k}odd', odd);
  engine.run('SETRANGE', '{k}even', '0', '\x2a'.repeat(20_000));
  // Not by a matcher: it would print what differs.
  const isStored = (expected: string): boolean => engine.run('GET', '{k}d') === expected;
  expect(engine.run('BITOP', 'OR', '{k}d', '{k}odd', '{k}even')).toBe(40_001);
  expect(isStored('\x7f'.repeat(20_000) + '\x55'.repeat(20_001))).toBe(true);
  engine.run('BITOP', 'AND', '{k}d', '{k}odd', '{k}even');
  expect(isStored('\0'.repeat(40_001))).toBe(true);
  engine.run('BITOP', 'NOT', '{k}d', '{k}odd');
  expect(isStored('\xaa'.repeat(40_001))).toBe(true);
  for (const line of [
    ['DIFF', '{k}d', '{k}odd', '{k}even'],
    ['ONE', '{k}d', '{k}odd', '{k}even', '{k}even'],
  ]) {
    engine.run('BITOP', ...line);
    expect(isStored(odd), line[0]).toBe(true);
  }
});

describe.runIf(redisInstalled)('random bitmaps, as redis-server answers', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test.each([1, 2, 3])('seed %i', async (seed) => {
    await redis.send([['FLUSHALL']]);
    const random = seededRandom(seed);
    const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
    const key = (): string => `{b}${random.below(4)}`;
    const offset = (): string => `${random.below(20) === 0 ? 4000 + random.below(4000) : random.below(200)}`;
    const end = (): string => `${random.below(120) - 60}`;
    const unit = (): string[] => pick([[], ['BIT'], ['BYTE'], ['bit']]);
    const type = (): string => (random.below(2) === 0 ? `u${1 + random.below(63)}` : `i${1 + random.below(64)}`);
    const number = (): string =>
      pick([
        `${random.below(300) - 150}`,
        '9223372036854775807',
        '-9223372036854775808',
        `${2 ** random.below(53)}`,
        `-${2 ** random.below(53)}`,
      ]);
    const field = (): string[] => [type(), pick([offset(), `#${random.below(9)}`])];
    const operation = (): string[] =>
      pick([
        () => ['GET', ...field()],
        () => ['SET', ...field(), number()],
        () => ['INCRBY', ...field(), number()],
        () => ['OVERFLOW', pick(['WRAP', 'SAT', 'FAIL'])],
      ])();
    const several = (make: () => string[]): string[] => Array.from({ length: 1 + random.below(5) }, make).flat();
    const makers: (() => string[])[] = [
      () => ['SETBIT', key(), offset(), `${random.below(2)}`],
      () => ['GETBIT', key(), offset()],
      () => ['BITCOUNT', key()],
      () => ['BITCOUNT', key(), end(), end(), ...unit()],
      () => ['BITPOS', key(), `${random.below(2)}`],
      () => ['BITPOS', key(), `${random.below(2)}`, end()],
      () => ['BITPOS', key(), `${random.below(2)}`, end(), end(), ...unit()],
      () => ['BITOP', pick(['AND', 'OR', 'XOR']), key(), ...several(() => [key()])],
      () => ['BITOP', 'NOT', key(), key()],
      () => ['BITFIELD', key(), ...several(operation)],
      () => ['BITFIELD', key(), ...several(operation)],
      () => ['BITFIELD_RO', key(), ...several(() => ['GET', ...field()])],
      () => ['SETRANGE', key(), `${random.below(40)}`, pick(['\xff\xff\xff\xff\xff\xff\xff\xff', '\x00\x00', 'text'])],
      () => ['GET', key()],
      () =>
        pick([
          ['DEL', key()],
          ['STRLEN', key()],
          ['SET', key(), pick(['\xff'.repeat(9), '', '12345'])],
        ]),
    ];
    const lines = Array.from({ length: 5000 }, () => pick(makers)().map((word) => word as Bytes));
    const engine = new TestEngine();
    const outcome = await expectSameReplies(redis, engine, lines);
    expect(outcome.succeeded).toBeGreaterThan(4500);
    for (const { name } of bitmapCommands) expect(outcome.names).toContain(name);
    expect(engine.replayed().run('DEBUG', 'DIGEST')).toEqual(engine.run('DEBUG', 'DIGEST'));
  });
});
