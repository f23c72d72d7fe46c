// The library `math` without a machine. What its functions answer is compared with a real server in
// standard-libraries.test.ts.

import { expect, test } from 'vitest';
import { ascii } from '../../../../src/bytes/bytes';
import { mathLibrary } from '../../../../src/lua/library/math';
import { type LuaValue, NativeFunction } from '../../../../src/lua/value';
import { FakeLuaHost } from '../../../support/lua-host';
import { entriesOf } from '../../../support/lua-values';

const library = mathLibrary();

/** All results, or the message of the error. */
function call(name: string, ...args: LuaValue[]): LuaValue | readonly LuaValue[] {
  const outcome = new FakeLuaHost().attempt(library, name, args);
  return 'error' in outcome ? outcome.error : outcome.results;
}

test('the table has what Lua 5.1 has', () => {
  const names =
    'abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp ldexp log log10 max min mod modf pow rad random randomseed sin sinh sqrt tan tanh';
  const functions = entriesOf(library).filter(([, value]) => value instanceof NativeFunction);
  expect(functions.map(([key]) => key).sort()).toEqual(names.split(' '));
  expect(library.get(ascii('pi'))).toBe(Math.PI);
  expect(library.get(ascii('huge'))).toBe(Infinity);
  expect(library.get(ascii('mod'))).toBe(library.get(ascii('fmod')));
});

test.each<[string, string, LuaValue[]]>([
  ["bad argument #1 to 'abs' (number expected, got no value)", 'abs', []],
  ["bad argument #2 to 'pow' (number expected, got nil)", 'pow', [1, undefined]],
  ["bad argument #1 to 'max' (number expected, got no value)", 'max', []],
  ["bad argument #1 to 'random' (interval is empty)", 'random', [0]],
  ["bad argument #2 to 'random' (interval is empty)", 'random', [2, 1]],
  ['wrong number of arguments', 'random', [1, 2, 3]],
  ["bad argument #1 to 'randomseed' (number expected, got no value)", 'randomseed', []],
])('%s', (message, name, args) => {
  expect(call(name, ...args)).toBe(message);
});

test('the first random numbers are those of a server that has just started, and a seed starts them again', () => {
  const fresh = mathLibrary();
  const next = () => (new FakeLuaHost().attempt(fresh, 'random', []) as { results: LuaValue[] }).results[0] as number;
  expect([next(), next()].map((value) => value.toPrecision(14))).toEqual(['0.39646477363839', '0.84048536971234']);
  new FakeLuaHost().attempt(fresh, 'randomseed', [5]);
  const [one, two] = [next(), next()];
  new FakeLuaHost().attempt(fresh, 'randomseed', [5]);
  expect([next(), next()]).toEqual([one, two]);
});

test('ldexp puts together what frexp takes apart', () => {
  for (const value of [5e-324, 2.5e-310, 2 ** -1022, 0.1, 1, 3, 2 ** 53 - 1, 1.7976931348623157e308, -7.25]) {
    const [mantissa, exponent] = call('frexp', value) as [number, number];
    expect(Math.abs(mantissa)).toBeGreaterThanOrEqual(0.5);
    expect(Math.abs(mantissa)).toBeLessThan(1);
    expect(call('ldexp', mantissa, exponent)).toEqual([value]);
  }
  expect(call('ldexp', Infinity, -5000)).toEqual([Infinity]);
  expect(call('ldexp', 1, -(2 ** 31))).toEqual([0]);
});
