// ioredis with its default settings, against one shard and against four.

import Redis from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, startServer } from './server';

describe.each([1, 4])('ioredis on %i shards', (shards) => {
  let server: Server;
  let redis: Redis;

  beforeAll(async () => {
    server = await startServer({ args: ['--shards', String(shards)] });
    redis = new Redis({ port: server.respPort, password: server.token });
  });

  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  test('strings, hashes, lists, sets and sorted sets', async () => {
    expect(await redis.set('greeting', 'hello')).toBe('OK');
    expect(await redis.get('greeting')).toBe('hello');
    expect(await redis.hset('user:1', { name: 'Ada', born: 1815 })).toBe(2);
    expect(await redis.hgetall('user:1')).toEqual({ name: 'Ada', born: '1815' });
    await redis.rpush('queue', 'a', 'b', 'c');
    expect(await redis.lrange('queue', 0, -1)).toEqual(['a', 'b', 'c']);
    await redis.sadd('tags', 'x', 'y');
    expect((await redis.smembers('tags')).sort()).toEqual(['x', 'y']);
    await redis.zadd('scores', 1, 'one', 2.5, 'two');
    expect(await redis.zrange('scores', 0, -1, 'WITHSCORES')).toEqual(['one', '1', 'two', '2.5']);
  });

  test('several keys at once, wherever they live', async () => {
    const keys = Array.from({ length: 50 }, (_unused, i) => `spread:${i}`);
    expect(await redis.mset(Object.fromEntries(keys.map((key, i) => [key, String(i)])))).toBe('OK');
    expect(await redis.mget([...keys, 'nothing'])).toEqual([...keys.map((_key, i) => String(i)), null]);
    expect(await redis.exists(...keys)).toBe(50);
    const found = new Set<string>();
    for await (const batch of redis.scanStream({ match: 'spread:*', count: 7 })) for (const key of batch) found.add(key);
    expect([...found].sort()).toEqual([...keys].sort());
    expect((await redis.keys('spread:*')).sort()).toEqual([...keys].sort());
    expect(await redis.del(...keys)).toBe(50);
    expect(await redis.exists(...keys)).toBe(0);
  });

  test('binary values and a value of 5 MB', async () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_unused, i) => i));
    await redis.set('bytes', every);
    expect(await redis.getBuffer('bytes')).toEqual(every);
    const large = Buffer.alloc(5 * 1024 * 1024, 'kedge');
    await redis.set('large', large);
    expect((await redis.getBuffer('large'))?.equals(large)).toBe(true);
    await redis.del('large');
  });

  test('a pipeline of 10,000 commands keeps its order', async () => {
    const pipeline = redis.pipeline();
    for (let i = 0; i < 5000; i++) pipeline.set(`p:${i}`, i).get(`p:${i}`);
    const results = (await pipeline.exec()) ?? [];
    expect(results).toHaveLength(10_000);
    for (let i = 0; i < 5000; i++) expect(results[2 * i + 1]).toEqual([null, String(i)]);
  });

  test('MULTI, and WATCH that finds a conflict', async () => {
    expect(await redis.multi().set('{t}a', 1).incr('{t}a').get('{t}a').exec()).toEqual([
      [null, 'OK'],
      [null, 2],
      [null, '2'],
    ]);
    const other = redis.duplicate();
    await redis.watch('{t}watched');
    await other.set('{t}watched', 'changed by another client');
    expect(await redis.multi().set('{t}watched', 'mine').exec()).toBeNull();
    expect(await redis.get('{t}watched')).toBe('changed by another client');
    await redis.watch('{t}watched');
    expect(await redis.multi().set('{t}watched', 'mine').exec()).toEqual([[null, 'OK']]);
    other.disconnect();
  });

  test('errors are those of Redis', async () => {
    await redis.set('text', 'abc');
    await expect(redis.incr('text')).rejects.toThrow('ERR value is not an integer or out of range');
    await expect(redis.lpush('text', 'x')).rejects.toThrow('WRONGTYPE Operation against a key holding the wrong kind of value');
    await expect(redis.call('NOSUCH', 'x')).rejects.toThrow("ERR unknown command 'NOSUCH', with args beginning with: 'x' ");
    await expect(
      new Redis({ port: server.respPort, password: 'wrong', retryStrategy: null, lazyConnect: true }).connect(),
    ).rejects.toThrow();
  });

  test('keys expire', async () => {
    await redis.set('short', 'x', 'PX', 60);
    expect(await redis.pttl('short')).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 90));
    expect(await redis.get('short')).toBeNull();
  });

  test('keys that nobody asks for are removed in time', async () => {
    await redis.flushall();
    await redis.psetex('{e}a', 100, 'x');
    await redis.psetex('{e}b', 100, 'x');
    await redis.set('{e}stays', 'x');
    expect(await redis.dbsize()).toBe(3);
    await expect.poll(() => redis.dbsize(), { timeout: 5000 }).toBe(1);
  });
});
