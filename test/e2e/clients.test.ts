// What applications and libraries do with scripts, messages and tracking through ioredis and node-redis: locks, sessions,
// commands of their own, publish/subscribe, notifications and caches that are told what has changed.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisStore } from 'connect-redis';
import { Redis } from 'ioredis';
import { BasicClientSideCache, createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { shardCounts, startTarget, type Target } from './target';

/** The parts of redlock and express-session that are used here: the packages have no types. */
interface Lock {
  readonly attempts: number;
  extend(ttlMs: number): Promise<Lock>;
  unlock(): Promise<void>;
}
type Redlock = new (
  clients: readonly Redis[],
  options: { retryCount: number; retryDelay?: number },
) => { lock(resources: string | readonly string[], ttlMs: number): Promise<Lock> };
interface Session {
  views?: number;
  destroy(done: () => void): void;
}
type Middleware = (request: object, response: object, next: (error?: unknown) => void) => void;

const require = createRequire(import.meta.url);
const Redlock = require('redlock') as Redlock;
const session = require('express-session') as (options: object) => Middleware;

const PATIENT = { timeout: 20_000 };

describe.each(shardCounts(1, 3))('clients on %i shards', (shards) => {
  let target: Target;
  const opened: (() => unknown)[] = [];

  beforeAll(async () => {
    target = await startTarget(shards);
  });

  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });

  afterAll(() => target.stop());

  /** Ready: a SUBSCRIBE that it is asked for before, it may send ahead of the INFO by which it makes itself so. */
  async function ioredis(): Promise<Redis> {
    const client = new Redis(target.port, '127.0.0.1', { password: target.token });
    opened.push(() => client.disconnect());
    await once(client, 'ready');
    return client;
  }

  async function nodeRedis<const RESP extends 2 | 3>(RESP: RESP, options: object = {}) {
    const client = createClient({ RESP, socket: { port: target.port, host: '127.0.0.1' }, password: target.token, ...options });
    client.on('error', (error) => console.error(error));
    await client.connect();
    opened.push(() => (client.isOpen ? client.close() : undefined));
    return client;
  }

  test('redlock: one holder at a time, and a lock that runs out is free', async () => {
    const redis = await ioredis();
    const patient = { retryCount: 1000, retryDelay: 5 };
    let [holding, most, turns] = [0, 0, 0];
    const contenders = Array.from({ length: 10 }, async () => {
      const redlock = new Redlock([await ioredis()], patient);
      for (let i = 0; i < 3; i++) {
        const lock = await redlock.lock('locks:resource', 60_000);
        most = Math.max(most, ++holding);
        await sleep(1);
        holding--;
        turns++;
        await lock.unlock();
      }
    });
    await Promise.all(contenders);
    expect([most, turns]).toEqual([1, 30]);
    expect(await redis.exists('locks:resource')).toBe(0);

    const impatient = new Redlock([await ioredis()], { retryCount: 0 });
    const both = await impatient.lock(['{locks}:a', '{locks}:b'], 60_000);
    await expect(impatient.lock(['{locks}:b', '{locks}:c'], 60_000)).rejects.toThrow(/Exceeded 0 attempts/);
    expect(await redis.exists('{locks}:c')).toBe(0);
    await both.extend(120_000);
    expect(await redis.pttl('{locks}:b')).toBeGreaterThan(60_000);
    // Another has it meanwhile: it is not this holder's to give back.
    await redis.set('{locks}:a', 'of another');
    await expect(both.unlock()).rejects.toThrow(/Unable to fully release/);
    expect(await redis.get('{locks}:a')).toBe('of another');
    expect(await redis.exists('{locks}:b')).toBe(0);

    const waiting = new Redlock([await ioredis()], patient);
    await impatient.lock('locks:brief', 1000);
    const next = await waiting.lock('locks:brief', 60_000);
    expect(next.attempts).toBeGreaterThan(1);
  });

  test.each([2, 3] as const)('express-session with connect-redis, RESP%i', async (version) => {
    const client = await nodeRedis(version);
    const prefix = `sess${version}:`;
    const store = new RedisStore({ client, prefix, ttl: 3600 });
    const middleware = session({ store, secret: 'a secret', resave: false, saveUninitialized: false });
    const server = createServer((request, response) => {
      middleware(request, response, (error) => {
        const { session: kept } = request as unknown as { session: Session };
        if (error) return response.writeHead(500).end(String(error));
        if (request.url === '/leave') return kept.destroy(() => response.end('gone'));
        kept.views = (kept.views ?? 0) + 1;
        response.end(String(kept.views));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const visit = async (cookie: string, path = '/') => {
      const response = await fetch(`${url}${path}`, { headers: { cookie, connection: 'close' } });
      const given = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
      return { cookie: given, text: await response.text() };
    };

    const visitors = await Promise.all(Array.from({ length: 20 }, () => visit('')));
    expect(new Set(visitors.map(({ cookie }) => cookie)).size).toBe(20);
    const again = await Promise.all(visitors.map(({ cookie }) => visit(cookie)));
    expect(again.map(({ text }) => text)).toEqual(Array(20).fill('2'));
    expect(await store.length()).toBe(20);
    const sessions = (await store.all()) as { id: string; views: number }[];
    expect(sessions.map(({ views }) => views)).toEqual(Array(20).fill(2));
    expect(await client.ttl(`${prefix}${sessions[0]?.id}`)).toBeGreaterThan(3500);
    expect((await visit(visitors[0]?.cookie as string, '/leave')).text).toBe('gone');
    expect(((await store.ids()) as string[]).length).toBe(19);
    expect((await visit(visitors[0]?.cookie as string)).text).toBe('1');
    await store.clear();
    expect(await store.length()).toBe(0);
  });

  test('ioredis: scripts as commands of one’s own', async () => {
    const redis = await ioredis();
    const scripts = {
      addAll: {
        numberOfKeys: 2,
        lua: "for i, n in ipairs(ARGV) do redis.call('INCRBY', KEYS[1], n) redis.call('RPUSH', KEYS[2], n) end return redis.call('GET', KEYS[1])",
      },
      keysAndArgs: { lua: 'return {KEYS, ARGV, #KEYS}', readOnly: true },
      wrong: { numberOfKeys: 1, lua: "return redis.call('INCR', KEYS[1])" },
    };
    for (const [name, script] of Object.entries(scripts)) redis.defineCommand(name, script);
    /** What ioredis has of these its types do not know. */
    const on = (client: object) => client as Record<keyof typeof scripts, (...args: (string | number)[]) => unknown>;
    const own = on(redis);
    expect(await own.addAll('{own}n', '{own}list', 1, 2, 3)).toBe('6');
    expect(await redis.lrange('{own}list', 0, -1)).toEqual(['1', '2', '3']);
    expect(await own.keysAndArgs(2, '{own}a', '{own}b', 'x', 'ключ')).toEqual([['{own}a', '{own}b'], ['x', 'ключ'], 2]);
    await redis.set('{own}text', 'abc');
    await expect(own.wrong('{own}text')).rejects.toThrow(
      /^ERR value is not an integer or out of range script: [0-9a-f]{40}, on @user_script:1\.$/,
    );

    // The client sends the text of a script again when the server has forgotten it.
    await redis.script('FLUSH');
    expect(await own.addAll('{own}n', '{own}list', 4)).toBe('10');
    await redis.script('FLUSH');
    const pipeline = redis.pipeline();
    for (let i = 0; i < 50; i++) on(pipeline).addAll('{own}n', '{own}list', 1);
    expect(await pipeline.exec()).toEqual(Array.from({ length: 50 }, (_unused, i) => [null, String(11 + i)]));
    const multi = redis.multi();
    on(multi).addAll('{own}n', '{own}list', 40);
    multi.get('{own}n');
    expect(await multi.exec()).toEqual([
      [null, '100'],
      [null, '100'],
    ]);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_unused, i) => i));
    expect(await redis.callBuffer('EVAL', 'return ARGV[1]', 0, bytes)).toEqual(bytes);
  });

  test('ioredis: messages by channel and by pattern, in order, and again after a lost connection', async () => {
    const [publisher, subscriber] = [await ioredis(), await ioredis()];
    const received: string[][] = [];
    subscriber.on('message', (channel, text) => received.push([channel, text]));
    subscriber.on('pmessage', (pattern, channel, text) => received.push([pattern, channel, text]));
    expect(await subscriber.subscribe('news', 'weather')).toBe(2);
    expect(await subscriber.psubscribe('n?ws', 'w*')).toBe(4);
    expect(await publisher.publish('news', 'first')).toBe(2);
    expect(await publisher.publish('nobody', 'hears')).toBe(0);
    await expect
      .poll(() => received, PATIENT)
      .toEqual([
        ['news', 'first'],
        ['n?ws', 'news', 'first'],
      ]);
    expect((await publisher.pubsub('CHANNELS')).sort()).toEqual(['news', 'weather']);
    expect(await publisher.pubsub('NUMSUB', 'news', 'weather', 'nobody')).toEqual(['news', 1, 'weather', 1, 'nobody', 0]);
    expect(await publisher.pubsub('NUMPAT')).toBe(2);
    await expect(subscriber.get('key')).rejects.toThrow(/subscriber mode/);
    expect(await subscriber.unsubscribe('weather')).toBe(3);
    expect(await subscriber.punsubscribe('n?ws', 'w*')).toBe(1);

    received.length = 0;
    const pipeline = publisher.pipeline();
    for (let i = 0; i < 2000; i++) pipeline.publish('news', String(i));
    await pipeline.exec();
    await expect.poll(() => received.length, PATIENT).toBe(2000);
    expect(received.map(([, text]) => text)).toEqual(Array.from({ length: 2000 }, (_unused, i) => String(i)));

    const subscribed = new Promise((resolve) => subscriber.once('ready', resolve));
    await publisher.client('KILL', 'TYPE', 'pubsub');
    await subscribed;
    await expect.poll(() => publisher.publish('news', 'after'), PATIENT).toBe(1);
    await expect.poll(() => received.at(-1), PATIENT).toEqual(['news', 'after']);
  });

  test.each([2, 3] as const)('node-redis: messages, RESP%i', async (version) => {
    const [publisher, subscriber] = [await nodeRedis(version), await nodeRedis(version)];
    const received: unknown[] = [];
    const hear = (text: unknown, channel: unknown) => received.push([String(channel), text]);
    await subscriber.subscribe(['a', 'b'], hear);
    await subscriber.pSubscribe('c*', hear);
    await subscriber.sSubscribe('{shard}d', hear);
    await subscriber.subscribe('bytes', hear, true);
    expect(await publisher.publish('a', '1')).toBe(1);
    expect(await publisher.publish('cd', '2')).toBe(1);
    expect(await publisher.sPublish('{shard}d', '3')).toBe(1);
    // What is sharded is not heard by those who listen to the channel of the same name.
    expect(await publisher.publish('{shard}d', 'unheard')).toBe(0);
    expect(await publisher.publish('bytes', Buffer.from([0, 255, 13, 10]))).toBe(1);
    const sorted = () => [...received].sort((x, y) => (String(x) < String(y) ? -1 : 1));
    await expect.poll(sorted, PATIENT).toEqual([
      ['a', '1'],
      ['bytes', Buffer.from([0, 255, 13, 10])],
      ['cd', '2'],
      ['{shard}d', '3'],
    ]);
    expect(await publisher.pubSubNumSub(['a', 'b', 'x'])).toEqual({ a: 1, b: 1, x: 0 });
    expect(await publisher.pubSubShardNumSub(['{shard}d'])).toEqual({ '{shard}d': 1 });
    await subscriber.unsubscribe('a');
    expect(await publisher.publish('a', '4')).toBe(0);
    // With RESP3 a connection that listens does everything else as well.
    if (version === 3) expect(await subscriber.echo('still here')).toBe('still here');
    received.length = 0;
    await Promise.all(Array.from({ length: 1000 }, (_unused, i) => publisher.publish('b', String(i))));
    await expect.poll(() => received.length, PATIENT).toBe(1000);
    expect(received).toEqual(Array.from({ length: 1000 }, (_unused, i) => ['b', String(i)]));
  });

  test.each([2, 3] as const)('node-redis: scripts and functions, RESP%i', async (version) => {
    const client = await nodeRedis(version);
    expect(await client.eval('return {KEYS[1], ARGV[1], 3.9, false, {ok="fine"}}', { keys: ['k'], arguments: ['v'] })).toEqual([
      'k',
      'v',
      3,
      null,
      'fine',
    ]);
    await expect(client.eval("return redis.error_reply('MY own')", {})).rejects.toThrow('MY own');
    const sha = await client.scriptLoad("return redis.call('SET', KEYS[1], ARGV[1])");
    expect(await client.evalSha(sha, { keys: ['k'], arguments: ['v'] })).toBe('OK');
    expect(await client.scriptExists([sha, '0'.repeat(40)])).toEqual([1, 0]);
    await expect(client.evalSha('0'.repeat(40), {})).rejects.toThrow(/^NOSCRIPT/);
    const library = `#!lua name=lib${version}\nredis.register_function{function_name='double${version}', callback=function(keys, args) return args[1] * 2 end, flags={'no-writes'}}`;
    expect(await client.functionLoad(library, { REPLACE: true })).toBe(`lib${version}`);
    expect(await client.fCall(`double${version}`, { keys: [], arguments: ['21'] })).toBe(42);
    expect(await client.fCallRo(`double${version}`, { keys: [], arguments: ['4'] })).toBe(8);
    const [listed] = await client.functionList({ LIBRARYNAME: `lib${version}` });
    expect(listed).toMatchObject({ library_name: `lib${version}`, engine: 'LUA' });
    expect(await client.functionDelete(`lib${version}`)).toBe('OK');
    if (version === 3) {
      const typed = "redis.setresp(3) redis.call('HSET', KEYS[1], 'f', 'v') return {redis.call('HGETALL', KEYS[1]), {double=1.5}, true}";
      expect(await client.eval(typed, { keys: ['typed'] })).toEqual([expect.objectContaining({ f: 'v' }), 1.5, true]);
    }
  });

  test('node-redis: a cache that is told what has changed', async () => {
    const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 0 });
    const [reader, writer] = [await nodeRedis(3, { clientSideCache: cache }), await nodeRedis(3)];
    const keys = Array.from({ length: 20 }, (_unused, i) => `cached:${i}`);
    for (const key of keys) await writer.set(key, 'old');
    for (const key of keys) expect(await reader.get(key)).toBe('old');
    const { hitCount } = cache.stats();
    for (const key of keys) expect(await reader.get(key)).toBe('old');
    expect(cache.stats().hitCount - hitCount).toBe(20);
    for (const key of keys) await writer.set(key, 'new');
    for (const key of keys) await expect.poll(() => reader.get(key), PATIENT).toBe('new');
    await writer.hSet('cached:hash', { a: '1' });
    expect(await reader.hGetAll('cached:hash')).toEqual({ a: '1' });
    await writer.eval("return redis.call('HSET', KEYS[1], 'b', '2')", { keys: ['cached:hash'] });
    await expect.poll(() => reader.hGetAll('cached:hash'), PATIENT).toEqual({ a: '1', b: '2' });
    await writer.pExpire('cached:0', 50);
    await expect.poll(() => reader.get('cached:0'), PATIENT).toBeNull();
    await writer.flushAll();
    await expect.poll(() => reader.get('cached:1'), PATIENT).toBeNull();
  });

  test('node-redis: an application that is told itself', async () => {
    const [reader, writer] = [await nodeRedis(3, { emitInvalidate: true }), await nodeRedis(3)];
    const told: unknown[] = [];
    reader.on('invalidate', (key) => told.push(key === null ? null : String(key)));
    await writer.set('told:a', '1');
    await reader.get('told:a');
    await reader.get('told:b');
    await writer.mSet({ 'told:a': '2', 'told:c': '3' });
    await writer.set('told:b', '1');
    await expect.poll(() => [...told].sort(), PATIENT).toEqual(['told:a', 'told:b']);
    // Of a key that was not read since it is told nothing; then everything is gone.
    await writer.set('told:a', '4');
    await writer.flushAll();
    await expect.poll(() => told.at(-1), PATIENT).toBeNull();
    expect(told.slice(0, 2).sort()).toEqual(['told:a', 'told:b']);
    expect(new Set(told.slice(2))).toEqual(new Set([null]));
  });

  test('ioredis: what RESP2 knows of tracking', async () => {
    const [reader, listener, writer] = [await ioredis(), await ioredis(), await ioredis()];
    const told: string[] = [];
    listener.on('messageBuffer', (_channel, keys) => told.push(...[keys].flat().map(String)));
    const id = await listener.client('ID');
    await listener.subscribe('__redis__:invalidate');
    expect(await reader.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id)).toBe('OK');
    await reader.mget('{redirected}a', '{redirected}b', '{redirected}c');
    await writer.set('{redirected}b', '1');
    await expect.poll(() => told, PATIENT).toEqual(['{redirected}b']);
    await writer.multi().set('{redirected}a', '1').del('{redirected}c').lpush('{redirected}c', 'x').exec();
    await expect.poll(() => [...told].sort(), PATIENT).toEqual(['{redirected}a', '{redirected}b', '{redirected}c']);
  });

  test('ioredis: notifications of what happens to keys', async () => {
    const [redis, subscriber] = [await ioredis(), await ioredis()];
    await redis.config('SET', 'notify-keyspace-events', 'KEA');
    opened.push(() => redis.config('SET', 'notify-keyspace-events', ''));
    const events: string[] = [];
    subscriber.on('pmessage', (_pattern, channel, text) => events.push(`${channel.replace('@0__', '')} ${text}`));
    await subscriber.psubscribe('__keyspace@0__:{noted}*', '__keyevent@0__:expired', '__keyevent@0__:del');
    await redis.set('{noted}a', 'x', 'PX', 60);
    await redis.hset('{noted}h', 'f', 'v');
    await redis.rename('{noted}h', '{noted}h2');
    await redis.del('{noted}h2', '{noted}none');
    await redis.eval("redis.call('SADD', KEYS[1], 'm') redis.call('SPOP', KEYS[1])", 1, '{noted}s');
    // It goes when its time has come, though nobody asks for it.
    const expected = [
      '__keyspace:{noted}a set',
      '__keyspace:{noted}a expire',
      '__keyspace:{noted}h hset',
      '__keyspace:{noted}h rename_from',
      '__keyspace:{noted}h2 rename_to',
      '__keyspace:{noted}h2 del',
      '__keyevent:del {noted}h2',
      '__keyspace:{noted}s sadd',
      '__keyspace:{noted}s spop',
      '__keyspace:{noted}s del',
      '__keyevent:del {noted}s',
    ];
    const expired = ['__keyspace:{noted}a expired', '__keyevent:expired {noted}a'];
    await expect.poll(() => [...events].sort(), PATIENT).toEqual([...expected, ...expired].sort());
    // In the order in which it happened, whatever comes between.
    expect(events.filter((event) => event.startsWith('__keyspace') && !event.endsWith('expired'))).toEqual(
      expected.filter((event) => event.startsWith('__keyspace')),
    );
  });
});
