// Rows that are not what was stored: who needs one is told, everybody else is served, and the key can be replaced or removed.

import { evictDurableObject, reset } from 'cloudflare:test';
import { afterEach, expect, it, vi } from 'vitest';
import { run, shard, sql } from './shard-client';

/** An eviction waits for timers, so that some of these take seconds. */
vi.setConfig({ testTimeout: 20_000 });
afterEach(() => reset());

const CORRUPT = /^ERR the stored value of the key 'bad' is corrupt/;

/** What is damaged, and how the value is made that has it. */
const DAMAGES = [
  { what: 'a short value', make: ['SET', 'bad', 'short'], damage: "UPDATE entry SET value = x'00' WHERE key = CAST('bad' AS BLOB)" },
  {
    what: 'a form that nobody knows',
    make: ['SET', 'bad', 'short'],
    damage: "UPDATE entry SET form = 250 WHERE key = CAST('bad' AS BLOB)",
  },
  { what: 'a body', make: ['SET', 'bad', 'x'.repeat(2000)], damage: "UPDATE body SET data = x'0001'" },
  { what: 'a body that is missing', make: ['SET', 'bad', 'x'.repeat(2000)], damage: 'DELETE FROM body' },
  { what: 'a small hash', make: ['HSET', 'bad', 'f', 'v'], damage: "UPDATE entry SET value = x'ffff' WHERE key = CAST('bad' AS BLOB)" },
] as const;

async function damaged({ make, damage }: (typeof DAMAGES)[number]): Promise<void> {
  for (let i = 0; i < 20; i++) await run('SET', `key:${i}`, i);
  await run(...make);
  expect(await run('DEBUG', 'RELOAD')).toBe('OK');
  await sql(damage);
  // What is in memory is dropped, and read anew.
  expect(await run('DEBUG', 'RELOAD')).toBe('OK');
}

it.each(DAMAGES)('$what concerns nobody else', async (damage) => {
  await damaged(damage);
  const read = damage.make[0] === 'HSET' ? ['HGETALL', 'bad'] : ['GET', 'bad'];
  expect(await run(...read)).toMatch(CORRUPT);
  expect(await run('EXPIRE', 'bad', 100)).toMatch(CORRUPT);
  expect(await run('DBSIZE')).toBe(21);
  expect(((await run('KEYS', '*')) as string[]).length).toBe(21);
  expect(((await run('SCAN', 0, 'COUNT', 1000)) as [string, string[]])[1]).toContain('bad');
  expect(await run('MGET', 'key:0', 'key:19')).toEqual(['0', '19']);
  expect(await run('INCR', 'key:0')).toBe(1);
  // A checkpoint and a start leave it as it is.
  expect(await run('DEBUG', 'RELOAD')).toBe('OK');
  await evictDurableObject(shard());
  expect(await run(...read)).toMatch(CORRUPT);
  expect(await run('GET', 'key:0')).toBe('1');
});

it.each(DAMAGES)('$what can be replaced, and removed', async (damage) => {
  await damaged(damage);
  expect(await run('SET', 'bad', 'good')).toBe('OK');
  expect(await run('DEBUG', 'RELOAD')).toBe('OK');
  expect(await run('GET', 'bad')).toBe('good');
  await reset();
  await damaged(damage);
  expect(await run('DEL', 'bad')).toBe(1);
  expect(await run('DEBUG', 'RELOAD')).toBe('OK');
  expect(await run('EXISTS', 'bad')).toBe(0);
  expect(await run('DBSIZE')).toBe(20);
});
