// The library `struct` without a machine. Random calls are compared with a real server in standard-libraries.test.ts.

import { describe, expect, test } from 'vitest';
import { ascii, fromBuffer, toBuffer } from '../../../../src/bytes/bytes';
import { ScriptStopped } from '../../../../src/lua/error';
import { structLibrary } from '../../../../src/lua/library/struct';
import type { LuaValue } from '../../../../src/lua/value';
import { FakeLuaHost } from '../../../support/lua-host';
import { entriesOf } from '../../../support/lua-values';

const library = structLibrary();

/** All results, or the message of the error. */
function call(name: string, ...args: LuaValue[]): LuaValue | readonly LuaValue[] {
  const outcome = new FakeLuaHost().attempt(library, name, args);
  return 'error' in outcome ? outcome.error : outcome.results;
}

test('the table has what the library of Redis has', () => {
  expect(
    entriesOf(library)
      .map(([key]) => key)
      .sort(),
  ).toEqual(['pack', 'size', 'unpack']);
});

describe('what is packed is unpacked', () => {
  test.each<[string, string, LuaValue[]]>([
    ['bB', 'ffff', [-1, 255]],
    ['>hH', 'fffe0102', [-2, 258]],
    ['<i4', '78563412', [0x12345678]],
    ['>I3', '010203', [0x010203]],
    ['>L', '0000001000000000', [2 ** 36]],
    ['<l', 'feffffffffffffff', [-2]],
    ['>i16', '00000000000000000000000000000005', [5]],
    ['>f', '3fc00000', [1.5]],
    ['<d', '000000000000f83f', [1.5]],
    ['s', '616200', [ascii('ab')]],
    ['c2', '6162', [ascii('ab')]],
    ['!4 b i4', '0100000002000000', [1, 2]],
    ['!>b!2l', '01000000000000000002', [1, 2]],
    ['bxb', '010002', [1, 2]],
  ])('%s', (format, hex, values) => {
    const [packed] = call('pack', ascii(format), ...values) as LuaValue[];
    expect(Buffer.from(toBuffer(packed as ReturnType<typeof ascii>)).toString('hex')).toBe(hex);
    const bytes = fromBuffer(Buffer.from(hex, 'hex'));
    expect(call('unpack', ascii(format), bytes)).toEqual([...values, bytes.length + 1]);
  });

  test('a size before a string', () => {
    expect(call('unpack', ascii('Bc0b'), ascii('\x03abc\x05'))).toEqual(['abc', 5, 6]);
  });
});

test('size', () => {
  expect(call('size', ascii('!8 b d c3 i2'))).toEqual([22]);
  expect(call('size', ascii('c2147483647'))).toEqual([2 ** 31 - 1]);
});

test.each<[string, string, LuaValue[]]>([
  ["bad argument #1 to 'pack' (string expected, got no value)", 'pack', []],
  ["bad argument #2 to 'pack' (number expected, got nil)", 'pack', [ascii('i')]],
  ["bad argument #3 to 'pack' (string too short)", 'pack', [ascii('c5'), ascii('abc')]],
  ["bad argument #1 to 'pack' (invalid format option '?')", 'pack', [ascii('?')]],
  ['integral size 33 is larger than limit of 32', 'size', [ascii('i33')]],
  ['integral size overflow', 'size', [ascii('c2147483648')]],
  ['alignment 3 is not a power of 2', 'size', [ascii('!3')]],
  ["bad argument #1 to 'size' (option 's' has no fixed size)", 'size', [ascii('s')]],
  ["bad argument #1 to 'size' (option 'c0' has no fixed size)", 'size', [ascii('c0')]],
  ["bad argument #2 to 'unpack' (data string too short)", 'unpack', [ascii('i'), ascii('abc')]],
  ["bad argument #2 to 'unpack' (data string too short)", 'unpack', [ascii('b'), ascii('abc'), -1]],
  ["bad argument #2 to 'unpack' (data string too short)", 'unpack', [ascii('bc0'), ascii('\xff')]],
  ["bad argument #3 to 'unpack' (offset must be 1 or greater)", 'unpack', [ascii('b'), ascii('abc'), 0]],
  ["format 'c0' needs a previous size", 'unpack', [ascii('c0'), ascii('abc')]],
  ["format 'c0' needs a previous size", 'unpack', [ascii('c1c0'), ascii('abc')]],
  ['unfinished string in data', 'unpack', [ascii('s'), ascii('abc')]],
  ['stack overflow (too many results)', 'unpack', [ascii('b'.repeat(8000)), ascii('x'.repeat(8000))]],
])('%s', (message, name, args) => {
  expect(call(name, ...args)).toBe(message);
});

test('long work is stopped, and more than there is room for is not built', () => {
  const host = new FakeLuaHost(1000);
  expect(() => host.attempt(library, 'size', [ascii('b'.repeat(2000))])).toThrow(ScriptStopped);
  const long = ascii('x'.repeat(600_000));
  expect(new FakeLuaHost(1e9, 1e6).attempt(library, 'pack', [ascii('c0c0'), long, long])).toEqual({ error: 'not enough memory' });
  expect(new FakeLuaHost(1e9, 1e5).attempt(library, 'pack', [ascii('x'.repeat(200_000))])).toEqual({ error: 'not enough memory' });
});
