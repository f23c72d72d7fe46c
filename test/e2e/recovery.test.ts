// 200,000 keys of every type, SIGKILL, and the same dataset again: compared by DEBUG DIGEST, and answering at once.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { RespClient } from '../support/resp-client';
import { startServer } from './server';

const KEYS = Number(process.env.KEDGE_RECOVERY_KEYS ?? 200_000);
const BATCH = 2000;
const dataDir = mkdtempSync(join(tmpdir(), 'kedge-recovery-'));

afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

function write(i: number): (string | number)[] {
  switch (i % 6) {
    case 0:
      return ['SET', `string:${i}`, `value-${i}`];
    case 1:
      return ['SET', `volatile:${i}`, i, 'EX', 100_000 + i];
    case 2:
      return ['RPUSH', `list:${i}`, 'a', i, 'c'];
    case 3:
      return ['HSET', `hash:${i}`, 'field', i, 'other', 'x'];
    case 4:
      return ['SADD', `set:${i}`, 'a', 'b', i];
    default:
      return ['ZADD', `zset:${i}`, i, 'a', i / 3, 'b'];
  }
}

test(`${KEYS} keys survive SIGKILL with an identical digest`, { timeout: 180_000 }, async () => {
  const before = await startServer({ dataDir });
  const loader = await RespClient.open(before.respPort, before.token);
  for (let first = 0; first < KEYS; first += BATCH) {
    await Promise.all(loader.pipeline(Array.from({ length: BATCH }, (_unused, i) => write(first + i))));
  }
  // The tail stays in the journal: no checkpoint comes between these writes and the kill.
  await Promise.all(loader.pipeline(Array.from({ length: 100 }, (_unused, i) => ['INCR', `counter:${i % 10}`])));
  const digest = await loader.run('DEBUG', 'DIGEST');
  const size = await loader.run('DBSIZE');
  expect(size).toBe(KEYS + 10);
  expect(digest).not.toBe('0'.repeat(40));
  process.kill(before.workerdPid(), 'SIGKILL');
  await before.stop('SIGKILL');

  const after = await startServer({ dataDir });
  const ready = performance.now();
  const client = await RespClient.open(after.respPort, after.token);
  expect(await client.run('GET', 'string:600')).toBe('value-600');
  const firstReplyMs = performance.now() - ready;
  expect(await client.run('DBSIZE')).toBe(size);
  expect(await client.run('DEBUG', 'DIGEST')).toEqual(digest);
  // Generous: the promise is one second on an idle machine.
  expect(firstReplyMs).toBeLessThan(5000);
  await after.stop();
});
