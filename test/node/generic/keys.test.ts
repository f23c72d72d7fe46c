import { expect, test } from 'vitest';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';

function session(): { engine: TestEngine; run: (...argv: (string | number)[]) => unknown } {
  const engine = new TestEngine();
  return { engine, run: (...argv) => plain(engine.run(...argv)) };
}

test('DEL and UNLINK count what they remove, once', () => {
  const { run } = session();
  run('MSET', 'a', 1, 'b', 2, 'c', 3);
  expect(run('DEL', 'a', 'a', 'missing')).toBe(1);
  expect(run('UNLINK', 'b', 'c')).toBe(2);
  expect(run('DBSIZE')).toBe(0);
});

test('EXISTS counts a key as often as it is named', () => {
  const { run } = session();
  run('SET', 'a', 1);
  expect(run('EXISTS', 'a', 'a', 'b')).toBe(2);
});

test('RENAME takes value and deadline along and replaces the target', () => {
  const { run } = session();
  run('SET', 'a', 'value', 'PXAT', 1_900_000_000_000);
  run('SET', 'b', 'other');
  expect(run('RENAME', 'a', 'b')).toBe('OK');
  expect(run('GET', 'b')).toBe('value');
  expect(run('PEXPIRETIME', 'b')).toBe(1_900_000_000_000);
  expect(run('EXISTS', 'a')).toBe(0);
  expect(run('RENAME', 'missing', 'b')).toBe('ERR no such key');
  expect(run('RENAME', 'b', 'b')).toBe('OK');
  expect(run('RENAMENX', 'b', 'b')).toBe(0);
  expect(run('RENAMENX', 'missing', 'missing')).toBe('ERR no such key');
});

test('RENAME over a volatile key leaves no deadline behind', () => {
  const { run } = session();
  run('SET', 'a', 1);
  run('SET', 'b', 2, 'EX', 100);
  run('RENAME', 'a', 'b');
  expect(run('TTL', 'b')).toBe(-1);
});

test('a copy is independent of its source', () => {
  const { run } = session();
  run('RPUSH', 'list', 'a');
  expect(run('COPY', 'list', 'other')).toBe(1);
  run('RPUSH', 'list', 'b');
  expect(run('LRANGE', 'other', 0, -1)).toEqual(['a']);
  expect(run('COPY', 'list', 'other')).toBe(0);
  expect(run('COPY', 'list', 'other', 'REPLACE')).toBe(1);
  expect(run('LRANGE', 'other', 0, -1)).toEqual(['a', 'b']);
  expect(run('COPY', 'missing', 'other', 'REPLACE')).toBe(0);
  expect(run('COPY', 'list', 'list')).toBe('ERR source and destination objects are the same');
  expect(run('COPY', 'list', 'x', 'DB', 1)).toBe('ERR DB index is out of range');
});

test('a string that was appended to is copied as well', () => {
  const { run } = session();
  run('APPEND', 'a', 'one');
  run('APPEND', 'a', 'two');
  run('COPY', 'a', 'b');
  run('APPEND', 'a', '!');
  expect(run('GET', 'b')).toBe('onetwo');
});

test('RANDOMKEY reaches every key and no expired one', () => {
  const { engine, run } = session();
  expect(run('RANDOMKEY')).toBeNull();
  run('MSET', 'a', 1, 'b', 2, 'c', 3);
  run('SET', 'gone', 1, 'PX', 1);
  engine.now += 2;
  const seen = new Set(Array.from({ length: 100 }, () => run('RANDOMKEY')));
  expect([...seen].sort()).toEqual(['a', 'b', 'c']);
});

test('KEYS and the lone star match the empty key, another star does not', () => {
  const { run } = session();
  run('MSET', '', 1, 'a', 2);
  expect(run('KEYS', '*')).toHaveLength(2);
  expect(run('KEYS', '**')).toEqual(['a']);
});

test('FLUSHALL removes everything and is journaled even when nothing is there', () => {
  const { engine, run } = session();
  run('SET', 'a', 1);
  run('FLUSHALL');
  run('SET', 'b', 2, 'EX', 100);
  run('FLUSHDB', 'ASYNC');
  expect(run('DBSIZE')).toBe(0);
  expect(run('FLUSHDB')).toBe('OK');
  expect(run('FLUSHALL', 'ASYNC', 'SYNC')).toBe('ERR syntax error');
  expect(engine.replayed().engine.keys.size).toBe(0);
});

test('TOUCH marks a key also for a client that leaves no marks', () => {
  const { engine, run } = session();
  run('SET', 'a', 1);
  run('CLIENT', 'NO-TOUCH', 'ON');
  engine.now += 10_000;
  run('GET', 'a');
  expect(run('OBJECT', 'IDLETIME', 'a')).toBe(10);
  run('TOUCH', 'a');
  expect(run('OBJECT', 'IDLETIME', 'a')).toBe(0);
  engine.now += 10_000;
  run('MULTI');
  run('CLIENT', 'NO-TOUCH', 'OFF');
  run('GET', 'a');
  run('EXEC');
  expect(run('OBJECT', 'IDLETIME', 'a')).toBe(0);
});

test('OBJECT FREQ and IDLETIME each need their policy', () => {
  const { run } = session();
  run('SET', 'a', 'x');
  expect(run('OBJECT', 'FREQ', 'a')).toMatch(/^ERR An LFU maxmemory policy is not selected/);
  run('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu');
  run('SET', 'b', 'x');
  expect(run('OBJECT', 'FREQ', 'b')).toBe(5);
  expect(run('OBJECT', 'FREQ', 'missing')).toBeNull();
  expect(run('OBJECT', 'IDLETIME', 'b')).toMatch(/^ERR An LFU maxmemory policy is selected/);
});

test('small integers are shared unless eviction needs each key to have its own', () => {
  const { run } = session();
  run('MSET', 'a', 9999, 'b', 10_000, 'c', 'x');
  expect(run('OBJECT', 'REFCOUNT', 'a')).toBe(2147483647);
  expect(run('OBJECT', 'REFCOUNT', 'b')).toBe(1);
  expect(run('OBJECT', 'REFCOUNT', 'c')).toBe(1);
  expect(run('OBJECT', 'REFCOUNT', 'missing')).toBeNull();
  run('CONFIG', 'SET', 'maxmemory', 1_000_000_000, 'maxmemory-policy', 'allkeys-lru');
  expect(run('OBJECT', 'REFCOUNT', 'a')).toBe(1);
});

test('HELP lists every other subcommand with its arguments', () => {
  const { run } = session();
  expect(run('OBJECT', 'HELP')).toEqual([
    'OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
    ...['ENCODING', 'FREQ', 'IDLETIME', 'REFCOUNT'].flatMap((name) => [`${name} key`, expect.stringMatching(/^ {4}\S.*\.$/)]),
    'HELP',
    '    Prints this help.',
  ]);
});

test.each(['EXISTS', 'TYPE', 'TTL', 'TOUCH', 'GET'])('%s counts a hit or a miss, and only reads leave a mark', (name) => {
  const { engine, run } = session();
  run('SET', 'a', 1);
  engine.now += 60_000;
  run(name, 'a');
  run(name, 'missing');
  expect(engine.engine.keys.counters).toMatchObject({ hits: 1, misses: 1 });
  expect(run('OBJECT', 'IDLETIME', 'a')).toBe(name === 'TOUCH' || name === 'GET' ? 0 : 60);
});
