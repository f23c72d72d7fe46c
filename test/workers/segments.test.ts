// Large values in SQLite: what a checkpoint writes of them, what is left when they are gone, and databases of an older release.

import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Shard } from '../../src/shard/shard';
import { call, execute, rowsOf, run, shard, sql } from './shard-client';

/** An eviction waits for timers, so that some of these take seconds. */
vi.setConfig({ testTimeout: 20_000 });
afterEach(() => reset());

const ELEMENTS = 2000;
const elements = Array.from({ length: ELEMENTS }, (_, i) => `element ${i}`);

/** For each type that is kept in segments: how one is filled, changed in one place, and read. */
const TYPES = [
  {
    type: 'hash',
    fill: ['HSET', 'k', ...elements.flatMap((element, i) => [element, `value ${i}`])],
    change: ['HSET', 'k', 'new', 'x'],
    count: ['HLEN', 'k'],
    look: ['HGET', 'k', 'new'],
  },
  {
    type: 'zset',
    fill: ['ZADD', 'k', ...elements.flatMap((element, i) => [`${i}`, element])],
    change: ['ZADD', 'k', '777.5', 'new'],
    count: ['ZCARD', 'k'],
    look: ['ZRANK', 'k', 'new'],
  },
  { type: 'set', fill: ['SADD', 'k', ...elements], change: ['SADD', 'k', 'new'], count: ['SCARD', 'k'], look: ['SISMEMBER', 'k', 'new'] },
  { type: 'list', fill: ['RPUSH', 'k', ...elements], change: ['LPUSH', 'k', 'new'], count: ['LLEN', 'k'], look: ['LINDEX', 'k', 0] },
];

async function checkpoint(): Promise<void> {
  expect(await run('DEBUG', 'RELOAD')).toBe('OK');
}

interface Written {
  readonly rows: number;
  readonly bytes: number;
}

async function writtenBy(work: () => Promise<unknown>): Promise<Written> {
  const written = () =>
    runInDurableObject(shard(), (instance: Shard): Written => {
      const { durability } = instance as unknown as { durability: { rowsWritten: number; bytesWritten: number } };
      return { rows: durability.rowsWritten, bytes: durability.bytesWritten };
    });
  const before = await written();
  await work();
  const after = await written();
  return { rows: after.rows - before.rows, bytes: after.bytes - before.bytes };
}

const digest = () => run('DEBUG', 'DIGEST');

describe.each(TYPES)('a large $type', ({ fill, change, count, look }) => {
  it('is stored in segments; a change writes few rows, and is still there after a loss of memory', async () => {
    await run(...fill);
    await checkpoint();
    const segments = await rowsOf('segment');
    expect(segments).toBeGreaterThan(6);
    const { rows, bytes } = await writtenBy(async () => {
      await run(...change);
      await checkpoint();
    });
    expect(rows).toBeLessThan(8);
    expect(bytes).toBeLessThan(20_000);
    const expected = [await run(...count), await run(...look), await digest()];
    expect(expected[0]).toBe(ELEMENTS + 1);
    await evictDurableObject(shard());
    expect([await run(...count), await run(...look), await digest()]).toEqual(expected);
  });

  it('keeps its segments under another name, and leaves none behind', async () => {
    await run(...fill);
    await checkpoint();
    const segments = await rowsOf('segment');
    const { rows, bytes } = await writtenBy(async () => {
      await run('RENAME', 'k', 'other');
      await checkpoint();
    });
    expect(rows).toBeLessThan(8);
    expect(bytes).toBeLessThan(1000);
    expect(await rowsOf('segment')).toBe(segments);
    await run('COPY', 'other', 'k');
    await run('PEXPIRE', 'k', 1_000_000);
    const before = await digest();
    await checkpoint();
    expect(await rowsOf('segment')).toBe(2 * segments);
    await evictDurableObject(shard());
    expect(await digest()).toBe(before);
    await run('SET', 'other', 'small');
    await checkpoint();
    expect(await rowsOf('segment')).toBe(segments);
    await run('RENAME', 'other', 'k');
    await checkpoint();
    expect(await rowsOf('segment')).toBe(0);
    await run(...fill.with(1, 'again'));
    await checkpoint();
    await run('FLUSHALL');
    await checkpoint();
    expect(await rowsOf('segment')).toBe(0);
  });

  it('is as it was when a checkpoint fails', async () => {
    await run(...fill);
    await checkpoint();
    await sql("CREATE TRIGGER broken BEFORE UPDATE ON segment BEGIN SELECT RAISE(ABORT, 'no space left'); END");
    await run(...change);
    await run('DEBUG', 'RELOAD').catch(() => undefined);
    await sql('DROP TRIGGER broken');
    expect([await run(...count), (await run(...look)) !== null]).toEqual([ELEMENTS + 1, true]);
    const before = await digest();
    await checkpoint();
    await evictDurableObject(shard());
    expect(await digest()).toBe(before);
  });
});

describe('a large string that is edited', () => {
  it('is stored in pages, of which an edit writes one', async () => {
    await run('SETRANGE', 'k', 1_000_000, 'end');
    await checkpoint();
    expect(await rowsOf('segment')).toBe(245);
    const { rows, bytes } = await writtenBy(async () => {
      await run('SETBIT', 'k', 4_000_001, 1);
      await checkpoint();
    });
    expect([rows < 8, bytes < 6000]).toEqual([true, true]);
    const seen = async () => [await run('STRLEN', 'k'), await run('BITPOS', 'k', 1), await run('GETRANGE', 'k', -3, -1), await digest()];
    const before = await seen();
    expect(before.slice(0, 3)).toEqual([1_000_003, 4_000_001, 'end']);
    await evictDurableObject(shard());
    expect(await seen()).toEqual(before);
    await run('SET', 'k', 'x'.repeat(100_000));
    await checkpoint();
    expect(await rowsOf('segment')).toBe(0);
  });
});

describe('a large stream', () => {
  it('is stored in nodes and in parts of what is pending, of which a change writes few', async () => {
    await execute(...elements.map((element, i) => call('XADD', 'k', `${i + 1}-0`, 'name', element, 'number', i)));
    await run('XGROUP', 'CREATE', 'k', 'g', '0');
    await run('XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'k', '>');
    await checkpoint();
    const nodes = await rowsOf('segment WHERE family = 0');
    const pending = await rowsOf('segment WHERE family = 1');
    expect([nodes > 15, pending > 5]).toEqual([true, true]);
    const { rows, bytes } = await writtenBy(async () => {
      await run('XADD', 'k', '9999-0', 'name', 'new');
      await run('XACK', 'k', 'g', '700-0');
      await run('XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', 'k', '>');
      await checkpoint();
    });
    expect(rows).toBeLessThan(12);
    expect(bytes).toBeLessThan(25_000);
    const seen = async () => [
      await run('XLEN', 'k'),
      await run('XPENDING', 'k', 'g'),
      await run('XRANGE', 'k', '700', '701'),
      await run('XREVRANGE', 'k', '+', '-', 'COUNT', 2),
      await run('XINFO', 'STREAM', 'k'),
      await digest(),
    ];
    const before = await seen();
    expect(before.slice(0, 2)).toEqual([ELEMENTS + 1, [ELEMENTS, '1-0', '9999-0', [['c', `${ELEMENTS}`]]]]);
    await evictDurableObject(shard());
    expect(await seen()).toEqual(before);
    await run('XTRIM', 'k', 'MAXLEN', '~', 1);
    await run('XGROUP', 'DESTROY', 'k', 'g');
    await checkpoint();
    expect([await rowsOf('segment WHERE family = 0'), await rowsOf('segment WHERE family = 1')]).toEqual([1, 0]);
    await run('DEL', 'k');
    await checkpoint();
    expect(await rowsOf('segment')).toBe(0);
  });
});

describe('elements', () => {
  it('may be larger than a row', async () => {
    const large = 'x'.repeat(3 * 1024 * 1024);
    await run('SADD', 'k', large, ...elements);
    await checkpoint();
    expect(await run('SISMEMBER', 'k', large)).toBe(1);
    await run('SREM', 'k', large);
    await checkpoint();
    expect(await rowsOf('segment WHERE part > 0')).toBe(0);
    await evictDurableObject(shard());
    expect([await run('SISMEMBER', 'k', large), await run('SCARD', 'k')]).toEqual([0, ELEMENTS]);
  });
});

describe('owners', () => {
  it('are never given out twice', async () => {
    const owners = async () => (await sql('SELECT DISTINCT owner FROM segment')).map((row) => (row as { owner: number }).owner);
    await run('SADD', 'a', ...elements);
    await checkpoint();
    expect(await owners()).toEqual([1]);
    await run('DEL', 'a');
    await checkpoint();
    await evictDurableObject(shard());
    await execute(call('SADD', 'b', ...elements), call('SADD', 'c', ...elements));
    await checkpoint();
    expect((await owners()).sort()).toEqual([2, 3]);
  });
});
