// cmsgpack without a machine: what it writes, reads and refuses. What a real server makes of the same is compared in
// data-formats.test.ts.

import { describe, expect, test } from 'vitest';
import { ascii, type Bytes, fromBuffer, toBuffer } from '../../../../src/bytes/bytes';
import { cmsgpackLibrary } from '../../../../src/lua/library/cmsgpack';
import { LuaTable } from '../../../../src/lua/table';
import { LuaUserdata, type LuaValue, NativeFunction } from '../../../../src/lua/value';
import { seededRandom } from '../../../support/engine';
import { FakeLuaHost } from '../../../support/lua-host';
import { entriesOf, luaTable, luaValue, randomNumber, randomString, show } from '../../../support/lua-values';

const cmsgpack = cmsgpackLibrary();

/** All results, or the message of the error. */
function call(name: string, ...args: LuaValue[]): LuaValue | readonly LuaValue[] {
  const outcome = new FakeLuaHost().attempt(cmsgpack, name, args);
  return 'error' in outcome ? outcome.error : outcome.results;
}

function pack(...values: LuaValue[]): Bytes {
  const [packed] = call('pack', ...values) as readonly LuaValue[];
  return packed as Bytes;
}

function hex(bytes: Bytes): string {
  return Buffer.from(toBuffer(bytes)).toString('hex');
}

function bytes(digits: string): Bytes {
  return fromBuffer(Buffer.from(digits, 'hex'));
}

function unpack(digits: string): LuaValue | readonly LuaValue[] {
  return call('unpack', bytes(digits));
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

test('the table has what the library of Redis has', () => {
  const shown = entriesOf(cmsgpack).map(([key, value]) => `${key}:${value instanceof NativeFunction ? value.name : value}`);
  expect(shown.sort()).toEqual([
    '_COPYRIGHT:Copyright (C) 2012, Salvatore Sanfilippo',
    '_DESCRIPTION:MessagePack C implementation for Lua',
    '_NAME:cmsgpack',
    '_VERSION:lua-cmsgpack 0.4.0',
    'pack:pack',
    'unpack:unpack',
    'unpack_limit:unpack_limit',
    'unpack_one:unpack_one',
  ]);
});

describe('pack', () => {
  test.each<[LuaValue, string]>([
    [undefined, 'c0'],
    [new LuaUserdata('(nil)'), 'c0'],
    [new NativeFunction('f', () => []), 'c0'],
    [true, 'c3'],
    [false, 'c2'],
    [0, '00'],
    [-0, '00'],
    [127, '7f'],
    [128, 'cc80'],
    [255, 'ccff'],
    [256, 'cd0100'],
    [65535, 'cdffff'],
    [65536, 'ce00010000'],
    [2 ** 32 - 1, 'ceffffffff'],
    [2 ** 32, 'cf0000000100000000'],
    [2 ** 62, 'cf4000000000000000'],
    [2 ** 63, 'ca5f000000'],
    [-1, 'ff'],
    [-32, 'e0'],
    [-33, 'd0df'],
    [-128, 'd080'],
    [-129, 'd1ff7f'],
    [-32768, 'd18000'],
    [-32769, 'd2ffff7fff'],
    [-(2 ** 31), 'd280000000'],
    [-(2 ** 31) - 1, 'd3ffffffff7fffffff'],
    [-1099511627776, 'd3ffffff0000000000'],
    [-(2 ** 63), 'd38000000000000000'],
    [0.1, 'cb3fb999999999999a'],
    [0.5, 'ca3f000000'],
    [-1.25, 'cabfa00000'],
    [1e300, 'cb7e37e43c8800759c'],
    [Infinity, 'ca7f800000'],
    [-Infinity, 'caff800000'],
    [Number.NaN, 'cbfff8000000000000'],
    [ascii(''), 'a0'],
    [ascii('ab\xff'), 'a36162ff'],
    [luaValue([]), '90'],
    [luaValue([1, 2]), '920102'],
    [luaValue({ a: 1 }), '81a16101'],
    [luaTable([[2, 1]]), '810201'],
    [luaTable([[0, 1]]), '810001'],
    [luaTable([[1.5, true]]), '81ca3fc00000c3'],
    [luaTable([[2 ** 31, true]]), '81ce80000000c3'],
    [luaTable([[true, false]]), '81c3c2'],
    [luaTable([[luaValue(['k']), 1]]), '8191a16b01'],
    [
      luaTable([
        [1, 7],
        [ascii('x'), 8],
      ]),
      '820107a17808',
    ],
  ])('case %#', (value, digits) => {
    expect(hex(pack(value))).toBe(digits);
  });

  test.each([
    [31, 'bf'],
    [32, 'd920'],
    [255, 'd9ff'],
    [256, 'da0100'],
    [65535, 'daffff'],
    [65536, 'db00010000'],
  ])('a string of %i bytes', (length, prefix) => {
    const text = ascii('x'.repeat(length));
    expect(pack(text)).toBe(bytes(prefix) + text);
  });

  test.each([
    [15, '9f', '8f'],
    [16, 'dc0010', 'de0010'],
    [65536, 'dd00010000', 'df00010000'],
  ])('tables of %i entries', (count, list, map) => {
    const listed = hex(pack(LuaTable.of(range(count))));
    const mapped = hex(pack(luaTable(range(count).map((i) => [ascii(`k${i}`), i]))));
    expect(listed.slice(0, list.length)).toBe(list);
    expect(mapped.slice(0, map.length)).toBe(map);
  });

  test('several values follow each other', () => {
    expect(hex(pack(1, undefined, ascii('a')))).toBe('01c0a161');
  });

  test('refuses nothing and too much', () => {
    expect(call('pack')).toBe("bad argument #0 to 'pack' (MessagePack pack needs input.)");
    expect(call('pack', ...range(4001))).toBe("bad argument #0 to 'pack' (Too many arguments for MessagePack pack.)");
    expect(pack(...range(4000))).toHaveLength(11_618);
  });

  test('accounts for what it writes before it writes more than there is room for', () => {
    let table = LuaTable.of(range(100));
    // 100^10 numbers.
    for (let i = 0; i < 10; i++) table = LuaTable.of(range(100).map(() => table));
    expect(new FakeLuaHost(1e9, 1e6).attempt(cmsgpack, 'pack', [table])).toEqual({ error: 'not enough memory' });
  });
});

describe('unpack', () => {
  test.each<[string, readonly LuaValue[]]>([
    ['', []],
    ['c0', [undefined]],
    ['c2c3', [false, true]],
    ['00', [0]],
    ['7f', [127]],
    ['ff', [-1]],
    ['e0', [-32]],
    ['ccff', [255]],
    ['cdffff', [65535]],
    ['ceffffffff', [2 ** 32 - 1]],
    ['cf0000000100000000', [2 ** 32]],
    ['cfffffffffffffffff', [-1]],
    ['d0ff', [-1]],
    ['d18000', [-32768]],
    ['d1ff01', [-255]],
    ['d280000000', [-(2 ** 31)]],
    ['d3ffffff0000000000', [-1099511627776]],
    ['d37fffffffffffffff', [2 ** 63]],
    ['ca3fc00000', [1.5]],
    ['cb3fb999999999999a', [0.1]],
    ['a0', [ascii('')]],
    ['a26162', [ascii('ab')]],
    ['d90161', [ascii('a')]],
    ['da000161', [ascii('a')]],
    ['db0000000161', [ascii('a')]],
    ['90', [luaValue([])]],
    [
      '9301c003',
      [
        luaTable([
          [1, 1],
          [3, 3],
        ]),
      ],
    ],
    ['dc00020102', [luaValue([1, 2])]],
    ['dd000000020102', [luaValue([1, 2])]],
    ['80', [luaValue({})]],
    ['82a16101a16202', [luaValue({ a: 1, b: 2 })]],
    ['82a16101a161c0', [luaValue({})]],
    ['810180', [luaTable([[1, new LuaTable()]])]],
    ['de0001a16101', [luaValue({ a: 1 })]],
    ['df00000001a16101', [luaValue({ a: 1 })]],
    ['9281a1619102a162', [LuaTable.of([luaValue({ a: [2] }), ascii('b')])]],
  ])('%s', (digits, values) => {
    const results = unpack(digits) as readonly LuaValue[];
    expect(results.map(show)).toEqual(values.map(show));
  });

  test.each([
    ['cc', 'Missing bytes in input.'],
    ['cd01', 'Missing bytes in input.'],
    ['cf01020304050607', 'Missing bytes in input.'],
    ['cb01', 'Missing bytes in input.'],
    ['a261', 'Missing bytes in input.'],
    ['d9', 'Missing bytes in input.'],
    ['dbffffffff61', 'Missing bytes in input.'],
    ['ddffffffff61', 'Missing bytes in input.'],
    ['dfffffffff61', 'Missing bytes in input.'],
    ['9101c1', 'Bad data format in input.'],
    ['92', 'Missing bytes in input.'],
    ['8101', 'Missing bytes in input.'],
    ['c1', 'Bad data format in input.'],
    ['c4', 'Bad data format in input.'],
    ['c9', 'Bad data format in input.'],
    ['d4', 'Bad data format in input.'],
    ['d8', 'Bad data format in input.'],
    ['81c001', 'table index is nil'],
    ['81c0c0', 'table index is nil'],
    ['81cb7ff800000000000001', 'table index is NaN'],
  ])('refuses %s', (digits, message) => {
    expect(unpack(digits)).toBe(message);
  });

  test('wants a string', () => {
    expect(call('unpack')).toBe("bad argument #1 to 'unpack' (string expected, got no value)");
    expect(call('unpack', 1)).toEqual([0x31]);
    expect(call('unpack_one', new LuaTable())).toBe("bad argument #1 to 'unpack_one' (string expected, got table)");
    expect(call('unpack_one', ascii('a'), ascii('x'))).toBe("bad argument #2 to 'unpack_one' (number expected, got string)");
    expect(call('unpack_limit', ascii('a'))).toBe("bad argument #2 to 'unpack_limit' (number expected, got no value)");
  });

  test('one or some, with the offset of what follows', () => {
    const stream = pack(1, ascii('two'), 3);
    expect(call('unpack_one', stream)).toEqual([1, 1]);
    expect(call('unpack_one', stream, 1)).toEqual([5, ascii('two')]);
    expect(call('unpack_one', stream, 5)).toEqual([-1, 3]);
    expect(call('unpack_one', stream, 6)).toEqual([-1]);
    expect(call('unpack_limit', stream, 2)).toEqual([5, 1, ascii('two')]);
    expect(call('unpack_limit', stream, 9, 1)).toEqual([-1, ascii('two'), 3]);
    expect(call('unpack_limit', stream, 0)).toEqual([1, ascii('two'), 3]);
    expect(call('unpack_limit', stream, 0, 1)).toEqual([1]);
  });

  test('offsets and limits that are out of range', () => {
    const data = ascii('abc');
    expect(call('unpack_one', data, 4)).toBe('Start offset 4 greater than input length 3.');
    expect(call('unpack_one', data, 2 ** 40)).toBe('Start offset 0 greater than input length 3.');
    expect(call('unpack_one', data, -1)).toBe('Invalid request to unpack with offset of -1 and limit of 3.');
    expect(call('unpack_limit', data, -2)).toBe('Invalid request to unpack with offset of 0 and limit of 3.');
  });

  test('ends with the stack of C', () => {
    const tooMany = 'stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)';
    const results = (name: string, ...args: LuaValue[]) => {
      const outcome = call(name, ...args);
      return Array.isArray(outcome) ? outcome.length : outcome;
    };
    expect(results('unpack', ascii('a'.repeat(7999)))).toBe(7999);
    expect(results('unpack', ascii('a'.repeat(8000)))).toBe(tooMany);
    expect(results('unpack_limit', ascii('a'.repeat(8000)), 7998)).toBe(7999);
    expect(results('unpack_limit', ascii('a'.repeat(8000)), 7999)).toBe('stack overflow (in function mp_unpack_full)');
    expect(results('unpack', ascii(`${'\x91'.repeat(3999)}a`))).toBe(1);
    expect(results('unpack', ascii(`${'\x91'.repeat(4000)}a`))).toBe('stack overflow (in function mp_decode_to_lua_array)');
    expect(results('unpack', ascii(`${'\x91'.repeat(3998)}\x90`))).toBe(1);
    expect(results('unpack', ascii('\x81'.repeat(9000)))).toBe(tooMany);
  });

  test('accounts for the tables that it makes', () => {
    const data = ascii(`\xdd\x00\x01\x00\x00${'\x90'.repeat(65_536)}`);
    expect(new FakeLuaHost(1e9, 1e6).attempt(cmsgpack, 'unpack', [data])).toEqual({ error: 'not enough memory' });
  });
});

test('what was packed comes back', () => {
  const random = seededRandom(51);
  const value = (depth: number): LuaValue => {
    const kind = random.below(depth > 0 ? 7 : 5);
    if (kind === 0) return random.below(2) === 0;
    // MessagePack's integers have no negative zero: adding zero makes it a plain one.
    if (kind < 3) return randomNumber(random) + 0;
    if (kind < 5) return randomString(random);
    const values = Array.from({ length: random.below(20) }, () => value(depth - 1));
    return kind === 5 ? LuaTable.of(values) : luaTable(values.map((entry) => [randomString(random), entry]));
  };
  let tables = 0;
  for (let i = 0; i < 500; i++) {
    const original = value(4);
    if (original instanceof LuaTable) tables++;
    const [read] = call('unpack', pack(original)) as readonly LuaValue[];
    expect(show(read)).toBe(show(original));
  }
  expect(tables).toBeGreaterThan(100);
});

test('of anything cut or changed there is a value or an error', () => {
  const random = seededRandom(52);
  const whole = pack(luaValue({ a: [1, 300, -70000, 0.1, 0.5, true], b: { c: 'x'.repeat(40), d: {} } }), 2 ** 40, ascii('end'));
  const outcomes = { values: 0, errors: 0 };
  for (let i = 0; i < 5000; i++) {
    const at = random.below(whole.length);
    const changed = random.below(2) === 0 ? whole.slice(0, at) : whole.slice(0, at) + randomString(random) + whole.slice(at + 1);
    const outcome = new FakeLuaHost().attempt(cmsgpack, 'unpack', [changed as Bytes]);
    if ('error' in outcome) outcomes.errors++;
    else outcomes.values++;
  }
  expect(outcomes.errors).toBeGreaterThan(1000);
  expect(outcomes.values).toBeGreaterThan(100);
});

test('tables that contain each other are packed 16 levels deep', () => {
  const inner = new LuaTable();
  const outer = luaTable([
    [ascii('y'), 5],
    [ascii('x'), inner],
  ]);
  inner.set(ascii('x'), outer);
  expect(hex(pack(outer))).toBe(`${'82a17905a17881a178'.repeat(8)}c0`);
});
