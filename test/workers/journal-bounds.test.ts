// The journal that a start has to replay is bounded, whatever is written and in whichever mode; INFO tells how long it is.

import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test';
import { afterEach, expect, it, vi } from 'vitest';
import { ascii, type Bytes } from '../../src/bytes/bytes';
import { encodeFrame } from '../../src/engine/journal';
import { encodeRequest } from '../../src/protocol/request-writer';
import { call, execute, run, shard } from './shard-client';

vi.setConfig({ testTimeout: 30_000 });
afterEach(() => reset());

const MOST_BYTES = 4 * 1024 * 1024;
const MOST_ROWS = 16_384;

async function info(): Promise<Record<string, number>> {
  const text = String(await run('INFO', 'persistence'));
  return Object.fromEntries([...text.matchAll(/^(\w+):(-?\d+)\r$/gm)].map(([, name, value]) => [name, Number(value)]));
}

it.each(['always', 'everysec', 'no'])('in bytes, with appendfsync %s', async (policy) => {
  await run('CONFIG', 'SET', 'appendfsync', policy);
  const value = 'x'.repeat(100_000);
  let longest = 0;
  const turns = 30;
  for (let turn = 0; turn < turns; turn++) {
    // Few dirty entries, and many bytes.
    await execute(call('SET', `key:${turn % 3}`, value), call('APPEND', 'long', value), call('RPUSH', 'list', value, value));
    const { aof_current_size, aof_buffer_length, journal_bytes_limit } = await info();
    longest = Math.max(longest, (aof_current_size ?? 0) + (aof_buffer_length ?? 0));
    expect(journal_bytes_limit).toBe(MOST_BYTES);
  }
  // What one turn may add to it.
  expect(longest).toBeLessThan(MOST_BYTES + 5 * value.length);
  expect(longest).toBeGreaterThan(MOST_BYTES / 2);
  const { aof_rewrites, last_checkpoint_time, last_checkpoint_ms, aof_last_rewrite_time_sec } = await info();
  expect(aof_rewrites).toBeGreaterThanOrEqual(Math.floor((turns * 4 * value.length) / (MOST_BYTES + 5 * value.length)));
  expect(last_checkpoint_time).toBeGreaterThan(1_700_000_000);
  expect(last_checkpoint_ms).toBeGreaterThanOrEqual(0);
  expect(aof_last_rewrite_time_sec).toBe(Math.floor((last_checkpoint_ms ?? -1) / 1000));
  expect([await run('STRLEN', 'long'), await run('LLEN', 'list')]).toEqual([turns * value.length, turns * 2]);
});

it('in rows, however short; a start shows what it has replayed', async () => {
  await run('SET', 'n', 0);
  await run('DEBUG', 'RELOAD');
  const rows = MOST_ROWS - 10;
  await runInDurableObject(shard(), (instance, { storage }) => {
    const { engine } = instance as unknown as { engine: { sequence: number } };
    const body = ascii(encodeRequest(['INCRBY', 'n', '1'] as Bytes[]));
    for (let i = 0; i < rows; i++) {
      const sequence = engine.sequence + i;
      const frame = encodeFrame(sequence, 1, body);
      storage.sql.exec('INSERT OR REPLACE INTO journal (id, sequence, part, data) VALUES (?, ?, 0, ?)', i + 1, sequence, frame);
    }
  });
  await evictDurableObject(shard());
  expect(await run('GET', 'n')).toBe(String(rows));
  const found = await info();
  expect(found).toMatchObject({ last_recovery_rows: rows, journal_rows: rows, journal_rows_limit: MOST_ROWS, aof_rewrites: 0 });
  expect(found.last_recovery_bytes).toBe(found.aof_current_size);
  expect(found.last_recovery_ms).toBeGreaterThanOrEqual(0);
  for (let i = 1; i <= 12; i++) await run('INCR', 'n');
  const after = await info();
  expect(after.aof_rewrites).toBe(1);
  expect(after.journal_rows).toBeLessThan(10);
  await evictDurableObject(shard());
  expect(await run('GET', 'n')).toBe(String(rows + 12));
});
