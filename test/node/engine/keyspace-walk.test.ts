// SCAN and RANDOMKEY over keys of which some are in memory and some in storage.

import { describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import type { Random } from '../../../src/spec/context';
import { seededRandom, TestEngine } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';
import { COLLIDING } from './random-commands';

/** Stored keys: each in memory with this probability. */
function partlyResident(keys: readonly string[], share: number, random: Random): StoredEngine {
  const shard = new StoredEngine(random);
  for (const key of keys) shard.test.run('SET', key, 'x');
  shard.checkpoint();
  shard.restart();
  for (const key of keys) if (random.float() < share) shard.test.run('GET', key);
  return shard;
}

/** One whole walk. Runs `between` after each step. Returns how often each key came, and the number of steps. */
function walk(test: () => TestEngine, count: number, between: () => void = () => undefined): { seen: Map<string, number>; steps: number } {
  const seen = new Map<string, number>();
  let cursor = '0';
  let steps = 0;
  do {
    const [next, keys] = test().run('SCAN', cursor, 'COUNT', count) as [Bytes, Bytes[]];
    for (const key of keys) seen.set(key, (seen.get(key) ?? 0) + 1);
    cursor = next;
    steps++;
    between();
  } while (cursor !== '0');
  return { seen, steps };
}

const KEYS = [...COLLIDING.flat(), ...Array.from({ length: 1200 }, (_, i) => `key:${i}`)];

describe('SCAN', () => {
  test.each([0, 0.02, 0.5, 0.98, 1])('visits every key once, with %d of them in memory', (share) => {
    const shard = partlyResident(KEYS, share, seededRandom(3));
    for (const count of [1, 2, 10, 127, 128, 129, 5000]) {
      const { seen, steps } = walk(() => shard.test, count);
      expect([...seen.keys()].sort()).toEqual([...KEYS].sort());
      expect([...seen.values()].every((times) => times === 1)).toBe(true);
      // The second key of a position may come on top of what was asked for.
      expect(steps).toBeLessThanOrEqual(Math.ceil(KEYS.length / count));
      expect(steps).toBeGreaterThanOrEqual(Math.ceil(KEYS.length / (count + 1)));
    }
  });

  test('gives the same order whatever is in memory', () => {
    const orders = [0, 0.5, 1].map((share) => partlyResident(KEYS, share, seededRandom(4)).test.run('KEYS', '*'));
    expect(orders[1]).toEqual(orders[0]);
    expect(orders[2]).toEqual(orders[0]);
  });

  test.each([1, 3, 25])('under change, COUNT %i: every key that stays is visited, none that was gone before', (count) => {
    const random = seededRandom(count);
    const shard = partlyResident(KEYS, 0.3, random);
    const staying = new Set(KEYS.filter((_, i) => i % 3 === 0));
    const others = KEYS.filter((key) => !staying.has(key));
    const gone = others.splice(0, 50);
    shard.test.run('DEL', ...gone);
    let changes = 0;
    const { seen } = walk(
      () => shard.test,
      count,
      () => {
        const key = others[random.below(others.length)] as string;
        shard.test.run(
          ...([
            ['DEL', key],
            ['SET', key, 'y'],
            ['SET', `new:${random.below(500)}`, 'z'],
            ['GET', key],
          ][random.below(4)] as string[]),
        );
        changes++;
        if (random.below(15) === 0) shard.checkpoint();
        if (random.below(30) === 0) shard.restart();
        if (random.below(10) === 0) shard.engine.hydrate(5);
      },
    );
    expect(changes).toBeGreaterThan(40);
    expect([...staying].filter((key) => !seen.has(key))).toEqual([]);
    expect([...staying].filter((key) => seen.get(key) !== 1)).toEqual([]);
    expect(gone.filter((key) => seen.has(key))).toEqual([]);
  });

  test('removes keys that have expired, loaded or not, and visits none of them', () => {
    const shard = new StoredEngine();
    for (let i = 0; i < 60; i++) shard.test.run('SET', `key:${i}`, 'x', ...(i % 2 ? ['PX', 100] : []));
    shard.checkpoint();
    shard.restart();
    for (let i = 0; i < 60; i += 3) shard.test.run('GET', `key:${i}`);
    shard.test.now += 200;
    const { loads } = shard.store.asked;
    const { seen } = walk(() => shard.test, 7);
    expect(seen.size).toBe(30);
    expect([...seen.keys()].every((key) => Number(key.slice(4)) % 2 === 0)).toBe(true);
    expect(shard.store.asked.loads).toBe(loads);
    expect(shard.engine.keys.size).toBe(30);
    expect(shard.engine.keys.counters.expired).toBe(30);
    shard.restart();
    expect(shard.engine.keys.size).toBe(30);
    shard.checkpoint();
    expect(shard.store.keys().length).toBe(30);
  });

  test('a cursor beyond all positions ends the walk', () => {
    for (const share of [0, 1]) {
      const shard = partlyResident(KEYS, share, seededRandom(1));
      expect(shard.test.run('SCAN', '18446744073709551615')).toEqual(['0', []]);
    }
  });
});

describe('RANDOMKEY', () => {
  /** How often each key is drawn. */
  function draws(test: TestEngine, times: number): Map<string, number> {
    const drawn = new Map<string, number>();
    for (let i = 0; i < times; i++) {
      const key = test.run('RANDOMKEY') as string;
      drawn.set(key, (drawn.get(key) ?? 0) + 1);
    }
    return drawn;
  }

  const spread = Array.from({ length: 100 }, (_, i) => `key:${i}`);
  const tagged = Array.from({ length: 100 }, (_, i) => `{tag}${i}`);

  test('with all keys in memory each is as likely', () => {
    const test = new TestEngine(9);
    for (const key of tagged) test.run('SET', key, 'x');
    const drawn = draws(test, 10_000);
    expect(drawn.size).toBe(100);
    // Each is expected 100 times, give or take 10.
    expect(Math.min(...drawn.values())).toBeGreaterThan(55);
    expect(Math.max(...drawn.values())).toBeLessThan(145);
  });

  test.each([
    ['spread keys in storage', spread, 0],
    ['spread keys, half in memory', spread, 0.5],
    ['keys of one slot in storage', tagged, 0],
    ['keys of one slot, half in memory', tagged, 0.5],
  ] as const)('%s are drawn nearly alike', (_title, keys, share) => {
    const shard = partlyResident(keys, share, seededRandom(5));
    expect(shard.engine.keys.isComplete).toBe(false);
    const drawn = draws(shard.test, 10_000);
    expect([...drawn.keys()].sort()).toEqual([...keys].sort());
    expect(Math.min(...drawn.values())).toBeGreaterThan(25);
    expect(Math.max(...drawn.values())).toBeLessThan(250);
  });

  test('one large slot among small ones leaves no key out', () => {
    const keys = [...tagged, ...spread.slice(0, 20)];
    const drawn = draws(partlyResident(keys, 0, seededRandom(6)).test, 10_000);
    expect([...drawn.keys()].sort()).toEqual([...keys].sort());
  });

  test('draws what is new and not what is deleted', () => {
    const shard = partlyResident(spread, 0, seededRandom(7));
    shard.test.run('DEL', ...spread.slice(1));
    shard.test.run('SET', 'new', 'x');
    expect([...draws(shard.test, 50).keys()].sort()).toEqual(['key:0', 'new']);
    shard.test.run('DEL', 'new', 'key:0');
    expect(shard.test.run('RANDOMKEY')).toBe(null);
  });

  test.each(['resident', 'stored'])('removes keys that have expired until it finds one that has not: %s', (where) => {
    const shard = new StoredEngine();
    for (const key of spread) shard.test.run('SET', key, 'x', 'PX', 10);
    shard.test.run('SET', 'stays', 'x');
    if (where === 'stored') {
      shard.checkpoint();
      shard.restart();
    }
    shard.test.now += 20;
    for (let i = 0; i < 30; i++) expect(shard.test.run('RANDOMKEY')).toBe('stays');
    expect(shard.engine.keys.size).toBeLessThan(101);
    shard.test.run('DEL', 'stays');
    expect(shard.test.run('RANDOMKEY')).toBe(null);
    expect(shard.engine.keys.size).toBe(0);
  });
});
