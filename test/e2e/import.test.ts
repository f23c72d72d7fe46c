// `kedge import` of files that a real redis-server wrote: what arrives is compared by DEBUG DIGEST, which is ours and Redis' alike.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../support/engine';
import { RandomData, VALUES } from '../support/random-values';
import { RespClient } from '../support/resp-client';
import { hasRedis, KEDGE, type Server, spawnKedge, startRedis, startServer } from './server';

const folder = mkdtempSync(join(tmpdir(), 'kedge-import-'));
const DUMP = join(folder, 'dump.rdb');
const LARGE = join(folder, 'large.rdb');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the file has, as redis-server says. */
let digest: unknown;
let keys: unknown;

/** Has a redis-server write a file. */
async function written(name: string, fill: (client: RespClient) => Promise<void>): Promise<unknown[]> {
  const redis = await startRedis(['--enable-debug-command', 'yes', '--dir', folder, '--dbfilename', name]);
  const client = await RespClient.open(redis.port);
  await fill(client);
  await client.run('SAVE');
  const facts = [await client.run('DEBUG', 'DIGEST'), await client.run('DBSIZE')];
  client.close();
  await redis.stop();
  return facts;
}

async function fill(client: RespClient): Promise<void> {
  const data = new RandomData(seededRandom(7));
  for (const [name, make] of Object.entries(VALUES)) {
    for (let copy = 0; copy < 5; copy++) {
      const key = `${name}:${copy}`;
      const lines = make(data).map(([command = '', ...rest]) => [command, ...rest.map((word) => (word === 'k' ? key : word))]);
      if (copy === 1) lines.push(['PEXPIRE', key, '100000000']);
      await Promise.all(client.pipeline(lines));
    }
  }
  await Promise.all(client.pipeline(Array.from({ length: 5000 }, (_unused, i) => ['SET', `small:${i}`, `value ${i}`])));
  await client.run('FUNCTION', 'LOAD', "#!lua name=mylib\nredis.register_function('answer', function() return 42 end)");
}

const FILL_LARGE = `
for j = 1, 28000 do
  local long = string.rep('0123456789', 30) .. j
  redis.call('HSET', 'hash', 'field ' .. j, long)
  redis.call('RPUSH', 'list', long)
  redis.call('ZADD', 'zset', j / 3, long)
  redis.call('XADD', 'stream', j .. '-0', 'field', long)
end
redis.call('PEXPIRE', 'hash', 7200000)
redis.call('XGROUP', 'CREATE', 'stream', 'group', '0')
redis.call('SETRANGE', 'string', 9000000, 'end')`;

describe.skipIf(!hasRedis)('kedge import', () => {
  let server: Server;
  let client: RespClient;
  const open: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    [digest, keys] = await written('dump.rdb', fill);
    server = await startServer({ args: ['--shards', '3'] });
    client = await RespClient.open(server.respPort, server.token);
  }, 60_000);
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
    await client.run('FLUSHALL');
    await client.run('FUNCTION', 'FLUSH');
    rmSync(`${DUMP}.import`, { force: true });
  });
  afterAll(async () => {
    client.close();
    await server.stop();
  });

  function run(args: string[], input?: Uint8Array) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [KEDGE, 'import', ...args, '--url', server.url, '--token', server.token],
      {
        env: { PATH: process.env.PATH },
        encoding: 'utf8',
        timeout: 50_000,
        ...(input && { input }),
      },
    );
    return { status, stdout, stderr };
  }

  test('every type, deadlines, groups, functions', async () => {
    const { status, stdout } = run([DUMP]);
    expect(stdout).toContain('imported 5,070 keys:');
    expect(stdout).toContain('imported 1 library of functions');
    expect(stdout).not.toContain('left out');
    expect(status).toBe(0);
    expect(await client.run('DEBUG', 'DIGEST')).toEqual(digest);
    expect(await client.run('DBSIZE')).toBe(keys);
    expect(await client.run('FCALL', 'answer', 0)).toBe(42);
    expect(Number(await client.run('PTTL', 'hash:1'))).toBeGreaterThan(90_000_000);
    expect(existsSync(`${DUMP}.import`)).toBe(false);
  });

  test('from standard input', async () => {
    expect(run(['-'], readFileSync(DUMP)).status).toBe(0);
    expect(await client.run('DEBUG', 'DIGEST')).toEqual(digest);
  });

  test('values that are put together piece by piece', { timeout: 60_000 }, async () => {
    const [largeDigest] = await written('large.rdb', async (redis) => {
      await redis.run('EVAL', FILL_LARGE, 0);
    });
    const { status, stdout } = run([LARGE]);
    expect(stdout).toContain('imported 5 keys:');
    expect(status).toBe(0);
    expect(await client.run('DEBUG', 'DIGEST')).toEqual(largeDigest);
    expect(Number(await client.run('PTTL', 'hash'))).toBeGreaterThan(7_000_000);
    expect(await client.run('DBSIZE')).toBe(5);
  });

  test('a file that is not whole, or has been changed, changes nothing', async () => {
    const whole = readFileSync(DUMP);
    const bad = join(folder, 'bad.rdb');
    await client.run('SET', 'small:1', 'mine');
    const damages: [Buffer, RegExp][] = [
      [whole.subarray(0, whole.length - 1), /ends/],
      [whole.subarray(0, whole.length / 2), /ends/],
      [Buffer.concat([whole, Buffer.from('x')]), /more data behind the end/],
      [Buffer.from('no such thing'), /no RDB file/],
    ];
    const flipped = Buffer.from(whole);
    flipped[whole.length >> 1] = (flipped[whole.length >> 1] as number) ^ 1;
    damages.push([flipped, /./]);
    for (const [content, message] of damages) {
      writeFileSync(bad, content);
      const { status, stderr } = run([bad]);
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain('    at ');
      expect(status).toBe(1);
      expect(await client.run('DBSIZE')).toBe(1);
    }
    expect(run([join(folder, 'nowhere.rdb')]).stderr).toContain('cannot be read: ENOENT');
  });

  test('of keys that are there already: fail, skip, replace', async () => {
    await client.run('SET', 'small:4321', 'mine');
    const failed = run([DUMP, '--on-conflict', 'fail']);
    expect(failed.stderr).toContain('the key "small:4321" is at the target already');
    expect(failed.status).toBe(1);
    expect(await client.run('DBSIZE')).toBe(1);
    const skipped = run([DUMP, '--on-conflict', 'skip']);
    expect(skipped.stdout).toContain('left out 1: was at the target already');
    expect(skipped.status).toBe(0);
    expect(await client.run('GET', 'small:4321')).toBe('mine');
    expect(await client.run('DBSIZE')).toBe(keys);
    expect(run([DUMP]).status).toBe(0);
    expect(await client.run('DEBUG', 'DIGEST')).toEqual(digest);
  });

  test('only looks with --dry-run', async () => {
    const { status, stdout } = run([DUMP, '--dry-run']);
    expect(stdout).toContain('found 5,070 keys:');
    expect(stdout).toMatch(/ {2}stream +5/);
    expect(status).toBe(0);
    expect(await client.run('DBSIZE')).toBe(0);
  });

  test('goes on after it was broken off', { timeout: 60_000 }, async () => {
    const many = join(folder, 'many.rdb');
    const [manyDigest, count] = await written('many.rdb', async (redis) => {
      await redis.run('DEBUG', 'POPULATE', '400000', 'key', '100');
    });
    const { child } = spawnKedge(['import', many, '--url', server.url, '--token', server.token, '--connections', '1']);
    // Beyond what is put in order, and so loaded, together.
    while (Number(await client.run('DBSIZE')) < 300_000) await new Promise((done) => setTimeout(done, 20));
    child.kill('SIGKILL');
    await new Promise((done) => child.once('exit', done));
    expect(Number(await client.run('DBSIZE'))).toBeLessThan(400_000);
    const { status, stdout } = run([many, '--resume']);
    expect(stdout).toMatch(/left out [\d,]+: they were imported before/);
    expect(status).toBe(0);
    expect(await client.run('DBSIZE')).toBe(count);
    expect(await client.run('DEBUG', 'DIGEST')).toEqual(manyDigest);
    expect(run([many, '--resume']).stderr).toContain('there is no import');
  });
});
