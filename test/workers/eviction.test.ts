// maxmemory in a Durable Object: it outlives the object's memory, keys go in turns of their own, and they are gone from
// storage too.

import { evictDurableObject, reset } from 'cloudflare:test';
import { afterEach, expect, it, vi } from 'vitest';
import { call, execute, rowsOf, run, shard } from './shard-client';

/** An eviction of the object waits for timers, so that some of these take seconds. */
vi.setConfig({ testTimeout: 30_000 });
afterEach(() => reset());

const VALUE = 'v'.repeat(100);

async function fill(count: number, ...more: string[]): Promise<void> {
  for (let i = 0; i < count; i += 500) {
    await execute(...Array.from({ length: Math.min(500, count - i) }, (_, at) => call('SET', `key:${i + at}`, VALUE, ...more)));
  }
}

async function info(name: string): Promise<number> {
  return Number(new RegExp(`^${name}:(.*)\r$`, 'm').exec(String(await run('INFO', 'everything')))?.[1]);
}

it('is remembered, with the policy', async () => {
  await run('CONFIG', 'SET', 'maxmemory', '1mb', 'maxmemory-policy', 'allkeys-fifo', 'maxmemory-samples', 7, 'lfu-log-factor', 3);
  await fill(5);
  await evictDurableObject(shard());
  expect(await run('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', '1048576']);
  expect(await run('CONFIG', 'GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'allkeys-fifo']);
  expect(await run('CONFIG', 'GET', 'maxmemory-samples')).toEqual(['maxmemory-samples', '7']);
  expect(await run('CONFIG', 'GET', 'lfu-log-factor')).toEqual(['lfu-log-factor', '3']);
  await fill(20_000);
  expect(await info('used_memory')).toBeLessThan(1_050_000);
  expect(await info('evicted_keys')).toBeGreaterThan(10_000);
});

it('goes on between commands until the dataset fits, and what went is gone from storage', async () => {
  await fill(5000, 'EX', '10000');
  const before = await info('used_memory');
  await run('CONFIG', 'SET', 'maxmemory-policy', 'volatile-lru', 'maxmemory', Math.floor(before / 10));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  // A command makes room for a hundred keys at most: this is not its work.
  expect(await run('DBSIZE')).toBeLessThan(600);
  expect(await info('used_memory')).toBeLessThanOrEqual(before / 10);
  const left = (await run('KEYS', '*')) as string[];
  await evictDurableObject(shard());
  expect(((await run('KEYS', '*')) as string[]).sort()).toEqual([...left].sort());
  await run('DEBUG', 'RELOAD');
  expect(await rowsOf('entry')).toBe(left.length);
});

it('refuses what would enlarge a dataset of which nothing may go', async () => {
  await fill(100);
  await run('CONFIG', 'SET', 'maxmemory', 2000);
  expect(await run('SET', 'more', 'x')).toBe("OOM command not allowed when used memory > 'maxmemory'.");
  expect(await run('GET', 'key:7')).toBe(VALUE);
  await evictDurableObject(shard());
  expect(await run('SET', 'more', 'x')).toBe("OOM command not allowed when used memory > 'maxmemory'.");
  expect(await run('DBSIZE')).toBe(100);
  await run('CONFIG', 'SET', 'maxmemory', 0);
  expect(await run('SET', 'more', 'x')).toBe('OK');
});
