// What the change feed holds: every change in order, as far back as there is room, also after a crash.

import { describe, expect, test } from 'vitest';
import type { ChangeFeed } from '../../../src/engine/change-feed';
import { TestEngine } from '../../support/engine';
import { StoredEngine } from '../../support/memory-store';

function told(feed: ChangeFeed, after = feed.from): (string | undefined)[][] {
  const changes: (string | undefined)[][] = [];
  feed.visitAfter(after, ({ event, key }) => changes.push(key === undefined ? [event] : [event, key]) > 0);
  return changes;
}

function started(): StoredEngine {
  const shard = new StoredEngine();
  shard.engine.feed.begin('epoch', shard.engine.sequence);
  shard.store.feed = shard.engine.feed.stored();
  return shard;
}

describe('a feed', () => {
  test('that nobody has asked for costs nothing', () => {
    const test = new TestEngine();
    test.run('SET', 'a', 1);
    expect(test.engine.feed.isOn).toBe(false);
    expect(test.engine.sequence).toBe(1);
  });

  test('has what is changed, set to expire, removed and cleared, in order, and not what is only read', () => {
    const { test, engine } = started();
    test.run('SET', 'a', 1, 'PX', 50);
    test.run('GET', 'a');
    test.run('DEL', 'nothing');
    test.run('RENAME', 'a', 'b');
    test.now += 100;
    test.run('GET', 'b');
    test.run('RPUSH', 'list', 1);
    test.run('LPOP', 'list');
    test.run('FLUSHALL');
    expect(told(engine.feed)).toEqual([
      ['set', 'a'],
      ['expire', 'a'],
      ['rename_from', 'a'],
      ['rename_to', 'b'],
      ['expired', 'b'],
      ['rpush', 'list'],
      ['lpop', 'list'],
      ['del', 'list'],
      ['flushall'],
    ]);
  });

  test('has what expires by itself', () => {
    const { test, engine } = started();
    test.run('SET', 'a', 1, 'PX', 50);
    test.now += 100;
    engine.expireDue(10);
    expect(told(engine.feed).at(-1)).toEqual(['expired', 'a']);
  });

  test('knows where in a transaction all keys were removed', () => {
    const { test, engine } = started();
    for (const line of [['MULTI'], ['SET', 'a', 1], ['FLUSHALL'], ['SET', 'b', 1], ['EXEC']]) test.run(...line);
    expect(told(engine.feed)).toEqual([['set', 'a'], ['flushall'], ['set', 'b']]);
  });

  test('gives every change a position of its own, after which a reader goes on', () => {
    const { test, engine } = started();
    test.run('MSET', 'a', 1, 'b', 2, 'c', 3);
    const positions: number[] = [];
    engine.feed.visitAfter(engine.feed.from, ({ position }) => positions.push(position) > 0);
    expect(positions).toEqual([2, 3, 4]);
    expect(engine.sequence).toBe(4);
    expect(told(engine.feed, 3)).toEqual([['set', 'c']]);
    expect(told(engine.feed, 4)).toEqual([]);
  });

  test('lets go of the oldest, by number and by bytes, and says so', () => {
    const { test, engine } = started();
    const { feed } = engine;
    Object.assign(feed.limits, { changes: 3 });
    for (let i = 0; i < 5; i++) test.run('SET', `k${i}`, 1);
    expect(told(feed)).toEqual([
      ['set', 'k2'],
      ['set', 'k3'],
      ['set', 'k4'],
    ]);
    expect(feed.refusal({ epoch: 'epoch', position: feed.from })).toBeUndefined();
    expect(feed.refusal({ epoch: 'epoch', position: feed.from - 1 })).toBe('trimmed');
    Object.assign(feed.limits, { bytes: 200 });
    test.run('SET', 'long'.repeat(40), 1);
    expect(told(feed)).toEqual([['set', 'long'.repeat(40)]]);
    test.run('SET', 'longer'.repeat(40), 1);
    expect(told(feed)).toEqual([]);
    expect(feed.position).toBe(feed.from);
  });

  test('refuses positions of another feed, and those that it has not come to', () => {
    const { test, engine } = started();
    test.run('SET', 'a', 1);
    expect(engine.feed.refusal({ epoch: 'other', position: 1 })).toBe('unknown');
    expect(engine.feed.refusal({ epoch: 'epoch', position: 3 })).toBe('unknown');
    expect(engine.feed.refusal({ epoch: 'epoch', position: 2 })).toBeUndefined();
  });

  test('is the same after a crash, names of events included, with a checkpoint in between or without', () => {
    const shard = started();
    shard.test.run('SET', 'a', 1, 'PX', 50);
    shard.test.run('SADD', 'set', 1, 2, 3);
    shard.checkpoint();
    shard.test.now += 100;
    shard.engine.expireDue(10);
    shard.test.run('SPOP', 'set');
    const before = told(shard.engine.feed);
    const { position } = shard.engine.feed;
    expect(before).toContainEqual(['expired', 'a']);
    expect(before).toContainEqual(['spop', 'set']);
    shard.restart();
    expect(told(shard.engine.feed)).toEqual(before);
    expect(shard.engine.feed.position).toBe(position);
    shard.test.run('SET', 'b', 1);
    expect(told(shard.engine.feed)).toEqual([...before, ['set', 'b']]);
  });

  test('keeps the newest part in a checkpoint', () => {
    const shard = started();
    Object.assign(shard.engine.feed.limits, { storedChanges: 2 });
    for (const key of ['a', 'b', 'c']) shard.test.run('SET', key, 1);
    const { from } = shard.engine.feed;
    shard.checkpoint();
    shard.restart();
    expect(told(shard.engine.feed)).toEqual([
      ['set', 'b'],
      ['set', 'c'],
    ]);
    expect(shard.engine.feed.refusal({ epoch: 'epoch', position: from })).toBe('trimmed');
  });

  test('that has ended records nothing, and what the journal still has of it is passed over', () => {
    const shard = started();
    shard.test.run('SET', 'a', 1);
    shard.engine.feed.end();
    shard.store.feed = undefined;
    shard.test.run('SET', 'b', 1);
    shard.restart();
    expect(shard.engine.feed.isOn).toBe(false);
    expect(shard.test.run('MGET', 'a', 'b')).toEqual(['1', '1']);
  });
});
