// Values that storage cannot give any more: the commands that need one are told, and nothing else is.

import { describe, expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { ErrorReply, type Reply } from '../../../src/protocol/reply';
import { StoredEngine } from '../../support/memory-store';

const BAD = 'bad';

/** 50 strings, one key that cannot be read, and a few others, all of them in storage. */
function damaged(...make: (string | number)[]): StoredEngine {
  const shard = new StoredEngine();
  for (let i = 0; i < 50; i++) shard.test.run('SET', `key:${i}`, i);
  shard.test.run('RPUSH', 'list', 'a', 'b');
  shard.test.run(...make);
  shard.checkpoint();
  shard.restart();
  shard.store.corrupt.add(ascii(BAD));
  return shard;
}

const string = () => damaged('SET', BAD, 'x');

/** All the keys, and what is counted of them, as a start from storage finds them. */
function facts(shard: StoredEngine): unknown {
  shard.checkpoint();
  shard.restart();
  const { keys } = shard.engine;
  return [(shard.test.run('KEYS', '*') as Reply[]).length, keys.size, keys.volatileSize, keys.sizeWithVolatileFields];
}

describe('a value that cannot be read', () => {
  test.each([
    ['GET', BAD],
    ['STRLEN', BAD],
    ['APPEND', BAD, 'y'],
    ['EXPIRE', BAD, 100],
    ['RENAME', BAD, 'other'],
    ['SET', BAD, 'y', 'GET'],
    ['LMOVE', 'list', BAD, 'LEFT', 'LEFT'],
    ['SUNIONSTORE', 'other', BAD],
    ['MGET', 'key:1', BAD],
  ])('is an error to who needs it: %s %s %s', (...line) => {
    const shard = string();
    expect(shard.test.run(...line)).toBeInstanceOf(ErrorReply);
    expect(shard.test.faults).toEqual([]);
    expect(shard.test.run('MGET', 'key:0', 'key:49')).toEqual(['0', '49']);
    expect(shard.test.run('LRANGE', 'list', 0, -1)).toEqual(['a', 'b']);
    expect(facts(shard)).toEqual([52, 52, 0, 0]);
  });

  test('is listed, counted, drawn and scanned like any other', () => {
    const { test: shard } = string();
    expect(shard.run('DBSIZE')).toBe(52);
    expect(shard.run('KEYS', 'b*')).toEqual([BAD]);
    expect((shard.run('SCAN', 0, 'COUNT', 1000) as [Reply, Reply[]])[1]).toContain(BAD);
    for (let i = 0; i < 20; i++) expect(shard.run('RANDOMKEY')).toBeTypeOf('string');
  });

  test.each([['DEL', BAD], ['UNLINK', 'no such key', BAD], ['FLUSHALL']])('can be removed: %s', (...line) => {
    const shard = string();
    expect(shard.test.run(...line)).not.toBeInstanceOf(ErrorReply);
    expect(shard.test.run('GET', BAD)).toBe(null);
    expect(facts(shard)).toEqual(line[0] === 'FLUSHALL' ? [0, 0, 0, 0] : [51, 51, 0, 0]);
  });

  test.each([
    ['SET', BAD, 'new'],
    ['MSET', 'key:1', 1, BAD, 'new'],
    ['SETEX', BAD, 100, 'new'],
    ['RENAME', 'string', BAD],
  ])('can be replaced: %s', (...line) => {
    const shard = string();
    shard.test.run('SET', 'string', 'new');
    expect(shard.test.run(...line)).not.toBeInstanceOf(ErrorReply);
    expect(shard.test.run('GET', BAD)).toBe('new');
    const keys = line[0] === 'RENAME' ? 52 : 53;
    expect(facts(shard)).toEqual([keys, keys, line[0] === 'SETEX' ? 1 : 0, 0]);
  });

  test('keeps the counts right where it had a deadline, or fields with one', () => {
    for (const make of [
      ['SET', BAD, 'x', 'PX', 100_000],
      ['HSETEX', BAD, 'PX', 100_000, 'FIELDS', 1, 'f', 'v'],
    ]) {
      for (const line of [
        ['DEL', BAD],
        ['SET', BAD, 'x'],
      ]) {
        const shard = damaged(...make);
        shard.test.run(...line);
        const keys = line[0] === 'DEL' ? 51 : 52;
        expect(facts(shard)).toEqual([keys, keys, 0, 0]);
      }
    }
  });

  test('expires at its time', () => {
    const shard = damaged('SET', BAD, 'x', 'PX', 1000);
    shard.test.now += 2000;
    shard.engine.expireDue(100);
    expect(facts(shard)).toEqual([51, 51, 0, 0]);
  });

  test('does not keep others from expiring when its fields should', () => {
    const shard = damaged('HSETEX', BAD, 'PX', 1000, 'FIELDS', 1, 'f', 'v');
    shard.test.run('HSETEX', 'good', 'PX', 1500, 'FIELDS', 1, 'f', 'v');
    shard.checkpoint();
    shard.restart();
    shard.test.now += 2000;
    expect(shard.engine.expireDue(100)).toBe(false);
    expect(shard.test.run('EXISTS', 'good')).toBe(0);
    expect(shard.engine.nextExpiry()).toBe(undefined);
  });

  test('is left out of the digest', () => {
    const shard = string();
    const without = new StoredEngine();
    for (let i = 0; i < 50; i++) without.test.run('SET', `key:${i}`, i);
    without.test.run('RPUSH', 'list', 'a', 'b');
    expect(shard.test.run('DEBUG', 'DIGEST')).toEqual(without.test.run('DEBUG', 'DIGEST'));
  });

  test('is not forgotten by an engine that takes in all keys', () => {
    const shard = string();
    while (shard.engine.hydrate(10)) expect(shard.engine.keys.residentSize).toBeLessThan(52);
    expect(shard.test.run('GET', BAD)).toBeInstanceOf(ErrorReply);
    expect(shard.test.run('EXISTS', 'no such key')).toBe(0);
    expect(facts(shard)).toEqual([52, 52, 0, 0]);
  });

  test('does not keep a journal from being replayed', () => {
    const shard = new StoredEngine();
    shard.test.run('SET', BAD, 1);
    shard.checkpoint();
    shard.test.run('INCR', BAD);
    shard.test.run('SET', 'other', 2);
    shard.store.corrupt.add(ascii(BAD));
    shard.restart();
    expect(shard.test.run('GET', 'other')).toBe('2');
    expect(shard.test.run('GET', BAD)).toBeInstanceOf(ErrorReply);
  });
});

describe('a part of a large value that cannot be read', () => {
  function large(): StoredEngine {
    const shard = new StoredEngine();
    for (let i = 0; i < 2000; i++) shard.test.run('RPUSH', 'list', `${i}`.padEnd(40, 'x'));
    shard.test.run('SET', 'k', 'v');
    shard.checkpoint();
    shard.restart();
    return shard;
  }

  test('leaves the value as it was, whatever had been done to it until then', () => {
    const shard = large();
    // Some of it is in memory when the rest goes bad.
    expect(shard.test.run('LINDEX', 'list', 0)).toBe('0'.padEnd(40, 'x'));
    shard.store.segments.corrupt = true;
    const reply = shard.test.run('LREM', 'list', 0, '0'.padEnd(40, 'x'));
    expect(reply).toBeInstanceOf(ErrorReply);
    expect(shard.test.run('LLEN', 'list')).toBe(2000);
    shard.store.segments.corrupt = false;
    expect(shard.test.run('LINDEX', 'list', 0)).toBe('0'.padEnd(40, 'x'));
    expect(shard.test.run('LRANGE', 'list', 0, -1)).toHaveLength(2000);
  });

  test('keeps what ran before it in the same transaction', () => {
    const shard = large();
    shard.store.segments.corrupt = true;
    shard.test.run('MULTI');
    shard.test.run('SET', 'k', 'before');
    shard.test.run('LREM', 'list', 0, 'nothing');
    shard.test.run('APPEND', 'k', ' and after');
    expect(shard.test.run('EXEC')).toEqual([expect.anything(), expect.any(ErrorReply), 16]);
    shard.restart();
    expect(shard.test.run('GET', 'k')).toBe('before and after');
  });

  test('does not keep the key from being removed', () => {
    const shard = large();
    shard.store.segments.corrupt = true;
    expect(shard.test.run('UNLINK', 'list')).toBe(1);
    expect(facts(shard)).toEqual([1, 1, 0, 0]);
  });
});
