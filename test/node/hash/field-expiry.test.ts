// Fields that expire: what each command makes of one whose deadline has passed, and what the journal is told. The
// expectations are those of tests/unit/type/hash-field-expire.tcl and t_hash.c of Redis 7.4.1 and, for HGETEX, HSETEX and
// HGETDEL, of t_hash.c of Redis 8.10.

import { beforeEach, describe, expect, test } from 'vitest';
import { decodeFrame } from '../../../src/engine/journal';
import { ErrorReply } from '../../../src/protocol/reply';
import { datasetOf } from '../../support/differential';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';

let engine: TestEngine;
beforeEach(() => {
  engine = new TestEngine();
});

type Argument = string | number;
const run = (...argv: Argument[]) => engine.run(...argv);
const show = (...argv: Argument[]) => plain(run(...argv));

/** The effects of what `work` does, as lines. */
function effectsOf(work: () => void): string[] {
  const before = engine.journal.length;
  work();
  engine.flush();
  return engine.journal.slice(before).flatMap((frame) => decodeFrame(frame).effects.map((argv) => argv.join(' ')));
}

/** Fields a to d with values 1 to 4, of which a and b expire after 10 ms; as a hash table with `large`. Then time passes. */
function expired(large = false): void {
  if (large) run('HSET', 'h', 'temporary', 'x'.repeat(65));
  run('HSET', 'h', 'a', 1, 'b', 2, 'c', 3, 'd', 4);
  if (large) run('HDEL', 'h', 'temporary');
  run('HPEXPIRE', 'h', 10, 'FIELDS', 2, 'a', 'b');
  run('HPEXPIRE', 'h', 100_000, 'FIELDS', 1, 'c');
  engine.now += 10;
}

/** As {@link expired}, with nothing else in the hash. */
function allExpired(): void {
  run('HSET', 'h', 'a', 1, 'b', 2);
  run('HPEXPIRE', 'h', 10, 'FIELDS', 2, 'a', 'b');
  engine.now += 10;
}

describe.each([
  ['a listpack', false],
  ['a hash table', true],
] as const)('a field that has expired but was not removed, in %s', (_, large) => {
  beforeEach(() => expired(large));

  test('counts as a field, and its hash as a key', () => {
    expect([run('HLEN', 'h'), run('EXISTS', 'h')]).toEqual([4, 1]);
    expect(run('OBJECT', 'ENCODING', 'h')).toBe(large ? 'hashtable' : 'listpackex');
  });

  test.each<[Argument[], unknown]>([
    [['HGET', 'h', 'a'], null],
    [['HEXISTS', 'h', 'a'], 0],
    [['HSTRLEN', 'h', 'a'], 0],
    [
      ['HMGET', 'h', 'a', 'c', 'a'],
      [null, '3', null],
    ],
    [
      ['HGETEX', 'h', 'FIELDS', 2, 'a', 'c'],
      [null, '3'],
    ],
    [
      ['HGETDEL', 'h', 'FIELDS', 2, 'a', 'x'],
      [null, null],
    ],
    [
      ['HEXPIRE', 'h', 100, 'FIELDS', 2, 'a', 'x'],
      [-2, -2],
    ],
    [['HSETEX', 'h', 'FXX', 'FIELDS', 2, 'a', 9, 'c', 9], 0],
  ])('%j removes it and finds nothing', (argv, reply) => {
    const effects = effectsOf(() => expect(show(...argv)).toEqual(reply));
    expect(effects).toEqual(['HDEL h a']);
    expect([run('HLEN', 'h'), engine.engine.keys.counters.expiredFields]).toEqual([3, 1]);
  });

  test.each<[Argument[], unknown]>([
    [
      ['HTTL', 'h', 'FIELDS', 2, 'a', 'd'],
      [-2, -1],
    ],
    [['HPEXPIRETIME', 'h', 'FIELDS', 1, 'a'], [-2]],
    [
      ['HPERSIST', 'h', 'FIELDS', 2, 'a', 'd'],
      [-2, -1],
    ],
    [
      ['HGETALL', 'h'],
      ['c', '3', 'd', '4'],
    ],
    [
      ['HKEYS', 'h'],
      ['c', 'd'],
    ],
    [
      ['HVALS', 'h'],
      ['3', '4'],
    ],
    [
      ['HSCAN', 'h', 0, 'NOVALUES', 'COUNT', 100],
      ['0', ['c', 'd']],
    ],
  ])('%j does not show it, and leaves it', (argv, reply) => {
    const sorted = (value: unknown): unknown => (Array.isArray(value) ? value.map(sorted).sort() : value);
    const effects = effectsOf(() => expect(sorted(show(...argv))).toEqual(sorted(reply)));
    expect(effects).toEqual([]);
    expect(run('HLEN', 'h')).toBe(4);
  });

  test.each<[Argument[], unknown, string[]]>([
    [['HSETNX', 'h', 'a', 9], 1, ['HDEL h a', 'HSETNX h a 9']],
    [['HINCRBY', 'h', 'a', 9], 9, ['HDEL h a', 'HINCRBY h a 9']],
    [['HINCRBYFLOAT', 'h', 'a', '0.5'], '0.5', ['HDEL h a', 'HSET h a 0.5']],
    [['HSETEX', 'h', 'FNX', 'FIELDS', 1, 'a', 9], 1, ['HDEL h a', 'HSET h a 9']],
    // Redis looks no closer where the result is the same but for this number.
    [['HSET', 'h', 'a', 9], 0, ['HSET h a 9']],
    [['HDEL', 'h', 'a', 'x'], 1, ['HDEL h a x']],
  ])('%j begins anew', (argv, reply, effects) => {
    expect(effectsOf(() => expect(show(...argv)).toEqual(reply))).toEqual(effects);
    expect(run('HTTL', 'h', 'FIELDS', 1, 'a')).toEqual([argv[0] === 'HDEL' ? -2 : -1]);
    expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
  });

  test('HRANDFIELD removes all of them first', () => {
    const effects = effectsOf(() => expect([...(show('HRANDFIELD', 'h', 10) as string[])].sort()).toEqual(['c', 'd']));
    expect(effects).toEqual(['HDEL h a b']);
    expect(run('HLEN', 'h')).toBe(2);
  });

  test('the active cycle removes it and leaves the others', () => {
    const effects = effectsOf(() => expect(engine.engine.expireDue(10)).toBe(false));
    expect(effects).toEqual(['HDEL h a b']);
    expect([run('HLEN', 'h'), engine.engine.keys.nextDeadline()]).toEqual([2, engine.now - 10 + 100_000]);
  });

  test('COPY and RENAME take it along', () => {
    run('COPY', 'h', 'copy');
    run('RENAME', 'h', 'other');
    expect([run('HLEN', 'copy'), run('HLEN', 'other')]).toEqual([4, 4]);
    engine.engine.expireDue(10);
    expect([run('HLEN', 'copy'), run('HLEN', 'other'), run('HPTTL', 'copy', 'FIELDS', 1, 'c')]).toEqual([2, 2, [99_990]]);
    expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
  });
});

describe('the last field', () => {
  test.each<Argument[][]>([
    [['HMGET', 'h', 'a', 'b']],
    [['HRANDFIELD', 'h']],
    [['HRANDFIELD', 'h', 3]],
    [['HGETDEL', 'h', 'FIELDS', 2, 'a', 'b']],
    [['HGETEX', 'h', 'EX', 100, 'FIELDS', 2, 'a', 'b']],
    [['HEXPIRE', 'h', 100, 'FIELDS', 2, 'a', 'b']],
  ])('takes the key with it: %j', (argv) => {
    allExpired();
    expect(run('EXISTS', 'h')).toBe(1);
    expect(effectsOf(() => run(...argv))).toEqual(['HDEL h a b']);
    expect([run('EXISTS', 'h'), run('DBSIZE'), engine.engine.keys.nextDeadline()]).toEqual([0, 0, undefined]);
    expect(datasetOf(engine.replayed())).toEqual({});
  });

  test.each<[Argument[], string]>([
    [['HINCRBY', 'h', 'a', 1], 'HINCRBY h a 1'],
    [['HSETNX', 'h', 'a', 1], 'HSETNX h a 1'],
    [['HSETEX', 'h', 'FNX', 'FIELDS', 1, 'a', 1], 'HSET h a 1'],
  ])('a new hash begins in its place: %j', (argv, effect) => {
    run('HSET', 'h', 'a', 1);
    run('HPEXPIRE', 'h', 10, 'FIELDS', 1, 'a');
    run('PEXPIRE', 'h', 100_000);
    engine.now += 10;
    expect(effectsOf(() => run(...argv))).toEqual(['HDEL h a', effect]);
    expect([run('HGET', 'h', 'a'), run('PTTL', 'h'), run('OBJECT', 'ENCODING', 'h')]).toEqual(['1', -1, 'listpack']);
    expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
  });

  test('goes by itself', () => {
    allExpired();
    expect(effectsOf(() => engine.engine.expireDue(10))).toEqual(['HDEL h a b']);
    expect(run('DBSIZE')).toBe(0);
  });
});

describe('the journal', () => {
  beforeEach(() => {
    run('HSET', 'h', 'a', 1, 'b', 2, 'c', 3);
    run('HPEXPIREAT', 'h', 2e12, 'FIELDS', 1, 'c');
  });

  test.each<[Argument[], string[]]>([
    [['HEXPIRE', 'h', 10, 'NX', 'FIELDS', 3, 'a', 'c', 'x'], ['HPEXPIREAT h 1800000010000 FIELDS 1 a']],
    [['HPEXPIRE', 'h', 10, 'FIELDS', 2, 'a', 'b'], ['HPEXPIREAT h 1800000000010 FIELDS 2 a b']],
    [['HEXPIREAT', 'h', 1800000001, 'FIELDS', 1, 'a'], ['HPEXPIREAT h 1800000001000 FIELDS 1 a']],
    [['HPEXPIREAT', 'h', 1800000000001, 'XX', 'FIELDS', 2, 'a', 'c'], ['HPEXPIREAT h 1800000000001 FIELDS 1 c']],
    [['HEXPIRE', 'h', 0, 'FIELDS', 3, 'a', 'x', 'b'], ['HDEL h a b']],
    [['HEXPIRE', 'h', 10, 'XX', 'FIELDS', 2, 'a', 'x'], []],
    [['HPERSIST', 'h', 'FIELDS', 3, 'a', 'c', 'x'], ['HPERSIST h FIELDS 1 c']],
    [['HPERSIST', 'h', 'FIELDS', 1, 'a'], []],
    [['HGETEX', 'h', 'FIELDS', 1, 'a'], []],
    [['HGETEX', 'h', 'EX', 1, 'FIELDS', 2, 'a', 'x'], ['HPEXPIREAT h 1800000001000 FIELDS 1 a']],
    [['HGETEX', 'h', 'PERSIST', 'FIELDS', 2, 'a', 'c'], ['HPERSIST h FIELDS 1 c']],
    [['HGETEX', 'h', 'PX', 0, 'FIELDS', 2, 'a', 'x'], ['HDEL h a']],
    [['HGETDEL', 'h', 'FIELDS', 3, 'a', 'x', 'b'], ['HDEL h a b']],
    [['HSETEX', 'h', 'FXX', 'EX', 1, 'FIELDS', 2, 'a', 5, 'c', 6], ['HSETEX h PXAT 1800000001000 FIELDS 2 a 5 c 6']],
    [['HSETEX', 'h', 'KEEPTTL', 'FIELDS', 1, 'c', 5], ['HSETEX h KEEPTTL FIELDS 1 c 5']],
    [['HSETEX', 'h', 'FIELDS', 1, 'c', 5], ['HSET h c 5']],
    [['HSETEX', 'h', 'PXAT', 1, 'FIELDS', 2, 'c', 5, 'new', 6], ['HDEL h c new']],
    [['HINCRBYFLOAT', 'h', 'c', '0.5'], ['HSETEX h KEEPTTL FIELDS 1 c 3.5']],
    [['HINCRBY', 'h', 'c', '5'], ['HINCRBY h c 5']],
  ])('%j is recorded as %j', (argv, effects) => {
    expect(effectsOf(() => run(...argv))).toEqual(effects);
    expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
    expect(engine.replayed().run('HPEXPIRETIME', 'h', 'FIELDS', 4, 'a', 'b', 'c', 'new')).toEqual(
      run('HPEXPIRETIME', 'h', 'FIELDS', 4, 'a', 'b', 'c', 'new'),
    );
  });

  test('what has expired since is there after a replay, until it is removed', () => {
    engine.now = 2e12;
    const copy = engine.replayed();
    expect([copy.run('HLEN', 'h'), copy.run('HGET', 'h', 'c'), copy.run('HLEN', 'h')]).toEqual([3, null, 2]);
  });
});

describe('a unit', () => {
  test('sees one instant: a field expires between units', () => {
    run('HSET', 'h', 'a', 1);
    run('HPEXPIRE', 'h', 10, 'FIELDS', 1, 'a');
    engine.now += 9;
    run('MULTI');
    run('HGET', 'h', 'a');
    run('HPTTL', 'h', 'FIELDS', 1, 'a');
    expect(show('EXEC')).toEqual(['1', [1]]);
    engine.now += 1;
    expect(run('HGET', 'h', 'a')).toBe(null);
  });

  test.each([
    ['when somebody looks', () => run('HGET', 'h', 'a')],
    ['by itself', () => engine.engine.expireDue(10)],
  ])('does not run when a field of a watched hash was removed %s', (_, remove) => {
    run('HSET', 'h', 'a', 1, 'b', 2);
    run('HPEXPIRE', 'h', 10, 'FIELDS', 1, 'a');
    const other = engine.newClient();
    engine.runAs(other, 'WATCH', 'h');
    engine.runAs(other, 'MULTI');
    engine.now += 10;
    remove();
    expect(plain(engine.runAs(other, 'EXEC'))).toBe(null);
  });

  test('that fails has still removed what had expired', () => {
    run('HSET', 'h', 'a', 1, 'b', 'text');
    run('HPEXPIRE', 'h', 10, 'FIELDS', 1, 'a');
    engine.now += 10;
    expect(run('HINCRBY', 'h', 'b', 1)).toBeInstanceOf(ErrorReply);
    expect(run('HLEN', 'h')).toBe(2);
    expect(run('HINCRBYFLOAT', 'h', 'a', '1e5000')).toBeInstanceOf(ErrorReply);
    expect(run('HGETALL', 'h')).toMatchObject({ items: ['b', 'text'] });
  });
});

test('INFO counts fields that expired, and the hashes that have some which will', () => {
  const info = (section: string) => (run('INFO', section) as { text: string }).text;
  run('HSET', 'h', 'a', 1, 'b', 2);
  run('HSET', 'plain', 'a', 1);
  expect(info('keyspace')).toContain('keys=2,expires=0,avg_ttl=0,subexpiry=0');
  run('HPEXPIRE', 'h', 10, 'FIELDS', 2, 'a', 'b');
  expect(info('keyspace')).toContain('subexpiry=1');
  run('COPY', 'h', 'copy');
  run('RENAME', 'h', 'other');
  expect(info('keyspace')).toContain('subexpiry=2');
  run('SET', 'copy', 'a string');
  expect(info('keyspace')).toContain('subexpiry=1');
  engine.now += 10;
  run('HGET', 'other', 'a');
  run('HGET', 'other', 'a');
  expect(info('stats')).toContain('expired_subkeys:1\r\n');
  engine.engine.expireDue(10);
  expect([info('stats').includes('expired_subkeys:2\r\n'), info('keyspace').includes('subexpiry=0')]).toEqual([true, true]);
  run('CONFIG', 'RESETSTAT');
  expect(info('stats')).toContain('expired_subkeys:0\r\n');
});

test('FLUSHALL and DEL forget the deadlines', () => {
  for (const removal of [['FLUSHALL'], ['DEL', 'h']]) {
    run('HSET', 'h', 'a', 1);
    run('HPEXPIRE', 'h', 10, 'FIELDS', 1, 'a');
    run(...removal);
    expect([engine.engine.keys.nextDeadline(), engine.engine.keys.sizeWithVolatileFields]).toEqual([undefined, 0]);
    run('HSET', 'h', 'a', 2);
    expect(run('HTTL', 'h', 'FIELDS', 1, 'a')).toEqual([-1]);
    run('FLUSHALL');
  }
});
