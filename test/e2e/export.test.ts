// `kedge export` and `kedge snapshot`: what they write is loaded by a real redis-server, which agrees on the digest.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../support/engine';
import { RandomData, VALUES } from '../support/random-values';
import { RespClient } from '../support/resp-client';
import { hasRedis, KEDGE, redisCli, type Server, startRedis, startServer } from './server';

const folder = mkdtempSync(join(tmpdir(), 'kedge-export-'));
let server: Server;
let digest: string;
beforeAll(async () => {
  server = await startServer({ args: ['--shards', '3'] });
  const client = await RespClient.open(server.respPort, server.token);
  const data = new RandomData(seededRandom(5));
  for (const [name, make] of Object.entries(VALUES)) {
    for (let copy = 0; copy < 5; copy++) {
      const key = `${name}:${copy}`;
      await Promise.all(client.pipeline(make(data).map((line) => line.map((word, i) => (i > 0 && word === 'k' ? key : word)))));
    }
  }
  await client.run('SET', 'fleeting', 'value', 'PX', '100000000');
  await client.run('FUNCTION', 'LOAD', "#!lua name=l\nredis.register_function('f', function() return 7 end)");
  client.close();
  digest = await ours('DEBUG', 'DIGEST');
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ours = (...argv: string[]) => redisCli(['--no-auth-warning', '-a', server.token, '-p', server.respPort, ...argv]);

function kedge(args: readonly string[], env: Readonly<Record<string, string>> = { KEDGE_URL: server.url, KEDGE_TOKEN: server.token }) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [KEDGE, ...args], {
    env: { PATH: process.env.PATH, ...env },
    cwd: folder,
    timeout: 60_000,
    maxBuffer: 1 << 28,
  });
  return { status, bytes: stdout, stdout: stdout.toString(), stderr: stderr.toString() };
}

async function digestOf(file: string): Promise<string> {
  const redis = await startRedis(['--enable-debug-command', 'yes', '--dir', folder, '--dbfilename', file]);
  try {
    expect(await redisCli(['-p', redis.port, 'FCALL', 'f', 0])).toBe('7');
    return await redisCli(['-p', redis.port, 'DEBUG', 'DIGEST']);
  } finally {
    await redis.stop();
  }
}

describe.skipIf(!hasRedis)('loaded by redis-server', () => {
  test('an export into a file', { timeout: 60_000 }, async () => {
    const { status, stdout, stderr } = kedge(['export', 'whole.rdb', '--rdb-version', '10', '--modules', 'omit']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toMatch(/^[\d,]+ keys as of \S+, RDB version 10:$/m);
    expect(stderr).toMatch(/^wrote [\d,]+ bytes to whole\.rdb, checksum verified$/m);
    // The snapshot was for this alone.
    expect(kedge(['snapshot', 'list']).stdout).toBe('');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(await digestOf('whole.rdb')).toBe(digest);
  });
});

test('a snapshot from its making to its end', { timeout: 60_000 }, () => {
  const created = kedge(['snapshot', 'create']);
  expect(created.status).toBe(0);
  const [id = ''] = created.stdout.split(' ');
  expect(id).toMatch(/^\d{8}T\d{9}Z-[0-9a-f]{8}$/);
  expect(kedge(['snapshot', 'show', id]).stdout).toBe(created.stdout);
  expect(kedge(['snapshot', 'list', '--limit', '1']).stdout).toBe(`${created.stdout.split('\n')[0]}\n`);
  expect(kedge(['snapshot', 'download', id]).status).toBe(0);
  const piped = kedge(['snapshot', 'download', id, '-']);
  expect(piped.bytes.equals(readFileSync(join(folder, `${id}.rdb`)))).toBe(true);
  expect(kedge(['snapshot', 'delete', id])).toMatchObject({ status: 0, stderr: '' });
  expect(kedge(['snapshot', 'show', id])).toMatchObject({ status: 1, stderr: expect.stringContaining(`there is no snapshot ${id}`) });
});

test.each<[string[], string]>([
  [['export'], 'FILE is needed'],
  [['export', 'x.rdb', '--rdb-version', '9'], "--rdb-version: '9' is not 10, 11 or 12"],
  [['export', 'x.rdb', '--url', 'redis://127.0.0.1:1'], 'is a port of RESP'],
  [['snapshot'], 'one of create, list, show, download, delete'],
  [['snapshot', 'restart'], "there is no 'restart'"],
  [['snapshot', 'show'], 'ID is needed'],
])('%j is refused', (args, message) => {
  expect(kedge(args)).toMatchObject({ status: 2, stderr: expect.stringContaining(message) });
});

test('what cannot be done leaves what was there', () => {
  const file = join(folder, 'older.rdb');
  writeFileSync(file, 'an older backup');
  const wrong = kedge(['export', file], { KEDGE_URL: server.url, KEDGE_TOKEN: 'wrong'.repeat(8) });
  expect(wrong).toMatchObject({ status: 1, stderr: expect.stringContaining('answers 401') });
  expect(kedge(['export', join(folder, 'nowhere', 'x.rdb')])).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/ENOENT.*; the snapshot is still there: kedge snapshot download \d/),
  });
  const unreachable = kedge(['export', file], { KEDGE_URL: 'http://127.0.0.1:1', KEDGE_TOKEN: server.token });
  expect(unreachable).toMatchObject({ status: 1, stderr: expect.stringContaining('cannot reach http://127.0.0.1:1/v1/snapshots') });
  expect(readFileSync(file, 'utf8')).toBe('an older backup');
  expect(existsSync(`${file}.part`)).toBe(false);
});
