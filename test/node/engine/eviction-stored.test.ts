// Eviction where most keys wait in storage: what goes is found and removed there, and nothing is loaded for that.

import { describe, expect, test } from 'vitest';
import { OK, type Reply } from '../../../src/protocol/reply';
import { EVICTION_POLICIES, type EvictionPolicy } from '../../../src/spec/eviction';
import { seededRandom } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';

const KEYS = 300;
const VALUE = 'v'.repeat(60);
const named = (i: number): string => `key:${String(i).padStart(4, '0')}`;

/** Keys in storage, made a second after each other, every third with a deadline, and none in memory. */
function stored(policy: EvictionPolicy, seed = 1): StoredEngine {
  const shard = new StoredEngine(seededRandom(seed));
  // How keys are marked is up to the policy.
  shard.test.run('CONFIG', 'SET', 'maxmemory-policy', policy);
  for (let i = 0; i < KEYS; i++) {
    shard.test.now += 1000;
    shard.test.run('SET', named(i), VALUE, ...(i % 3 === 0 ? ['PXAT', shard.test.now + 10_000_000 - i * 2000] : []));
    if (policy.endsWith('lfu')) for (let uses = 0; uses < i / 10; uses++) shard.test.run('GET', named(i));
  }
  shard.checkpoint();
  shard.restart();
  shard.test.run('CONFIG', 'SET', 'maxmemory-policy', policy);
  expect(shard.engine.keys.residentSize).toBe(0);
  return shard;
}

/** Sets the limit so that a share of the dataset has to go. Returns what has gone. */
function shrink(shard: StoredEngine, share: number): number[] {
  const { keys } = shard.engine;
  shard.test.run('CONFIG', 'SET', 'maxmemory', Math.floor(keys.datasetMemory * (1 - share)) + 1024);
  shard.test.run('PING');
  const left = new Set(shard.test.run('KEYS', '*') as string[]);
  expect(left.size).toBe(keys.size);
  return Array.from({ length: KEYS }, (_, i) => i).filter((i) => !left.has(named(i)));
}

/** Estimated bytes, key by key. */
function measured(shard: StoredEngine): number {
  return (shard.test.run('KEYS', '*') as string[]).reduce((sum, key) => sum + (shard.test.run('MEMORY', 'USAGE', key) as number), 0);
}

describe.each(EVICTION_POLICIES.filter((policy) => policy !== 'noeviction'))('%s', (policy) => {
  const share = policy.startsWith('volatile') ? 0.2 : 0.5;

  test('removes stored keys without loading them, in storage too', () => {
    const shard = stored(policy);
    const { loads } = shard.store.asked;
    const gone = shrink(shard, share);
    expect(shard.store.asked.loads).toBe(loads);
    expect(shard.engine.keys.residentSize).toBe(0);
    expect(gone.length).toBeGreaterThan(KEYS * share * 0.9);
    expect(gone.length).toBeLessThan(KEYS * share * 1.1);
    if (policy.startsWith('volatile')) expect(gone.filter((i) => i % 3 !== 0)).toEqual([]);
    const [size, volatile] = [shard.engine.keys.size, shard.engine.keys.volatileSize];
    expect([size, volatile]).toEqual([KEYS - gone.length, KEYS / 3 - gone.filter((i) => i % 3 === 0).length]);
    for (const step of ['restart', 'checkpoint', 'restart'] as const) {
      shard[step]();
      expect([shard.engine.keys.size, shard.engine.keys.volatileSize]).toEqual([size, volatile]);
      expect(gone.some((i) => shard.test.run('EXISTS', named(i)) === 1)).toBe(false);
    }
    expect(shard.store.keys()).toHaveLength(size);
    expect(shard.engine.keys.datasetMemory).toBe(measured(shard));
  });

  test('takes the right ones, wherever they are', () => {
    const shard = stored(policy, 3);
    // Some of the best victims are in memory.
    for (const i of [0, 1, 2, 3, 6, 9, 288, 291, 294, 297]) shard.test.run('OBJECT', 'ENCODING', named(i));
    const gone = shrink(shard, share);
    const rank = gone.map((i) => (policy === 'volatile-ttl' ? KEYS - i : i));
    const worst = [...rank].sort((a, b) => a - b);
    if (policy === 'volatile-ttl') {
      // Those with the least time to live are the last ones.
      const expected = Array.from({ length: gone.length }, (_, i) => KEYS - 3 - 3 * i);
      expect(new Set(gone)).toEqual(new Set(expected));
    } else if (policy.endsWith('random')) {
      expect(worst[0]).toBeLessThan(KEYS * 0.2);
      expect(worst.at(-1)).toBeGreaterThan(KEYS * 0.8);
    } else {
      // Nearly all of what went is older, or has been used less, than nearly all of what stayed.
      const limit = policy.startsWith('volatile') ? KEYS * 0.75 : KEYS * 0.65;
      expect(rank.filter((i) => i < limit).length / rank.length).toBeGreaterThan(0.9);
    }
  });
});

test('few keys with a deadline among many are found by it', () => {
  const shard = new StoredEngine(seededRandom(5));
  for (let i = 0; i < 3000; i++) shard.test.run('SET', named(i), VALUE, ...(i === 1234 ? ['EX', 1000] : []));
  shard.checkpoint();
  shard.restart();
  // One key too many.
  const limit = shard.engine.keys.datasetMemory + 1024 - 1;
  shard.test.run('CONFIG', 'SET', 'maxmemory', limit, 'maxmemory-policy', 'volatile-lru');
  shard.test.run('PING');
  expect(shard.engine.keys.size).toBe(2999);
  expect(shard.test.run('EXISTS', named(1234))).toBe(0);
  expect(shard.test.run('SET', 'another', 'x')).toEqual(OK);
});

test.each([1, 2, 3, 4])('in memory, in storage and changed at random: nothing is counted wrong (seed %i)', (seed) => {
  const random = seededRandom(seed);
  const shard = new StoredEngine(random);
  const policies = EVICTION_POLICIES.filter((policy) => policy !== 'noeviction');
  const limit = 20_000;
  let evicted = 0;
  const one = (): string => named(random.below(400));
  for (let i = 0; i < 1500; i++) {
    const { test } = shard;
    test.now += random.below(3000);
    switch (random.below(12)) {
      case 0:
        shard.checkpoint();
        shard.engine.keys.memoryBudget = 4000;
        shard.engine.keys.makeRoom();
        break;
      case 1:
        if (random.below(5) > 0) break;
        shard.restart();
        test.run('PING');
        break;
      case 2:
        shard.test.run('CONFIG', 'SET', 'maxmemory', limit, 'maxmemory-policy', policies[random.below(policies.length)] as string);
        break;
      case 3:
        test.run('RPUSH', `l${one()}`, ...Array.from({ length: 1 + random.below(30) }, () => VALUE));
        break;
      case 4:
        test.run('HSET', `h${one()}`, one(), VALUE, one(), VALUE);
        break;
      case 5:
        test.run('EXPIRE', one(), 1 + random.below(10_000));
        break;
      case 6:
        test.run('PERSIST', one());
        break;
      case 7:
        test.run('DEL', one());
        break;
      default:
        test.run('SET', one(), VALUE.repeat(random.below(4)), ...(random.below(2) === 0 ? ['EX', 1 + random.below(100_000)] : []));
    }
    evicted += shard.engine.server.stats.evictedKeys > evicted ? 1 : 0;
  }
  const { keys } = shard.engine;
  expect(evicted).toBeGreaterThan(20);
  // What has expired is still counted, but not shown.
  shard.engine.expireDue(10_000);
  const names = shard.test.run('KEYS', '*') as string[];
  expect(keys.size).toBe(names.length);
  expect(keys.volatileSize).toBe(names.filter((name) => (shard.test.run('TTL', name) as number) >= 0).length);
  expect(keys.datasetMemory).toBe(measured(shard));
  const before = names.sort().map((name) => [name, shard.test.run('DUMP', name) as Reply]);
  shard.restart();
  expect((shard.test.run('KEYS', '*') as string[]).sort().map((name) => [name, shard.test.run('DUMP', name)])).toEqual(before);
});
