// OBJECT IDLETIME and OBJECT FREQ: what leaves a mark, and what the marks mean when the policy changes.

import { beforeEach, describe, expect, test } from 'vitest';
import { TestEngine } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';

const MINUTE = 60_000;
let engine: TestEngine;
beforeEach(() => {
  engine = new TestEngine(3);
});

function policy(name: 'allkeys-lru' | 'allkeys-lfu'): void {
  engine.run('CONFIG', 'SET', 'maxmemory-policy', name);
}
const idle = (key: string): unknown => engine.run('OBJECT', 'IDLETIME', key);
const frequency = (key: string): unknown => engine.run('OBJECT', 'FREQ', key);

describe('idle time', () => {
  test('grows with the clock and ends with a use', () => {
    engine.run('RPUSH', 'k', 'a');
    engine.now += 90_000;
    expect(idle('k')).toBe(90);
    for (const look of [
      ['EXISTS', 'k'],
      ['TTL', 'k'],
      ['TYPE', 'k'],
      ['SCAN', '0'],
      ['KEYS', '*'],
    ])
      engine.run(...look);
    expect(idle('k')).toBe(90);
    engine.run('LLEN', 'k');
    expect(idle('k')).toBe(0);
    engine.now += 50_000;
    engine.run('TOUCH', 'k');
    expect(idle('k')).toBe(0);
  });

  test('a new value has not been idle, whoever sets it', () => {
    for (const noTouch of ['OFF', 'ON']) {
      engine.run('SET', 'k', '1');
      engine.now += 90_000;
      engine.run('CLIENT', 'NO-TOUCH', noTouch);
      engine.run('GET', 'k');
      expect(idle('k')).toBe(noTouch === 'ON' ? 90 : 0);
      engine.run('SET', 'k', '2');
      expect(idle('k')).toBe(0);
    }
  });

  test('a key takes its mark along when it is renamed', () => {
    engine.run('CLIENT', 'NO-TOUCH', 'ON');
    engine.run('SET', 'k', '1');
    engine.now += 90_000;
    engine.run('RENAME', 'k', 'other');
    expect(idle('other')).toBe(90);
  });

  test('what comes from storage was used last when it was stored, and what comes from the journal just now', () => {
    const shard = new StoredEngine();
    shard.test.run('SET', 'stored', 'x');
    shard.checkpoint();
    shard.test.run('SET', 'journaled', 'x');
    shard.test.now += 90_000;
    shard.restart();
    expect(shard.test.run('OBJECT', 'IDLETIME', 'journaled')).toBe(0);
    expect(shard.test.run('OBJECT', 'IDLETIME', 'stored')).toBe(90);
    shard.test.run('GET', 'stored');
    shard.checkpoint();
    shard.test.now += 5000;
    expect(shard.test.run('OBJECT', 'IDLETIME', 'stored')).toBe(5);
  });
});

describe('frequency', () => {
  beforeEach(() => policy('allkeys-lfu'));

  test('begins at 5, grows with uses and decays by the minute', () => {
    engine.run('SET', 'k', '1');
    expect(frequency('k')).toBe(5);
    for (let i = 0; i < 2000; i++) engine.run('GET', 'k');
    const grown = frequency('k') as number;
    expect(grown).toBeGreaterThan(10);
    expect(grown).toBeLessThan(40);
    engine.now += 3 * MINUTE;
    expect(frequency('k')).toBe(grown - 3);
    engine.now += 100 * MINUTE;
    expect(frequency('k')).toBe(0);
  });

  test('stays when the value is replaced or the key renamed', () => {
    engine.run('SET', 'k', '1');
    for (let i = 0; i < 2000; i++) engine.run('GET', 'k');
    const grown = frequency('k') as number;
    engine.run('CLIENT', 'NO-TOUCH', 'ON');
    engine.run('SET', 'k', '2');
    expect(frequency('k')).toBe(grown);
    engine.run('RENAME', 'k', 'other');
    expect(frequency('other')).toBe(grown);
  });

  test('the clock of 16 bits goes round', () => {
    engine.run('SET', 'k', '1');
    engine.now += 0xffff * MINUTE;
    engine.run('SET', 'l', '1');
    engine.now += 3 * MINUTE;
    expect(frequency('l')).toBe(2);
    engine.run('GET', 'l');
    expect(frequency('l')).toBeLessThanOrEqual(3);
  });
});

describe('a change of policy', () => {
  test('from recency to frequency: a key has the counter of a new one, less its idle time', () => {
    policy('allkeys-lru');
    engine.run('SET', 'idle', 'x');
    engine.now += 2 * MINUTE;
    engine.run('SET', 'forgotten', 'x');
    engine.now += 100 * MINUTE;
    for (const key of ['used', 'counted']) engine.run('SET', key, 'x');
    engine.run('GET', 'idle');
    engine.now += 2 * MINUTE;
    engine.run('GET', 'used');
    policy('allkeys-lfu');
    expect(['used', 'idle', 'counted', 'forgotten'].map(frequency)).toEqual([5, 3, 3, 0]);
    for (let i = 0; i < 2000; i++) engine.run('GET', 'counted');
    expect(frequency('counted')).toBeGreaterThan(10);
    engine.run('GET', 'forgotten');
    expect(frequency('forgotten')).toBeLessThanOrEqual(1);
  });

  test('from frequency to recency: a key has been idle since its last use, to the minute', () => {
    policy('allkeys-lfu');
    for (const key of ['a', 'b']) engine.run('SET', key, 'x');
    engine.now += 10 * MINUTE;
    engine.run('GET', 'b');
    engine.now += 5 * MINUTE;
    policy('allkeys-lru');
    expect([idle('a'), idle('b')]).toEqual([15 * 60, 5 * 60]);
    engine.run('GET', 'a');
    engine.now += 7000;
    expect(idle('a')).toBe(7);
  });

  test('there and back changes nothing that was not used', () => {
    engine.run('SET', 'k', 'x');
    engine.now += 90_000;
    policy('allkeys-lfu');
    policy('allkeys-lru');
    expect(idle('k')).toBe(90);
  });
});
