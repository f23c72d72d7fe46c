// Commands that wait, on the real server: over RESP with ioredis, over REST with @upstash/redis and with clients that
// hang up; then consumers whose connections break at random, of whom no element may be lost or given twice.
//
// KEDGE_BLOCKING_ELEMENTS=100000 makes it as many elements as one likes.

import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis as UpstashRedis } from '@upstash/redis';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bytes, fromText } from '../../src/bytes/bytes';
import { decodeReply } from '../../src/protocol/reply-reader';
import { seededRandom } from '../support/engine';
import { Stream } from '../support/stream';
import { type Server, startServer } from './server';

const ELEMENTS = Number(process.env.KEDGE_BLOCKING_ELEMENTS ?? 3000);
const CONSUMERS = 10;
/** Keys of several shards, where there are several. */
const QUEUES = ['queue:a', 'queue:b', 'queue:c'];

describe.each([1, 3])('on %i shards', (shards) => {
  let server: Server;
  let redis: Redis;

  const connect = () => new Redis(server.respPort, '127.0.0.1', { password: server.token, maxRetriesPerRequest: null });

  beforeAll(async () => {
    server = await startServer({ args: ['--shards', String(shards)] });
    redis = connect();
  });

  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  /** Until so many clients wait. In a session of several shards each shard counts those that wait there. */
  async function waitFor(count: number): Promise<void> {
    for (;;) {
      const info = await redis.info('clients');
      if (info.includes(`blocked_clients:${count}\r\n`)) return;
      await sleep(10);
    }
  }

  test('ioredis: a BLPOP is woken, times out, and is ended by CLIENT UNBLOCK', async () => {
    const waiting = connect();
    const id = await waiting.client('ID');
    const popped = waiting.blpop('a', 'b', 'c', 0);
    await waitFor(1);
    await redis.rpush('b', 'x', 'y');
    expect(await popped).toEqual(['b', 'x']);
    expect(await redis.lpop('b')).toBe('y');
    expect(await waiting.blpop('a', 'b', 0.05)).toBeNull();
    expect(await waiting.brpoplpush('a', 'a', 0.05)).toBeNull();
    const ended = waiting.bzpopmin('a', 'b', 'c', 0).catch((error: Error) => error.message);
    await waitFor(1);
    expect(await redis.client('UNBLOCK', id, 'ERROR')).toBe(1);
    expect(await ended).toBe('UNBLOCKED client unblocked via CLIENT UNBLOCK');
    waiting.disconnect();
  });

  test('@upstash/redis: a command waits, and times out', async () => {
    const rest = new UpstashRedis({ url: server.url, token: server.token });
    const popped = rest.exec<[string, string]>(['BLPOP', 'a', 'b', 'c', 5]);
    await sleep(100);
    await redis.rpush('c', 'x');
    expect(await popped).toEqual(['c', 'x']);
    expect(await rest.exec(['BLMPOP', '0.05', '2', 'a', 'b', 'LEFT'])).toBeNull();
    const [one, two] = await Promise.all([rest.exec(['BLPOP', 'a', '0.5']), rest.set('quick', 'reply')]);
    expect([one, two]).toEqual([null, 'OK']);
  });

  test('a REST client that hangs up takes nothing with it', async () => {
    const hangUp = async (): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const asked = httpRequest(`${server.url}/blpop/a/b/lost/10`, { headers: { authorization: `Bearer ${server.token}` } });
      asked.on('error', () => undefined);
      asked.on('close', resolve);
      asked.end();
      await sleep(100);
      asked.destroy();
      await promise;
    };
    await Promise.all(Array.from({ length: 5 }, hangUp));
    await sleep(50);
    await redis.rpush('lost', 'x');
    await sleep(200);
    expect(await redis.lrange('lost', 0, -1)).toEqual(['x']);
    await redis.del('lost');
  });

  test('@upstash/redis: streams', async () => {
    const rest = new UpstashRedis({ url: server.url, token: server.token });
    await redis.xadd('stream', '1-1', 'f', 'old');
    await redis.xgroup('CREATE', 'stream', 'group', '$');
    const [read, grouped] = [
      rest.exec(['XREAD', 'BLOCK', '5000', 'STREAMS', 'stream', '$']),
      rest.exec(['XREADGROUP', 'GROUP', 'group', 'c', 'BLOCK', '5000', 'STREAMS', 'stream', '>']),
    ];
    await sleep(100);
    await redis.xadd('stream', '2-1', 'f', 'new');
    const expected = [['stream', [['2-1', ['f', 'new']]]]];
    expect(await Promise.all([read, grouped])).toEqual([expected, expected]);
    expect(await rest.exec(['XREAD', 'BLOCK', '50', 'STREAMS', 'stream', '$'])).toBeNull();
    expect(await rest.exec(['XREAD', 'STREAMS', 'stream', '9'])).toBeNull();
    await redis.del('stream');
  });

  /** One who takes, again and again, on connections that do not last. */
  async function consume(take: (stream: Stream) => Promise<string[]>, fate: Fate): Promise<string[]> {
    const given: string[] = [];
    while (!fate.isOver()) {
      const stream = await Stream.tcp(server.respPort);
      await stream.ask([['AUTH', server.token].map(fromText)]);
      const [id] = await stream.ask([['CLIENT', 'ID'].map(fromText)]);
      const killed = fate.shape(Number(id?.slice(1)));
      try {
        for (let left = fate.random.below(60); !fate.isOver(); left--) {
          const taken = take(stream);
          // Broken off while it waits: what was on its way by then is lost, as it is by Redis. One that is killed is given it.
          const elements =
            left > 0 || killed ? await taken : await Promise.race([taken, sleep(fate.random.below(20)).then(() => undefined)]);
          if (elements === undefined) {
            taken.catch(() => undefined);
            fate.broken++;
            break;
          }
          given.push(...elements);
        }
      } catch {
        fate.killed++;
      }
      stream.close();
    }
    return given;
  }

  /** Connections of some consumers are broken off by themselves, those of others killed by the server. */
  class Fate {
    readonly random = seededRandom(7);
    broken = 0;
    killed = 0;
    over = false;
    private readonly victims: number[] = [];

    constructor(private readonly kills: boolean) {}

    isOver = () => this.over;

    /** Whether this connection waits for its end by the server. */
    shape(id: number): boolean {
      this.victims.push(id);
      return this.kills;
    }

    async strike(): Promise<void> {
      const id = this.victims[this.random.below(this.victims.length)];
      if (this.kills && id !== undefined && this.random.below(4) === 0) await redis.client('KILL', 'ID', id);
    }

    /** Adds all elements, while connections come to their end. */
    async feed(add: (next: number) => [string, ...string[]]): Promise<void> {
      for (let next = 0; next < ELEMENTS; ) {
        const batch = redis.pipeline();
        for (let i = this.random.below(30); i >= 0 && next < ELEMENTS; i--) {
          const [name, ...args] = add(next++);
          batch.call(name, ...args);
        }
        await batch.exec();
        await this.strike();
        if (this.random.below(3) === 0) await sleep(this.random.below(5));
      }
      await sleep(1500);
      this.over = true;
    }
  }

  const TIMEOUT = { timeout: 60_000 + ELEMENTS * 10 };

  test.each([false, true])(
    'BLPOP: every element goes to one consumer or is still there, connections killed: %s',
    TIMEOUT,
    async (kills) => {
      const fate = new Fate(kills);
      // What nobody took before is not of these elements.
      await redis.del(...QUEUES);
      const line = ['BLPOP', ...QUEUES, '0.5'].map(fromText);
      const consumers = Array.from({ length: CONSUMERS }, () => consume(async (stream) => elementsOf(await stream.ask([line])), fate));
      await fate.feed((next) => ['RPUSH', QUEUES[next % QUEUES.length] as string, `${next}`]);
      const given = (await Promise.all(consumers)).flat();
      const left = (await Promise.all(QUEUES.map((key) => redis.lrange(key, 0, -1)))).flat();
      const found = [...given, ...left];
      console.log(`${given.length} given, ${left.length} left, ${fate.broken} connections broken off, ${fate.killed} killed`);
      expect(new Set(found).size).toBe(found.length);
      // A connection that breaks while its answer is under way takes that one with it, and no more.
      expect(ELEMENTS - found.length).toBeLessThanOrEqual(fate.broken);
      expect(fate.broken + fate.killed).toBeGreaterThan(5);
    },
  );

  test.each([false, true])('XREADGROUP: every entry goes to one consumer, connections killed: %s', TIMEOUT, async (kills) => {
    const fate = new Fate(kills);
    await redis.del('log');
    await redis.xgroup('CREATE', 'log', 'group', '0', 'MKSTREAM');
    const consumers = Array.from({ length: CONSUMERS }, (_, i) => {
      const line = ['XREADGROUP', 'GROUP', 'group', `c${i}`, 'COUNT', '3', 'BLOCK', '500', 'STREAMS', 'log', '>'].map(fromText);
      const take = async (stream: Stream) => {
        const ids = idsOf(await stream.ask([line]));
        if (ids.length > 0) redis.xack('log', 'group', ...ids).catch(() => undefined);
        return ids;
      };
      return consume(take, fate);
    });
    await fate.feed((next) => ['XADD', 'log', `${next + 1}-0`, 'f', 'v']);
    const given = (await Promise.all(consumers)).flat();
    // What an ended connection was sent and did not get is pending still.
    const pending = (await redis.xpending('log', 'group', '-', '+', ELEMENTS)) as [string][];
    console.log(`${given.length} given, ${pending.length} pending, ${fate.broken} connections broken off, ${fate.killed} killed`);
    expect(new Set(given).size).toBe(given.length);
    expect(new Set([...given, ...pending.map(([id]) => id)]).size).toBe(ELEMENTS);
    expect(fate.broken + fate.killed).toBeGreaterThan(5);
  });
});

function elementsOf(answers: readonly Bytes[]): string[] {
  return answers.flatMap((raw) => {
    const reply = decodeReply(raw);
    return Array.isArray(reply) ? [reply[1] as string] : [];
  });
}

function idsOf(answers: readonly Bytes[]): string[] {
  return answers.flatMap((raw) => {
    const reply = decodeReply(raw) as [string, [string][]][] | null;
    return Array.isArray(reply) ? reply.flatMap(([, entries]) => entries.map(([id]) => id)) : [];
  });
}
