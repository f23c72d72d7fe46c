import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bytes, fromText } from '../../../src/bytes/bytes';
import { stringCommands } from '../../../src/commands/string';
import type { Random } from '../../../src/spec/context';
import { datasetOf, expectSameReplies } from '../../support/differential';
import { seededRandom, TestEngine } from '../../support/engine';
import { RealRedis, redisInstalled } from '../../support/real-redis';

const INTEGERS = ['0', '1', '-1', '10', '9999', '9223372036854775807', '-9223372036854775808', '9223372036854775806', '4294967297'];
const NOT_INTEGERS = ['', ' 1', '1 ', '+1', '01', '-0', '1.5', 'abc', '9223372036854775808', '-9223372036854775809', '1e3'];
const SETTINGS = ['NX', 'XX', 'GET', 'KEEPTTL', 'nx', 'get', 'EX', 'PX', 'EXAT', 'PXAT', 'PERSIST', 'bogus'];
/** Far from now on either side in every unit, since the two clocks are not the same: 100000 is 100 seconds or in 1970. */
const TIMES = [
  '100000',
  '200000',
  '5000000000',
  '9000000000000',
  '0',
  '-5',
  'x',
  '9223372036854775807',
  '9223372036854775',
  '9223372036854776',
];

class Generator {
  constructor(private readonly random: Random) {}

  pick<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)] as T;
  }

  /** Keys of strings, and one of a list for the type errors. */
  key(): string {
    return this.random.below(25) === 0 ? 'alist' : `k${this.random.below(6)}`;
  }

  integer(): string {
    if (this.random.below(12) === 0) return this.pick(NOT_INTEGERS);
    return this.random.below(3) === 0 ? this.pick(INTEGERS) : `${this.random.below(2000) - 1000}`;
  }

  offset(): string {
    return this.random.below(12) === 0 ? this.integer() : `${this.random.below(80) - 40}`;
  }

  text(): string {
    let text = '';
    for (let left = this.pick([0, 1, 3, 10, 20, 43, 44, 45, 60, 200]); left > 0; left--)
      text += String.fromCharCode(this.random.below(256));
    return text;
  }

  value(): string {
    return this.random.below(2) === 0 ? this.integer() : this.text();
  }

  options(): string[] {
    const options: string[] = [];
    for (let left = this.random.below(4); left > 0; left--) {
      const option = this.pick(SETTINGS);
      options.push(option);
      if (/^P?X(AT)?$|^EX(AT)?$/.test(option) && option !== 'XX' && this.random.below(15) > 0) options.push(this.pick(TIMES));
    }
    return options;
  }

  command(): string[] {
    const key = this.key();
    const makers: (() => string[])[] = [
      () => ['SET', key, this.value()],
      () => ['SET', key, this.value(), ...this.options()],
      () => ['SET', key, this.value(), this.pick(SETTINGS), this.pick(TIMES)],
      () => ['GET', key],
      () => ['GETSET', key, this.value()],
      () => ['GETEX', key, ...this.options().filter(() => this.random.below(2) === 0)],
      () => ['GETEX', key, this.pick(['EX', 'PX', 'EXAT', 'PXAT', 'PERSIST']), ...(this.random.below(5) ? [this.pick(TIMES)] : [])],
      () => ['GETDEL', key],
      () => ['SETNX', key, this.value()],
      () => ['SETEX', key, this.pick(TIMES), this.value()],
      () => ['PSETEX', key, this.pick(TIMES), this.value()],
      () => ['MSET', key, this.value(), this.key(), this.value()].slice(0, this.random.below(10) ? 5 : 4),
      () => ['MSETNX', key, this.value(), this.key(), this.value()].slice(0, this.random.below(10) ? 5 : 4),
      () => ['MGET', key, this.key(), this.key()],
      () => ['APPEND', key, this.value()],
      () => ['STRLEN', key],
      () => ['SETRANGE', key, this.offset(), this.value()],
      () => ['GETRANGE', key, this.offset(), this.offset()],
      () => ['SUBSTR', key, this.offset(), this.offset()],
      () => ['INCR', key],
      () => ['DECR', key],
      () => ['INCRBY', key, this.integer()],
      () => ['DECRBY', key, this.integer()],
      // On keys of their own: Redis keeps its result as a text that it would otherwise have kept as an integer.
      () => ['INCRBYFLOAT', this.pick(['f1', 'f2']), this.pick([this.integer(), '0.1', '-2.5e3', '1e-20', 'inf'])],
      () => ['LCS', key, this.key(), ...this.lcsOptions()],
      () => ['OBJECT', 'ENCODING', key],
      () => ['DEL', 'alist'],
      () => ['RPUSH', 'alist', 'a'],
      () => ['PEXPIRETIME', `absolute${this.random.below(2)}`],
      () => ['SET', `absolute${this.random.below(2)}`, 'v', this.pick(['EXAT', 'PXAT']), this.pick(['9000000000', '9000000000000', '1'])],
      () => ['SET', `absolute${this.random.below(2)}`, 'v', this.pick(['KEEPTTL', 'GET', 'XX'])],
      () => ['GETEX', `absolute${this.random.below(2)}`, this.pick(['EXAT', 'PXAT']), this.pick(['8000000000', '8000000000000', '1'])],
    ];
    const argv = this.pick(makers)();
    return this.random.below(60) === 0 ? argv.slice(0, -1) : argv;
  }

  private lcsOptions(): string[] {
    return ['LEN', 'IDX', 'WITHMATCHLEN', 'MINMATCHLEN', '2'].filter(() => this.random.below(2) === 0);
  }
}

describe.runIf(redisInstalled)('strings, as redis-server answers', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test.each([
    [2, 11],
    [2, 12],
    [3, 13],
  ] as const)('RESP%i, seed %i', async (version, seed) => {
    await redis.send([['FLUSHALL'], ['HELLO', version]]);
    const engine = new TestEngine();
    engine.now = Date.now();
    engine.client.protocol = version;
    const generator = new Generator(seededRandom(seed));
    const commands = Array.from({ length: 6000 }, () => generator.command());
    const outcome = await expectSameReplies(
      redis,
      engine,
      // Chars up to 255 are bytes already.
      commands.map((argv) => argv.map((arg) => arg as Bytes)),
      version,
    );
    expect(outcome.generated).toBe(6000);
    expect(outcome.succeeded).toBeGreaterThan(3500);
    expect(outcome.failed).toBeGreaterThan(500);
    const known = stringCommands.filter(({ since }) => Number.parseInt(since, 10) < 8);
    for (const { name } of known) expect(outcome.names).toContain(name);
    const dataset = datasetOf(engine);
    expect(Object.keys(dataset).length).toBeGreaterThan(5);
    expect(datasetOf(engine.replayed())).toEqual(dataset);
  });

  test('the longest common subsequence of random texts of few letters', async () => {
    const random = seededRandom(99);
    const engine = new TestEngine();
    const letters = (count: number) => Array.from({ length: count }, () => 'abc'[random.below(3)]).join('');
    const commands: string[][] = [];
    for (let i = 0; i < 150; i++) {
      commands.push(['MSET', 'a', letters(random.below(40)), 'b', letters(random.below(40))]);
      commands.push(
        ['LCS', 'a', 'b'],
        ['LCS', 'a', 'b', 'LEN'],
        ['LCS', 'a', 'b', 'IDX', 'WITHMATCHLEN', 'MINMATCHLEN', `${random.below(4)}`],
      );
    }
    await redis.send([['HELLO', 2]]);
    const outcome = await expectSameReplies(
      redis,
      engine,
      commands.map((argv) => argv.map(fromText)),
    );
    expect(outcome.succeeded).toBe(600);
  });
});
