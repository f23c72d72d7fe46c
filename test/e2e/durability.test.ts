// What `kedge start --durability` promises when it is stopped in order: in every mode, whatever was acknowledged until the
// very end is there at the next start, on every shard.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Disconnected, RespClient } from '../support/resp-client';
import { startServer } from './server';

const KEYS = 20;
const folder = mkdtempSync(join(tmpdir(), 'kedge-durability-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Counts every key up until the connection ends, and answers how far that was acknowledged. */
async function count(client: RespClient): Promise<number> {
  for (let n = 1; ; n++) {
    try {
      await Promise.all(client.pipeline(Array.from({ length: KEYS }, (_unused, i) => ['SET', `key:${i}`, n])));
    } catch (error) {
      expect(error).toBeInstanceOf(Disconnected);
      return n - 1;
    }
  }
}

test.each([
  ['relaxed', 'everysec'],
  ['memory', 'no'],
])('nothing acknowledged is lost by a stop in order: %s', async (mode, policy) => {
  const options = { dataDir: join(folder, mode), args: ['--durability', mode, '--shards', '3'] };
  const server = await startServer(options);
  const client = await RespClient.open(server.respPort, server.token);
  expect(await client.run('CONFIG', 'GET', 'appendfsync')).toEqual(['appendfsync', policy]);
  const acknowledged = count(client);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await server.stop();
  const least = await acknowledged;
  expect(least).toBeGreaterThan(0);

  const again = await startServer(options);
  const reader = await RespClient.open(again.respPort, again.token);
  const values = await reader.run('MGET', ...Array.from({ length: KEYS }, (_unused, i) => `key:${i}`));
  // The last round may have been executed on some shards without being answered.
  for (const value of values as string[]) expect([least, least + 1]).toContain(Number(value));
  await again.stop();
});

test('WAITAOF asks every shard', async () => {
  const server = await startServer({ dataDir: join(folder, 'wait'), args: ['--durability', 'relaxed', '--shards', '3'] });
  const client = await RespClient.open(server.respPort, server.token);
  const lines = Array.from({ length: KEYS }, (_unused, i) => ['SET', `key:${i}`, 'x']);
  const replies = await Promise.all(client.pipeline([...lines, ['WAITAOF', 1, 0, 0]]));
  expect(replies.at(-1)).toEqual([1, 0]);
  process.kill(server.workerdPid(), 'SIGKILL');
  await server.stop('SIGKILL');
  const again = await startServer({ dataDir: join(folder, 'wait') });
  const reader = await RespClient.open(again.respPort, again.token);
  expect(await reader.run('DBSIZE')).toBe(KEYS);
  await again.stop();
});
