// Arguments of functions: what counts as a string or a number, and what is said of what does not.

import { describe, expect, test } from 'vitest';
import { ascii } from '../../../../src/bytes/bytes';
import { LuaError } from '../../../../src/lua/error';
import {
  asBoolean,
  asNumber,
  asString,
  checkAny,
  checkFunction,
  checkInt,
  checkInteger,
  checkNumber,
  checkString,
  checkTable,
  checkType,
  failType,
  optionalInt,
  optionalInteger,
  optionalString,
  toInt64,
} from '../../../../src/lua/library/arguments';
import { LuaTable } from '../../../../src/lua/table';
import { LuaThread, LuaUserdata, type LuaValue, NativeFunction } from '../../../../src/lua/value';
import { FakeLuaHost } from '../../../support/lua-host';

class Coroutine extends LuaThread {}

const host = new FakeLuaHost();
const table = new LuaTable();
const fn = new NativeFunction('fn', () => []);

function failure(action: () => unknown): LuaValue {
  try {
    action();
  } catch (error) {
    if (error instanceof LuaError) return error.value;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('conversions', () => {
  test('numbers count as strings and numerals as numbers', () => {
    expect(asString(12.5)).toBe('12.5');
    expect(asString(true)).toBeUndefined();
    expect(asNumber(ascii(' 0x10 '))).toBe(16);
    expect(asNumber(ascii('ten'))).toBeUndefined();
    expect(asNumber(undefined)).toBeUndefined();
  });

  test('nil and false are false', () => {
    expect([undefined, false, 0, ascii(''), table].map(asBoolean)).toEqual([false, false, true, true, true]);
  });
});

describe('checks', () => {
  test('hand out what is of the right type', () => {
    const args = [ascii('text'), ascii('7.9'), table, fn, undefined];
    expect(checkString(args, 1, host)).toBe('text');
    expect(checkString([5], 1, host)).toBe('5');
    expect(checkNumber(args, 2, host)).toBe(7.9);
    expect(checkInteger(args, 2, host)).toBe(7);
    expect(checkTable(args, 3, host)).toBe(table);
    expect(checkFunction(args, 4, host)).toBe(fn);
    expect(checkAny(args, 5, host)).toBeUndefined();
    expect(() => checkType(args, 5, 'nil', host)).not.toThrow();
  });

  test('take the fallback for nil and for nothing', () => {
    expect(optionalString([undefined], 1, ascii('x'), host)).toBe('x');
    expect(optionalInteger([], 1, 4, host)).toBe(4);
    expect(optionalInt([undefined], 1, 4, host)).toBe(4);
    expect(optionalInt([5], 1, 4, host)).toBe(5);
  });

  test.each<[string, () => unknown]>([
    ['string expected, got no value', () => checkString([], 1, host)],
    ['string expected, got nil', () => checkString([undefined], 1, host)],
    ['string expected, got boolean', () => optionalString([false], 1, ascii(''), host)],
    ['number expected, got string', () => checkNumber([ascii('x')], 1, host)],
    ['number expected, got userdata', () => checkInteger([new LuaUserdata('NULL')], 1, host)],
    ['number expected, got thread', () => optionalInt([new Coroutine()], 1, 0, host)],
    ['table expected, got function', () => checkTable([fn], 1, host)],
    ['function expected, got table', () => checkFunction([table], 1, host)],
    ['nil expected, got no value', () => checkType([], 1, 'nil', host)],
    ['bit expected, got no value', () => failType([], 1, 'bit', host)],
    ['value expected', () => checkAny([], 1, host)],
  ])('%s', (message, action) => {
    expect(failure(action)).toBe(`bad argument #1 to '?' (${message})`);
  });
});

describe('integers', () => {
  // What a cast in C does on x86-64.
  test.each([
    [-1.9, -1, -1],
    [2 ** 31, 2 ** 31, -(2 ** 31)],
    [2 ** 32 + 5, 2 ** 32 + 5, 5],
    [2 ** 63, -(2 ** 63), 0],
    [-(2 ** 63), -(2 ** 63), 0],
    [1e300, -(2 ** 63), 0],
    [-Infinity, -(2 ** 63), 0],
    [NaN, -(2 ** 63), 0],
    [-0, 0, 0],
  ])('%d', (value, wide, narrow) => {
    expect(toInt64(value)).toBe(wide);
    expect(checkInteger([value], 1, host)).toBe(wide);
    expect(checkInt([value], 1, host)).toBe(narrow);
  });
});
