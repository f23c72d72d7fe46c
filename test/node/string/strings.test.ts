// What strings do, as tables; the differential test beside this one covers the combinations.

import { beforeEach, describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { decodeFrame } from '../../../src/engine/journal';
import { MAX_BULK_BYTES } from '../../../src/protocol/limits';
import { ErrorReply, MapReply, OK } from '../../../src/protocol/reply';
import { encodeReply } from '../../../src/protocol/resp-writer';
import { NO_DEADLINE } from '../../../src/spec/context';
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
/** Unix milliseconds, `never`, or undefined without the key. */
const deadline = (key: string) => {
  const ms = engine.engine.keys.deadline(key as Bytes);
  return ms === NO_DEADLINE ? 'never' : ms;
};
/** What the journal holds, a line per effect. */
const effects = () => engine.journal.flatMap((frame) => decodeFrame(frame).effects.map((argv) => argv.join(' ')));

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';
const SYNTAX = 'ERR syntax error';
const TOO_LONG = 'ERR string exceeds maximum allowed size (proto-max-bulk-len)';

describe('SET', () => {
  test('conditions and GET', () => {
    expect(run('SET', 'k', '1', 'XX')).toBeNull();
    expect(run('SET', 'k', '1', 'NX')).toBe(OK);
    expect(run('SET', 'k', '2', 'NX')).toBeNull();
    expect(run('SET', 'k', '2', 'NX', 'GET')).toBe('1');
    expect(run('SET', 'k', '2', 'XX', 'GET')).toBe('1');
    expect(run('SET', 'new', '1', 'GET')).toBeNull();
    expect(run('SET', 'other', '1', 'GET', 'XX')).toBeNull();
    expect(run('MGET', 'k', 'new', 'other')).toEqual(['2', '1', null]);
  });

  test.each([
    [['EX', '10'], 10_000],
    [['PX', '10'], 10],
    [['EXAT', '1800000005'], 5000],
    [['PXAT', '1800000000005'], 5],
    [['px', '10', 'NX'], 10],
    [['EX', '1', 'EX', '3'], 3000],
  ])('%j sets a deadline, recorded in absolute milliseconds', (options, after) => {
    expect(run('SET', 'k', 'v', ...options)).toBe(OK);
    expect(deadline('k')).toBe(engine.now + after);
    expect(effects()).toEqual([`SET k v PXAT ${engine.now + after}`]);
  });

  test('KEEPTTL keeps the deadline, and nothing else does', () => {
    run('SET', 'k', 'v', 'EX', 10);
    run('SET', 'k', 'w', 'KEEPTTL');
    expect(deadline('k')).toBe(engine.now + 10_000);
    run('SET', 'k', 'x');
    expect(deadline('k')).toBe('never');
    run('SET', 'fresh', 'v', 'KEEPTTL');
    expect(deadline('fresh')).toBe('never');
  });

  test('a deadline in the past is one that has come', () => {
    expect(run('SET', 'k', 'v', 'PXAT', 1)).toBe(OK);
    expect(run('GET', 'k')).toBeNull();
  });

  test('replaces a value of any type, unless it is asked for', () => {
    run('RPUSH', 'k', 'a');
    expect(error('SET', 'k', 'v', 'GET')).toBe(WRONG_TYPE);
    expect(run('SET', 'k', 'v')).toBe(OK);
    expect(run('GET', 'k')).toBe('v');
  });

  test.each([
    [['NX', 'XX'], SYNTAX],
    [['EX', '1', 'PX', '1'], SYNTAX],
    [['EX', '1', 'KEEPTTL'], SYNTAX],
    [['KEEPTTL', 'EX', '1'], SYNTAX],
    [['EX'], SYNTAX],
    [['PERSIST'], SYNTAX],
    [['EX', '0'], "ERR invalid expire time in 'set' command"],
    [['PX', '-1'], "ERR invalid expire time in 'set' command"],
    [['EX', '9223372036854775807'], "ERR invalid expire time in 'set' command"],
    [['EX', '9223372036854775'], "ERR invalid expire time in 'set' command"],
    [['PX', '9223372036854775807'], "ERR invalid expire time in 'set' command"],
    [['EXAT', '9223372036854776'], "ERR invalid expire time in 'set' command"],
    [['EX', 'ten'], NOT_AN_INTEGER],
    [['EX', '1.5'], NOT_AN_INTEGER],
    // The syntax of all options is judged before the time.
    [['EX', 'ten', 'bogus'], SYNTAX],
  ])('%j is refused', (options, text) => {
    run('SET', 'k', 'old');
    expect(error('SET', 'k', 'v', ...options)).toBe(text);
    expect(run('GET', 'k')).toBe('old');
  });

  test('the farthest deadlines are recorded exactly', () => {
    run('SET', 'a', 'v', 'PXAT', '9223372036854775807');
    run('SET', 'b', 'v', 'EXAT', '9223372036854775');
    expect(effects()).toEqual(['SET a v PXAT 9223372036854775807', 'SET b v PXAT 9223372036854775000']);
    expect(engine.replayed().run('GET', 'a')).toBe('v');
  });
});

describe('older forms of SET', () => {
  test('SETNX, SETEX, PSETEX, GETSET', () => {
    expect([run('SETNX', 'k', '1'), run('SETNX', 'k', '2'), run('GET', 'k')]).toEqual([1, 0, '1']);
    expect(run('SETEX', 'k', 10, 'v')).toBe(OK);
    expect(deadline('k')).toBe(engine.now + 10_000);
    expect(run('PSETEX', 'k', 10, 'v')).toBe(OK);
    expect(deadline('k')).toBe(engine.now + 10);
    expect([run('GETSET', 'k', 'w'), deadline('k'), run('GETSET', 'none', 'x')]).toEqual(['v', 'never', null]);
  });

  test('errors name the command', () => {
    expect(error('SETEX', 'k', 0, 'v')).toBe("ERR invalid expire time in 'setex' command");
    expect(error('PSETEX', 'k', -5, 'v')).toBe("ERR invalid expire time in 'psetex' command");
    expect(error('SETEX', 'k', 'x', 'v')).toBe(NOT_AN_INTEGER);
    run('RPUSH', 'list', 'a');
    expect(error('GETSET', 'list', 'v')).toBe(WRONG_TYPE);
  });

  test('SETNX finds an expired key missing', () => {
    run('SET', 'k', '1', 'PX', 5);
    engine.now += 5;
    expect([run('SETNX', 'k', '2'), run('GET', 'k'), deadline('k')]).toEqual([1, '2', 'never']);
  });
});

describe('GETEX and GETDEL', () => {
  test.each([
    [['EX', '10'], 10_000],
    [['PX', '10'], 10],
    [['EXAT', '1800000005'], 5000],
    [['PXAT', '1800000000005'], 5],
  ])('GETEX %j', (options, after) => {
    run('SET', 'k', 'v');
    expect(run('GETEX', 'k', ...options)).toBe('v');
    expect(deadline('k')).toBe(engine.now + after);
    expect(effects()).toEqual(['SET k v', `PEXPIREAT k ${engine.now + after}`]);
  });

  test('GETEX without an option only reads, PERSIST removes a deadline', () => {
    run('SET', 'k', 'v', 'EX', 10);
    expect(run('GETEX', 'k')).toBe('v');
    expect(deadline('k')).toBe(engine.now + 10_000);
    expect(run('GETEX', 'k', 'PERSIST')).toBe('v');
    expect(run('GETEX', 'k', 'PERSIST')).toBe('v');
    expect(deadline('k')).toBe('never');
    expect(effects().slice(1)).toEqual(['PERSIST k']);
  });

  test('GETEX with a moment that has passed deletes', () => {
    run('SET', 'k', 'v');
    expect(run('GETEX', 'k', 'PXAT', 1)).toBe('v');
    expect(run('GET', 'k')).toBeNull();
    expect(effects()).toEqual(['SET k v', 'DEL k']);
  });

  test('GETEX judges a time only when there is a key, options always', () => {
    expect(run('GETEX', 'none', 'EX', 'x')).toBeNull();
    expect(error('GETEX', 'none', 'EX')).toBe(SYNTAX);
    run('SET', 'k', 'v');
    expect(error('GETEX', 'k', 'EX', 'x')).toBe(NOT_AN_INTEGER);
    expect(error('GETEX', 'k', 'EX', 0)).toBe("ERR invalid expire time in 'getex' command");
    expect(error('GETEX', 'k', 'PERSIST', 'EX', 1)).toBe(SYNTAX);
    expect(error('GETEX', 'k', 'KEEPTTL')).toBe(SYNTAX);
    expect(error('GETEX', 'k', 'NX')).toBe(SYNTAX);
  });

  test('GETDEL', () => {
    run('SET', 'k', 'v');
    run('RPUSH', 'list', 'a');
    expect([run('GETDEL', 'k'), run('GETDEL', 'k'), error('GETDEL', 'list')]).toEqual(['v', null, WRONG_TYPE]);
    expect(effects()).toContain('DEL k');
  });
});

describe('several keys', () => {
  test('MSET, MSETNX, MGET', () => {
    run('RPUSH', 'list', 'a');
    expect(run('MSET', 'a', '1', 'b', '2', 'a', '3')).toBe(OK);
    expect(run('MGET', 'a', 'none', 'list', 'b', 'a')).toEqual(['3', null, null, '2', '3']);
    expect([run('MSETNX', 'x', '1', 'a', '2'), run('GET', 'x')]).toEqual([0, null]);
    expect([run('MSETNX', 'x', '1', 'x', '2'), run('GET', 'x')]).toEqual([1, '2']);
    expect(run('MSET', 'list', 'now a string')).toBe(OK);
  });

  test('an odd number of arguments', () => {
    expect(error('MSET', 'a', '1', 'b')).toBe("ERR wrong number of arguments for 'mset' command");
    expect(error('MSETNX', 'a', '1', 'b')).toBe("ERR wrong number of arguments for 'msetnx' command");
  });
});

describe('in place', () => {
  test('APPEND and STRLEN', () => {
    expect([run('APPEND', 'k', 'ab'), run('APPEND', 'k', ''), run('APPEND', 'k', 'cd'), run('STRLEN', 'k')]).toEqual([2, 2, 4, 4]);
    expect([run('GET', 'k'), run('STRLEN', 'none')]).toEqual(['abcd', 0]);
  });

  test('SETRANGE', () => {
    expect([run('SETRANGE', 'k', 0, ''), run('EXISTS', 'k')]).toEqual([0, 0]);
    expect([run('SETRANGE', 'k', 1, 'foo'), run('GET', 'k')]).toEqual([4, '\0foo']);
    expect([run('SETRANGE', 'k', 0, 'Xy'), run('SETRANGE', 'k', 6, '!'), run('GET', 'k')]).toEqual([4, 7, 'Xyoo\0\0!']);
    expect([run('SETRANGE', 'k', 3, ''), error('SETRANGE', 'k', -1, 'x'), error('SETRANGE', 'k', 'x', 'x')]).toEqual([
      7,
      'ERR offset is out of range',
      NOT_AN_INTEGER,
    ]);
  });

  test('edits keep the deadline', () => {
    run('SET', 'k', '5', 'EX', 10);
    run('INCR', 'k');
    run('INCRBYFLOAT', 'k', '0.5');
    run('APPEND', 'k', '1');
    run('SETRANGE', 'k', 0, '7');
    expect([run('GET', 'k'), deadline('k')]).toEqual(['7.51', engine.now + 10_000]);
    expect(engine.replayed().run('GET', 'k')).toBe('7.51');
  });

  test('an edited string can be replaced, counted and read as any other', () => {
    run('SET', 'k', '1');
    run('APPEND', 'k', '0');
    expect([run('INCR', 'k'), run('GETRANGE', 'k', 0, -1), run('GETSET', 'k', 'x'), run('GET', 'k')]).toEqual([11, '11', '11', 'x']);
  });

  test('no string grows beyond the limit', () => {
    expect(error('SETRANGE', 'k', MAX_BULK_BYTES - 4, 'world')).toBe(TOO_LONG);
    expect(error('SETRANGE', 'k', '9223372036854775807', 'A')).toBe(TOO_LONG);
    run('SET', 'k', 'hello');
    expect(error('SETRANGE', 'k', MAX_BULK_BYTES - 4, 'world')).toBe(TOO_LONG);
    expect([run('STRLEN', 'k'), run('SETRANGE', 'k', MAX_BULK_BYTES - 1, 'x')]).toEqual([5, MAX_BULK_BYTES]);
    expect(error('APPEND', 'k', 'x')).toBe(TOO_LONG);
    expect(error('INCR', 'k')).toBe(NOT_AN_INTEGER);
    expect(run('GETRANGE', 'k', -2, -1)).toBe('\0x');
  });

  test.each([
    [0, 3, 'Hell'],
    [0, -1, 'Hello World'],
    [-4, -1, 'orld'],
    [5, 3, ''],
    [5, 5000, ' World'],
    [-5000, 10000, 'Hello World'],
    [-1, -5, ''],
    // An end before the start of the string is its first byte.
    [0, -100, 'H'],
    [0, '4294967297', 'Hello World'],
    ['-9223372036854775808', '9223372036854775807', 'Hello World'],
  ])('GETRANGE and SUBSTR %s %s', (start, end, part) => {
    run('SET', 'plain', 'Hello World');
    run('APPEND', 'edited', 'Hello ');
    run('APPEND', 'edited', 'World');
    for (const key of ['plain', 'edited']) {
      expect(run('GETRANGE', key, start, end)).toBe(part);
      expect(run('SUBSTR', key, start, end)).toBe(part);
    }
    expect(run('GETRANGE', 'none', start, end)).toBe('');
  });
});

describe('numbers', () => {
  test('exact over 64 bits', () => {
    expect([run('INCR', 'k'), run('DECR', 'k'), run('DECRBY', 'k', '5')]).toEqual([1, 0, -5]);
    run('SET', 'k', '9223372036854775806');
    expect(run('INCR', 'k')).toBe(9223372036854775807n);
    expect(error('INCR', 'k')).toBe('ERR increment or decrement would overflow');
    expect(run('INCRBY', 'k', '-9223372036854775807')).toBe(0);
    expect(run('INCRBY', 'k', '-9223372036854775808')).toBe(-9223372036854775808n);
    expect(error('DECR', 'k')).toBe('ERR increment or decrement would overflow');
    expect(error('DECRBY', 'k', '-9223372036854775808')).toBe('ERR decrement would overflow');
    expect(run('GET', 'k')).toBe('-9223372036854775808');
  });

  test.each([' 11', '11 ', ' 11 ', '', '1.0', 'abc', '11111111111111111111'])('%j does not count', (text) => {
    run('SET', 'k', text);
    expect(error('INCR', 'k')).toBe(NOT_AN_INTEGER);
    run('SET', 'n', '1');
    expect(error('INCRBY', 'n', text)).toBe(NOT_AN_INTEGER);
    expect(run('GET', 'k')).toBe(text);
  });

  test('INCRBYFLOAT records the sum', () => {
    run('SET', 'k', '10.50', 'EX', 100);
    expect([run('INCRBYFLOAT', 'k', '0.1'), run('INCRBYFLOAT', 'k', '-5'), run('INCRBYFLOAT', 'new', '3.0e2')]).toEqual([
      '10.6',
      '5.6',
      '300',
    ]);
    expect(effects().slice(1)).toEqual(['SET k 10.6 KEEPTTL', 'SET k 5.6 KEEPTTL', 'SET new 300 KEEPTTL']);
    expect(deadline('k')).toBe(engine.now + 100_000);
  });

  test('INCRBYFLOAT refuses', () => {
    run('SET', 'k', ' 11');
    run('RPUSH', 'list', '1');
    expect(error('INCRBYFLOAT', 'k', '1')).toBe('ERR value is not a valid float');
    expect(error('INCRBYFLOAT', 'none', 'x')).toBe('ERR value is not a valid float');
    expect(error('INCRBYFLOAT', 'none', '+inf')).toBe('ERR increment would produce NaN or Infinity');
    expect(error('INCRBYFLOAT', 'list', '1')).toBe(WRONG_TYPE);
    // A zero byte ends what C reads.
    run('SET', 'z', '1');
    run('SETRANGE', 'z', 2, '2');
    expect(error('INCRBYFLOAT', 'z', '1')).toBe('ERR value is not a valid float');
  });

  test('a list is not a number', () => {
    run('RPUSH', 'list', '1');
    for (const name of ['INCR', 'DECR']) expect(error(name, 'list')).toBe(WRONG_TYPE);
    for (const name of ['INCRBY', 'DECRBY', 'APPEND']) expect(error(name, 'list', '1')).toBe(WRONG_TYPE);
    expect(error('SETRANGE', 'list', 0, 'x')).toBe(WRONG_TYPE);
    expect(error('GETRANGE', 'list', 0, 1)).toBe(WRONG_TYPE);
    for (const name of ['GET', 'STRLEN', 'GETEX']) expect(error(name, 'list')).toBe(WRONG_TYPE);
  });
});

describe('LCS', () => {
  beforeEach(() => {
    run('MSET', 'a', 'ohmytext', 'b', 'mynewtext');
  });

  test('text, length and indexes', () => {
    expect([run('LCS', 'a', 'b'), run('LCS', 'a', 'b', 'LEN'), run('LCS', 'a', 'none'), run('LCS', 'none', 'b', 'LEN')]).toEqual([
      'mytext',
      6,
      '',
      0,
    ]);
    const last = [
      [4, 7],
      [5, 8],
    ];
    const first = [
      [2, 3],
      [0, 1],
    ];
    expect(run('LCS', 'a', 'b', 'IDX')).toEqual(new MapReply(['matches' as Bytes, [last, first], 'len' as Bytes, 6]));
    expect(run('LCS', 'a', 'b', 'IDX', 'MINMATCHLEN', 4, 'WITHMATCHLEN')).toEqual(
      new MapReply(['matches' as Bytes, [[...last, 4]], 'len' as Bytes, 6]),
    );
  });

  test('IDX is a map in RESP3', () => {
    expect(encodeReply(run('LCS', 'a', 'b', 'IDX', 'MINMATCHLEN', 9), 3)).toBe('%2\r\n$7\r\nmatches\r\n*0\r\n$3\r\nlen\r\n:6\r\n');
    expect(encodeReply(run('LCS', 'a', 'b', 'IDX', 'MINMATCHLEN', 9), 2)).toBe('*4\r\n$7\r\nmatches\r\n*0\r\n$3\r\nlen\r\n:6\r\n');
  });

  test('refusals', () => {
    run('RPUSH', 'list', 'x');
    expect(error('LCS', 'a', 'list', 'bogus')).toBe('ERR The specified keys must contain string values');
    expect(error('LCS', 'a', 'b', 'bogus')).toBe(SYNTAX);
    expect(error('LCS', 'a', 'b', 'MINMATCHLEN')).toBe(SYNTAX);
    expect(error('LCS', 'a', 'b', 'MINMATCHLEN', 'x')).toBe(NOT_AN_INTEGER);
    expect(error('LCS', 'a', 'b', 'LEN', 'IDX')).toBe('ERR If you want both the length and indexes, please just use IDX.');
    run('MSET', 'long1', 'x'.repeat(10_000), 'long2', 'y'.repeat(10_000));
    expect(error('LCS', 'long1', 'long2')).toBe('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len');
  });
});

test('what changes nothing is not recorded', () => {
  run('SET', 'k', 'v');
  const before = effects();
  run('GET', 'k');
  run('SET', 'k', 'w', 'NX');
  run('SETNX', 'k', 'w');
  run('MSETNX', 'k', 'w');
  run('SETRANGE', 'k', 3, '');
  run('GETEX', 'k');
  run('GETDEL', 'none');
  run('INCR', 'k');
  expect(effects()).toEqual(before);
});
