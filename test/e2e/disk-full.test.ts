// A disk that is really full, and has room again: a file system of a few megabytes in memory, and a file that fills it.
// What was acknowledged is there, what is not is not; reads and their connections go on; writes come back by themselves.

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ErrorReply, Status } from '../../src/protocol/reply';
import { Disconnected, RespClient } from '../support/resp-client';
import { type Server, spawnKedge, startServer, until } from './server';

const folder = mkdtempSync(join(tmpdir(), 'kedge-disk-full-'));
const mounted: string[] = [];

/** Mounts a file system of so many megabytes. Returns why it cannot. */
function mount(name: string, megabytes: number): string | undefined {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'kedge-test', path], {
    encoding: 'utf8',
  });
  if (status !== 0) return error?.message ?? stderr.trim();
  mounted.push(path);
  return undefined;
}

function unmountAll(): void {
  for (const path of mounted.splice(0).reverse()) spawnSync('umount', ['-l', path]);
}

const refusal = process.platform === 'linux' ? mount('trial', 1) : 'tmpfs is of Linux';
unmountAll();
afterAll(() => {
  unmountAll();
  rmSync(folder, { recursive: true, force: true });
});

/** Fills a file system to the last byte. Returns what gives the room back. */
function fill(path: string): () => void {
  const ballast = join(path, 'ballast');
  for (let size = 1024 * 1024; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (;;) appendFileSync(ballast, Buffer.alloc(size));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
  }
  return () => rmSync(ballast);
}

const KEYS = 50;
const MISCONF = /^MISCONF Errors writing to storage/;
const VALUE = 'x'.repeat(20_000);
const contentOf = (i: number) => `${VALUE}${i}`;
const textOf = (reply: unknown) => (reply instanceof ErrorReply || reply instanceof Status ? reply.text : String(reply));

/** Writes keys until one is not acknowledged. Answers how many were. */
async function writeAll(client: RespClient, from: number): Promise<number> {
  for (let i = from; i < 2000; i++) {
    const reply = await client.run('SET', `key:${i}`, contentOf(i)).catch((error: unknown) => error);
    if (textOf(reply) === 'OK') continue;
    if (!(reply instanceof Disconnected)) expect(textOf(reply)).toMatch(/may or may not have been applied|^MISCONF|lost/);
    return i;
  }
  throw new Error('the disk is never full');
}

/** What was acknowledged is there; of what came after it, nothing that is not whole. */
async function verify(client: RespClient, acknowledged: number): Promise<void> {
  for (let i = 0; i < acknowledged; i++) expect(await client.run('GET', `key:${i}`)).toBe(contentOf(i));
  expect([null, contentOf(acknowledged)]).toContain(await client.run('GET', `key:${acknowledged}`));
}

const rest = (server: Server, path: string, method = 'GET') =>
  fetch(`${server.url}${path}`, { method, headers: { authorization: `Bearer ${server.token}` } });

test.skipIf(refusal !== undefined).each([1, 2])(`a full disk, of %i shards${refusal ? ` (skipped: ${refusal})` : ''}`, async (shards) => {
  mount(`disk-${shards}`, 24);
  const disk = join(folder, `disk-${shards}`);
  const dataDir = join(disk, 'data');
  const server = await startServer({ dataDir, args: ['--shards', String(shards)] });
  const writer = await RespClient.open(server.respPort, server.token);
  const expires = ['a', 'b', 'c', 'd'].map((name) => ['SET', `volatile:${name}`, 'x', 'PX', '1500']);
  await Promise.all(writer.pipeline(expires));
  await Promise.all(writer.pipeline(Array.from({ length: KEYS }, (_, i) => ['SET', `key:${i}`, contentOf(i)])));
  const release = fill(disk);
  const acknowledged = await writeAll(writer, KEYS);

  // Every shard has to meet the end of the disk.
  await until('all shards to refuse', async () => {
    const client = await RespClient.open(server.respPort, server.token);
    const replies = await Promise.all(client.pipeline(expires).map((reply) => reply.then(textOf, () => '')));
    client.close();
    return replies.every((text) => MISCONF.test(text)) || undefined;
  });
  const reader = await RespClient.open(server.respPort, server.token);
  await verify(reader, acknowledged);
  for (const line of [['DEL', 'key:0'], ['INCR', 'n'], ['CONFIG', 'SET', 'maxmemory', '1gb'], ['BGSAVE'], ['FLUSHALL']]) {
    expect(textOf(await reader.run(...line)), line.join(' ')).toMatch(MISCONF);
  }
  const written = await rest(server, '/set/a/b', 'POST');
  expect(((await written.json()) as { error: string }).error).toMatch(MISCONF);
  expect((await rest(server, '/v1/snapshots', 'POST')).status).toBe(507);
  const other = spawnKedge(['start'], { KEDGE_DATA: join(disk, 'other') });
  await until('another server to give up', () => other.child.exitCode ?? undefined);
  expect(other.log()).toMatch(/^kedge: .*no space left/i);
  expect(readdirSync(join(disk, 'other'), { recursive: true })).toEqual(['buckets', 'objects']);
  // Trials fail meanwhile, and keys expire.
  await until('keys to expire', async () => (await reader.run('EXISTS', ...expires.map(([, key]) => String(key)))) === 0 || undefined);
  for (let i = 0; i < 25; i++) {
    expect(await reader.run('STRLEN', 'key:1')).toBe(VALUE.length + 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }

  release();
  await until('writes', async () => textOf(await reader.run('SET', 'new', 'value')) === 'OK' || undefined);
  await verify(reader, acknowledged);
  await server.stop();
  const again = await startServer({ dataDir });
  const client = await RespClient.open(again.respPort, again.token);
  await verify(client, acknowledged);
  expect(await client.run('GET', 'new')).toBe('value');
  expect(await client.run('EXISTS', 'volatile:a')).toBe(0);
  await again.stop();
});

test.skipIf(refusal !== undefined)('a bucket without room fails snapshots, and nothing else', async () => {
  const dataDir = join(folder, 'data');
  mount('data/buckets', 2);
  const buckets = join(dataDir, 'buckets');
  const files = () => readdirSync(buckets, { recursive: true, encoding: 'utf8' }).filter((name) => /blobs\/./.test(name));
  const server = await startServer({ dataDir });
  const client = await RespClient.open(server.respPort, server.token);
  for (let i = 0; i < KEYS; i++) await client.run('SET', `key:${i}`, randomBytes(10_000).toString('hex'));
  const release = fill(buckets);
  const { id } = (await (await rest(server, '/v1/snapshots', 'POST')).json()) as { id: string };
  const failed = await until('the snapshot to fail', async () => {
    const snapshot = (await (await rest(server, `/v1/snapshots/${id}`)).json()) as { status: string; error?: string };
    return snapshot.status === 'running' ? undefined : snapshot;
  });
  expect(failed).toMatchObject({ status: 'failed', error: expect.stringMatching(/^the bucket does not take the file/) });
  expect(textOf(await client.run('SAVE'))).toMatch(/^ERR the snapshot failed/);
  expect(textOf(await client.run('SET', 'new', 'value'))).toBe('OK');
  expect(files()).toEqual([]);
  release();
  expect(textOf(await client.run('SAVE'))).toBe('OK');
  // The file and its manifest.
  expect(files()).toHaveLength(2);
  await server.stop();
});
