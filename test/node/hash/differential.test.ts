import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashCommands } from '../../../src/commands/hash';
import type { Random } from '../../../src/spec/context';
import { type Comparable, expectComparableReplies, replayInto, sorted, sortedCouples, Tally } from '../../support/comparable';
import { datasetOf } from '../../support/differential';
import { seededRandom, TestEngine } from '../../support/engine';
import { RealRedis, redisInstalled } from '../../support/real-redis';

const COMMANDS = 8000;
/** Small thresholds, so that both encodings are met all the time. */
const MOST_ENTRIES = 12;
const LONGEST_VALUE = 24;
const HASHES = ['h1', 'h2', 'h3', 'h4'];
const VALUES = ['', 'a', '007', '-0', '1.0', ' 1', 'nan', 'inf', 'x'.repeat(LONGEST_VALUE), 'x'.repeat(LONGEST_VALUE + 1), 'é'];
const INTEGERS = ['9223372036854775807', '-9223372036854775808', '4611686018427387904', '-1', '1', '0'];
const NOT_INTEGERS = ['', '1.5', 'a', '+1', '9223372036854775808', ' 1'];
const FLOATS = ['0.1', '1.5', '-3.75', '1e3', '5.0e-3', '3', '-0', '1e-20', '123456789.123456789', '0x1p-2'];
const NOT_FLOATS = ['', 'a', 'nan', 'inf', '-inf', '+inf', '1 ', ' 1', '1e5000'];
const COUNTS = ['0', '1', '2', '5', '30', '-1', '-7', '-40'];
const NOT_COUNTS = ['', 'a', '1.5', '-9223372036854775808', '9223372036854775807', '-9223372036854775807', '4611686018427387904'];

class Generator {
  constructor(private readonly random: Random) {}

  next(): string[] {
    const line = this.pick(this.makers)();
    // Sometimes an argument is missing or one too many; the name works in any case.
    if (this.chance(80)) return line.slice(0, -1);
    if (this.chance(80)) return [...line, 'more'];
    return this.chance(4) ? [(line[0] as string).toLowerCase(), ...line.slice(1)] : line;
  }

  private readonly makers: (() => string[])[] = [
    () => ['HSET', this.key(), ...this.some(1, 4).flatMap(() => [this.field(), this.value()])],
    () => ['HSET', this.key(), this.field(), this.value()],
    () => ['HSET', this.key(), this.field(), this.value()],
    () => ['HMSET', this.key(), ...this.some(1, 3).flatMap(() => [this.field(), this.value()])],
    () => ['HSETNX', this.key(), this.field(), this.value()],
    () => ['HGET', this.key(), this.field()],
    () => ['HMGET', this.key(), ...this.some(1, 4).map(() => this.field())],
    () => ['HGETALL', this.key()],
    () => ['HKEYS', this.key()],
    () => ['HVALS', this.key()],
    () => ['HLEN', this.key()],
    () => ['HSTRLEN', this.key(), this.field()],
    () => ['HEXISTS', this.key(), this.field()],
    () => ['HDEL', this.key(), ...this.some(1, 3).map(() => this.field())],
    () => ['HDEL', this.key(), ...this.some(1, 3).map(() => this.field())],
    () => ['HINCRBY', this.key(), this.pick(['i1', 'i2', this.field()]), this.integer()],
    () => ['HINCRBYFLOAT', this.key(), this.pick(['f1', 'f2', this.field()]), this.chance(10) ? this.pick(NOT_FLOATS) : this.pick(FLOATS)],
    () => ['HRANDFIELD', this.key()],
    () => this.hrandfield(),
    () => this.hscan(),
    () => ['OBJECT', 'ENCODING', this.pick(HASHES)],
    () => (this.chance(6) ? ['DEL', this.pick(HASHES)] : ['EXISTS', this.pick(HASHES)]),
  ];

  private hrandfield(): string[] {
    const line = ['HRANDFIELD', this.key(), this.pick(COUNTS)];
    if (this.chance(3)) line.push(this.pick(['WITHVALUES', 'withvalues', 'WITHVALUES', 'bogus']));
    // Redis would draw as many as it is told.
    if (this.chance(8)) line[2] = this.pick(NOT_COUNTS.filter((count) => count !== '-9223372036854775807' || line[3] === 'WITHVALUES'));
    return line;
  }

  private hscan(): string[] {
    const cursor = this.chance(8) ? this.pick(['x', '', '-', '1x', '99999999999999999999']) : '0';
    const options = [['COUNT', '1000']];
    if (this.chance(3)) options.push(['MATCH', this.pick(['f*', '*', '?1', '[a-f]1', 'none', 'f\\1'])]);
    if (this.chance(12)) options.push(this.pick([['COUNT', '0'], ['COUNT', 'x'], ['bogus'], ['MATCH'], ['COUNT', '-1']]));
    return ['HSCAN', this.key(), cursor, ...options.flat()];
  }

  private key(): string {
    return this.chance(30) ? this.pick(['string', 'missing']) : this.pick(HASHES);
  }

  private field(): string {
    return this.chance(40) ? 'long field '.repeat(3) : `f${this.random.below(20)}`;
  }

  private value(): string {
    if (this.chance(3)) return this.integer();
    return this.chance(25) ? this.pick(VALUES) : `v${this.random.below(100)}`;
  }

  private integer(): string {
    if (this.chance(12)) return this.pick(NOT_INTEGERS);
    return this.chance(3) ? this.pick(INTEGERS) : `${this.random.below(2000) - 1000}`;
  }

  private some(least: number, most: number): undefined[] {
    return Array.from({ length: least + this.random.below(most - least + 1) });
  }

  private chance(of: number): boolean {
    return this.random.below(of) === 0;
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)] as T;
  }
}

function newEngine(): TestEngine {
  const engine = new TestEngine();
  engine.engine.limits.hashMaxListpackEntries = MOST_ENTRIES;
  engine.engine.limits.hashMaxListpackValue = LONGEST_VALUE;
  return engine;
}

/** Hash tables have no order, draws have only a shape. */
const comparable: Comparable = (command, reply) => {
  if (command === 'HRANDFIELD') return Array.isArray(reply) ? reply.map((item) => (Array.isArray(item) ? item.length : 0)) : typeof reply;
  if (command === 'HGETALL') return sortedCouples(reply);
  if (command === 'HKEYS' || command === 'HVALS') return sorted(reply);
  if (command === 'HSCAN' && Array.isArray(reply)) return [reply[0] as string, sortedCouples(reply[1] as string[])];
  return reply;
};

describe.runIf(redisInstalled)('hashes, as redis-server answers', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
    await redis.send([
      ['CONFIG', 'SET', 'hash-max-listpack-entries', MOST_ENTRIES],
      ['CONFIG', 'SET', 'hash-max-listpack-value', LONGEST_VALUE],
    ]);
  });
  afterAll(() => redis.stop());

  test.each([
    [2, 21],
    [2, 22],
    [3, 23],
  ] as const)('RESP%i, seed %i', async (version, seed) => {
    await redis.send([['FLUSHALL'], ['HELLO', version]]);
    const engine = newEngine();
    engine.client.protocol = version;
    const generator = new Generator(seededRandom(seed));
    const lines = [['SET', 'string', 'v'], ...Array.from({ length: COMMANDS }, () => generator.next())];
    const tally = await expectComparableReplies(redis, engine, lines, version, comparable);
    expect(Tally.total(tally.sent)).toBe(COMMANDS + 1);
    expect(Tally.total(tally.succeeded)).toBeGreaterThan(COMMANDS * 0.8);
    expect(Tally.total(tally.sent) - Tally.total(tally.succeeded)).toBeGreaterThan(COMMANDS * 0.05);
    const known = hashCommands.filter(({ since }) => Number.parseFloat(since) < 7.4);
    for (const { name } of known) expect([name, tally.succeeded.get(name.toUpperCase()) ?? 0].join()).not.toBe(`${name},0`);
    const dataset = datasetOf(engine);
    expect(Object.keys(dataset).length).toBeGreaterThanOrEqual(3);
    expect(datasetOf(replayInto(newEngine(), engine.journal))).toEqual(dataset);
  });

  test('a small hash answers in the order in which its fields came', async () => {
    await redis.send([['FLUSHALL'], ['HELLO', 2]]);
    const engine = new TestEngine();
    const random = seededRandom(31);
    const lines: string[][] = [];
    for (let i = 0; i < 600; i++) {
      const field = `f${random.below(10)}`;
      lines.push(random.below(3) > 0 ? ['HSET', 'h', field, `${i}`] : ['HDEL', 'h', field], ['HGETALL', 'h'], ['HSCAN', 'h', '0']);
    }
    const tally = await expectComparableReplies(redis, engine, lines, 2, (_, reply) => reply);
    expect(Tally.total(tally.succeeded)).toBe(1800);
  });
});
