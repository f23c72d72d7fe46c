// What hashes do, as tables; the differential test beside this one covers the combinations.

import { beforeEach, describe, expect, test } from 'vitest';
import { decodeFrame } from '../../../src/engine/journal';
import { ErrorReply, OK } from '../../../src/protocol/reply';
import { encodeReply } from '../../../src/protocol/resp-writer';
import { datasetOf } from '../../support/differential';
import { TestEngine } from '../../support/engine';
import { plain } from '../../support/plain-reply';
import { chiSquare } from '../../support/statistics';

let engine: TestEngine;
beforeEach(() => {
  engine = new TestEngine();
});

type Argument = string | number;
const run = (...argv: Argument[]) => engine.run(...argv);
const show = (...argv: Argument[]) => plain(run(...argv));
const error = (...argv: Argument[]) => {
  const reply = run(...argv);
  return reply instanceof ErrorReply ? reply.text : reply;
};
const lastEffect = () => decodeFrame(engine.journal.at(-1) as never).effects;

/** A hash of so many fields `f0`… with values `v0`…; with `large`, as a hash table. */
function fill(key: string, size: number, large = false): void {
  if (large) run('HSET', key, 'temporary', 'x'.repeat(65));
  for (let i = 0; i < size; i++) run('HSET', key, `f${i}`, `v${i}`);
  if (large) run('HDEL', key, 'temporary');
  expect(run('OBJECT', 'ENCODING', key)).toBe(large ? 'hashtable' : 'listpack');
}

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';
const SYNTAX = 'ERR syntax error';
const arity = (name: string) => `ERR wrong number of arguments for '${name}' command`;

describe('fields', () => {
  test('HSET counts the new ones, HMSET answers OK, HSETNX leaves what is there', () => {
    expect(run('HSET', 'h', 'a', 1, 'b', 2, 'a', 3)).toBe(2);
    expect(run('HSET', 'h', 'a', 4, 'c', 5)).toBe(1);
    expect(run('HMSET', 'h', 'd', 6)).toBe(OK);
    expect([run('HSETNX', 'h', 'a', 7), run('HSETNX', 'h', 'e', 8), run('HSETNX', 'new', 'f', 9)]).toEqual([0, 1, 1]);
    expect(show('HGETALL', 'h')).toEqual(['a', '4', 'b', '2', 'c', '5', 'd', '6', 'e', '8']);
    expect([show('HKEYS', 'h'), show('HVALS', 'h'), run('HLEN', 'h')]).toEqual([['a', 'b', 'c', 'd', 'e'], ['4', '2', '5', '6', '8'], 5]);
  });

  test.each([
    ['a listpack', false],
    ['a hash table', true],
  ] as const)('reading from %s', (_, large) => {
    fill('h', 5, large);
    expect([run('HGET', 'h', 'f3'), run('HGET', 'h', 'x'), run('HGET', 'none', 'f')]).toEqual(['v3', null, null]);
    expect(run('HMGET', 'h', 'f1', 'x', 'f1', 'f4')).toEqual(['v1', null, 'v1', 'v4']);
    expect(run('HMGET', 'none', 'a', 'b')).toEqual([null, null]);
    expect([run('HEXISTS', 'h', 'f0'), run('HEXISTS', 'h', 'x'), run('HEXISTS', 'none', 'f0')]).toEqual([1, 0, 0]);
    expect([run('HSTRLEN', 'h', 'f0'), run('HSTRLEN', 'h', 'x'), run('HSTRLEN', 'none', 'f0')]).toEqual([2, 0, 0]);
    expect([run('HLEN', 'h'), run('HLEN', 'none')]).toEqual([5, 0]);
    expect(['HGETALL', 'HKEYS', 'HVALS'].map((name) => show(name, 'none'))).toEqual([[], [], []]);
  });

  test.each(['-9223372036854775808', '9223372036854775808', '', '0', '-1', 'x', 'é', '\0'])('a value %j is kept as it is', (value) => {
    run('HSET', 'h', 'f', value, value, 'v');
    expect([run('HSTRLEN', 'h', 'f'), run('HGET', 'h', value)]).toEqual([Buffer.byteLength(value), 'v']);
    expect(run('HGET', 'h', 'f')).toBe(Buffer.from(value).toString('latin1'));
  });

  test('HDEL counts what was there; a hash without fields is gone', () => {
    run('HSET', 'h', 'a', 1, 'b', 2, 'c', 3);
    expect([run('HDEL', 'h', 'x'), run('HDEL', 'h', 'a', 'x', 'a'), run('HDEL', 'none', 'a')]).toEqual([0, 1, 0]);
    expect([run('HDEL', 'h', 'b', 'c', 'd'), run('EXISTS', 'h')]).toEqual([2, 0]);
  });

  test('a hash keeps its deadline, and a command that changes nothing leaves no mark', () => {
    run('HSET', 'h', 'a', 1);
    run('EXPIRE', 'h', 100);
    run('HSET', 'h', 'a', 2);
    expect(run('TTL', 'h')).toBe(100);
    const frames = engine.journal.length;
    run('HSETNX', 'h', 'a', 3);
    run('HDEL', 'h', 'x');
    expect(engine.journal.length).toBe(frames);
  });

  test('WATCH sees changes, and only those', () => {
    const other = engine.newClient();
    run('HSET', 'h', 'a', 1);
    for (const [change, expected] of [
      [['HDEL', 'h', 'x'], ['PONG']],
      [['HSET', 'h', 'a', '1'], null],
    ] as const) {
      run('WATCH', 'h');
      engine.runAs(other, ...change);
      run('MULTI');
      run('PING');
      expect(show('EXEC')).toEqual(expected);
    }
  });
});

describe('arithmetic', () => {
  test('HINCRBY is exact over 64 bits', () => {
    expect([run('HINCRBY', 'h', 'n', 2), run('HINCRBY', 'h', 'n', -5), run('HGET', 'h', 'n')]).toEqual([2, -3, '-3']);
    run('HSET', 'h', 'n', '9223372036854775800');
    expect(run('HINCRBY', 'h', 'n', 7)).toBe(9223372036854775807n);
    expect(error('HINCRBY', 'h', 'n', 1)).toBe('ERR increment or decrement would overflow');
    expect(run('HINCRBY', 'h', 'n', '-9223372036854775808')).toBe(-1);
    expect(error('HINCRBY', 'h', 'n', '-9223372036854775808')).toBe('ERR increment or decrement would overflow');
    expect(run('HGET', 'h', 'n')).toBe('-1');
  });

  test.each([' 11', '11 ', '1.5', 'a', ''])('HINCRBY refuses a value %j', (value) => {
    run('HSET', 'h', 'n', value);
    expect([error('HINCRBY', 'h', 'n', 1), run('HGET', 'h', 'n')]).toEqual(['ERR hash value is not an integer', value]);
    for (const increment of ['', 'a', '1.5', '9223372036854775808']) expect(error('HINCRBY', 'h', 'n', increment)).toBe(NOT_AN_INTEGER);
  });

  test.each([
    ['10.5', '0.1', '10.6'],
    ['5.0e3', '2.0e2', '5200'],
    ['17179869184', '1.5', '17179869185.5'],
    ['1', '1.23', '2.23'],
    ['3', '-3', '0'],
    ['0.1', '0.2', '0.3'],
  ])('HINCRBYFLOAT: %s + %s = %s', (value, increment, sum) => {
    run('HSET', 'h', 'n', value);
    expect([run('HINCRBYFLOAT', 'h', 'n', increment), run('HGET', 'h', 'n')]).toEqual([sum, sum]);
    expect(lastEffect()).toEqual([['HSET', 'h', 'n', sum]]);
    expect(run('HINCRBYFLOAT', 'new', 'n', value)).toBe(run('HGET', 'new', 'n'));
  });

  test.each([' 11', '11 ', '1\x002', 'a', '', 'nan'])('HINCRBYFLOAT refuses a value %j', (value) => {
    run('HSET', 'h', 'n', value);
    expect(error('HINCRBYFLOAT', 'h', 'n', '1')).toBe('ERR hash value is not a float');
    expect(run('HGET', 'h', 'n')).toBe(value);
  });

  test('HINCRBYFLOAT refuses what is not a number or not finite', () => {
    for (const increment of ['inf', '-inf', '+inf'])
      expect(error('HINCRBYFLOAT', 'h', 'n', increment)).toBe('ERR value is NaN or Infinity');
    for (const increment of ['nan', 'a', '', ' 1'])
      expect(error('HINCRBYFLOAT', 'h', 'n', increment)).toBe('ERR value is not a valid float');
    expect(run('EXISTS', 'h')).toBe(0);
    run('HSET', 'h', 'n', 'inf');
    expect(error('HINCRBYFLOAT', 'h', 'n', '1')).toBe('ERR increment would produce NaN or Infinity');
  });

  test('what a sum is longer than a listpack holds makes a hash table', () => {
    engine.engine.limits.hashMaxListpackValue = 8;
    run('HSET', 'h', 'n', 0);
    run('HINCRBYFLOAT', 'h', 'n', '0.000005');
    expect(run('OBJECT', 'ENCODING', 'h')).toBe('listpack');
    run('HINCRBYFLOAT', 'h', 'n', '0.0000005');
    expect(run('OBJECT', 'ENCODING', 'h')).toBe('hashtable');
    run('HINCRBY', 'i', 'abcdefgh', 1);
    run('HINCRBY', 'j', 'abcdefghi', 1);
    expect([run('OBJECT', 'ENCODING', 'i'), run('OBJECT', 'ENCODING', 'j')]).toEqual(['listpack', 'hashtable']);
  });
});

describe('random fields', () => {
  test('without a count it is a field, with one an array', () => {
    fill('h', 3);
    expect(['f0', 'f1', 'f2']).toContain(run('HRANDFIELD', 'h'));
    expect([run('HRANDFIELD', 'none'), run('HRANDFIELD', 'none', 5), run('HRANDFIELD', 'h', 0)]).toEqual([null, [], []]);
    expect([...(show('HRANDFIELD', 'h', 9) as string[])].sort()).toEqual(['f0', 'f1', 'f2']);
    expect((show('HRANDFIELD', 'h', -1001) as string[]).length).toBe(1001);
    expect((show('HRANDFIELD', 'h', -20, 'WITHVALUES') as string[]).length).toBe(40);
  });

  test('with values they are couples in RESP3, flat in RESP2', () => {
    run('HSET', 'h', 'f', 'v');
    const reply = run('HRANDFIELD', 'h', 1, 'withvalues');
    expect(encodeReply(reply, 2)).toBe('*2\r\n$1\r\nf\r\n$1\r\nv\r\n');
    expect(encodeReply(reply, 3)).toBe('*1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n');
    expect(encodeReply(run('HGETALL', 'h'), 3)).toBe('%1\r\n$1\r\nf\r\n$1\r\nv\r\n');
    expect(encodeReply(run('HGETALL', 'none'), 3)).toBe('%0\r\n');
    expect(encodeReply(run('HRANDFIELD', 'none', 1, 'withvalues'), 3)).toBe('*0\r\n');
  });

  test.each([
    [false, 2],
    [false, 8],
    [false, -3],
    [true, 2],
    [true, 8],
    [true, -3],
  ])('every field comes up as often as any other (hash table: %j, count %i)', (large, count) => {
    fill('h', 10, large);
    const drawn: string[] = [];
    for (let i = 0; i < 400; i++) {
      const fields = show('HRANDFIELD', 'h', count) as string[];
      expect(fields.length).toBe(Math.abs(count));
      if (count > 0) expect(new Set(fields).size).toBe(count);
      drawn.push(...fields);
    }
    expect(new Set(drawn).size).toBe(10);
    expect(chiSquare(drawn)).toBeLessThan(40);
  });

  test('refusals', () => {
    fill('h', 1);
    expect([error('HRANDFIELD', 'h', 'a'), error('HRANDFIELD', 'h', '')]).toEqual([NOT_AN_INTEGER, NOT_AN_INTEGER]);
    expect([error('HRANDFIELD', 'h', 1, 'bogus'), error('HRANDFIELD', 'h', 1, 'WITHVALUES', 1)]).toEqual([SYNTAX, SYNTAX]);
    for (const count of ['-9223372036854770000', '4611686018427387904']) {
      expect(error('HRANDFIELD', 'h', count, 'WITHVALUES')).toBe('ERR value is out of range');
    }
    expect(error('HRANDFIELD', 'h', '-9223372036854775808')).toMatch(/^ERR value is out of range, value must between/);
    expect(error('HRANDFIELD', 'h', '-4000000000')).toBe('ERR value is out of range');
  });
});

describe('walking', () => {
  test('a listpack comes whole, whatever cursor and count', () => {
    fill('h', 30);
    const all = Array.from({ length: 30 }, (_, i) => [`f${i}`, `v${i}`]).flat();
    for (const cursor of ['0', '7', '18446744073709551615']) expect(run('HSCAN', 'h', cursor, 'COUNT', 2)).toEqual(['0', all]);
    expect(run('HSCAN', 'h', 0, 'MATCH', 'f1?', 'NOVALUES')).toEqual(['0', Array.from({ length: 10 }, (_, i) => `f1${i}`)]);
    expect(run('HSCAN', 'h', 0, 'match', 'f7')).toEqual(['0', ['f7', 'v7']]);
    expect(run('HSCAN', 'none', 5)).toEqual(['0', []]);
  });

  test.each([[[]], [['NOVALUES']], [['MATCH', 'f*', 'COUNT', '7']]])('a hash table comes in steps, with %j', (options) => {
    fill('h', 100, true);
    const found = new Set<string>();
    let cursor = '0';
    let steps = 0;
    do {
      const [next, items] = show('HSCAN', 'h', cursor, ...options) as [string, string[]];
      const stride = options.includes('NOVALUES') ? 1 : 2;
      for (let i = 0; i < items.length; i += stride) {
        const field = items[i] as string;
        found.add(field);
        if (stride === 2) expect(items[i + 1]).toBe(field.replace('f', 'v'));
      }
      // What changes in between does not matter for those that stay.
      run('HDEL', 'h', `f${50 + steps}`);
      run('HSET', 'h', `n${steps}`, `n${steps}`.replace('f', 'v'));
      cursor = next;
      steps++;
    } while (cursor !== '0');
    for (let i = 0; i < 50; i++) expect(found).toContain(`f${i}`);
    expect(steps).toBe(options.includes('COUNT') ? 15 : 10);
  });

  test('refusals', () => {
    fill('h', 1);
    for (const cursor of ['x', '1.5', '18446744073709551616']) expect(error('HSCAN', 'h', cursor)).toBe('ERR invalid cursor');
    for (const options of [['COUNT'], ['MATCH'], ['bogus'], ['COUNT', '0'], ['COUNT', '-1']]) {
      expect(error('HSCAN', 'h', 0, ...options)).toBe(SYNTAX);
    }
    expect(error('HSCAN', 'h', 0, 'COUNT', 'x')).toBe(NOT_AN_INTEGER);
  });
});

test.each([
  ['HSET', 'f', 'v'],
  ['HMSET', 'f', 'v'],
  ['HSETNX', 'f', 'v'],
  ['HGET', 'f'],
  ['HMGET', 'f'],
  ['HGETALL'],
  ['HKEYS'],
  ['HVALS'],
  ['HLEN'],
  ['HSTRLEN', 'f'],
  ['HEXISTS', 'f'],
  ['HDEL', 'f'],
  ['HINCRBY', 'f', '1'],
  ['HINCRBYFLOAT', 'f', '1'],
  ['HRANDFIELD'],
  ['HRANDFIELD', '1'],
  ['HSCAN', '0'],
])('%s wants a hash and its arguments', (name, ...rest) => {
  run('SET', 'string', 'v');
  expect(error(name, 'string', ...rest)).toBe(WRONG_TYPE);
  expect(run('GET', 'string')).toBe('v');
  expect(error(name)).toBe(arity(name.toLowerCase()));
});

test('HSET and HMSET want couples', () => {
  expect(error('HSET', 'h', 'a', 1, 'b')).toBe(arity('hset'));
  expect(error('HMSET', 'h', 'a', 1, 'b')).toBe(arity('hmset'));
  expect(run('EXISTS', 'h')).toBe(0);
});

test('the journal gives the same hashes in the same order', () => {
  fill('small', 20);
  fill('large', 40, true);
  run('HDEL', 'small', 'f3');
  run('HDEL', 'large', 'f3', 'f39');
  run('HINCRBYFLOAT', 'small', 'x', '0.1');
  run('COPY', 'large', 'copied');
  expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
  expect(engine.replayed().run('OBJECT', 'ENCODING', 'copied')).toBe('hashtable');
});
