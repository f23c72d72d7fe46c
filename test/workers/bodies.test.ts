// Values of middle size have bodies beside their rows, and large values that are gone are deleted little by little.

import { evictDurableObject, reset } from 'cloudflare:test';
import { afterEach, expect, it, vi } from 'vitest';
import { rowsOf, run, shard, sql } from './shard-client';

/** An eviction waits for timers, so that some of these take seconds. */
vi.setConfig({ testTimeout: 20_000 });
afterEach(() => reset());

const checkpoint = async () => expect(await run('DEBUG', 'RELOAD')).toBe('OK');

it.each([1, 900, 901, 5000, 1024 * 1024, 1024 * 1024 + 1, 3 * 1024 * 1024])(
  'a value of %d bytes is read as it was written',
  async (length) => {
    const values = ['a', 'b'].map((char) => char.repeat(length));
    for (const value of values) {
      await run('SET', 'k', value);
      await checkpoint();
      expect(await run('GET', 'k')).toBe(value);
      await evictDurableObject(shard());
      expect(await run('GET', 'k')).toBe(value);
    }
    await run('DEL', 'k');
    await checkpoint();
    expect([await rowsOf('entry'), await rowsOf('body'), await rowsOf('chunk')]).toEqual([0, 0, 0]);
  },
);

it('a body goes with its key, with its value, and with everything', async () => {
  const long = 'x'.repeat(2000);
  for (const key of ['a', 'b', 'c', 'd']) await run('SET', key, long);
  await run('EXPIREAT', 'd', 2_524_600_800);
  await checkpoint();
  expect(await rowsOf('body')).toBe(4);
  await run('SET', 'a', 'short');
  await run('DEL', 'b');
  await run('RENAME', 'c', 'e');
  await run('SET', 'd', long);
  await checkpoint();
  expect(await rowsOf('body')).toBe(2);
  await evictDurableObject(shard());
  expect(await run('MGET', 'a', 'b', 'c', 'd', 'e')).toEqual(['short', null, null, long, long]);
  expect(await run('TTL', 'd')).toBe(-1);
  await run('FLUSHALL');
  await checkpoint();
  expect(await rowsOf('body')).toBe(0);
});

it('one that is replaced by one like it writes its body alone', async () => {
  await run('SET', 'k', 'x'.repeat(2000));
  await checkpoint();
  const before = await sql('SELECT * FROM entry');
  await run('SET', 'k', 'y'.repeat(2000));
  await checkpoint();
  expect(await sql('SELECT * FROM entry')).toEqual(before);
  await evictDurableObject(shard());
  expect(await run('GETRANGE', 'k', 0, 2)).toBe('yyy');
});

it('the segments of large values that are gone are deleted in the end, also after a restart', async () => {
  for (const key of ['one', 'two']) {
    for (let part = 0; part < 20; part++) {
      await run('RPUSH', key, ...Array.from({ length: 1000 }, (_, i) => `${part}:${i}:${'x'.repeat(150)}`));
    }
  }
  await checkpoint();
  expect(await rowsOf('segment')).toBeGreaterThan(1000);
  await run('DEL', 'one');
  await checkpoint();
  expect(await rowsOf('garbage')).toBe(1);
  await run('UNLINK', 'two');
  await checkpoint();
  await evictDurableObject(shard());
  await run('PING');
  await expect.poll(() => rowsOf('segment'), { timeout: 5000 }).toBe(0);
  expect(await rowsOf('garbage')).toBe(0);
});
