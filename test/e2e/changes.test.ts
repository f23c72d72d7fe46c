// The change feed at /v1/changes, over server-sent events and over WebSocket, on one shard and on three.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { SseClient } from '../support/sse-client';
import { type Server, startServer, until } from './server';

const READ_ONLY = 'a-token-that-only-reads';

describe.each([1, 3])('the change feed on %i shards', (shards) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'kedge-changes-'));
  const open: { close(): void }[] = [];
  let server: Server;

  const start = () => startServer({ args: ['--shards', String(shards)], env: { KEDGE_READONLY_TOKEN: READ_ONLY }, dataDir });
  beforeAll(async () => {
    server = await start();
  });
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function run(...argv: (string | number)[]): Promise<unknown> {
    const headers = { authorization: `Bearer ${server.token}` };
    const response = await fetch(server.url, { method: 'POST', headers, body: JSON.stringify(argv) });
    return ((await response.json()) as { result: unknown }).result;
  }

  const address = (query: string) => `${server.url}/v1/changes${query}`;

  async function read(query: string, headers: Record<string, string> = {}, token = server.token): Promise<SseClient> {
    const client = await SseClient.open(address(query), { headers: { authorization: `Bearer ${token}`, ...headers } });
    open.push(client);
    await until('the first event', () => client.events[0] ?? (client.isOver || undefined));
    return client;
  }

  const keysOf = (client: SseClient) => client.dataOf('change').map((data) => (JSON.parse(data) as { key: string }).key);
  const names = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `n:${from + i}`);
  /** Order is kept by each shard, not between them. */
  const arrived = (client: SseClient) =>
    shards === 1 ? keysOf(client) : keysOf(client).sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)));

  test('every change of matching keys, with its event', async () => {
    const client = await read('?prefix=user:&prefix=%C3%A9&prefixBase64=/w==');
    expect(client.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(client.events[0]).toMatchObject({ event: 'ready', data: '{}', id: expect.stringMatching(/^\S+$/) });
    expect(client.retryMs).toBe(1000);
    await run('SET', 'other', 1);
    await run('SET', 'user:1', 1, 'PX', 60);
    await until('the expiry', () => client.dataOf('change')[2]);
    await run('HSET', 'é', 'f', 1);
    await fetch(`${server.url}/set/%FF/1`, { headers: { authorization: `Bearer ${server.token}` } });
    await until('all of them', () => client.dataOf('change')[4]);
    expect(client.dataOf('change').map((data) => JSON.parse(data) as unknown)).toEqual(
      expect.arrayContaining([
        { event: 'set', key: 'user:1' },
        { event: 'expire', key: 'user:1' },
        { event: 'expired', key: 'user:1' },
        { event: 'hset', key: 'é' },
        { event: 'set', keyBase64: '/w==' },
      ]),
    );
    await run('FLUSHALL');
    await until('the flush', () => client.dataOf('change')[4 + shards]);
    expect(client.dataOf('change').slice(5)).toEqual(new Array(shards).fill('{"event":"flushall"}'));
  });

  test.each(['the header', 'the query'])('a client that was away goes on where it was, by %s', async (way) => {
    const resume = (cursor: string) =>
      way === 'the header' ? read('?prefix=n:', { 'last-event-id': cursor }) : read(`?prefix=n:&cursor=${encodeURIComponent(cursor)}`);
    let client = await read('?prefix=n:', {}, READ_ONLY);
    const seen: string[] = [];
    for (let round = 0; round < 4; round++) {
      const [first, last] = [round * 20, round * 20 + 10];
      for (const name of names(first, last)) await run('SET', name, 1);
      await until('half of them', () => keysOf(client)[round === 0 ? 9 : 19]);
      seen.push(...arrived(client));
      client.close();
      for (const name of names(last, last + 10)) await run('SET', name, 1);
      client = await resume(client.lastEventId);
      expect(client.events[0]?.event).toBe('ready');
    }
    await until('the rest', () => keysOf(client)[9]);
    seen.push(...arrived(client));
    expect(seen).toEqual(names(0, 80));
  });

  test('the feed outlives the process, however it ends', async () => {
    const before = await read('?prefix=n:');
    await run('SET', 'n:1', 1);
    await until('the change', () => keysOf(before)[0]);
    await run('SET', 'n:2', 1, 'PX', 1);
    process.kill(server.workerdPid(), 'SIGKILL');
    await until('the end of the stream', () => before.isOver || undefined);
    await server.stop();
    server = await start();
    const after = await read('?prefix=n:', { 'last-event-id': before.lastEventId });
    expect(after.events[0]?.event).toBe('ready');
    await until('what expires', () => after.dataOf('change').find((data) => data.includes('expired')));
    const seen = [...before.dataOf('change'), ...after.dataOf('change')];
    expect(seen.map((data) => JSON.parse(data) as unknown)).toEqual([
      { event: 'set', key: 'n:1' },
      { event: 'set', key: 'n:2' },
      { event: 'expire', key: 'n:2' },
      { event: 'expired', key: 'n:2' },
    ]);
  });

  test('a cursor of another feed is told so, and goes on from now', async () => {
    const client = await read('', { 'last-event-id': new Array(shards).fill('').reduce((text) => `${text}.abcdef-1`, '1') });
    expect(client.events[0]).toMatchObject({ event: 'reset', data: '{"reason":"unknown"}' });
    const fewer = await read('', { 'last-event-id': '1.a-1.a-1' });
    expect(fewer.dataOf('reset')).toEqual(['{"reason":"unknown"}']);
    await run('SET', 'n:1', 1);
    await until('the change', () => keysOf(fewer)[0]);
  });

  test.each([
    ['?cursor=nonsense', {}, 400, 'invalid_cursor'],
    ['', { 'last-event-id': 'nonsense' }, 400, 'invalid_cursor'],
    ['?prefx=a', {}, 400, 'invalid_query'],
    ['?prefixBase64=%2A', {}, 400, 'invalid_query'],
    ['?_token=wrong', {}, 401, 'unauthorized'],
    ['', { authorization: 'Bearer wrong' }, 401, 'unauthorized'],
    ['/more', {}, 404, 'not_found'],
  ])('%s with %o is a problem: %i %s', async (query, headers, status, code) => {
    const response = await fetch(address(query), { headers: { authorization: `Bearer ${server.token}`, ...headers } });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      status,
      code,
      type: 'about:blank',
      title: expect.any(String),
      detail: expect.any(String),
    });
  });

  test('other methods are refused; a page may ask what it may send', async () => {
    const response = await fetch(address(''), { method: 'POST', body: '[]' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
    const preflight = await fetch(address(''), { method: 'OPTIONS', headers: { origin: 'https://page' } });
    expect(preflight.headers.get('access-control-allow-headers')).toContain('last-event-id');
  });

  describe('over WebSocket', () => {
    interface Message {
      readonly type: string;
      readonly id: string;
      readonly data: { readonly event?: string; readonly key?: string; readonly reason?: string };
    }

    async function connect(query: string, headers: Record<string, string> = {}) {
      const socket = new WebSocket(address(query).replace('http', 'ws'), { headers });
      open.push({ close: () => socket.terminate() });
      const messages: Message[] = [];
      socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Message));
      const refused = new Promise<number>((resolve) => socket.on('unexpected-response', (_, { statusCode = 0 }) => resolve(statusCode)));
      socket.on('error', () => undefined);
      const opened = new Promise<undefined>((resolve) => socket.on('open', () => resolve(undefined)));
      const status = await Promise.race([opened, refused]);
      if (status === undefined) await until('the first message', () => messages[0]);
      return { socket, messages, status, changes: () => messages.filter(({ type }) => type === 'change').map(({ data }) => data) };
    }

    test('the same, resumable by the cursor', async () => {
      const token = `_token=${encodeURIComponent(server.token)}`;
      const first = await connect(`?prefix=n:&${token}`);
      expect(first.messages[0]?.type).toBe('ready');
      await run('SET', 'n:1', 1);
      await until('the change', () => first.changes()[0]);
      const { id } = first.messages.at(-1) as Message;
      first.socket.terminate();
      await run('SET', 'n:2', 1);
      const second = await connect(`?prefix=n:&${token}&cursor=${encodeURIComponent(id)}`);
      await until('the change', () => second.changes()[0]);
      expect([...first.changes(), ...second.changes()]).toEqual([
        { event: 'set', key: 'n:1' },
        { event: 'set', key: 'n:2' },
      ]);
      expect(second.messages[0]?.type).toBe('ready');
    });

    test('refusals come before the connection', async () => {
      expect((await connect('')).status).toBe(401);
      expect((await connect('?cursor=nonsense', { authorization: `Bearer ${server.token}` })).status).toBe(400);
    });
  });
});
