// Snapshots as a user sees them: a database with values of every type, and clients that go on writing, comes back from a
// downloaded snapshot as it was, and redis-server agrees.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bytes } from '../../src/bytes/bytes';
import { slotOf } from '../../src/bytes/crc16';
import { shardOfSlot } from '../../src/spec/slots';
import { seededRandom } from '../support/engine';
import { RandomData, VALUES } from '../support/random-values';
import { RespClient } from '../support/resp-client';
import { hasRedis, type Server, startRedis, startServer, until } from './server';

const folder = mkdtempSync(join(tmpdir(), 'kedge-snapshots-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly error?: string;
  readonly keys: number;
  readonly byType: Record<string, number>;
  readonly shards: { readonly bytes: number }[];
}

function ask(server: Server, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(server.url + path, { ...init, headers: { authorization: `Bearer ${server.token}` } });
}

async function snapshotOf(server: Server, options: object = {}): Promise<Shown> {
  const response = await ask(server, '/v1/snapshots', { method: 'POST', body: JSON.stringify(options) });
  expect(response.status).toBe(202);
  const { id, status } = (await response.json()) as Shown;
  expect(status).toBe('running');
  return ended(server, id);
}

function ended(server: Server, id: string): Promise<Shown> {
  return until(`snapshot ${id}`, async () => {
    const shown = (await (await ask(server, `/v1/snapshots/${id}`)).json()) as Shown;
    return shown.status === 'running' ? undefined : shown;
  });
}

let files = 0;

async function download(server: Server, id: string): Promise<string> {
  const response = await ask(server, `/v1/snapshots/${id}/rdb`);
  expect(response.status).toBe(200);
  const content = Buffer.from(await response.arrayBuffer());
  expect(response.headers.get('content-length')).toBe(String(content.length));
  const file = join(folder, `dump-${files++}.rdb`);
  writeFileSync(file, content);
  return file;
}

/** What a redis-server says that has loaded a file. */
async function loaded<T>(file: string, use: (client: RespClient) => Promise<T>): Promise<T> {
  const redis = await startRedis(['--enable-debug-command', 'yes', '--dir', folder, '--dbfilename', file.slice(folder.length + 1)]);
  const client = await RespClient.open(redis.port);
  try {
    return await use(client);
  } finally {
    client.close();
    await redis.stop();
  }
}

/** What the local bucket keeps on disk. */
function blobs(server: Server): string[] {
  const all = readdirSync(join(server.dataDir, 'buckets'), { recursive: true, encoding: 'utf8' });
  return all.filter((path) => path.includes('/blobs/'));
}

function keysOn(shards: number): [string, string] {
  const on = (shard: number) => {
    for (let i = 0; ; i++) if (shardOfSlot(slotOf(`c:${i}` as Bytes), shards) === shard) return `c:${i}`;
  };
  return [on(0), on(shards - 1)];
}

describe.each([1, 3])('%i shards', (shards) => {
  let server: Server;
  let client: RespClient;
  beforeAll(async () => {
    server = await startServer({ args: ['--shards', String(shards)] });
    client = await RespClient.open(server.respPort, server.token);
  });
  afterAll(async () => {
    client.close();
    await server.stop();
  });

  test.skipIf(!hasRedis)('values of every type, while clients write', { timeout: 120_000 }, async () => {
    const data = new RandomData(seededRandom(shards));
    let made = 0;
    for (const [name, make] of Object.entries(VALUES)) {
      for (let copy = 0; copy < 6; copy++) {
        const key = `${name}:${copy}`;
        const lines = make(data).map(([command = '', ...rest]) => [command, ...rest.map((word) => (word === 'k' ? key : word))]);
        if (copy === 1) lines.push(['PEXPIRE', key, '100000000']);
        await Promise.all(client.pipeline(lines));
        made++;
      }
    }
    await client.run('FUNCTION', 'LOAD', "#!lua name=l\nredis.register_function('f', function() return 7 end)");
    const pairs = Array.from({ length: 8 }, (_unused, i) => keysOn(shards).map((key) => `{${key}}:w:${i}`) as [string, string]);
    let writing = true;
    const write = async ([first, second]: [string, string]): Promise<void> => {
      const own = await RespClient.open(server.respPort, server.token);
      while (writing) {
        await own.run('INCR', first);
        await own.run('INCR', second);
        await Promise.all(own.pipeline([['MULTI'], ['INCR', `${first}:m1`], ['INCR', `${first}:m2`], ['EXEC']]));
      }
      own.close();
    };
    const writers = pairs.map(write);
    const taken: Shown[] = [];
    for (let i = 0; i < 6; i++) taken.push(await snapshotOf(server));
    writing = false;
    await Promise.all(writers);
    const written = pairs.flatMap(([first, second]) => [first, second, `${first}:m1`, `${first}:m2`]);
    await client.run('DEL', ...written);
    const digest = await client.run('DEBUG', 'DIGEST');
    for (const { id, status, keys } of taken) {
      expect(status).toBe('complete');
      const file = await download(server, id);
      expect(execFileSync('redis-check-rdb', [file], { encoding: 'utf8' })).toContain('RDB looks OK');
      await loaded(file, async (redis) => {
        expect(await redis.run('DBSIZE')).toBe(keys);
        for (const [first, second] of pairs) {
          const counts = ((await redis.run('MGET', first, second, `${first}:m1`, `${first}:m2`)) as string[]).map(Number);
          const [one = 0, two = 0, three, four] = counts;
          expect([0, 1]).toContain(one - two);
          expect(three).toBe(four);
        }
        await redis.run('DEL', ...written);
        expect(await redis.run('DBSIZE')).toBe(made);
        expect(await redis.run('DEBUG', 'DIGEST')).toEqual(digest);
        expect(await redis.run('FCALL', 'f', 0)).toBe(7);
      });
    }
    // The counters are those of moments that are apart.
    expect(new Set(taken.map(({ id }) => id)).size).toBe(taken.length);
  });

  test('are listed newest first, and deleted', async () => {
    const before = (await (await ask(server, '/v1/snapshots')).json()) as { snapshots: Shown[] };
    const { id } = await snapshotOf(server);
    const after = (await (await ask(server, '/v1/snapshots')).json()) as { snapshots: Shown[] };
    expect(after.snapshots.map((one) => one.id)).toEqual([id, ...before.snapshots.map((one) => one.id)]);
    for (const one of after.snapshots) expect((await ask(server, `/v1/snapshots/${one.id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await (await ask(server, '/v1/snapshots')).json()).toEqual({ snapshots: [] });
    expect((await ask(server, `/v1/snapshots/${id}`)).status).toBe(404);
    expect((await ask(server, `/v1/snapshots/${id}/rdb`)).status).toBe(404);
    await until('the files to go', () => (blobs(server).length === 0 ? true : undefined));
  });

  test('SAVE answers when it is done, BGSAVE at once, and only one is written at a time', async () => {
    const other = await RespClient.open(server.respPort, server.token);
    const pad = 'x'.repeat(1000);
    await Promise.all(client.pipeline(Array.from({ length: 20_000 }, (_unused, i) => ['SET', `key:${i}`, pad + i])));
    const saved = client.run('SAVE');
    await until('the save', async () =>
      /rdb_bgsave_in_progress:1/.test(String(await other.run('INFO', 'persistence'))) ? true : undefined,
    );
    expect(await other.run('BGSAVE')).toMatchObject({ text: 'ERR Background save already in progress' });
    expect((await ask(server, '/v1/snapshots', { method: 'POST' })).status).toBe(409);
    expect(await other.run('GET', 'key:1')).toBe(`${pad}1`);
    expect(await saved).toMatchObject({ text: 'OK' });
    expect(Number(await client.run('LASTSAVE'))).toBeGreaterThan(Date.now() / 1000 - 60);
    expect(await client.run('BGSAVE')).toMatchObject({ text: 'Background saving started' });
    await until('the end', async () =>
      /rdb_bgsave_in_progress:0/.test(String(await client.run('INFO', 'persistence'))) ? true : undefined,
    );
    const { snapshots } = (await (await ask(server, '/v1/snapshots')).json()) as { snapshots: (Shown & { trigger: string })[] };
    expect(snapshots.map(({ trigger, status }) => [trigger, status])).toEqual([
      ['command', 'complete'],
      ['command', 'complete'],
    ]);
    for (const { id } of snapshots) await ask(server, `/v1/snapshots/${id}`, { method: 'DELETE' });
    other.close();
  });

  test('one that fails leaves nothing behind, and says why', async () => {
    const pad = 'x'.repeat(1000);
    await Promise.all(client.pipeline(Array.from({ length: 20_000 }, (_unused, i) => ['SET', `key:${i}`, pad + i])));
    const response = await ask(server, '/v1/snapshots', { method: 'POST' });
    const { id } = (await response.json()) as Shown;
    await client.run('FLUSHALL');
    await client.run('BGREWRITEAOF');
    const failed = await ended(server, id);
    expect(failed).toMatchObject({ id, status: 'failed', error: 'all keys were deleted while it was written' });
    expect(String(await client.run('INFO', 'persistence'))).toContain('rdb_last_bgsave_status:err');
    await until('the files to go', () => (blobs(server).length === 0 ? true : undefined));
    expect((await ask(server, `/v1/snapshots/${id}/rdb`)).status).toBe(409);
    expect((await snapshotOf(server)).status).toBe('complete');
    expect(String(await client.run('INFO', 'persistence'))).toContain('rdb_last_bgsave_status:ok');
  });
});

test('a snapshot whose process dies is failed at the next start, and nothing of it is left', async () => {
  const dataDir = join(folder, 'killed');
  const options = { dataDir, args: ['--shards', '3'] };
  const server = await startServer(options);
  const client = await RespClient.open(server.respPort, server.token);
  const pad = 'x'.repeat(1000);
  for (let at = 0; at < 60_000; at += 10_000)
    await Promise.all(client.pipeline(Array.from({ length: 10_000 }, (_unused, i) => ['SET', `key:${at + i}`, pad + i])));
  const { id } = (await (await ask(server, '/v1/snapshots', { method: 'POST' })).json()) as Shown;
  process.kill(server.workerdPid(), 'SIGKILL');
  await server.stop('SIGKILL');
  const again = await startServer(options);
  expect(await ended(again, id)).toMatchObject({ status: 'failed', error: 'the process that wrote it ended' });
  await until('the files to go', () => (blobs(again).length === 0 ? true : undefined));
  expect((await snapshotOf(again)).keys).toBe(60_000);
  await again.stop();
});
