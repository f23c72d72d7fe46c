import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setCommands } from '../../../src/commands/set';
import type { Random } from '../../../src/spec/context';
import { type Comparable, expectComparableReplies, replayInto, sorted, Tally } from '../../support/comparable';
import { datasetOf } from '../../support/differential';
import { seededRandom, TestEngine } from '../../support/engine';
import { RealRedis, redisInstalled } from '../../support/real-redis';

const COMMANDS = 8000;
/** A small threshold, so that both encodings are met all the time. */
const MOST_INTEGERS = 15;
const SETS = ['s1', 's2', 's3', 's4', 's5', 's6'];
const INTEGERS = ['9223372036854775807', '-9223372036854775808', '9007199254740993', '-1', '1', '0'];
const TEXTS = ['', '007', '-0', '+1', '1.0', ' 1', '9223372036854775808', 'a member that is longer than most', 'é'];
const COUNTS = ['0', '1', '2', '5', '30', '-1', '-7', '-40'];
const NOT_COUNTS = ['', 'a', '1.5', '-9223372036854775808', '9223372036854775807', '9223372036854775808'];

class Generator {
  /** Sets that only ever see integers, so that intsets do not die out. */
  private readonly ofIntegers = SETS.slice(0, 3);

  constructor(private readonly random: Random) {}

  next(): string[][] {
    const lines = this.pick(this.makers)();
    const [line = [], ...rest] = lines;
    if (this.chance(80)) return [line.slice(0, -1), ...rest];
    if (this.chance(80)) return [[...line, 'more'], ...rest];
    return this.chance(4) ? [[(line[0] as string).toLowerCase(), ...line.slice(1)], ...rest] : lines;
  }

  private readonly makers: (() => string[][])[] = [
    () => this.sadd(),
    () => this.sadd(),
    () => this.sadd(),
    () => [['SREM', this.key(), ...this.some(1, 4).map(() => this.member())]],
    () => [['SREM', this.key(), ...this.some(1, 4).map(() => this.member())]],
    () => [['SCARD', this.key()]],
    () => [['SISMEMBER', this.key(), this.member()]],
    () => [['SMISMEMBER', this.key(), ...this.some(1, 4).map(() => this.member())]],
    () => [['SMEMBERS', this.key()]],
    () => [['SMOVE', this.key(), this.key(), this.member()]],
    () => [['SMOVE', this.key(), this.key(), this.member()]],
    () => [['SRANDMEMBER', this.key()]],
    () => [['SRANDMEMBER', this.key(), this.chance(8) ? this.pick(NOT_COUNTS) : this.pick(COUNTS)]],
    () => this.spop(),
    () => [[this.pick(['SINTER', 'SUNION', 'SDIFF']), ...this.keys()]],
    () => [[this.pick(['SINTER', 'SUNION', 'SDIFF']), ...this.keys()]],
    () => this.store(),
    () => this.store(),
    () => this.sintercard(),
    () => [this.sscan()],
    () => [['OBJECT', 'ENCODING', this.pick(SETS)]],
    () => [this.chance(6) ? ['DEL', this.pick(SETS)] : ['EXISTS', this.pick(SETS)]],
  ];

  private sadd(): string[][] {
    const key = this.key();
    const integersOnly = this.ofIntegers.includes(key) && !this.chance(30);
    return [['SADD', key, ...this.some(1, 6).map(() => (integersOnly ? this.integer() : this.member()))]];
  }

  /** What is left differs by chance: only whether anything is left does not. The key must not live on. */
  private spop(): string[][] {
    const key = this.key();
    const count = this.chance(8) ? this.pick(NOT_COUNTS.slice(0, 3)) : this.pick(['0', '1', '3', '8', '100', '-1']);
    const line = this.chance(3) ? ['SPOP', key] : ['SPOP', key, count];
    return [line, ['SCARD', key], ['DEL', key], ['SADD', this.pick(this.ofIntegers), this.integer(), this.integer()]];
  }

  /** Into a key that the integer sets are not made from. */
  private store(): string[][] {
    const target = this.chance(20) ? this.key() : this.pick(['s4', 's5', 's6', 'stored']);
    return [
      [this.pick(['SINTERSTORE', 'SUNIONSTORE', 'SDIFFSTORE']), target, ...this.keys()],
      ['OBJECT', 'ENCODING', target],
      ['SMEMBERS', target],
    ];
  }

  private sintercard(): string[][] {
    const keys = this.keys();
    const numkeys = this.chance(10) ? this.pick(['0', '-1', 'a', '50', '1']) : `${keys.length}`;
    const limit = this.chance(2) ? ['LIMIT', this.pick(['0', '1', '2', '100', '-1', 'a'])] : [];
    return [['SINTERCARD', numkeys, ...keys, ...(this.chance(20) ? ['bogus'] : limit)]];
  }

  private sscan(): string[] {
    const cursor = this.chance(8) ? this.pick(['x', '', '-', '1x', '99999999999999999999']) : '0';
    const options = [['COUNT', '1000']];
    if (this.chance(3)) options.push(['MATCH', this.pick(['m*', '*', '?1', '[a-m]1', 'none', '1*'])]);
    if (this.chance(12)) options.push(this.pick([['COUNT', '0'], ['COUNT', 'x'], ['NOVALUES'], ['MATCH'], ['COUNT', '-1']]));
    return ['SSCAN', this.key(), cursor, ...options.flat()];
  }

  private keys(): string[] {
    return this.some(1, 5).map(() => (this.chance(12) ? 'missing' : this.key()));
  }

  private key(): string {
    return this.chance(40) ? this.pick(['string', 'missing']) : this.pick(SETS);
  }

  private member(): string {
    if (this.chance(2)) return this.integer();
    return this.chance(12) ? this.pick(TEXTS) : `m${this.random.below(20)}`;
  }

  private integer(): string {
    return this.chance(8) ? this.pick(INTEGERS) : `${this.random.below(25)}`;
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

/** Hash tables have no order, draws have only a shape. */
const comparable: Comparable = (command, reply) => {
  if (command === 'SRANDMEMBER' || command === 'SPOP') return Array.isArray(reply) ? reply.length : typeof reply;
  if (command === 'SSCAN' && Array.isArray(reply)) return [reply[0] as string, sorted(reply[1] as string[])];
  return ['SMEMBERS', 'SINTER', 'SUNION', 'SDIFF'].includes(command) ? sorted(reply) : reply;
};

function newEngine(): TestEngine {
  const engine = new TestEngine();
  engine.engine.limits.setMaxIntsetEntries = MOST_INTEGERS;
  return engine;
}

describe.runIf(redisInstalled)('sets, as redis-server answers', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
    await redis.send([['CONFIG', 'SET', 'set-max-intset-entries', MOST_INTEGERS]]);
  });
  afterAll(() => redis.stop());

  test.each([
    [2, 41],
    [2, 42],
    [3, 43],
  ] as const)('RESP%i, seed %i', async (version, seed) => {
    await redis.send([['FLUSHALL'], ['HELLO', version]]);
    const engine = newEngine();
    engine.client.protocol = version;
    const generator = new Generator(seededRandom(seed));
    const lines = [['SET', 'string', 'v']];
    while (lines.length < COMMANDS) lines.push(...generator.next());
    const tally = await expectComparableReplies(redis, engine, lines, version, comparable);
    expect(Tally.total(tally.sent)).toBe(lines.length);
    expect(Tally.total(tally.succeeded)).toBeGreaterThan(COMMANDS * 0.8);
    expect(Tally.total(tally.sent) - Tally.total(tally.succeeded)).toBeGreaterThan(COMMANDS * 0.02);
    const known = setCommands.filter(({ since }) => Number.parseInt(since, 10) < 8);
    for (const { name } of known) expect([name, tally.succeeded.get(name.toUpperCase()) ?? 0].join()).not.toBe(`${name},0`);
    const dataset = datasetOf(engine);
    expect(Object.keys(dataset).length).toBeGreaterThanOrEqual(3);
    expect(datasetOf(replayInto(newEngine(), engine.journal))).toEqual(dataset);
  });

  test('intsets answer in ascending order', async () => {
    await redis.send([['FLUSHALL'], ['HELLO', 2]]);
    const engine = new TestEngine();
    const random = seededRandom(51);
    const lines: string[][] = [];
    for (let i = 0; i < 500; i++) {
      const key = `s${random.below(3)}`;
      const member = random.below(6) === 0 ? (INTEGERS[random.below(INTEGERS.length)] as string) : `${random.below(12) - 3}`;
      lines.push([random.below(3) > 0 ? 'SADD' : 'SREM', key, member], ['SMEMBERS', key], ['SSCAN', key, '0', 'MATCH', '*1*']);
      lines.push(['SINTER', 's0', 's1'], ['SUNION', 's0', 's1', 's2'], ['SDIFF', 's0', 's1', 's2']);
    }
    const tally = await expectComparableReplies(redis, engine, lines, 2, (_, reply) => reply);
    expect(Tally.total(tally.succeeded)).toBe(3000);
  });
});
