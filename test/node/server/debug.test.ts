import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ascii, type Bytes, fromText } from '../../../src/bytes/bytes';
import { ErrorReply } from '../../../src/protocol/reply';
import { encodeReply } from '../../../src/protocol/resp-writer';
import type { Random } from '../../../src/spec/context';
import { joinDigests } from '../../../src/types/digest';
import { expectSameReplies } from '../../support/differential';
import { seededRandom, TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';
import { RealRedis, redisInstalled } from '../../support/real-redis';

const EMPTY_DIGEST = '0'.repeat(40);

const digest = (engine: TestEngine): string => plain(engine.run('DEBUG', 'DIGEST')) as string;

/** Commands that fill a dataset with every type, small and large, and change it again. */
class Filler {
  constructor(private readonly random: Random) {}

  private pick<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)] as T;
  }

  private word(): Bytes {
    if (this.random.below(3) === 0) return ascii(`${this.random.below(2000) - 1000}`);
    let text = '';
    for (let left = this.pick([0, 1, 5, 20, 63, 64, 65, 150]); left > 0; left--) text += String.fromCharCode(this.random.below(256));
    return ascii(text);
  }

  private score(): Bytes {
    const plainScores = ['0', '1', 'inf', '-inf', '3.5', '1e300', '5e-324', '123456789012345678', '0.1'];
    if (this.random.below(2) === 0) return ascii(this.pick(plainScores));
    return ascii(`${(this.random.float() - 0.5) * 10 ** this.random.below(25)}`);
  }

  private many(most: number, make: () => Bytes[]): Bytes[] {
    return Array.from({ length: 1 + this.random.below(most) }, make).flat();
  }

  line(): Bytes[] {
    const key = ascii(`k${this.random.below(40)}`);
    const most = this.pick([3, 3, 3, 200]);
    switch (this.random.below(13)) {
      case 0:
        return [ascii('SET'), key, this.word()];
      case 1:
        return [ascii('APPEND'), key, this.word()];
      case 2:
        return [ascii('RPUSH'), key, ...this.many(most, () => [this.word()])];
      case 3:
        return [ascii('SADD'), key, ...this.many(most, () => [this.word()])];
      case 4:
        return [ascii('SADD'), key, ...this.many(most, () => [ascii(`${this.random.below(10_000)}`)])];
      case 5:
        return [ascii('HSET'), key, ...this.many(most, () => [this.word(), this.word()])];
      case 6:
        return [ascii('ZADD'), key, ...this.many(most, () => [this.score(), this.word()])];
      case 7:
        return [ascii('PEXPIREAT'), key, ascii('9000000000000')];
      case 8:
        return [ascii('PERSIST'), key];
      case 9:
        return [ascii('LPOP'), key];
      case 10:
        return [ascii('RENAME'), key, ascii(`k${this.random.below(40)}`)];
      case 11:
        return [ascii('DEL'), key];
      default:
        return [ascii('INCRBY'), key, ascii('7')];
    }
  }
}

describe.skipIf(!redisInstalled)('against redis-server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test('the digests of random datasets are equal', async () => {
    const engine = new TestEngine();
    const filler = new Filler(seededRandom(11));
    const keys = Array.from({ length: 45 }, (_, i) => ascii(`k${i}`));
    // Each key first, so that a failure names it.
    const looks = [
      ...keys.flatMap((key) => ['TYPE', 'DEBUG DIGEST-VALUE'].map((look) => [...look.split(' ').map(ascii), key])),
      [ascii('DEBUG'), ascii('DIGEST-VALUE'), ...keys],
      [ascii('DBSIZE')],
      [ascii('DEBUG'), ascii('DIGEST')],
    ];
    const names = new Set<string>();
    const seen = new Set<string>();
    for (let round = 0; round < 20; round++) {
      const lines = Array.from({ length: 60 }, () => filler.line());
      const outcome = await expectSameReplies(redis, engine, [...lines, ...looks]);
      for (const name of outcome.names) names.add(name);
      seen.add(digest(engine));
    }
    expect(seen.size).toBe(20);
    for (const name of ['set', 'append', 'rpush', 'sadd', 'hset', 'zadd', 'pexpireat', 'rename', 'incrby']) expect(names).toContain(name);
    expect(digest(engine.replayed())).toBe(digest(engine));
    await expectSameReplies(redis, engine, [[ascii('FLUSHALL')], ...looks]);
    expect(digest(engine)).toBe(EMPTY_DIGEST);
  });

  test('POPULATE makes the same keys', async () => {
    const lines = [
      'DEBUG POPULATE 50',
      'DEBUG POPULATE 20 pre',
      'DEBUG POPULATE 30 pre 4',
      'DEBUG POPULATE 3 big 100',
      'DBSIZE',
      'DEBUG DIGEST',
    ];
    lines.push(
      'GET key:49',
      'GET pre:25',
      'GET big:2',
      'DEBUG POPULATE x',
      'DEBUG POPULATE -1',
      'DEBUG POPULATE 1 p -5',
      'DEBUG POPULATE 0',
    );
    const engine = new TestEngine();
    await expectSameReplies(
      redis,
      engine,
      lines.map((line) => line.split(' ').map(fromText)),
    );
    expect(digest(engine.replayed())).toBe(digest(engine));
    await redis.send([['FLUSHALL']]);
  });

  test('PROTOCOL answers with every type in RESP2', async () => {
    const types = 'string integer double bignum null array set map attrib push verbatim true false nope'.split(' ');
    await expectSameReplies(
      redis,
      new TestEngine(),
      types.map((type) => ['DEBUG', 'Protocol', type].map(fromText)),
    );
  });

  test('tuning subcommands', async () => {
    const lines = `
      DEBUG CHANGE-REPL-ID
      DEBUG PAUSE-CRON 1
      DEBUG PAUSE-CRON 0
      DEBUG AOF-FLUSH-SLEEP 0
      DEBUG SET-DISABLE-DENY-SCRIPTS 0
      DEBUG SET-SKIP-CHECKSUM-VALIDATION 0
      DEBUG QUICKLIST-PACKED-THRESHOLD 1b
      DEBUG QUICKLIST-PACKED-THRESHOLD 0
      DEBUG QUICKLIST-PACKED-THRESHOLD 5gb
      DEBUG QUICKLIST-PACKED-THRESHOLD x
      DEBUG QUICKLIST-PACKED-THRESHOLD 4293918720
      DEBUG QUICKLIST-PACKED-THRESHOLD 4293918721
      DEBUG REPLYBUFFER RESIZING 1
      DEBUG REPLYBUFFER PEAK-RESET-TIME NEVER
      DEBUG REPLYBUFFER PEAK-RESET-TIME RESET
      DEBUG REPLYBUFFER PEAK-RESET-TIME x
      DEBUG REPLYBUFFER PEAK-RESET-TIME 5000
      DEBUG REPLYBUFFER nope 1
      DEBUG SET-ACTIVE-EXPIRE 1
      DEBUG ERROR ERR_x
      DEBUG RELOAD nope
      DEBUG OBJECT nokey
      DEBUG LISTPACK nokey
      DEBUG SLEEP 0
      DEBUG DIGEST-VALUE`
      .trim()
      .split(/\n\s*/);
    const outcome = await expectSameReplies(
      redis,
      new TestEngine(),
      lines.map((line) => line.split(' ').map(fromText)),
    );
    expect(outcome.failed).toBe(9);
  });
});

describe('DEBUG', () => {
  test('PROTOCOL in RESP3', () => {
    const engine = new TestEngine();
    engine.client.protocol = 3;
    const sample = (type: string): string => encodeReply(engine.run('DEBUG', 'PROTOCOL', type), 3);
    expect(sample('map')).toBe('%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n');
    expect(sample('set')).toBe('~3\r\n:0\r\n:1\r\n:2\r\n');
    expect(sample('double')).toBe(',3.141\r\n');
    expect(sample('bignum')).toBe('(1234567999999999999999999999999999999\r\n');
    expect(sample('verbatim')).toBe('=29\r\ntxt:This is a verbatim\nstring\r\n');
    expect(sample('null')).toBe('_\r\n');
    expect(sample('attrib')).toBe(
      '|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n$39\r\nSome real reply following the attribute\r\n',
    );
    expect(sample('push')).toBe('>2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n$40\r\nSome real reply following the push reply\r\n');
  });

  test('DICT-RESIZING of Redis 7.4 is accepted', () => {
    expect(plain(new TestEngine().run('DEBUG', 'DICT-RESIZING', 0))).toBe('OK');
  });

  test('OBJECT tells the encoding and the idle time', () => {
    const engine = new TestEngine();
    engine.run('SET', 'n', 20_000);
    engine.now += 3000;
    expect(plain(engine.run('DEBUG', 'OBJECT', 'n'))).toMatch(
      /^Value at:0x0 refcount:1 encoding:int serializedlength:3 lru:\d+ lru_seconds_idle:3$/,
    );
    engine.run('RPUSH', 'l', 'a');
    expect(plain(engine.run('DEBUG', 'OBJECT', 'l'))).toContain('encoding:quicklist');
  });

  test('SET-ACTIVE-EXPIRE and SLEEP reach the server', () => {
    const engine = new TestEngine();
    expect(engine.engine.server.activeExpire).toBe(true);
    engine.run('DEBUG', 'SET-ACTIVE-EXPIRE', 0);
    expect([engine.engine.server.activeExpire, engine.activeExpiries]).toEqual([false, 0]);
    engine.run('DEBUG', 'SET-ACTIVE-EXPIRE', 1);
    expect([engine.engine.server.activeExpire, engine.activeExpiries]).toEqual([true, 1]);
    const before = engine.now;
    engine.run('DEBUG', 'SLEEP', '0.25');
    expect(engine.now - before).toBe(250);
  });

  test('is refused where it is not allowed', () => {
    const engine = new TestEngine(1, undefined, false);
    for (const line of [['DIGEST'], ['HELP'], ['SLEEP', '0'], ['SET-ACTIVE-EXPIRE', '1']]) {
      const reply = engine.run('DEBUG', ...line);
      expect(reply).toBeInstanceOf(ErrorReply);
      expect(plain(reply)).toContain('DEBUG command not allowed');
    }
  });
});

test('digests of parts join to the digest of the whole', () => {
  const random = seededRandom(5);
  for (const count of [1, 2, 3, 4, 5]) {
    const whole = new TestEngine();
    const parts = Array.from({ length: count }, () => new TestEngine());
    for (let i = 0; i < 30; i++) {
      const part = parts[random.below(Math.max(1, count - 1))] as TestEngine;
      for (const engine of [whole, part]) engine.run('ZADD', `k${i}`, i / 3, 'm');
    }
    expect(joinDigests(parts.map(digest))).toBe(digest(whole));
  }
  expect(joinDigests([EMPTY_DIGEST, EMPTY_DIGEST])).toBe(EMPTY_DIGEST);
});
