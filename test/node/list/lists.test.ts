// What lists do, as tables; the differential test beside this one covers the combinations.

import { beforeEach, describe, expect, test } from 'vitest';
import { ErrorReply, NULL_ARRAY, OK } from '../../../src/protocol/reply';
import { encodeReply } from '../../../src/protocol/resp-writer';
import { datasetOf } from '../../support/differential';
import { TestEngine } from '../../support/engine';

let engine: TestEngine;
beforeEach(() => {
  engine = new TestEngine();
});

const run = (...argv: (string | number)[]) => engine.run(...argv);
const error = (...argv: (string | number)[]) => {
  const reply = run(...argv);
  return reply instanceof ErrorReply ? reply.text : reply;
};
const content = (key: string) => run('LRANGE', key, 0, -1);

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';
const NOT_POSITIVE = 'ERR value is out of range, must be positive';
const SYNTAX = 'ERR syntax error';

describe('pushing', () => {
  test('either side, several at once', () => {
    expect([run('LPUSH', 'k', 'a', 'b'), run('RPUSH', 'k', 'c', 'd')]).toEqual([2, 4]);
    expect(content('k')).toEqual(['b', 'a', 'c', 'd']);
  });

  test('the X forms need a list', () => {
    expect([run('LPUSHX', 'k', 'a'), run('RPUSHX', 'k', 'a'), run('EXISTS', 'k')]).toEqual([0, 0, 0]);
    run('RPUSH', 'k', 'm');
    expect([run('LPUSHX', 'k', 'a', 'b'), run('RPUSHX', 'k', 'c')]).toEqual([3, 4]);
    expect(content('k')).toEqual(['b', 'a', 'm', 'c']);
  });
});

describe('popping', () => {
  test('one or several, in the order of single pops', () => {
    run('RPUSH', 'k', 'a', 'b', 'c', 'd', 'e');
    expect([run('LPOP', 'k'), run('RPOP', 'k'), run('LPOP', 'k', 0), run('RPOP', 'k', 2), run('LPOP', 'k', 9)]).toEqual([
      'a',
      'e',
      [],
      ['d', 'c'],
      ['b'],
    ]);
    expect(run('EXISTS', 'k')).toBe(0);
  });

  test.each(['LPOP', 'RPOP'])('%s of a missing key: null, or the null array with a count', (name) => {
    expect(encodeReply(run(name, 'k'), 2)).toBe('$-1\r\n');
    expect(encodeReply(run(name, 'k', 1), 2)).toBe('*-1\r\n');
    expect(encodeReply(run(name, 'k', 0), 2)).toBe('*-1\r\n');
    expect(encodeReply(run(name, 'k'), 3)).toBe('_\r\n');
    expect(encodeReply(run(name, 'k', 1), 3)).toBe('_\r\n');
  });

  test('LMPOP takes from the first list that there is', () => {
    run('RPUSH', 'k', 'a', 'b', 'c');
    expect(run('LMPOP', 2, 'none', 'k', 'LEFT')).toEqual(['k', ['a']]);
    expect(run('LMPOP', 1, 'k', 'right', 'COUNT', 5)).toEqual(['k', ['c', 'b']]);
    expect(run('LMPOP', 2, 'none', 'k', 'LEFT', 'COUNT', 5)).toBe(NULL_ARRAY);
    expect(encodeReply(NULL_ARRAY, 2)).toBe('*-1\r\n');
  });

  test('refusals', () => {
    expect(error('LPOP', 'k', 1, 1)).toBe("ERR wrong number of arguments for 'lpop' command");
    expect(error('RPOP', 'k', 2, 2)).toBe("ERR wrong number of arguments for 'rpop' command");
    expect([error('LPOP', 'k', -1), error('RPOP', 'k', 'x')]).toEqual([NOT_POSITIVE, NOT_POSITIVE]);
    for (const count of [0, -1, 'a']) expect(error('LMPOP', count, 'k', 'LEFT')).toBe('ERR numkeys should be greater than 0');
    for (const count of [0, -1, 'a']) expect(error('LMPOP', 1, 'k', 'LEFT', 'COUNT', count)).toBe('ERR count should be greater than 0');
    expect(error('LMPOP', 1, 'k', 'MIDDLE')).toBe(SYNTAX);
    expect(error('LMPOP', 1, 'k', 'LEFT', 'bogus')).toBe(SYNTAX);
    expect(error('LMPOP', 1, 'k', 'LEFT', 'COUNT', 1, 'COUNT', 2)).toBe(SYNTAX);
    expect(error('LMPOP', 2, 'k', 'LEFT')).toBe(SYNTAX);
    expect(error('LMPOP', 9, 'k', 'LEFT')).toBe(SYNTAX);
  });
});

describe('reading', () => {
  beforeEach(() => {
    run('RPUSH', 'k', 'a', 'b', 'c', 'd');
  });

  test.each([
    [0, -1, 'abcd'],
    [1, 2, 'bc'],
    [-3, -2, 'bc'],
    [2, 1, ''],
    [-100, 100, 'abcd'],
    [0, -5, ''],
    [4, 9, ''],
    ['-9223372036854775808', '9223372036854775807', 'abcd'],
  ])('LRANGE %s %s', (start, stop, elements) => {
    expect(run('LRANGE', 'k', start, stop)).toEqual(elements.split(''));
  });

  test('LLEN and LINDEX', () => {
    expect([run('LLEN', 'k'), run('LLEN', 'none')]).toEqual([4, 0]);
    expect([0, 3, 4, -1, -4, -5].map((index) => run('LINDEX', 'k', index))).toEqual(['a', 'd', null, 'd', 'a', null]);
    expect([run('LINDEX', 'none', 'x'), error('LINDEX', 'k', 'x')]).toEqual([null, NOT_AN_INTEGER]);
    expect(run('LRANGE', 'none', 0, -1)).toEqual([]);
  });
});

describe('LPOS', () => {
  beforeEach(() => {
    run('RPUSH', 'k', 'a', 'b', 'c', '1', '2', '3', 'c', 'c');
  });

  test.each([
    [[], 2],
    [['RANK', 2], 6],
    [['RANK', -1], 7],
    [['RANK', 4], null],
    [['RANK', -4], null],
    [
      ['COUNT', 2],
      [2, 6],
    ],
    [
      ['COUNT', 0],
      [2, 6, 7],
    ],
    [
      ['COUNT', 0, 'RANK', 2],
      [6, 7],
    ],
    [
      ['COUNT', 2, 'RANK', -1],
      [7, 6],
    ],
    [['COUNT', 0, 'RANK', -2, 'MAXLEN', 2], [6]],
    [['COUNT', 0, 'MAXLEN', 2], []],
    [['MAXLEN', 3], 2],
    [['MAXLEN', 2], null],
    [['RANK', '9223372036854775807', 'COUNT', 0], []],
  ])('%j', (options, positions) => {
    expect(run('LPOS', 'k', 'c', ...options)).toEqual(positions);
  });

  test('nothing to find', () => {
    expect([run('LPOS', 'none', 'c'), run('LPOS', 'none', 'c', 'COUNT', 0)]).toEqual([null, []]);
    expect([run('LPOS', 'k', 'x'), run('LPOS', 'k', 'x', 'COUNT', 0)]).toEqual([null, []]);
  });

  test('refusals', () => {
    expect(error('LPOS', 'k', 'c', 'RANK', 0)).toBe(
      "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
    );
    expect(error('LPOS', 'k', 'c', 'RANK', '-9223372036854775808')).toBe(
      'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807',
    );
    expect(error('LPOS', 'k', 'c', 'RANK', 'x')).toBe(NOT_AN_INTEGER);
    expect(error('LPOS', 'k', 'c', 'COUNT', -1)).toBe("ERR COUNT can't be negative");
    expect(error('LPOS', 'k', 'c', 'MAXLEN', 'x')).toBe("ERR MAXLEN can't be negative");
    expect(error('LPOS', 'k', 'c', 'RANK')).toBe(SYNTAX);
  });
});

describe('editing', () => {
  test('LSET', () => {
    run('RPUSH', 'k', 'a', 'b', 'c');
    expect([run('LSET', 'k', 0, 'A'), run('LSET', 'k', -1, 'C'), content('k')]).toEqual([OK, OK, ['A', 'b', 'C']]);
    expect(error('LSET', 'k', 3, 'x')).toBe('ERR index out of range');
    expect(error('LSET', 'k', -4, 'x')).toBe('ERR index out of range');
    expect(error('LSET', 'k', 'x', 'x')).toBe(NOT_AN_INTEGER);
    expect(error('LSET', 'none', 'x', 'x')).toBe('ERR no such key');
  });

  test('LINSERT', () => {
    run('RPUSH', 'k', 'a', 'b', 'a');
    expect([
      run('LINSERT', 'k', 'BEFORE', 'a', '1'),
      run('LINSERT', 'k', 'after', 'b', '2'),
      run('LINSERT', 'k', 'AFTER', 'x', '3'),
    ]).toEqual([4, 5, -1]);
    expect(content('k')).toEqual(['1', 'a', 'b', '2', 'a']);
    expect([run('LINSERT', 'none', 'AFTER', 'x', 'y'), error('LINSERT', 'none', 'AT', 'x', 'y')]).toEqual([0, SYNTAX]);
  });

  test.each([
    [0, 3, 'abc'],
    [2, 2, 'abcx'],
    [-2, 2, 'xabc'],
    [-100, 3, 'abc'],
    [1, 1, 'axbcx'],
    ['-9223372036854775808', 3, 'abc'],
  ])('LREM %s', (count, removed, left) => {
    run('RPUSH', 'k', 'x', 'a', 'x', 'b', 'c', 'x');
    expect([run('LREM', 'k', count, 'x'), content('k')]).toEqual([removed, left.split('')]);
  });

  test.each([
    [1, -2, 'bcd'],
    [0, 0, 'a'],
    [0, -1, 'abcde'],
    [3, 1, ''],
    [5, 9, ''],
    [-2, 100, 'de'],
    [0, -6, ''],
  ])('LTRIM %s %s', (start, stop, left) => {
    run('RPUSH', 'k', 'a', 'b', 'c', 'd', 'e');
    expect([run('LTRIM', 'k', start, stop), content('k')]).toEqual([OK, left.split('')]);
    expect(run('EXISTS', 'k')).toBe(left === '' ? 0 : 1);
  });

  test('a list that loses its last element is gone', () => {
    run('RPUSH', 'k', 'x', 'x');
    expect([run('LREM', 'k', 0, 'x'), run('EXISTS', 'k')]).toEqual([2, 0]);
    expect([run('LREM', 'k', 0, 'x'), run('LTRIM', 'k', 0, 1)]).toEqual([0, OK]);
  });
});

describe('moving', () => {
  test.each([
    ['LEFT', 'LEFT', 'a', 'bc', 'axy'],
    ['LEFT', 'RIGHT', 'a', 'bc', 'xya'],
    ['RIGHT', 'LEFT', 'c', 'ab', 'cxy'],
    ['right', 'right', 'c', 'ab', 'xyc'],
  ])('LMOVE %s %s', (from, to, moved, source, destination) => {
    run('RPUSH', 's', 'a', 'b', 'c');
    run('RPUSH', 'd', 'x', 'y');
    expect([run('LMOVE', 's', 'd', from, to), content('s'), content('d')]).toEqual([moved, source.split(''), destination.split('')]);
  });

  test.each([
    ['LEFT', 'RIGHT', 'bca'],
    ['RIGHT', 'LEFT', 'cab'],
    ['LEFT', 'LEFT', 'abc'],
    ['RIGHT', 'RIGHT', 'abc'],
  ])('LMOVE %s %s within a list', (from, to, elements) => {
    run('RPUSH', 'k', 'a', 'b', 'c');
    run('LMOVE', 'k', 'k', from, to);
    expect(content('k')).toEqual(elements.split(''));
  });

  test('a list of one element stays when it moves to itself', () => {
    run('RPUSH', 'k', 'a');
    run('PEXPIREAT', 'k', engine.now + 1000);
    expect([run('RPOPLPUSH', 'k', 'k'), content('k'), run('PTTL', 'k')]).toEqual(['a', ['a'], 1000]);
  });

  test('the last element makes a new list and ends the old one', () => {
    run('RPUSH', 's', 'a');
    expect([run('RPOPLPUSH', 's', 'd'), run('EXISTS', 's'), content('d')]).toEqual(['a', 0, ['a']]);
    expect([run('RPOPLPUSH', 's', 'd'), run('LMOVE', 's', 'd', 'LEFT', 'LEFT')]).toEqual([null, null]);
  });

  test('a destination of another type leaves the source alone', () => {
    run('RPUSH', 's', 'a');
    run('SET', 'd', 'x');
    expect([error('RPOPLPUSH', 's', 'd'), error('LMOVE', 's', 'd', 'LEFT', 'LEFT'), content('s')]).toEqual([WRONG_TYPE, WRONG_TYPE, ['a']]);
    // Nobody looks at the destination when there is nothing to move.
    expect(run('RPOPLPUSH', 'none', 'd')).toBeNull();
    expect(error('LMOVE', 's', 'd', 'UP', 'LEFT')).toBe(SYNTAX);
  });
});

test('a string is not a list', () => {
  run('SET', 'k', 'v');
  const commands = [
    ['LPUSH', 'k', 'a'],
    ['RPUSHX', 'k', 'a'],
    ['LPOP', 'k'],
    ['RPOP', 'k', 0],
    ['LMPOP', 1, 'k', 'LEFT'],
    ['LLEN', 'k'],
    ['LRANGE', 'k', 0, 1],
    ['LINDEX', 'k', 0],
    ['LSET', 'k', 0, 'a'],
    ['LINSERT', 'k', 'BEFORE', 'a', 'b'],
    ['LREM', 'k', 0, 'a'],
    ['LTRIM', 'k', 0, 1],
    ['LPOS', 'k', 'a'],
    ['RPOPLPUSH', 'k', 'd'],
  ];
  for (const argv of commands) expect(error(...argv)).toBe(WRONG_TYPE);
});

test('what changes nothing is not recorded, and the rest replays', () => {
  run('RPUSH', 'k', 'a', 'b', 'c', 'd');
  const frames = engine.journal.length;
  run('LTRIM', 'k', 0, -1);
  run('LREM', 'k', 0, 'x');
  run('LPOP', 'k', 0);
  run('LINSERT', 'k', 'AFTER', 'x', 'y');
  run('LPUSHX', 'none', 'a');
  run('RPOPLPUSH', 'none', 'k');
  run('LMPOP', 1, 'none', 'LEFT');
  expect(engine.journal).toHaveLength(frames);
  run('LMPOP', 1, 'k', 'RIGHT', 'COUNT', 2);
  run('RPOPLPUSH', 'k', 'other');
  expect(engine.journal).toHaveLength(frames + 2);
  expect(datasetOf(engine.replayed())).toEqual(datasetOf(engine));
});
