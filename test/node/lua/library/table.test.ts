// The library `table` without a machine. What its functions answer is compared with a real server in
// standard-libraries.test.ts.

import { describe, expect, test } from 'vitest';
import { ascii } from '../../../../src/bytes/bytes';
import { ScriptStopped } from '../../../../src/lua/error';
import { tableLibrary } from '../../../../src/lua/library/table';
import { LuaTable } from '../../../../src/lua/table';
import { type LuaValue, NativeFunction } from '../../../../src/lua/value';
import { FakeLuaHost } from '../../../support/lua-host';
import { entriesOf, luaValue } from '../../../support/lua-values';

const library = tableLibrary();

/** All results, or the message of the error. */
function call(name: string, ...args: LuaValue[]): LuaValue | readonly LuaValue[] {
  const outcome = new FakeLuaHost().attempt(library, name, args);
  return 'error' in outcome ? outcome.error : outcome.results;
}

const range = (count: number) => LuaTable.of(Array.from({ length: count }, (_, i) => i + 1));
const always = new NativeFunction('f', () => [true]);

test('the table has what Lua 5.1 has', () => {
  expect(
    entriesOf(library)
      .map(([key]) => key)
      .sort(),
  ).toEqual('concat foreach foreachi getn insert maxn remove setn sort'.split(' '));
});

test.each<[string, string, LuaValue[]]>([
  ["bad argument #1 to 'insert' (table expected, got no value)", 'insert', []],
  ["wrong number of arguments to 'insert'", 'insert', [range(1)]],
  ["wrong number of arguments to 'insert'", 'insert', [range(1), 1, 2, 3]],
  ["bad argument #2 to 'insert' (number expected, got boolean)", 'insert', [range(1), true, 2]],
  ["'setn' is obsolete", 'setn', [range(1), 5]],
  ["bad argument #2 to 'foreach' (function expected, got nil)", 'foreach', [range(1), undefined]],
  ["bad argument #2 to 'foreachi' (function expected, got no value)", 'foreachi', [range(1)]],
  ["bad argument #1 to 'concat' (table expected, got nil)", 'concat', [undefined]],
  ["bad argument #2 to 'concat' (string expected, got table)", 'concat', [range(1), range(1)]],
  ["invalid value (nil) at index 3 in table for 'concat'", 'concat', [range(2), ascii(','), 1, 2 ** 31 - 1]],
  ["invalid value (boolean) at index 1 in table for 'concat'", 'concat', [luaValue([true])]],
  ["bad argument #2 to 'sort' (function expected, got number)", 'sort', [range(1), 1]],
  ['invalid order function for sorting', 'sort', [range(10), always]],
  ['attempt to compare boolean with number', 'sort', [luaValue([1, true])]],
])('%s', (message, name, args) => {
  expect(call(name, ...args)).toBe(message);
});

describe('a table that is read-only', () => {
  const locked = range(5);
  locked.readonly = true;
  const message = 'Attempt to modify a readonly table';

  test('is not changed', () => {
    expect(call('insert', locked, 6)).toBe(message);
    expect(call('insert', locked, 1, 6)).toBe(message);
    expect(call('remove', locked)).toBe(message);
    expect(call('remove', locked, 1)).toBe(message);
    expect(call('sort', locked, always)).toBe(message);
    expect(entriesOf(locked).map(([, value]) => value)).toEqual([1, 2, 3, 4, 5]);
  });

  test('can be read, and sorted when it is', () => {
    expect(call('concat', locked)).toEqual(['12345']);
    const two = range(2);
    two.readonly = true;
    expect(call('sort', two)).toEqual([]);
  });
});

test('foreach says so when what it goes over has changed too much', () => {
  const table = new LuaTable();
  table.set(ascii('first'), 1);
  const rebuild = new NativeFunction('f', () => {
    table.set(ascii('first'), undefined);
    for (let i = 0; i < 100; i++) {
      table.set(ascii(`k${i}`), 1);
      table.set(ascii(`k${i}`), undefined);
    }
    return [];
  });
  expect(call('foreach', table, rebuild)).toBe("invalid key to 'next'");
});

test('work that would not end is stopped', () => {
  const host = () => new FakeLuaHost(100_000);
  expect(() => host().attempt(library, 'insert', [new LuaTable(), -(2 ** 31), 1])).toThrow(ScriptStopped);
  expect(() => host().attempt(library, 'sort', [range(100_000)])).toThrow(ScriptStopped);
  expect(() => host().attempt(library, 'concat', [range(200_000)])).toThrow(ScriptStopped);
  const large = range(200_000);
  expect(() => host().attempt(library, 'insert', [large, 1, 1])).toThrow(ScriptStopped);
  expect(() => host().attempt(library, 'remove', [large, 1])).toThrow(ScriptStopped);
  expect(() => host().attempt(library, 'maxn', [large])).toThrow(ScriptStopped);
});

test('concat does not build more than there is room for', () => {
  const long = ascii('x'.repeat(10_000));
  const outcome = new FakeLuaHost(1e9, 1_000_000).attempt(library, 'concat', [range(101), long]);
  expect(outcome).toEqual({ error: 'not enough memory' });
});

test('a sorted list of many elements', () => {
  const list = LuaTable.of(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 5003));
  expect(call('sort', list)).toEqual([]);
  const values = entriesOf(list).map(([, value]) => value as number);
  expect(values).toEqual([...values].sort((a, b) => a - b));
});
