// The library `string` without a machine: what it says of mistakes, and what stops work that would not end. What its
// functions answer is compared with a real server in standard-libraries.test.ts.

import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../../src/bytes/bytes';
import { ScriptStopped } from '../../../../src/lua/error';
import { stringLibrary } from '../../../../src/lua/library/string';
import { LuaTable } from '../../../../src/lua/table';
import { type LuaFunction, type LuaValue, NativeFunction } from '../../../../src/lua/value';
import { FakeLuaHost } from '../../../support/lua-host';
import { entriesOf, luaTable, luaValue } from '../../../support/lua-values';

const library = stringLibrary();

type Plain = LuaValue | string;

function argumentsOf(values: readonly Plain[]): LuaValue[] {
  return values.map((value) => (typeof value === 'string' ? ascii(value) : value));
}

/** All results, or the message of the error. */
function call(name: string, ...args: Plain[]): LuaValue | readonly LuaValue[] {
  const outcome = new FakeLuaHost().attempt(library, name, argumentsOf(args));
  return 'error' in outcome ? outcome.error : outcome.results;
}

function stopped(name: string, ...args: Plain[]): void {
  const host = new FakeLuaHost(1_000_000);
  expect(() => host.attempt(library, name, argumentsOf(args))).toThrow(ScriptStopped);
}

function outOfMemory(name: string, ...args: Plain[]): void {
  expect(new FakeLuaHost(1e12, 1_000_000).attempt(library, name, argumentsOf(args))).toEqual({ error: 'not enough memory' });
}

test('the table has what Lua 5.1 has', () => {
  const names = 'byte char dump find format gfind gmatch gsub len lower match rep reverse sub upper';
  expect(
    entriesOf(library)
      .map(([key]) => key)
      .sort(),
  ).toEqual(names.split(' '));
  expect(library.get(ascii('gfind'))).toBe(library.get(ascii('gmatch')));
});

describe('mistakes', () => {
  const fn = new NativeFunction('f', () => []);

  test.each<[string, string, Plain[]]>([
    ["bad argument #1 to 'find' (string expected, got no value)", 'find', []],
    ["bad argument #2 to 'find' (string expected, got nil)", 'find', ['a', undefined]],
    ["bad argument #3 to 'find' (number expected, got string)", 'find', ['a', 'a', 'x']],
    ["malformed pattern (ends with '%')", 'find', ['a', '%']],
    ["malformed pattern (missing ']')", 'find', ['a', '[a']],
    ["malformed pattern (missing ']')", 'find', ['a', '%f[a']],
    ["missing '[' after '%f' in pattern", 'find', ['a', '%fa']],
    ['unbalanced pattern', 'match', ['a', '%b(']],
    ['invalid pattern capture', 'match', ['a', 'a)']],
    ['unfinished capture', 'match', ['a', '(a']],
    ['invalid capture index', 'match', ['a', '%1']],
    ['invalid capture index', 'gsub', ['a', 'a', '%2']],
    ['too many captures', 'match', ['a', '()'.repeat(33)]],
    ["bad argument #3 to 'gsub' (string/function/table expected)", 'gsub', ['a', 'a']],
    ["bad argument #4 to 'gsub' (number expected, got boolean)", 'gsub', ['a', 'a', 'b', true]],
    ['invalid replacement value (a table)', 'gsub', ['a', 'a', luaValue({ a: [] })]],
    ["bad argument #2 to 'format' (no value)", 'format', ['%d']],
    ["bad argument #2 to 'format' (number expected, got string)", 'format', ['%d', 'x']],
    ["bad argument #2 to 'format' (string expected, got boolean)", 'format', ['%s', true]],
    ["invalid option '%y' to 'format'", 'format', ['%y', 1]],
    ["invalid option '%' to 'format'", 'format', ['%', 1]],
    ['invalid format (repeated flags)', 'format', ['%------d', 1]],
    ['invalid format (width or precision too long)', 'format', ['%100d', 1]],
    ['invalid format (width or precision too long)', 'format', ['%.100f', 1]],
    ["bad argument #2 to 'char' (invalid value)", 'char', [1, 256]],
    ['stack overflow (string slice too long)', 'byte', ['x'.repeat(9000), 1, -1]],
    ["bad argument #1 to 'dump' (function expected, got string)", 'dump', ['x']],
    ['unable to dump given function', 'dump', [fn]],
  ])('%s', (message, name, args) => {
    expect(call(name, ...args)).toBe(message);
  });

  test('a malformed pattern is one only for those who get to where it is', () => {
    expect(call('find', 'a', 'b[')).toEqual([undefined]);
  });
});

describe('patterns', () => {
  test('can be as long as they like', () => {
    const text = 'a'.repeat(50_000);
    expect(call('find', text, 'a?'.repeat(50_000))).toEqual([1, 50_000]);
    expect(call('find', text, `${'a*'.repeat(1000)}b?$`)).toEqual([1, 50_000]);
  });

  test('are found again, however often', () => {
    for (let i = 0; i < 1000; i++) expect(call('match', `x${i}y`, `x(${i})`)).toEqual([`${i}`]);
    expect(call('match', 'x7y', 'x(7)')).toEqual(['7']);
  });

  test('hand parts of the text out that are the same as it', () => {
    const [part] = call('match', `${'x'.repeat(1000)}${'y'.repeat(20)}`, 'y+') as LuaValue[];
    expect(part).toBe('y'.repeat(20));
  });

  test('leave a text without a match as it is', () => {
    expect(call('gsub', 'text', 'y', 'z')).toEqual(['text', 0]);
    expect(call('gsub', 'text', '', '')).toEqual(['text', 5]);
  });
});

describe('a table as replacement', () => {
  function withIndex(handler: LuaValue): LuaTable {
    const table = new LuaTable();
    table.metatable = luaTable([[ascii('__index'), handler]]);
    return table;
  }

  test('is asked with its metamethods', () => {
    const double: LuaFunction = new NativeFunction('f', ([, key]) => [ascii(`${key}${key}`)]);
    expect(call('gsub', 'abc', '[ab]', withIndex(double))).toEqual(['aabbc', 2]);
    expect(call('gsub', 'abc', '.', withIndex(withIndex(luaValue({ b: 'B' }))))).toEqual(['aBc', 3]);
    expect(call('gsub', 'abc', '.', withIndex(new LuaTable()))).toEqual(['abc', 3]);
  });

  test('fails as an index of Lua does', () => {
    expect(call('gsub', 'abc', '.', withIndex(5))).toBe('attempt to index a number value');
    const endless = new LuaTable();
    endless.metatable = luaTable([[ascii('__index'), endless]]);
    expect(call('gsub', 'abc', '.', endless)).toBe('loop in gettable');
  });
});

describe('work that would not end is stopped', () => {
  const long = 'a'.repeat(5000);

  test.each<[string, Plain[]]>([
    ['find', [long, '(.-)(.-)(.-)(.-)b']],
    ['find', [long, `${'a*'.repeat(20)}b`]],
    ['find', [long, `${'a?'.repeat(5000)}b`]],
    ['match', [long, `${'[ab]-'.repeat(20)}c`]],
    ['gsub', [long, '(.*)%1b', 'x']],
    ['match', [`${'('.repeat(5000)}`, '^.-.-%b()x']],
    ['gsub', [long, '.', '%0'.repeat(1000)]],
  ])('%s %#', (name, args) => {
    stopped(name, ...args);
  });

  test('in an iterator too', () => {
    const [iterator] = call('gmatch', long, '(.-)(.-)(.-)(.-)b') as LuaValue[];
    expect(() => new FakeLuaHost(1_000_000).call(iterator, [])).toThrow(ScriptStopped);
  });
});

describe('more than there is room for is not built', () => {
  const long = 'a'.repeat(10_000);

  test.each<[string, Plain[]]>([
    ['rep', ['x', 2 ** 31 - 1]],
    ['rep', [long, 1000]],
    ['gsub', [long, '.', long]],
    ['gsub', [long, '.*', '%0'.repeat(10_000)]],
    ['format', ['%s'.repeat(200), ...Array.from({ length: 200 }, () => long)]],
    ['format', [long.repeat(101)]],
    ['format', ['%q', long.repeat(101)]],
    ['upper', [long.repeat(101)]],
    ['reverse', [long.repeat(101)]],
  ])('%s %#', (name, args) => {
    outOfMemory(name, ...args);
  });

  test('whatever a script may hold', () => {
    expect(new FakeLuaHost(1e12, 1e12).attempt(library, 'rep', argumentsOf(['xx', 2 ** 30]))).toEqual({ error: 'not enough memory' });
  });
});

describe('letters', () => {
  test('are those of ASCII', () => {
    expect(call('upper', 'aé\xe4\xff')).toEqual(['Aé\xe4\xff' as Bytes]);
    expect(call('lower', 'AÉ\xc4Z')).toEqual(['aÉ\xc4z' as Bytes]);
    expect(call('upper', 'plain')).toEqual(['PLAIN']);
  });
});
