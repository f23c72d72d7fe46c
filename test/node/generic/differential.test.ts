// Random sequences of key commands over all types: every reply as redis-server's, and the journal replays to the same.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { encodeReply } from '../../../src/protocol/resp-writer';
import type { Random } from '../../../src/spec/context';
import { encodeValue } from '../../../src/types/codec';
import { typeOf } from '../../../src/types/value';
import { seededRandom, TestEngine } from '../../support/engine';
import { RealRedis, redisInstalled } from '../../support/real-redis';

type Command = (string | number)[];

/** After both servers' clocks, so that nothing expires by itself. */
const FUTURE_MS = 4_000_000_000_000;

class Generator {
  constructor(private readonly random: Random) {}

  private pick<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)] as T;
  }

  private key(): string {
    return this.pick(['a', 'b', 'c', 'dd', 'ee', 'a:1', 'a:2', '', '*', '[x]', 'caf\u00e9']);
  }

  private keys(): string[] {
    return Array.from({ length: 1 + this.random.below(3) }, () => this.key());
  }

  private create(): Command {
    const key = this.key();
    return this.pick<Command>([
      ['SET', key, this.pick(['1', '9999', '10000', '-1', 'text', 'x'.repeat(45), ''])],
      ['SET', key, 'v', 'PXAT', FUTURE_MS + this.random.below(1000)],
      ['APPEND', key, 'more'],
      ['INCR', key],
      ['RPUSH', key, 'a', 'b'],
      ['LPOP', key],
      ['HSET', key, 'f', '1', 'g', '2'],
      ['HDEL', key, 'f', 'g'],
      ['SADD', key, '1', '2'],
      ['SREM', key, '1'],
      ['ZADD', key, '1', 'm', '2.5', 'n'],
      ['ZREM', key, 'm', 'n'],
    ]);
  }

  private expire(): Command {
    const name = this.pick(['EXPIRE', 'PEXPIRE', 'EXPIREAT', 'PEXPIREAT']);
    const ms = name.endsWith('AT') ? FUTURE_MS + this.random.below(100_000_000) : 100_000_000 + 1000 * this.random.below(100_000);
    const time = name.startsWith('P') ? ms : Math.floor(ms / 1000);
    const odd = ['0', '-1', '1', 'x', '', '1.5', '9223372036854775807', '-9223372036854775808', '9223372036854775', '99999999999999999999'];
    // A deadline a second away would not last for the run on the real server.
    const argument = this.random.below(6) > 0 ? time : this.pick(name.endsWith('AT') ? odd : odd.filter((text) => text !== '1'));
    const options = Array.from({ length: this.random.below(3) }, () => this.pick(['NX', 'xx', 'GT', 'Lt', 'ZZ', 'nx']));
    return [name, this.key(), argument, ...(this.random.below(2) > 0 ? options : [])];
  }

  private look(): Command {
    const key = this.key();
    return this.pick<Command>([
      ['TTL', key],
      ['EXPIRETIME', key],
      ['TYPE', key],
      ['EXISTS', ...this.keys()],
      ['TOUCH', ...this.keys()],
      ['OBJECT', 'ENCODING', key],
      ['OBJECT', 'FREQ', key],
      ['OBJECT', 'IDLETIME', key],
      ['DBSIZE'],
      ['KEYS', this.pick(['*', 'a*', '?', '[a-c]', 'caf*', '**', ''])],
      [
        'SCAN',
        this.pick(['0', '', '+0', '0x', '-']),
        'COUNT',
        1000,
        ...this.pick([[], ['MATCH', 'a*'], ['TYPE', 'Hash'], ['TYPE', 'none']]),
      ],
      ['SCAN', 0, ...this.pick([['COUNT', 0], ['COUNT', 'x'], ['MATCH'], ['FOO'], ['COUNT']])],
      ['GET', key],
      ['OBJECT', this.pick(['ENCODING', 'nope'])],
      ['SELECT', this.pick([0, 16, 'x', 99999999999])],
    ]);
  }

  private change(): Command {
    return this.pick<Command>([
      ['DEL', ...this.keys()],
      ['UNLINK', ...this.keys()],
      ['RENAME', this.key(), this.key()],
      ['RENAMENX', this.key(), this.key()],
      ['COPY', this.key(), this.key()],
      ['COPY', this.key(), this.key(), 'replace', 'db', 0],
      ['COPY', this.key(), this.key(), this.pick(['DB', 'FOO'])],
      ['PERSIST', this.key()],
      ['PERSIST', this.key()],
      this.random.below(20) > 0 ? ['PERSIST', this.key()] : [this.pick(['FLUSHALL', 'FLUSHDB']), this.pick(['ASYNC', 'sync', 'FOO'])],
    ]);
  }

  command(): Command {
    const kind = this.random.below(10);
    if (kind < 3) return this.create();
    if (kind < 5) return this.expire();
    return kind < 8 ? this.look() : this.change();
  }
}

/** Keys come in no order, so they are compared sorted; the two clocks are a little apart. */
function comparable(command: Command, reply: string, other: string): string {
  if (command[0] === 'KEYS' || command[0] === 'SCAN') return reply.split('\r\n').sort().join('\n');
  const isTime = command[0] === 'TTL' || command[0] === 'EXPIRETIME';
  return isTime && Math.abs(Number(reply.slice(1)) - Number(other.slice(1))) <= 2 ? 'about the same time' : reply;
}

function contents(engine: TestEngine): unknown[] {
  const rows: [Bytes, string, Bytes, number][] = [];
  engine.engine.server.forEachEntry((key, value, deadline) => rows.push([key, typeOf(value), encodeValue(value), deadline]));
  return rows.sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

describe.skipIf(!redisInstalled)('against redis-server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test.each([1, 2, 3])('seed %d', async (seed) => {
    const generator = new Generator(seededRandom(seed));
    const engine = new TestEngine(seed);
    engine.now = Date.now();
    const commands = [['FLUSHALL'], ...Array.from({ length: 3000 }, () => generator.command())];
    const real = await redis.send(commands);
    let errors = 0;
    let largest = 0;
    commands.forEach((command, i) => {
      const reply = encodeReply(engine.run(...command), 2);
      const expected = real[i] as string;
      const got = { i, command, reply: comparable(command, reply, expected) };
      expect(got).toEqual({ i, command, reply: comparable(command, expected, reply) });
      if (reply.startsWith('-')) errors++;
      largest = Math.max(largest, engine.engine.keys.size);
    });
    expect(errors).toBeGreaterThan(300);
    expect(errors).toBeLessThan(1500);
    expect(largest).toBeGreaterThan(8);
    expect(engine.journal.length).toBeGreaterThan(500);
    expect(contents(engine.replayed())).toEqual(contents(engine));
  });
});
