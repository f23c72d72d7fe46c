// Keys that wait in storage: loaded on first use, known to be gone, replaced, wiped, counted.

import { describe, expect, test } from 'vitest';
import { fromText } from '../../../src/bytes/bytes';
import type { Reply } from '../../../src/protocol/reply';
import { StoredEngine } from '../../support/memory-store';

/** A shard that has `count` keys in storage, every third with a deadline, and none in memory. */
function filled(count: number): StoredEngine {
  const shard = new StoredEngine();
  for (let i = 0; i < count; i++) shard.test.run('SET', `key:${i}`, `value ${i}`, ...(i % 3 === 0 ? ['PX', 1_000_000 + i] : []));
  shard.checkpoint();
  shard.restart();
  return shard;
}

function counts({ engine }: StoredEngine): [number, number] {
  return [engine.keys.size, engine.keys.volatileSize];
}

describe('loading', () => {
  test('nothing is loaded by a start, and a key once, when it is asked for', () => {
    const shard = filled(300);
    expect(counts(shard)).toEqual([300, 100]);
    expect(shard.engine.keys.residentSize).toBe(0);
    expect(shard.store.asked).toEqual({ loads: 0, descriptions: 0, scans: 0, scannedRows: 0, deadlines: 0 });
    expect(shard.test.run('GET', 'key:7')).toBe('value 7');
    expect(shard.test.run('GET', 'key:7')).toBe('value 7');
    expect(shard.store.asked.loads).toBe(1);
    expect(shard.test.run('GET', 'no such key')).toBe(null);
    expect(shard.test.run('TYPE', 'key:7')).toMatchObject({ text: 'string' });
    expect(shard.store.asked.loads).toBe(2);
    expect(shard.engine.keys.residentSize).toBe(1);
    expect(counts(shard)).toEqual([300, 100]);
  });

  test('a key that is not there is asked for once by a command that makes it', () => {
    const shard = filled(300);
    shard.test.run('RPUSH', 'new', 'a');
    expect(shard.store.asked.loads).toBe(1);
    shard.test.run('DEL', 'new');
    expect(shard.test.run('RPUSH', 'new', 'b')).toBe(1);
    expect(shard.store.asked.loads).toBe(1);
  });

  test('what replaces or removes a whole value does not load it', () => {
    const shard = filled(300);
    const { test } = shard;
    test.run('HSET', 'hash', 'field', 'x');
    test.run('HPEXPIRE', 'hash', 1000, 'FIELDS', 1, 'field');
    shard.checkpoint();
    shard.restart();
    expect(shard.engine.keys.sizeWithVolatileFields).toBe(1);
    const { loads } = shard.store.asked;
    shard.test.run('SET', 'key:3', 'another');
    shard.test.run('SET', 'key:4', 'another', 'PX', 5000);
    shard.test.run('MSET', 'key:5', 'another', 'new', 'x', 'hash', 'a string now');
    expect(shard.test.run('DEL', 'key:6', 'key:7', 'no such key')).toBe(2);
    expect(shard.store.asked.loads).toBe(loads);
    expect(counts(shard)).toEqual([300, 99]);
    expect(shard.engine.keys.sizeWithVolatileFields).toBe(0);
    for (let i = 0; i < 2; i++) {
      expect(shard.test.run('MGET', 'key:3', 'key:4', 'key:5', 'key:6', 'hash')).toEqual([
        'another',
        'another',
        'another',
        null,
        'a string now',
      ]);
      expect(shard.test.run('PTTL', 'key:3')).toBe(-1);
      expect(shard.test.run('PTTL', 'key:4')).toBe(5000);
      shard.checkpoint();
      shard.restart();
      expect(counts(shard)).toEqual([300, 99]);
    }
  });

  test('what replaces a value whose time has come finds none', () => {
    const shard = filled(300);
    shard.test.now += 1_000_003;
    shard.test.run('SET', 'key:3', 'another', 'GET');
    expect(shard.test.run('SET', 'key:0', 'another')).toMatchObject({ text: 'OK' });
    expect(shard.test.run('DEL', 'key:3')).toBe(1);
    expect(shard.engine.keys.counters.expired).toBe(2);
    expect(shard.test.run('PTTL', 'key:0')).toBe(-1);
    expect(counts(shard)).toEqual([299, 98]);
  });

  test('what only looks at names, counts or draws, loads nothing', () => {
    const shard = filled(300);
    shard.test.run('RPUSH', 'list', 'a');
    shard.checkpoint();
    shard.restart();
    const { test } = shard;
    const { loads } = shard.store.asked;
    expect(test.run('DBSIZE')).toBe(301);
    expect((test.run('KEYS', '*') as Reply[]).length).toBe(301);
    expect((test.run('SCAN', 0, 'COUNT', 1000) as [Reply, Reply[]])[1].length).toBe(301);
    expect((test.run('SCAN', 0, 'COUNT', 1000, 'TYPE', 'list') as Reply[])[1]).toEqual(['list']);
    expect((test.run('SCAN', 0, 'COUNT', 1000, 'TYPE', 'string') as [Reply, Reply[]])[1].length).toBe(300);
    for (let i = 0; i < 20; i++) expect(test.run('RANDOMKEY')).toBeTypeOf('string');
    expect(shard.engine.keys.nextDeadline()).toBeTypeOf('number');
    expect(shard.store.asked.loads).toBe(loads);
    test.run('DEBUG', 'DIGEST');
    expect(shard.store.asked.loads).toBe(loads + 301);
    expect(shard.engine.keys.residentSize).toBe(0);
    expect(shard.engine.keys.residentMemory).toBe(0);
  });

  test('a short scan reads a few rows', () => {
    const shard = filled(3000);
    shard.test.run('SCAN', 0, 'COUNT', 10);
    expect(shard.store.asked.scannedRows).toBeLessThan(50);
    shard.test.run('RANDOMKEY');
    expect(shard.store.asked.scannedRows).toBeLessThan(200);
  });

  test('a whole walk reads every row about once, in few batches', () => {
    const shard = filled(3000);
    shard.test.run('KEYS', '*');
    expect(shard.store.asked.scannedRows).toBeLessThan(3300);
    expect(shard.store.asked.scans).toBeLessThan(12);
  });

  test('once everything is hydrated a miss asks storage nothing', () => {
    const shard = filled(300);
    shard.test.run('DEL', 'key:5');
    shard.test.run('SET', 'key:new', 'x');
    let slices = 1;
    while (shard.engine.hydrate(7)) slices++;
    expect(slices).toBeGreaterThan(30);
    expect(shard.engine.keys.isComplete).toBe(true);
    expect(shard.engine.keys.residentSize).toBe(300);
    const { loads } = shard.store.asked;
    for (const key of ['key:5', 'no such key', 'key:new', 'key:0']) shard.test.run('GET', key);
    expect(shard.store.asked.loads).toBe(loads);
    expect(counts(shard)).toEqual([300, 100]);
    expect(shard.engine.keys.nextDeadline()).toBe(shard.test.now + 1_000_000);
    expect(shard.store.asked.deadlines).toBe(0);
  });

  test('hydration leaves alone what has changed since', () => {
    const shard = filled(20);
    shard.test.run('SET', 'key:3', 'newer');
    shard.test.run('APPEND', 'key:4', '!');
    while (shard.engine.hydrate(3));
    expect(shard.test.run('MGET', 'key:3', 'key:4', 'key:5')).toEqual(['newer', 'value 4!', 'value 5']);
  });

  test.each([1, 2, 100])('hydration by %i goes over keys that share a position', (limit) => {
    const shard = new StoredEngine();
    const keys = ['{same}15206', '{same}4611411', '{same}282242', '{same}4534969', 'other'];
    for (const key of keys) shard.test.run('SET', key, key);
    shard.checkpoint();
    shard.restart();
    while (shard.engine.hydrate(limit));
    expect(shard.engine.keys.residentSize).toBe(5);
    expect(shard.test.run('MGET', ...keys)).toEqual(keys);
  });
});

describe('what storage does not know yet', () => {
  test('a deleted key stays deleted, before and after the checkpoint', () => {
    const shard = filled(10);
    shard.test.run('DEL', 'key:3', 'key:4');
    expect(counts(shard)).toEqual([8, 3]);
    const { loads } = shard.store.asked;
    expect(shard.test.run('EXISTS', 'key:3')).toBe(0);
    expect(shard.store.asked.loads).toBe(loads);
    expect((shard.test.run('KEYS', '*') as Reply[]).length).toBe(8);
    shard.restart();
    expect(shard.test.run('EXISTS', 'key:3', 'key:4', 'key:5')).toBe(1);
    shard.checkpoint();
    expect(shard.store.keys().length).toBe(8);
    expect(shard.test.run('EXISTS', 'key:3', 'key:4', 'key:5')).toBe(1);
    shard.restart();
    expect(shard.test.run('EXISTS', 'key:3', 'key:4', 'key:5')).toBe(1);
    expect(counts(shard)).toEqual([8, 3]);
  });

  test('a key that was deleted and made again is the new one', () => {
    const shard = filled(10);
    shard.test.run('DEL', 'key:3');
    shard.test.run('RPUSH', 'key:3', 'a');
    expect(counts(shard)).toEqual([10, 3]);
    shard.restart();
    expect(shard.test.run('LRANGE', 'key:3', 0, -1)).toEqual(['a']);
    shard.checkpoint();
    shard.restart();
    expect(shard.test.run('LRANGE', 'key:3', 0, -1)).toEqual(['a']);
    expect(shard.test.run('PTTL', 'key:3')).toBe(-1);
  });

  test('after FLUSHALL nothing of storage is seen again, whenever the process ends', () => {
    const shard = filled(10);
    shard.test.run('GET', 'key:1');
    shard.test.run('FLUSHALL');
    shard.test.run('SET', 'key:2', 'newer');
    const seen = (): unknown => [shard.test.run('KEYS', '*'), shard.test.run('GET', 'key:1'), shard.test.run('GET', 'key:2')];
    const expected = [['key:2'], null, 'newer'];
    expect(seen()).toEqual(expected);
    shard.restart();
    expect(seen()).toEqual(expected);
    expect(shard.engine.keys.dirtyCount).toBe(2);
    shard.checkpoint();
    expect(shard.store.keys()).toEqual(['key:2']);
    shard.restart();
    expect(seen()).toEqual(expected);
    expect(counts(shard)).toEqual([1, 0]);
  });

  test('a key that only storage has can be renamed, copied, persisted', () => {
    const shard = filled(10);
    shard.test.run('RENAME', 'key:0', 'key:1');
    expect(counts(shard)).toEqual([9, 4]);
    shard.test.run('COPY', 'key:3', 'copy');
    shard.test.run('PERSIST', 'key:6');
    expect(counts(shard)).toEqual([10, 4]);
    shard.checkpoint();
    shard.restart();
    expect(shard.test.run('MGET', 'key:0', 'key:1', 'key:3', 'copy')).toEqual([null, 'value 0', 'value 3', 'value 3']);
    expect(['key:1', 'copy', 'key:6'].map((key) => (shard.test.run('PTTL', key) as number) > 0)).toEqual([true, true, false]);
  });

  test('a checkpoint writes what changed, and nothing twice', () => {
    const shard = filled(10);
    const { keys } = shard.engine;
    shard.test.run('GET', 'key:1');
    expect(keys.dirtyCount).toBe(0);
    shard.test.run('APPEND', 'key:1', 'x');
    shard.test.run('APPEND', 'key:1', 'y');
    shard.test.run('SET', 'short-lived', 'x');
    shard.test.run('DEL', 'short-lived', 'key:2');
    const { wiped, entries, removed } = keys.dirtyState();
    expect([wiped, entries.map((entry) => entry.key), [...removed].sort()]).toEqual([false, ['key:1'], ['key:2', 'short-lived']]);
    shard.checkpoint();
    expect(keys.dirtyCount).toBe(0);
    shard.test.run('APPEND', 'key:1', 'z');
    expect(keys.dirtyCount).toBe(1);
  });
});

describe('recovery', () => {
  test('refuses a journal with a gap, or one that begins before the checkpoint', () => {
    for (const skipped of [0, 1]) {
      const shard = filled(3);
      for (const value of ['a', 'b', 'c']) shard.test.run('APPEND', 'key:1', value);
      shard.test.journal.splice(skipped, 1);
      expect(() => shard.restart()).toThrow(/the journal goes on at/);
    }
    const shard = filled(3);
    shard.test.run('APPEND', 'key:1', 'a');
    const frames = [...shard.test.journal];
    shard.checkpoint();
    shard.test.journal.push(...frames);
    expect(() => shard.restart()).toThrow(/the journal goes on at/);
  });

  test('counts the effects on from where it was', () => {
    const shard = filled(3);
    expect(shard.engine.sequence).toBe(3);
    shard.test.run('APPEND', 'key:1', 'a');
    shard.restart();
    expect(shard.engine.sequence).toBe(4);
    shard.test.run('DEBUG', 'LOADAOF');
    expect(shard.engine.sequence).toBe(4);
  });

  test('in the middle of a transaction loses and doubles nothing', () => {
    for (const reload of ['RELOAD', 'LOADAOF']) {
      const shard = filled(3);
      const lines = ['WATCH key:2', 'MULTI', 'APPEND key:1 a', 'SADD set 1 2 3', `DEBUG ${reload}`, 'APPEND key:1 b', 'SPOP set'];
      for (const line of lines) shard.test.run(...line.split(' '));
      const replies = shard.test.run('EXEC') as Reply[];
      expect(replies.slice(0, 2)).toEqual([8, 3]);
      expect(replies[3]).toBe(9);
      const seen = (): unknown => [shard.test.run('GET', 'key:1'), shard.test.run('SCARD', 'set'), shard.engine.sequence];
      const expected = ['value 1ab', 2, 7];
      expect(seen()).toEqual(expected);
      shard.restart();
      expect(seen()).toEqual(expected);
    }
  });

  test('a deadline that passed while nobody was there counts from the first look', () => {
    const shard = filled(3);
    shard.test.now += 2_000_000;
    expect(counts(shard)).toEqual([3, 1]);
    shard.test.run('SET', 'other', 'x');
    shard.restart();
    expect(counts(shard)).toEqual([4, 1]);
    expect(shard.test.run('GET', 'key:0')).toBe(null);
    expect(counts(shard)).toEqual([3, 0]);
    shard.restart();
    expect(counts(shard)).toEqual([3, 0]);
    expect(shard.engine.keys.has(fromText('key:0'))).toBe(false);
  });
});
