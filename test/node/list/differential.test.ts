import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bytes, fromText } from '../../../src/bytes/bytes';
import { listCommands } from '../../../src/commands/list';
import type { Random } from '../../../src/spec/context';
import { datasetOf, expectSameReplies } from '../../support/differential';
import { seededRandom, TestEngine } from '../../support/engine';
import { RealRedis, redisInstalled } from '../../support/real-redis';

const ODD_NUMBERS = ['x', '', '1.5', '9223372036854775807', '-9223372036854775808', '9223372036854775808', '100000', '-100000'];

class Generator {
  /** @param spread how far indexes and counts reach */
  constructor(
    private readonly random: Random,
    private readonly spread: number,
  ) {}

  pick<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)] as T;
  }

  key(): string {
    const place = this.random.below(30);
    return place === 0 ? 'string' : `l${place % 4}`;
  }

  /** Few different ones, so that searches find something. */
  element(): string {
    if (this.random.below(20) === 0) return String.fromCharCode(this.random.below(256)).repeat(this.random.below(100));
    return this.pick(['a', 'b', 'c', '', '1', '2', '-1', '12345678901234567890']);
  }

  elements(): string[] {
    return Array.from({ length: 1 + this.random.below(this.pick([1, 2, 8, this.spread])) }, () => this.element());
  }

  index(): string {
    return this.random.below(25) === 0 ? this.pick(ODD_NUMBERS) : `${this.random.below(2 * this.spread) - this.spread}`;
  }

  /** Small or missing. */
  count(): string {
    return this.random.below(25) === 0 ? this.pick(ODD_NUMBERS) : `${this.random.below(6) - 1}`;
  }

  side(): string {
    return this.random.below(40) === 0 ? 'MIDDLE' : this.pick(['LEFT', 'RIGHT', 'left', 'Right']);
  }

  command(): string[] {
    const key = this.key();
    const makers: (() => string[])[] = [
      () => ['LPUSH', key, ...this.elements()],
      () => ['RPUSH', key, ...this.elements()],
      () => ['LPUSHX', key, ...this.elements()],
      () => ['RPUSHX', key, ...this.elements()],
      () => ['LPOP', key],
      () => ['RPOP', key],
      () => ['LPOP', key, this.count()],
      () => ['RPOP', key, this.count()],
      () => ['LMPOP', this.pick(['1', '2', '2', '2', '3', 'x', '0']), key, this.key(), this.side(), ...this.countOption()],
      () => ['LLEN', key],
      () => ['LRANGE', key, this.index(), this.index()],
      () => ['LINDEX', key, this.index()],
      () => ['LSET', key, this.index(), this.element()],
      () => ['LINSERT', key, this.pick(['BEFORE', 'after', 'AFTER', 'before', 'AMID']), this.element(), this.element()],
      () => ['LREM', key, this.count(), this.element()],
      () => ['LREM', key, `-${this.random.below(4)}`, this.element()],
      () => ['LTRIM', key, `${this.random.below(4)}`, `${-1 - this.random.below(3)}`],
      () => (this.random.below(6) ? ['LLEN', key] : ['LTRIM', key, this.index(), this.index()]),
      () => ['LPOS', key, this.element(), ...this.searchOptions()],
      () => ['LMOVE', key, this.key(), this.side(), this.side()],
      () => ['RPOPLPUSH', key, this.key()],
      () => ['OBJECT', 'ENCODING', key],
    ];
    const argv = this.pick(makers)();
    return this.random.below(60) === 0 ? argv.slice(0, -1) : argv;
  }

  private countOption(): string[] {
    return this.random.below(2) ? [] : ['COUNT', this.count()];
  }

  private searchOptions(): string[] {
    const options: string[] = [];
    // The smallest rank is left out: Redis 7.0 overflows on it.
    if (this.random.below(2)) options.push('RANK', `${this.random.below(9) - 4}`);
    if (this.random.below(2)) options.push('COUNT', this.count());
    if (this.random.below(3) === 0) options.push('MAXLEN', this.index());
    if (this.random.below(30) === 0) options.push(this.pick(['RANK', 'x', 'COUNT']));
    return options;
  }
}

describe.runIf(redisInstalled)('lists, as redis-server answers', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test.each([
    [2, 21, 8],
    [2, 22, 400],
    [3, 23, 30],
  ] as const)('RESP%i, seed %i, lists of about %i elements', async (version, seed, spread) => {
    await redis.send([['FLUSHALL'], ['HELLO', version]]);
    const engine = new TestEngine();
    engine.client.protocol = version;
    const generator = new Generator(seededRandom(seed), spread);
    const commands = [['SET', 'string', 's'], ...Array.from({ length: 5000 }, () => generator.command())];
    const outcome = await expectSameReplies(
      redis,
      engine,
      // Chars up to 255 are bytes already.
      commands.map((argv) => argv.map((arg) => arg as Bytes)),
      version,
    );
    expect(outcome.generated).toBe(5001);
    expect(outcome.succeeded).toBeGreaterThan(3500);
    expect(outcome.failed).toBeGreaterThan(400);
    // What might wait takes part in the mixture of all commands, inside of transactions.
    const known = listCommands.filter(({ since, flags }) => Number.parseInt(since, 10) < 8 && !flags.includes('blocking'));
    for (const { name } of known) expect(outcome.names).toContain(name);
    const dataset = datasetOf(engine);
    expect(Object.keys(dataset).length).toBeGreaterThan(1);
    expect(datasetOf(engine.replayed())).toEqual(dataset);
  });

  test('a long list under changes in its middle', async () => {
    const random = seededRandom(5);
    const engine = new TestEngine();
    const commands: string[][] = [];
    for (let i = 0; i < 3000; i++) commands.push(['RPUSH', 'long', `${i}`]);
    for (let i = 0; i < 1500; i++) {
      const at = `${random.below(3000)}`;
      commands.push(
        ...([
          [['LINSERT', 'long', 'BEFORE', at, `new${i}`]],
          [['LREM', 'long', '0', at]],
          [['LSET', 'long', at, `set${i}`]],
          [
            ['LINDEX', 'long', at],
            ['LINDEX', 'long', `-${at}`],
          ],
          [['LRANGE', 'long', at, `${Number(at) + random.below(300)}`]],
        ][random.below(5)] as string[][]),
      );
    }
    commands.push(['LRANGE', 'long', '0', '-1'], ['LTRIM', 'long', '700', '-900'], ['LRANGE', 'long', '0', '-1'], ['LLEN', 'long']);
    await redis.send([['FLUSHALL'], ['HELLO', 2]]);
    const outcome = await expectSameReplies(
      redis,
      engine,
      commands.map((argv) => argv.map(fromText)),
    );
    expect(outcome.succeeded).toBeGreaterThan(4300);
    expect(engine.run('LLEN', 'long')).toBeGreaterThan(800);
    expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
  });
});
