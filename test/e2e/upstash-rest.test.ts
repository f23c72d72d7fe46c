// The unmodified @upstash/redis against the real server, with one shard and with four; then what only curl would send.

import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, startServer } from './server';

const READ_ONLY = 'a-token-that-only-reads';

describe.each([1, 4])('@upstash/redis on %i shards', (shards) => {
  let server: Server;
  let redis: Redis;

  beforeAll(async () => {
    server = await startServer({ args: ['--shards', String(shards)], env: { KEDGE_READONLY_TOKEN: READ_ONLY } });
    redis = new Redis({ url: server.url, token: server.token });
  });

  afterAll(async () => {
    await server.stop();
  });

  test('objects, numbers and text come back as they were', async () => {
    const user = { name: 'Ada', tags: ['a', 'b'], born: 1815, quotes: 'say "hi"\n', nested: { unicode: 'ключ 日本 😀' } };
    expect(await redis.set('user', user)).toBe('OK');
    expect(await redis.get('user')).toEqual(user);
    await redis.set('number', 42);
    expect(await redis.get('number')).toBe(42);
    await redis.set('flag', true);
    expect(await redis.get('flag')).toBe(true);
    await redis.set('large', '9223372036854775807');
    expect(await redis.get('large')).toBe('9223372036854775807');
    await redis.set('text', 'héllo wörld');
    expect(await redis.get('text')).toBe('héllo wörld');
    await redis.set('ключ/?#%', 'odd key');
    expect(await redis.get('ключ/?#%')).toBe('odd key');
    expect(await redis.get('nothing')).toBeNull();
    expect(await redis.mget('number', 'nothing', 'flag')).toEqual([42, null, true]);
  });

  test('options of SET, counters and deadlines', async () => {
    expect(await redis.set('option', 'a', { nx: true, ex: 100 })).toBe('OK');
    expect(await redis.set('option', 'b', { nx: true })).toBeNull();
    expect(await redis.set('option', 'c', { xx: true, get: true, keepTtl: true })).toBe('a');
    expect(await redis.ttl('option')).toBeGreaterThan(90);
    expect(await redis.incrby('counter', 5)).toBe(5);
    expect(await redis.incrbyfloat('counter', 0.5)).toBe(5.5);
    expect(await redis.expire('counter', 100)).toBe(1);
    expect(await redis.persist('counter')).toBe(1);
    expect(await redis.del('option', 'counter', 'nothing')).toBe(2);
  });

  test('hashes, lists, sets and sorted sets', async () => {
    expect(await redis.hset('hash', { name: 'Ada', meta: { a: 1 }, n: 7 })).toBe(3);
    expect(await redis.hgetall('hash')).toEqual({ name: 'Ada', meta: { a: 1 }, n: 7 });
    expect(await redis.hgetall('no hash')).toBeNull();
    expect(await redis.hmget('hash', 'name', 'none')).toEqual({ name: 'Ada', none: null });
    expect(await redis.hincrby('hash', 'n', 3)).toBe(10);
    expect(await redis.rpush<unknown>('list', 1, 'two', { three: 3 })).toBe(3);
    expect(await redis.lrange('list', 0, -1)).toEqual([1, 'two', { three: 3 }]);
    expect(await redis.lpop('list')).toBe(1);
    expect(await redis.sadd('set', 'a', 'b', 'c')).toBe(3);
    expect((await redis.smembers('set')).sort()).toEqual(['a', 'b', 'c']);
    expect(await redis.smismember('set', ['a', 'x'])).toEqual([1, 0]);
    expect(await redis.zadd('zset', { score: 1, member: 'one' }, { score: 2.5, member: 'two' })).toBe(2);
    expect(await redis.zrange('zset', 0, -1, { withScores: true })).toEqual(['one', 1, 'two', 2.5]);
    expect(await redis.zrange('zset', 2, 3, { byScore: true })).toEqual(['two']);
    expect(await redis.zscore('zset', 'two')).toBe(2.5);
    expect(await redis.zrank('zset', 'two')).toBe(1);
  });

  test('fields of a hash that expire', async () => {
    expect(await redis.hset('expiring', { a: 1, b: { deep: true }, c: 'text' })).toBe(3);
    expect(await redis.hexpire('expiring', ['a', 'none'], 100)).toEqual([1, -2]);
    expect(await redis.hpexpire('expiring', 'a', 200_000, 'gt')).toEqual([1]);
    expect(await redis.hexpireat('expiring', 'b', 2_524_600_800, 'nx')).toEqual([1]);
    expect(await redis.hexpiretime('expiring', ['b', 'c'])).toEqual([2_524_600_800, -1]);
    expect((await redis.httl('expiring', 'a'))[0]).toBeGreaterThan(150);
    expect(await redis.hpersist('expiring', ['a', 'c'])).toEqual([1, -1]);
    expect(await redis.hsetex('expiring', { expiration: { px: 30 }, conditional: 'fnx' }, { brief: 'x', short: 'y' })).toBe(1);
    expect(await redis.hgetex('expiring', { persist: true }, 'b', 'short')).toEqual({ b: { deep: true }, short: 'y' });
    await expect.poll(() => redis.hlen('expiring')).toBe(4);
    expect(await redis.hgetdel('expiring', 'short', 'brief', 'a')).toEqual({ short: 'y', brief: null, a: 1 });
    expect(await redis.hgetall('expiring')).toEqual({ b: { deep: true }, c: 'text' });
  });

  test('a scan finds every key once and ends', async () => {
    const pipeline = redis.pipeline();
    for (let i = 0; i < 300; i++) pipeline.set(`scan:${i}`, i);
    await pipeline.exec();
    const found: string[] = [];
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, { match: 'scan:*', count: 50 });
      expect(typeof next).toBe('string');
      found.push(...keys);
      cursor = next;
    } while (cursor !== '0');
    expect(new Set(found).size).toBe(300);
    expect(await redis.dbsize()).toBeGreaterThanOrEqual(300);
    expect((await redis.keys('scan:1?')).length).toBe(10);
  });

  test('pipelines keep their order, and errors stay with their commands', async () => {
    const results = await redis.pipeline().set('p:a', 1).incr('p:a').get('p:a').mget('p:a', 'p:none').exec();
    expect(results).toEqual(['OK', 2, 2, [2, null]]);
    const kept = await redis.pipeline().set('p:text', 'x').incr('p:text').get('p:text').exec({ keepErrors: true });
    expect(kept.map(({ error }) => error)).toEqual([undefined, 'ERR value is not an integer or out of range', undefined]);
    await expect(redis.pipeline().set('p:text', 'x').incr('p:text').exec()).rejects.toThrow(
      /Command 2 .* failed: ERR value is not an integer/,
    );
  });

  test('a transaction is one unit', async () => {
    const results = await redis.multi().set('{tx}a', 1).incr('{tx}a').hset('{tx}h', { f: 'v' }).hgetall('{tx}h').exec();
    expect(results).toEqual(['OK', 2, 1, { f: 'v' }]);
    const wrong = redis.multi();
    wrong.set('{tx}b', 1);
    // The client leaves the zero out, and a command with a wrong number of arguments discards the transaction.
    wrong.expire('{tx}b', 0);
    await expect(wrong.exec()).rejects.toThrow(/wrong number of arguments/);
    expect(await redis.exists('{tx}b')).toBe(0);
  });

  test('errors say what failed', async () => {
    await redis.set('text', 'x');
    const direct = new Redis({ url: server.url, token: server.token, enableAutoPipelining: false });
    await expect(direct.incr('text')).rejects.toThrow(/^ERR value is not an integer or out of range, command was: \["incr","text"\]$/);
    await expect(direct.lpush('text', 'y')).rejects.toThrow(/^WRONGTYPE Operation against a key holding the wrong kind of value/);
    await expect(direct.exec(['INVALID_COMMAND', 'a'])).rejects.toThrow(/unknown command/);
    await expect(direct.exec(['subscribe', 'a'])).rejects.toThrow(/./);
    await expect(direct.exec(['auth', 'a'])).rejects.toThrow(/not allowed in REST/);
    const stranger = new Redis({ url: server.url, token: 'wrong', retry: false });
    await expect(stranger.get('text')).rejects.toThrow(/WRONGPASS/);
  });

  test('PING, ECHO and TIME', async () => {
    expect(await redis.ping()).toBe('PONG');
    expect(await redis.echo('hi')).toBe('hi');
    expect(await redis.time()).toHaveLength(2);
  });

  test('values that are not UTF-8 survive base64, which the client asks for by itself', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_unused, i) => i));
    const sent = await ask('POST', '/set/binary', { body: bytes });
    expect(sent.status).toBe(200);
    const plain = await ask('POST', '/', { body: '["get","binary"]', headers: { 'upstash-encoding': 'base64' } });
    expect(Buffer.from((JSON.parse(plain.text) as { result: string }).result, 'base64')).toEqual(bytes);
    await redis.set('copied', bytes.toString('base64'));
    expect(await redis.get('copied')).toBe(bytes.toString('base64'));
    const unencoded = new Redis({ url: server.url, token: server.token, responseEncoding: false });
    expect(await unencoded.get('text')).toBe('x');
    expect(await unencoded.get<string>('binary')).toContain('\ufffd');
  });

  test('a value of five megabytes', async () => {
    const value = 'é0123456'.repeat(600_000);
    expect(await redis.set('five', value)).toBe('OK');
    expect(await redis.get('five')).toBe(value);
    expect(await redis.strlen('five')).toBe(Buffer.byteLength(value));
  });

  test('2,500 commands of one tick go in three requests', async () => {
    const auto = new Redis({ url: server.url, token: server.token, enableAutoPipelining: true });
    const echoes = await Promise.all(Array.from({ length: 2500 }, (_unused, i) => auto.echo(`echo ${i}`)));
    expect(echoes).toEqual(Array.from({ length: 2500 }, (_unused, i) => `echo ${i}`));
    const counts = await Promise.all(Array.from({ length: 500 }, () => auto.incr('auto')));
    expect(counts).toEqual(Array.from({ length: 500 }, (_unused, i) => i + 1));
  });

  test('requests that come together do not mix', async () => {
    const direct = new Redis({ url: server.url, token: server.token, enableAutoPipelining: false });
    await Promise.all(Array.from({ length: 200 }, (_unused, i) => direct.set(`mixed:${i}`, `value ${i}`)));
    const read = await Promise.all(Array.from({ length: 200 }, (_unused, i) => direct.get(`mixed:${i}`)));
    expect(read).toEqual(Array.from({ length: 200 }, (_unused, i) => `value ${i}`));
  });

  test('the sync token moves with every write', async () => {
    const client = new Redis({ url: server.url, token: server.token, readYourWrites: true, enableAutoPipelining: false });
    const seen = new Set<string | undefined>([client.readYourWritesSyncToken]);
    for (let i = 0; i < 3; i++) {
      await client.set('ryw', i);
      seen.add(client.readYourWritesSyncToken);
    }
    await client.pipeline().set('ryw', 'a').exec();
    seen.add(client.readYourWritesSyncToken);
    expect(seen.size).toBe(5);
    client.readYourWritesSyncToken = 'my-new-sync-token';
    expect(await client.get('ryw')).toBe('a');
  });

  test('a read-only token', async () => {
    const reader = new Redis({ url: server.url, token: READ_ONLY });
    expect(await reader.get('text')).toBe('x');
    await expect(reader.set('text', 'y')).rejects.toThrow(/NOPERM/);
    await expect(reader.keys('*')).rejects.toThrow(/NOPERM/);
    await expect(reader.flushdb()).rejects.toThrow(/NOPERM/);
    await expect(reader.multi().get('text').set('text', 'y').exec()).rejects.toThrow(/NOPERM/);
    expect(await redis.get('text')).toBe('x');
  });

  interface Init {
    body?: string | Uint8Array<ArrayBuffer>;
    headers?: Record<string, string>;
    token?: string | null;
  }

  async function ask(method: string, path: string, { body, headers = {}, token = server.token }: Init = {}) {
    const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(`${server.url}${path}`, { method, body: body ?? null, headers: { ...authorization, ...headers } });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  test('the other ways to send a command', async () => {
    expect(await ask('GET', '/set/way/a%20b%2Fc+d')).toMatchObject({ status: 200, text: '{"result":"OK"}' });
    expect(await ask('GET', '/get/way')).toMatchObject({ status: 200, text: '{"result":"a b/c+d"}' });
    expect(await ask('PUT', '/set/way?EX=100', { body: 'put' })).toMatchObject({ status: 200, text: '{"result":"OK"}' });
    expect(await ask('GET', `/get/way?_token=${encodeURIComponent(server.token)}`, { token: null })).toMatchObject({
      status: 200,
      text: '{"result":"put"}',
    });
    expect(await ask('HEAD', '/get/way')).toMatchObject({ status: 200, text: '' });
    expect((await ask('POST', '/', { body: '["set","way",12345678901234567890]' })).status).toBe(200);
    expect((await ask('GET', '/get/way')).text).toBe('{"result":"12345678901234567890"}');
    expect(await ask('GET', '/mget/way/nothing', { headers: { 'upstash-response-format': 'resp2' } })).toMatchObject({
      status: 200,
      text: '*2\r\n$20\r\n12345678901234567890\r\n$-1\r\n',
    });
  });

  test('status codes', async () => {
    expect(await ask('GET', '/get/way', { token: null })).toMatchObject({
      status: 401,
      text: expect.stringMatching(/^{"error":"WRONGPASS/),
    });
    expect((await ask('DELETE', '/get/way')).status).toBe(405);
    expect((await ask('GET', '/get')).status).toBe(400);
    expect((await ask('POST', '/', { body: '["get"' })).status).toBe(400);
    expect((await ask('POST', '/set/big', { body: new Uint8Array(17 * 1024 * 1024) })).status).toBe(413);
    expect((await ask('POST', '/subscribe', { body: '[]' })).status).toBe(400);
    expect((await ask('GET', '/ws')).status).toBe(426);
    expect(await ask('GET', '/', { token: null })).toMatchObject({ status: 200 });
    const answer = await ask('POST', '/pipeline', { body: '[["ping"]]' });
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('a browser may ask', async () => {
    const origin = 'https://app.example';
    const preflight = await ask('OPTIONS', '/', { token: null, headers: { origin, 'access-control-request-method': 'POST' } });
    expect(preflight.status).toBe(200);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    const answer = await ask('POST', '/', { body: '["ping"]', headers: { origin } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-expose-headers')).toBe('upstash-sync-token');
    expect(answer.headers.get('upstash-sync-token')).not.toBe('');
  });
});
