// The library `bit` without a machine. Random calls are compared with a real server in standard-libraries.test.ts.

import { expect, test } from 'vitest';
import { ascii } from '../../../../src/bytes/bytes';
import { bitLibrary } from '../../../../src/lua/library/bit';
import type { LuaValue } from '../../../../src/lua/value';
import { FakeLuaHost } from '../../../support/lua-host';
import { entriesOf } from '../../../support/lua-values';

const library = bitLibrary();

/** All results, or the message of the error. */
function call(name: string, ...args: LuaValue[]): LuaValue | readonly LuaValue[] {
  const outcome = new FakeLuaHost().attempt(library, name, args);
  return 'error' in outcome ? outcome.error : outcome.results;
}

test('the table has what Lua BitOp has', () => {
  const names = 'arshift band bnot bor bswap bxor lshift rol ror rshift tobit tohex';
  expect(
    entriesOf(library)
      .map(([key]) => key)
      .sort(),
  ).toEqual(names.split(' '));
});

test.each<[string, LuaValue[], LuaValue]>([
  ['tobit', [2 ** 32 + 1], 1],
  ['tobit', [0xffffffff], -1],
  ['tobit', [1.5], 2],
  ['tobit', [2.5], 2],
  ['tobit', [NaN], 0],
  ['bnot', [0], -1],
  ['band', [0x12345678, 0xff], 0x78],
  ['bor', [1, 2, 4, 8], 15],
  ['bxor', [0xa5a5f0f0, 0xaa55ff00], 0x0ff00ff0],
  ['lshift', [1, 33], 2],
  ['rshift', [-256, 8], 0xffffff],
  ['arshift', [-256, 8], -1],
  ['rol', [0x12345678, 12], 0x45678123],
  ['ror', [0x12345678, 0], 0x12345678],
  ['bswap', [0x12345678], 0x78563412],
  ['tohex', [-1], ascii('ffffffff')],
  ['tohex', [0x21, 4], ascii('0021')],
  ['tohex', [0xabc, -4], ascii('0ABC')],
  ['tohex', [1, 0], ascii('')],
  // The library of 7.0.15 reads past its buffer here; later ones write 8 digits.
  ['tohex', [1, -(2 ** 31)], ascii('00000001')],
])('%s %#', (name, args, result) => {
  expect(call(name, ...args)).toEqual([result]);
});

test.each<[string, string, LuaValue[]]>([
  ["bad argument #1 to 'band' (number expected, got no value)", 'band', []],
  ["bad argument #3 to 'band' (number expected, got boolean)", 'band', [1, true, true]],
  ["bad argument #2 to 'lshift' (number expected, got no value)", 'lshift', [1]],
  ["bad argument #2 to 'tohex' (number expected, got nil)", 'tohex', [1, undefined]],
])('%s', (message, name, args) => {
  expect(call(name, ...args)).toBe(message);
});
