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

  /** Takes elements until it is told to stop; its connection breaks now and then. Returns what it was given. */
  async function consume(random: ReturnType<typeof seededRandom>, isOver: () => boolean, onLoss: () => void): Promise<string[]> {
    const given: string[] = [];
    while (!isOver()) {
      const stream = await Stream.tcp(server.respPort);
      await stream.ask([['AUTH', server.token].map(fromText)]);
      for (let left = 1 + random.below(60); left > 0 && !isOver(); left--) {
        const asked = stream.ask([['BLPOP', ...QUEUES, '1'].map(fromText)]);
        if (left === 1) {
          // Broken off while it waits: what was on its way by then is lost, as it is by Redis.
          const answer = await Promise.race([asked, sleep(random.below(20)).then(() => undefined)]);
          if (answer === undefined) {
            asked.catch(() => undefined);
            onLoss();
            break;
          }
          given.push(...elementsOf(answer));
        } else given.push(...elementsOf(await asked));
      }
      stream.close();
    }
    return given;
  }

  test('every element goes to one consumer, or is still there', { timeout: 60_000 + ELEMENTS * 10 }, async () => {
    const random = seededRandom(7);
    let over = false;
    let broken = 0;
    const consumers = Array.from({ length: CONSUMERS }, () =>
      consume(
        random,
        () => over,
        () => {
          broken++;
        },
      ),
    );
    for (let next = 0; next < ELEMENTS; ) {
      const batch = redis.pipeline();
      for (let i = random.below(30); i >= 0 && next < ELEMENTS; i--) batch.rpush(QUEUES[next % QUEUES.length] as string, `${next++}`);
      await batch.exec();
      if (random.below(3) === 0) await sleep(random.below(5));
    }
    for (let quiet = 0; quiet < 10; quiet++) {
      await sleep(100);
      if ((await redis.llen(QUEUES[0] as string)) > 0) quiet = 0;
    }
    over = true;
    const given = (await Promise.all(consumers)).flat();
    const left = (await Promise.all(QUEUES.map((key) => redis.lrange(key, 0, -1)))).flat();
    const found = [...given, ...left];
    console.log(`${given.length} given, ${left.length} left, ${broken} connections broken while they waited`);
    expect(new Set(found).size).toBe(found.length);
    // A connection that breaks while its answer is under way takes that one with it, and no more.
    expect(ELEMENTS - found.length).toBeLessThanOrEqual(broken);
    expect(broken).toBeGreaterThan(10);
  });
});

function elementsOf(answers: readonly Bytes[]): string[] {
  return answers.flatMap((raw) => {
    const reply = decodeReply(raw);
    return Array.isArray(reply) ? [reply[1] as string] : [];
  });
}
