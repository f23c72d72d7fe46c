// Active expiry over keys in memory and in storage, whose rows may have deadlines that are no longer true.

import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';

const MINUTE = 60_000;

function stored(deadlines: Readonly<Record<string, number>>): StoredEngine {
  const shard = new StoredEngine();
  for (const [key, ms] of Object.entries(deadlines)) shard.test.run('SET', key, 'x', 'PXAT', shard.test.now + ms);
  shard.checkpoint();
  shard.restart();
  return shard;
}

function numbered(count: number, ms: (i: number) => number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`key:${i}`, ms(i)]));
}

/** Runs slices until nothing is due. Returns how many slices it took. */
function expireAll({ engine }: StoredEngine, limit: number): number {
  let slices = 1;
  while (engine.expireDue(limit)) slices++;
  return slices;
}

test('removes what is due, in memory and in storage, without loading it', () => {
  const shard = stored(numbered(300, (i) => i * 10));
  shard.test.run('MGET', 'key:5', 'key:200', 'key:299');
  const { loads } = shard.store.asked;
  shard.test.now += 1000;
  expect(expireAll(shard, 7)).toBe(Math.floor(101 / 7) + 1);
  expect(shard.store.asked.loads).toBe(loads);
  expect(shard.engine.keys.size).toBe(199);
  expect(shard.engine.keys.volatileSize).toBe(199);
  expect(shard.engine.keys.counters.expired).toBe(101);
  expect(shard.engine.keys.nextDeadline()).toBe(shard.test.now + 10);
  shard.restart();
  expect(shard.engine.keys.size).toBe(199);
  expect(shard.test.run('EXISTS', 'key:5', 'key:100', 'key:101')).toBe(1);
});

test('keys in memory and in storage share the limit of a slice', () => {
  const shard = stored(numbered(40, () => 10));
  for (let i = 0; i < 15; i++) shard.test.run('GET', `key:${i}`);
  shard.test.now += 100;
  for (const left of [30, 20, 10]) {
    expect(shard.engine.expireDue(10)).toBe(true);
    expect(shard.engine.keys.size).toBe(left);
  }
  expireAll(shard, 10);
  expect(shard.engine.keys.size).toBe(0);
});

test('many keys with one deadline are all removed', () => {
  const shard = stored(numbered(1000, () => 50));
  shard.test.now += 50;
  expect(expireAll(shard, 64)).toBe(16);
  expect(shard.engine.keys.size).toBe(0);
  expect(shard.engine.keys.nextDeadline()).toBe(undefined);
  shard.checkpoint();
  expect(shard.store.keys()).toEqual([]);
});

describe('a row with an old deadline', () => {
  test.each(['SET', 'PERSIST', 'PEXPIRE', 'DEL', 'RENAME'])('removes nothing and holds nothing up: %s', (change) => {
    const shard = stored({ ...numbered(50, () => 10), late: 20 });
    for (let i = 0; i < 50; i++) {
      const key = `key:${i}`;
      if (change === 'SET') shard.test.run('SET', key, 'newer');
      else if (change === 'PEXPIRE') shard.test.run('PEXPIRE', key, MINUTE);
      else if (change === 'RENAME') shard.test.run('RENAME', key, `renamed:${i}`);
      else shard.test.run(change, key);
    }
    const kept = change === 'DEL' || change === 'RENAME' ? 0 : 50;
    // Also what is renamed keeps its deadline.
    const next = change === 'RENAME' ? 10 : 20;
    expect(shard.engine.keys.nextDeadline()).toBe(shard.test.now + next);
    shard.test.now += 1000;
    expireAll(shard, 5);
    expect(shard.engine.keys.size).toBe(kept);
    expect(shard.test.run('EXISTS', 'late')).toBe(0);
    expect(shard.engine.keys.nextDeadline()).toBe(change === 'PEXPIRE' ? shard.test.now - 1000 + MINUTE : undefined);
    shard.restart();
    expect(shard.engine.keys.size).toBe(kept);
    expireAll(shard, 5);
    expect(shard.engine.keys.size).toBe(kept);
    shard.checkpoint();
    expect(shard.store.keys().length).toBe(kept);
  });

  test('does not make the next deadline a past one', () => {
    const shard = stored(numbered(300, () => 10));
    for (let i = 0; i < 300; i++) shard.test.run('PERSIST', `key:${i}`);
    shard.test.now += 1000;
    expect(shard.engine.keys.nextDeadline()).toBe(undefined);
    expect(shard.engine.expireDue(500)).toBe(false);
  });

  test('is not read again and again', () => {
    const shard = stored(numbered(2000, () => 10));
    for (let i = 0; i < 1999; i++) shard.test.run('PERSIST', `key:${i}`);
    shard.engine.keys.nextDeadline();
    const { deadlines } = shard.store.asked;
    for (let i = 0; i < 100; i++) expect(shard.engine.keys.nextDeadline()).toBe(shard.test.now + 10);
    expect(shard.store.asked.deadlines).toBe(deadlines);
  });
});

describe('what was read ahead from storage', () => {
  test('is not used after a checkpoint has changed it', () => {
    const shard = stored(numbered(20, (i) => 10 + i));
    // Reads a batch.
    expect(shard.engine.keys.nextDeadline()).toBe(shard.test.now + 10);
    for (let i = 0; i < 20; i += 2) shard.test.run('DEL', `key:${i}`);
    shard.checkpoint();
    expect(shard.engine.keys.nextDeadline()).toBe(shard.test.now + 11);
    shard.test.now += 1000;
    expireAll(shard, 3);
    expect(shard.engine.keys.size).toBe(0);
    expect(shard.engine.keys.volatileSize).toBe(0);
    expect(shard.engine.keys.counters.expired).toBe(10);
  });

  test('is not used after FLUSHALL or a reload', () => {
    for (const end of ['FLUSHALL', 'DEBUG LOADAOF', 'hydration']) {
      const shard = stored(numbered(20, (i) => 10 + i));
      expect(shard.engine.keys.nextDeadline()).toBe(shard.test.now + 10);
      if (end === 'hydration') while (shard.engine.hydrate(4));
      else shard.test.run(...end.split(' '));
      expect(shard.engine.keys.nextDeadline()).toBe(end === 'FLUSHALL' ? undefined : shard.test.now + 10);
      shard.test.now += 1000;
      expireAll(shard, 3);
      expect([end, shard.engine.keys.size, shard.engine.keys.counters.expired]).toEqual([end, 0, end === 'FLUSHALL' ? 0 : 20]);
    }
  });
});

test('under random changes the same keys are left as the clock says', () => {
  const random = seededRandom(17);
  const shard = new StoredEngine(random);
  const deadlines = new Map<string, number>();
  let expired = 0;
  for (let step = 0; step < 6000; step++) {
    const key = `key:${random.below(400)}`;
    const at = shard.test.now + 1 + random.below(5000);
    const kind = random.below(12);
    if (kind < 5) {
      shard.test.run('SET', key, 'x', 'PXAT', at);
      deadlines.set(key, at);
    } else if (kind < 7) {
      if (shard.test.run('PEXPIREAT', key, at) === 1) deadlines.set(key, at);
    } else if (kind === 7) {
      shard.test.run('DEL', key);
      deadlines.delete(key);
    } else if (kind === 8) shard.test.run('GET', key);
    else if (kind === 9) shard.test.now += random.below(60);
    if (step % 50 === 0) shard.checkpoint();
    if (step % 170 === 0) shard.restart();
    if (step % 10 === 0) {
      expireAll(shard, 1 + random.below(20));
      for (const [name, deadline] of deadlines) {
        if (deadline > shard.test.now) continue;
        deadlines.delete(name);
        expired++;
      }
      const next = Math.min(...deadlines.values());
      expect(shard.engine.keys.nextDeadline()).toBe(Number.isFinite(next) ? next : undefined);
      expect([shard.engine.keys.size, shard.engine.keys.volatileSize]).toEqual([deadlines.size, deadlines.size]);
    }
  }
  expect(expired).toBeGreaterThan(500);
  const left = [...deadlines].filter(([, deadline]) => deadline > shard.test.now).map(([key]) => key);
  expect((shard.test.run('KEYS', '*') as string[]).sort()).toEqual(left.sort());
});

test('of many keys with one deadline those that leave memory are found without a look at all others', () => {
  const count = 20_000;
  const shard = stored(numbered(count, () => MINUTE));
  const { keys } = shard.engine;
  for (let i = 0; i < count; i++) shard.test.run('GET', `key:${i}`);
  keys.nextDeadline();
  keys.memoryBudget = keys.residentMemory / 2;
  while (keys.residentSize === count) keys.makeRoom();
  const { deadlines } = shard.store.asked;
  expect(keys.nextDeadline()).toBe(shard.test.now + MINUTE);
  expect(shard.store.asked.deadlines - deadlines).toBe(1);
  shard.test.now += MINUTE;
  expireAll(shard, 500);
  expect(keys.size).toBe(0);
});
