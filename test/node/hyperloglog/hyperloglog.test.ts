// HyperLogLogs: how good they estimate, and that they are Redis' byte for byte, also corrupt ones.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { hyperLogLogCommands } from '../../../src/commands/hyperloglog';
import { placeOf, REGISTERS, RUN_BITS } from '../../../src/structures/hyperloglog/hash';
import { countRegisters } from '../../../src/structures/hyperloglog/hyperloglog';
import { expectSameReplies } from '../../support/differential';
import { seededRandom, TestEngine } from '../../support/engine';
import { RealRedis, redisInstalled } from '../../support/real-redis';

test('the standard error is 0.81 %', { timeout: 30_000 }, () => {
  const random = seededRandom(3);
  const rounds = 40;
  for (const size of [1_000, 50_000]) {
    let squares = 0;
    for (let round = 0; round < rounds; round++) {
      const registers = new Uint8Array(REGISTERS);
      const salt = random.below(2 ** 32);
      for (let i = 0; i < size; i++) {
        const { register, count } = placeOf(ascii(`${salt}:${i}`));
        if (count > (registers[register] as number)) registers[register] = count;
      }
      squares += (Number(countRegisters(registers)) / size - 1) ** 2;
    }
    const error = Math.sqrt(squares / rounds);
    expect(error).toBeLessThan(0.0081 * 1.35);
    // Small sets are counted better than that; large ones are not.
    if (size > 1_000) expect(error).toBeGreaterThan(0.0081 * 0.65);
  }
});

test('elements fall evenly on the registers, and each further zero halves how many count it', () => {
  const registers = new Set<number>();
  const counts: number[] = new Array(RUN_BITS + 2).fill(0);
  const elements = 200_000;
  for (let i = 0; i < elements; i++) {
    const { register, count } = placeOf(ascii(`element ${i}`));
    registers.add(register);
    (counts[count] as number)++;
  }
  expect(registers.size).toBeGreaterThan(REGISTERS * 0.999);
  for (let count = 1; count < 8; count++) expect((counts[count] as number) / elements).toBeCloseTo(2 ** -count, 2);
});

test('a count that still holds writes nothing, one that does not is written down', () => {
  const engine = new TestEngine();
  engine.run('PFADD', 'h', 'a', 'b');
  const { sequence } = engine.engine;
  expect(engine.run('PFCOUNT', 'h')).toBe(2);
  expect(engine.engine.sequence).toBe(sequence + 1);
  expect(engine.run('PFCOUNT', 'h')).toBe(2);
  engine.run('PFADD', 'h', 'a');
  expect(engine.engine.sequence).toBe(sequence + 1);
  expect(engine.replayed().run('GET', 'h')).toBe(engine.run('GET', 'h'));
});

test('what was added before a corruption showed is recorded', () => {
  const engine = new TestEngine();
  engine.run('PFADD', 'h', 'a', 'b');
  engine.run('SETRANGE', 'h', '16', '\0');
  const half = (): Bytes => engine.run('GETRANGE', 'h', '0', '20') as Bytes;
  engine.run('SET', 'h', half());
  const elements = Array.from({ length: 60 }, (_, i) => `e${i}`);
  expect(engine.run('PFADD', 'h', ...elements)).toMatchObject({ code: 'INVALIDOBJ' });
  expect(engine.replayed().run('DEBUG', 'DIGEST')).toEqual(engine.run('DEBUG', 'DIGEST'));
});

describe.runIf(redisInstalled)('random HyperLogLogs, as redis-server keeps them', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  async function compare(lines: readonly (readonly string[])[]): Promise<void> {
    await redis.send([['FLUSHALL']]);
    const engine = new TestEngine();
    const outcome = await expectSameReplies(
      redis,
      engine,
      lines.map((line) => line.map((word) => word as Bytes)),
    );
    expect(outcome.succeeded).toBeGreaterThan(lines.length * 0.5);
    // Whatever the setting was: the journal says what became dense.
    expect(engine.replayed().run('DEBUG', 'DIGEST')).toEqual(engine.run('DEBUG', 'DIGEST'));
  }

  test.each([
    [1, 3000],
    [2, 300],
    [3, 60],
    [4, 16000],
  ])('seed %i, sparse up to %i bytes', async (seed, maxBytes) => {
    const random = seededRandom(seed);
    const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
    const key = (): string => `{h}${random.below(5)}`;
    const element = (): string => {
      const text = `${random.below(100_000)}`;
      return random.below(3) === 0 ? `${text}\xff\0 some more bytes`.slice(0, random.below(20)) : text;
    };
    const elements = (): string[] => Array.from({ length: random.below(random.below(8) === 0 ? 200 : 6) }, element);
    const makers: (() => string[])[] = [
      () => ['PFADD', key(), ...elements()],
      () => ['PFADD', key(), ...elements()],
      () => ['PFADD', key(), ...elements()],
      () => ['PFCOUNT', key()],
      () => ['PFCOUNT', key(), key(), key()],
      () => ['PFMERGE', ...(random.below(3) === 0 ? [key(), key(), key()] : ['{h}merged', key()])],
      () => ['PFDEBUG', 'ENCODING', key()],
      () => ['PFDEBUG', 'DECODE', key()],
      () => ['GET', key()],
      () =>
        pick([
          ['DEL', key()],
          ['DEL', '{h}merged'],
          ['PFDEBUG', 'GETREG', key()],
          ['GET', key()],
          ['GET', '{h}merged'],
        ]),
    ];
    const lines = Array.from({ length: 2000 }, () => pick(makers)());
    await compare([['CONFIG', 'SET', 'hll-sparse-max-bytes', `${maxBytes}`], ...lines]);
  });

  test.each([5, 6, 7])('corrupt ones, seed %i', async (seed) => {
    const random = seededRandom(seed);
    const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
    const bytes = (count: number): string => String.fromCharCode(...Array.from({ length: count }, () => random.below(256)));
    const lines: string[][] = [['CONFIG', 'SET', 'hll-sparse-max-bytes', '3000']];
    for (let round = 0; round < 200; round++) {
      const runs = Array.from({ length: random.below(6) }, () => pick([`\x7f\xff`, `${bytes(2)}`, '\x80', bytes(1), '\x50\x10'])).join('');
      const dense = random.below(5) === 0;
      // Bytes of a dense one are left valid: 6 bits of any value are none that an element can make, yet all are counted.
      const body = dense ? bytes(12288) : runs;
      lines.push(['SET', '{h}1', `HYLL${dense ? '\0' : '\x01'}\0\0\0${bytes(7)}${pick(['\0', '\x80', bytes(1)])}${body}`]);
      lines.push(
        ['PFADD', '{h}2', `${round}`],
        ['PFCOUNT', '{h}1'],
        ['PFCOUNT', '{h}1', '{h}2'],
        ['PFADD', '{h}1', 'a', 'b', 'c'],
        ['GET', '{h}1'],
      );
      lines.push(
        ['PFCOUNT', '{h}1'],
        ['PFMERGE', '{h}2', '{h}1'],
        ['GET', '{h}2'],
        ['PFDEBUG', 'TODENSE', '{h}1'],
        ['GET', '{h}1'],
        ['DEL', '{h}2'],
      );
    }
    await compare(lines);
  });
});

test('every command is compared', () => {
  expect(hyperLogLogCommands.map(({ name }) => name)).toEqual(['pfadd', 'pfcount', 'pfdebug', 'pfmerge', 'pfselftest']);
});
