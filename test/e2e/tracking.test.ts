// Client-side caching and keyspace notifications on the real server, for raw sockets and for ioredis.

import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RawClient } from '../support/raw-client';
import { type Server, startServer } from './server';

/** More than anything here takes. */
const WAIT = { timeout: 10_000 };
const KEYS = Array.from({ length: 12 }, (_, i) => `key:${i}`);

describe.each([1, 3])('on %i shards', (shards) => {
  let server: Server;
  let redis: Redis;

  /** Ready: what ioredis is asked for before, it may send between the commands by which it makes itself so. */
  async function connect(): Promise<Redis> {
    const client = new Redis(server.respPort, '127.0.0.1', { password: server.token });
    await once(client, 'ready');
    return client;
  }

  beforeAll(async () => {
    server = await startServer({ args: ['--shards', String(shards)] });
    redis = await connect();
  });

  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  test('a RESP3 connection is pushed the keys that it has read and that others change', async () => {
    const client = await RawClient.open(server.respPort);
    expect(await client.send('HELLO', 3, 'AUTH', 'default', server.token)).toContain('proto');
    expect(await client.send('CLIENT', 'TRACKING', 'ON')).toBe('+OK\r\n');
    for (const key of KEYS) {
      expect(await client.send('GET', key)).toBe('_\r\n');
      const pushed = client.next();
      await redis.set(key, 'v');
      expect(await pushed).toBe(`>2\r\n$10\r\ninvalidate\r\n*1\r\n$${key.length}\r\n${key}\r\n`);
    }
    expect(await client.send('PING')).toBe('+PONG\r\n');
    client.close();
  });

  test('ioredis hears through a subscriber of keys that it has read, and of those with a prefix', async () => {
    const [subscriber, reader, broad] = [await connect(), await connect(), await connect()];
    const heard: string[] = [];
    subscriber.on('message', (_channel, keys) => heard.push(String(keys)));
    const id = await subscriber.client('ID');
    await subscriber.subscribe('__redis__:invalidate');
    await reader.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id);
    await broad.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', 'other:');
    await reader.mget(KEYS);
    for (const key of KEYS) await redis.del(key);
    for (const key of KEYS) await redis.set(`other:${key}`, 'v');
    const expected = [...KEYS, ...KEYS.map((key) => `other:${key}`)].sort();
    await expect.poll(() => [...heard].sort(), WAIT).toEqual(expected);
    for (const client of [subscriber, reader, broad]) client.disconnect();
  });

  test('ioredis hears what happens to keys, on all shards, and of those that expire by themselves', async () => {
    const subscriber = await connect();
    const heard: string[] = [];
    subscriber.on('pmessage', (_pattern, channel, message) => heard.push(`${channel} ${message}`));
    await redis.config('SET', 'notify-keyspace-events', 'Ex$');
    await subscriber.psubscribe('__keyevent@0__:*');
    for (const key of KEYS) await redis.set(key, 'v', 'PX', 200);
    const expected = KEYS.flatMap((key) => [`__keyevent@0__:set ${key}`, `__keyevent@0__:expired ${key}`]).sort();
    await expect.poll(() => [...heard].sort(), WAIT).toEqual(expected);
    await redis.config('SET', 'notify-keyspace-events', '');
    await redis.set('silent', 'v');
    await redis.publish('__keyevent@0__:end', '');
    await expect.poll(() => heard.at(-1), WAIT).toBe('__keyevent@0__:end ');
    expect(heard).toHaveLength(expected.length + 1);
    subscriber.disconnect();
  });
});
