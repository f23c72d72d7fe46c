// Upstash's event streams: subscribe() and psubscribe() of `@upstash/redis`, and what a plain reader of events sees.

import { Redis } from '@upstash/redis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SseClient } from '../support/sse-client';
import { type Server, startServer, until } from './server';

const READ_ONLY = 'a-token-that-only-reads';

describe.each([1, 3])('event streams on %i shards', (shards) => {
  let server: Server;
  let redis: Redis;
  const open: { close(): void }[] = [];

  beforeAll(async () => {
    server = await startServer({ args: ['--shards', String(shards)], env: { KEDGE_READONLY_TOKEN: READ_ONLY } });
    redis = new Redis({ url: server.url, token: server.token });
  });
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });
  afterAll(() => server.stop());

  async function listen(path: string, init: RequestInit = {}, token = server.token): Promise<SseClient> {
    const client = await SseClient.open(`${server.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
    });
    open.push(client);
    return client;
  }
  const linesOf = (client: SseClient) => client.dataOf('message');
  const subscribers = async (channel: string) => (await redis.exec<[string, number]>(['PUBSUB', 'NUMSUB', channel]))[1];

  test('@upstash/redis hears channels, and objects as it was given them', async () => {
    const heard: [string, unknown][] = [];
    const subscriber = redis.subscribe<unknown>(['chat', 'news']);
    let subscribed = 0;
    subscriber.on('subscribe', () => subscribed++);
    subscriber.on('message', ({ channel, message }) => heard.push([channel, message]));
    await until('both subscriptions', () => subscribed === 2 || undefined);
    expect(await redis.publish('chat', { text: 'hello, you', n: [1, 2] })).toBe(1);
    expect(await redis.publish('news', 'plain, text')).toBe(1);
    await redis.publish('chat', 'two\nlines');
    await redis.publish('news', 42);
    await until('four messages', () => heard[3]);
    expect(heard.filter(([channel]) => channel === 'chat')).toEqual([
      ['chat', { text: 'hello, you', n: [1, 2] }],
      ['chat', 'two\nlines'],
    ]);
    expect(heard.filter(([channel]) => channel === 'news')).toEqual([
      ['news', 'plain, text'],
      ['news', 42],
    ]);
    await subscriber.unsubscribe();
  });

  test('@upstash/redis hears patterns', async () => {
    const heard: { channel: string }[] = [];
    const subscriber = redis.psubscribe<unknown>('user:*');
    let subscribed = false;
    subscriber.on('psubscribe', () => {
      subscribed = true;
    });
    subscriber.on('pmessage', (message) => heard.push(message));
    await until('the subscription', () => subscribed || undefined);
    for (let i = 0; i < 6; i++) expect(await redis.publish(`user:${i}`, { i })).toBe(1);
    await until('six messages', () => heard[5]);
    const expected = Array.from({ length: 6 }, (_, i) => ({ pattern: 'user:*', channel: `user:${i}`, message: { i } }));
    expect(heard.sort((a, b) => (a.channel < b.channel ? -1 : 1))).toEqual(expected);
    await subscriber.unsubscribe();
  });

  test.skipIf(shards > 1)('a plain reader sees the lines that the clients parse, and its subscriptions end with it', async () => {
    const client = await listen('/subscribe/a/b', { method: 'POST', body: '[]' });
    expect(client.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    await until('the confirmations', () => linesOf(client)[1]);
    expect(linesOf(client)).toEqual(['subscribe,a,1', 'subscribe,b,2']);
    await redis.publish('a', '{"x":\n1}');
    await until('the message', () => linesOf(client)[2]);
    expect(linesOf(client)[2]).toBe('message,a,{"x": 1}');
    client.close();
    // That it has gone is noticed when it is sent something, if only a comment.
    await expect.poll(() => subscribers('a'), { timeout: 40_000 }).toBe(0);
  });

  test('MONITOR shows commands', async () => {
    const client = await listen('/monitor');
    await until('OK', () => linesOf(client)[0]);
    await redis.set('watched', 'v');
    await until('the command', () => linesOf(client).find((line) => line.includes('"watched"')));
    expect(linesOf(client)[0]).toBe('"OK"');
    expect(linesOf(client).find((line) => line.includes('"watched"'))).toMatch(/^\d+\.\d{6} \[0 [^\]]*\] "set" "watched" "v"$/);
  });

  test('what is refused is refused before the stream begins', async () => {
    const status = async (path: string, init: RequestInit = {}, token?: string) => (await listen(path, init, token)).response.status;
    expect(await status('/subscribe/a', {}, 'wrong')).toBe(401);
    expect(await status('/subscribe')).toBe(400);
    expect(await status('/subscribe/a', { method: 'PUT' })).toBe(405);
    expect(await status('/subscribe/a', { headers: { accept: 'application/json' } })).toBe(406);
    expect(await status('/psubscribe/*', {}, READ_ONLY)).toBe(400);
    expect(await status('/monitor', {}, READ_ONLY)).toBe(400);
    expect(await status('/subscribe/a', {}, READ_ONLY)).toBe(200);
    expect((await fetch(`${server.url}/subscribe/a`, { method: 'OPTIONS', headers: { origin: 'https://x' } })).status).toBe(200);
  });

  test('a reader of what happens to a key goes on where it was, and is told when it cannot', async () => {
    const path = '/subscribe/__keyspace@0__:k/__keyevent@0__:del';
    const before = await listen(path);
    await until('the confirmations', () => linesOf(before)[1]);
    expect(linesOf(before)).toEqual(['subscribe,__keyspace@0__:k,1', 'subscribe,__keyevent@0__:del,2']);
    await redis.set('k', 1);
    await until('the change', () => linesOf(before)[2]);
    const { lastEventId } = before;
    before.close();
    await redis.set('other', 1);
    await redis.del('k');
    await redis.rpush('k', 'x');
    const after = await listen(path, { headers: { 'last-event-id': lastEventId } });
    await until('what was missed', () => linesOf(after)[4]);
    expect(linesOf(after).slice(2)).toEqual([
      'message,__keyspace@0__:k,del',
      'message,__keyevent@0__:del,k',
      'message,__keyspace@0__:k,rpush',
    ]);
    const lost = await listen(path, { headers: { 'last-event-id': 'of another feed' } });
    await until('the reset', () => lost.dataOf('reset')[0]);
    expect(lost.dataOf('reset')).toEqual(['unknown']);
    await redis.del('k');
    await until('what follows', () => linesOf(lost)[3]);
  });
});
