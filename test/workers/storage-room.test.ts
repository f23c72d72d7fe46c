// A shard whose storage is full refuses what needs more room, goes on with everything else, and takes writes again when
// there is room.

import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test';
import { afterEach, expect, it, vi } from 'vitest';
import type { Shard } from '../../src/shard/shard';
import { call, execute, run, shard } from './shard-client';

vi.setConfig({ testTimeout: 30_000 });
afterEach(() => reset());

const FULL = /^MISCONF Storage is full/;
const LIMIT = 1024 * 1024;
const VALUE = 'x'.repeat(20_000);

/** The shard gets a lower limit than the tests' deployment has. */
function limit(bytes: number): Promise<void> {
  return runInDurableObject(shard(), (instance: Shard) => {
    const { room } = (instance as unknown as { durability: { ports: { room: { limit: number; measureAt: number } } } }).durability.ports;
    room.limit = bytes;
    room.measureAt = 0;
  });
}

/** Writes keys until one is refused. Returns how many there are. */
async function fill(): Promise<number> {
  for (let i = 0; i < 200; i++) {
    const answer = await run('SET', `key:${i}`, VALUE + i);
    if (answer === 'OK') continue;
    expect(answer).toMatch(FULL);
    return i;
  }
  throw new Error('it is never full');
}

const info = async (name: string) => new RegExp(`^${name}:(.*)\r$`, 'm').exec(String(await run('INFO', 'persistence')))?.[1];

it('refuses what needs room, with an error that says so, and keeps what it has', async () => {
  await limit(LIMIT);
  const keys = await fill();
  expect(keys).toBeGreaterThan(10);
  expect([await info('storage_limit'), await info('storage_full'), await info('aof_last_write_status')]).toEqual([`${LIMIT}`, '1', 'err']);
  // The checkpoint that follows has room all the same.
  expect(Number(await info('stored_bytes'))).toBeLessThan(LIMIT * 2);
  for (const line of [
    ['RPUSH', 'list', 'a'],
    ['INCR', 'n'],
    ['HSET', 'h', 'f', 'v'],
    ['APPEND', 'key:0', 'x'],
  ]) {
    expect(await run(...line)).toMatch(FULL);
  }
  const lines = [call('SET', 'a', 1), call('GET', 'key:0')].map((one) => one.lines[0] ?? []);
  const [transaction] = await execute({ ...call(), kind: 'transaction', lines });
  expect(transaction?.failed).toBe(true);
  expect(await run('EVAL', "return redis.call('SET', KEYS[1], 'v')", 1, 'a')).toMatch(/MISCONF Storage is full/);
  expect([await run('GET', 'key:0'), await run('DBSIZE'), await run('EXISTS', 'a')]).toEqual([`${VALUE}0`, keys, 0]);
  expect(await run('EVAL', "return redis.call('STRLEN', KEYS[1])", 1, 'key:0')).toBe(VALUE.length + 1);
  await evictDurableObject(shard());
  expect([await run('GET', 'key:0'), await run('DBSIZE')]).toEqual([`${VALUE}0`, keys]);
});

it.each([
  [
    'DEL',
    async (keys: number) => expect(await run('DEL', ...Array.from({ length: keys / 2 }, (_, i) => `key:${i}`))).toBe(Math.floor(keys / 2)),
  ],
  ['UNLINK', async () => expect(await run('UNLINK', 'key:0', 'key:1', 'key:2', 'key:3', 'key:4', 'key:5')).toBe(6)],
  ['FLUSHALL', async () => expect(await run('FLUSHALL')).toBe('OK')],
  [
    'expiry',
    async (keys: number) =>
      expect(await execute(...Array.from({ length: keys / 2 }, (_, i) => call('PEXPIRE', `key:${i}`, 50)))).toHaveLength(
        Math.floor(keys / 2),
      ),
  ],
])('takes writes again after %s, without a start', async (_title, free) => {
  await limit(LIMIT);
  await free(await fill());
  await expect.poll(() => run('SET', 'new', VALUE), { timeout: 10_000 }).toBe('OK');
  expect([await run('GET', 'new'), await info('storage_full')]).toEqual([VALUE, '0']);
  await evictDurableObject(shard());
  expect(await run('GET', 'new')).toBe(VALUE);
});

it('has no limit of its own where there is none', async () => {
  await limit(0);
  for (let i = 0; i < 80; i++) expect(await run('SET', `key:${i}`, VALUE)).toBe('OK');
  expect(await info('storage_full')).toBe('0');
});
