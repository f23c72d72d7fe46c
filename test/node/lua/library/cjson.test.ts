// cjson without a machine: what it writes, reads and refuses. What a real server makes of the same is compared in
// data-formats.test.ts.

import { describe, expect, test } from 'vitest';
import { ascii, type Bytes, fromText } from '../../../../src/bytes/bytes';
import { cjsonLibrary } from '../../../../src/lua/library/cjson';
import { LuaTable } from '../../../../src/lua/table';
import { LuaThread, LuaUserdata, type LuaValue, NativeFunction } from '../../../../src/lua/value';
import { seededRandom } from '../../../support/engine';
import { FakeLuaHost } from '../../../support/lua-host';
import { entriesOf, luaTable, luaValue, randomNumber, randomString, show } from '../../../support/lua-values';

class Coroutine extends LuaThread {}

/** The first result, or the message of the error. */
function call(library: LuaTable, name: string, ...args: LuaValue[]): LuaValue {
  const outcome = new FakeLuaHost().attempt(library, name, args);
  return 'error' in outcome ? outcome.error : outcome.results[0];
}

function all(library: LuaTable, name: string, ...args: LuaValue[]): LuaValue | readonly LuaValue[] {
  const outcome = new FakeLuaHost().attempt(library, name, args);
  return 'error' in outcome ? outcome.error : outcome.results;
}

const cjson = cjsonLibrary();
const NULL = cjson.get(ascii('null'));
const encode = (value: LuaValue, library = cjson) => call(library, 'encode', value);
const decode = (text: string, library = cjson) => call(library, 'decode', fromText(text));

/** A table with the settings that calls of these functions make. */
function configured(...calls: readonly [name: string, ...args: LuaValue[]][]): LuaTable {
  const library = cjsonLibrary();
  for (const [name, ...args] of calls) call(library, name, ...args);
  return library;
}

function nested(depth: number, wrap: (inner: LuaTable) => LuaTable): LuaTable {
  let table = new LuaTable();
  for (let i = 1; i < depth; i++) table = wrap(table);
  return table;
}

describe('the table', () => {
  test('has what the library of Redis has', () => {
    const shown = entriesOf(cjson).map(([key, value]) => `${key}:${value instanceof NativeFunction ? value.name : show(value)}`);
    expect(shown.sort()).toEqual([
      '_NAME:"cjson"',
      '_VERSION:"2.1.0"',
      'decode:decode',
      'decode_invalid_numbers:decode_invalid_numbers',
      'decode_max_depth:decode_max_depth',
      'encode:encode',
      'encode_invalid_numbers:encode_invalid_numbers',
      'encode_keep_buffer:encode_keep_buffer',
      'encode_max_depth:encode_max_depth',
      'encode_number_precision:encode_number_precision',
      'encode_sparse_array:encode_sparse_array',
      'new:new',
      'null:userdata',
    ]);
  });

  test('of cjson.new() has settings of its own and the same null', () => {
    const other = call(cjson, 'new') as LuaTable;
    expect(call(other, 'encode_max_depth', 1)).toBe(1);
    expect(call(cjson, 'encode_max_depth')).toBe(1000);
    expect(other.get(ascii('null'))).toBe(NULL);
  });
});

describe('encode', () => {
  test.each<[LuaValue, string]>([
    [undefined, 'null'],
    [NULL, 'null'],
    [true, 'true'],
    [false, 'false'],
    [-0, '-0'],
    [100, '100'],
    [0.1, '0.1'],
    [1e14, '1e+14'],
    [2 ** -21, '4.7683715820312e-07'],
    [1 / 3, '0.33333333333333'],
    [ascii(''), '""'],
    [ascii('/ " \\ \b\t\n\f\r \0\x1f\x7f\x80\xff'), '"\\/ \\" \\\\ \\b\\t\\n\\f\\r \\u0000\\u001f\\u007f\x80\xff"'],
    [fromText('é'), '"\xc3\xa9"'],
    [luaValue([]), '{}'],
    [luaValue({ a: [] }), '{"a":{}}'],
    [luaValue([1, 'two', [3]]), '[1,"two",[3]]'],
    [luaTable([[2, ascii('x')]]), '[null,"x"]'],
    [
      luaTable([
        [1, true],
        [ascii('a'), 1],
      ]),
      '{"1":true,"a":1}',
    ],
    [luaTable([[1.5, 1]]), '{"1.5":1}'],
    [luaTable([[0, 1]]), '{"0":1}'],
    [luaTable([[-3, 1]]), '{"-3":1}'],
    [luaTable([[10, 1]]), '[null,null,null,null,null,null,null,null,null,1]'],
    [luaTable([[2 ** 40, 1]]), '{"1099511627776":1}'],
  ])('case %#', (value, text) => {
    expect(encode(value)).toBe(text);
  });

  test.each<[LuaValue, string]>([
    [new NativeFunction('f', () => []), 'Cannot serialise function: type not supported'],
    [new Coroutine(), 'Cannot serialise thread: type not supported'],
    [new LuaUserdata('0x1'), 'Cannot serialise userdata: type not supported'],
    [luaTable([[true, 1]]), 'Cannot serialise boolean: table key must be a number or string'],
    [luaTable([[new LuaTable(), 1]]), 'Cannot serialise table: table key must be a number or string'],
    [luaTable([[11, 1]]), 'Cannot serialise table: excessively sparse array'],
    [Infinity, 'Cannot serialise number: must not be NaN or Inf'],
    [Number.NaN, 'Cannot serialise number: must not be NaN or Inf'],
  ])('refuses case %#', (value, message) => {
    expect(encode(value)).toBe(message);
  });

  test('takes one argument', () => {
    const message = "bad argument #1 to 'encode' (expected 1 argument)";
    expect(call(cjson, 'encode')).toBe(message);
    expect(call(cjson, 'encode', 1, 2)).toBe(message);
    expect(call(cjson, 'encode', undefined)).toBe('null');
  });

  test('nests as deep as is allowed', () => {
    expect(encode(nested(1000, (inner) => LuaTable.of([inner])))).toBe(`${'['.repeat(999)}{}${']'.repeat(999)}`);
    expect(encode(nested(1001, (inner) => LuaTable.of([inner])))).toBe('Cannot serialise, excessive nesting (1001)');
    const shallow = configured(['encode_max_depth', 1]);
    expect(encode(luaValue([1]), shallow)).toBe('[1]');
    expect(encode(luaValue([[1]]), shallow)).toBe('Cannot serialise, excessive nesting (2)');
  });

  test('ends with the stack of C whatever is allowed', () => {
    const deep = configured(['encode_max_depth', 100_000]);
    const list = (inner: LuaTable) => LuaTable.of([inner]);
    const object = (inner: LuaTable) => luaTable([[ascii('a'), inner]]);
    expect(encode(nested(7997, list), deep)).toHaveLength(15_994);
    expect(encode(nested(7998, list), deep)).toBe('Cannot serialise, excessive nesting (7998)');
    expect(encode(nested(3999, object), deep)).toHaveLength(23_990);
    expect(encode(nested(4000, object), deep)).toBe('Cannot serialise, excessive nesting (4000)');
  });

  test('a table that contains itself', () => {
    const table = new LuaTable();
    table.set(1, table);
    expect(encode(table)).toBe('Cannot serialise, excessive nesting (1001)');
  });

  test('accounts for what it writes before it writes more than there is room for', () => {
    let table = LuaTable.of([ascii('x'.repeat(100))]);
    // 2^40 copies of the same string.
    for (let i = 0; i < 40; i++) table = LuaTable.of([table, table]);
    expect(new FakeLuaHost(1e9, 1e6).attempt(cjson, 'encode', [table])).toEqual({ error: 'not enough memory' });
  });
});

describe('decode', () => {
  test.each<[string, LuaValue]>([
    [' \t\r\n1 ', 1],
    ['true', true],
    ['false', false],
    ['null', NULL],
    ['""', ascii('')],
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', ascii('"\\/\b\f\n\r\t')],
    ['"a\\u0041\\u00e9\\u20ac\\ud83d\\ude00z"', fromText('aAé€😀z')],
    ['"\\u0000"', ascii('\0')],
    ['"\n"', ascii('\n')],
    ['-0', -0],
    ['007', 7],
    ['1.', 1],
    ['-.5', -0.5],
    ['+5', 5],
    ['1e2', 100],
    ['123456789012345678', 123456789012345680],
    ['1e999', Infinity],
    ['0x10', 16],
    ['-0x1p-1', -0.5],
    ['Infinity', Infinity],
    ['-inf', -Infinity],
    ['nan(1_a)', Number.NaN],
    ['10\0}', 10],
    ['{"a":{"b":[]}}', luaValue({ a: { b: [] } })],
    ['{"a":1,"b":2,"a":3}', luaValue({ a: 3, b: 2 })],
    ['[1,[2,{"x":null}],"s"]', LuaTable.of([1, LuaTable.of([2, luaTable([[ascii('x'), NULL]])]), ascii('s')])],
  ])('%j', (text, value) => {
    expect(show(decode(text))).toBe(show(value));
  });

  test.each([
    ['', 'Expected value but found T_END at character 1'],
    ['{', 'Expected object key string but found T_END at character 2'],
    ['[1,2', 'Expected comma or array end but found T_END at character 5'],
    ['[1,]', 'Expected value but found T_ARR_END at character 4'],
    ['[,', 'Expected value but found T_COMMA at character 2'],
    ['{1:2}', 'Expected object key string but found T_NUMBER at character 2'],
    ['{"a" true}', 'Expected colon but found T_BOOLEAN at character 6'],
    ['{"a":}', 'Expected value but found T_OBJ_END at character 6'],
    ['{"a":1 "b"', 'Expected comma or object end but found T_STRING at character 8'],
    ['{"a":1]', 'Expected comma or object end but found T_ARR_END at character 7'],
    ['{"a":1,}', 'Expected object key string but found T_OBJ_END at character 8'],
    ['1 null', 'Expected the end but found T_NULL at character 3'],
    ['1 :', 'Expected the end but found T_COLON at character 3'],
    ['[1 {', 'Expected comma or array end but found T_OBJ_BEGIN at character 4'],
    ['[1 [', 'Expected comma or array end but found T_ARR_BEGIN at character 4'],
    ['  x', 'Expected value but found invalid token at character 3'],
    ['tru', 'Expected value but found invalid token at character 1'],
    ['.5', 'Expected value but found invalid token at character 1'],
    ['-', 'Expected value but found invalid number at character 1'],
    ['- 1', 'Expected value but found invalid number at character 1'],
    ['+-1', 'Expected value but found invalid number at character 1'],
    ['0x', 'Expected the end but found invalid token at character 2'],
    ['1e+', 'Expected the end but found invalid token at character 2'],
    ['infinit', 'Expected the end but found invalid token at character 4'],
    ['"abc', 'Expected value but found unexpected end of string at character 5'],
    ['"a\0b"', 'Expected value but found unexpected end of string at character 3'],
    ['"a\\x"', 'Expected value but found invalid escape code at character 3'],
    ['"\\', 'Expected value but found invalid escape code at character 2'],
    ['"\\u12g4"', 'Expected value but found invalid unicode escape code at character 2'],
    ['"\\ude00"', 'Expected value but found invalid unicode escape code at character 2'],
    ['"\\ud83d"', 'Expected value but found invalid unicode escape code at character 2'],
    ['"\\ud83d\\u0041"', 'Expected value but found invalid unicode escape code at character 2'],
    ['\0\0', 'JSON parser does not support UTF-16 or UTF-32'],
    ['1\0', 'JSON parser does not support UTF-16 or UTF-32'],
  ])('refuses %j', (text, message) => {
    expect(decode(text)).toBe(message);
  });

  test('takes one argument, a string', () => {
    expect(call(cjson, 'decode')).toBe("bad argument #1 to 'decode' (expected 1 argument)");
    expect(call(cjson, 'decode', ascii('1'), ascii('2'))).toBe("bad argument #1 to 'decode' (expected 1 argument)");
    expect(call(cjson, 'decode', true)).toBe("bad argument #1 to 'decode' (string expected, got boolean)");
    expect(call(cjson, 'decode', 12.5)).toBe(12.5);
  });

  test('nests as deep as is allowed', () => {
    expect(decode('['.repeat(1000) + ']'.repeat(1000))).toBeInstanceOf(LuaTable);
    expect(decode('['.repeat(1001))).toBe('Found too many nested data structures (1001) at character 1001');
    const shallow = configured(['decode_max_depth', 1]);
    expect(decode('{"obj": {"array": [1,2,3,4]}}', shallow)).toBe('Found too many nested data structures (2) at character 9');
  });

  test('ends with the stack of C whatever is allowed', () => {
    const deep = configured(['decode_max_depth', 100_000]);
    expect(decode('['.repeat(7998) + ']'.repeat(7998), deep)).toBeInstanceOf(LuaTable);
    expect(decode('['.repeat(7999), deep)).toBe('Found too many nested data structures (7999) at character 7999');
    expect(decode(`${'{"a":'.repeat(3999)}1${'}'.repeat(3999)}`, deep)).toBeInstanceOf(LuaTable);
    expect(decode('{"a":'.repeat(4000), deep)).toBe('Found too many nested data structures (4000) at character 19996');
  });

  test('accounts for the tables that it makes', () => {
    expect(new FakeLuaHost(1e9, 1e6).attempt(cjson, 'decode', [ascii(`[${'[],'.repeat(100_000)}1]`)])).toEqual({
      error: 'not enough memory',
    });
    expect(new FakeLuaHost(1e9, 1e6).attempt(cjson, 'decode', [ascii(`[${'1,'.repeat(100_000)}1]`)])).toEqual({
      error: 'not enough memory',
    });
  });

  test('reads what encode has written', () => {
    const random = seededRandom(41);
    const value = (depth: number): LuaValue => {
      const kind = random.below(depth > 0 ? 6 : 4);
      if (kind === 0) return random.below(2) === 0;
      if (kind === 1) return Math.trunc(random.float() * 1e13);
      if (kind < 4) return randomString(random);
      const values = Array.from({ length: 1 + random.below(5) }, () => value(depth - 1));
      return kind === 4 ? LuaTable.of(values) : luaTable(values.map((entry) => [randomString(random), entry]));
    };
    let tables = 0;
    for (let i = 0; i < 500; i++) {
      const original = value(4);
      if (original instanceof LuaTable) tables++;
      expect(show(decodeBytes(encode(original)))).toBe(show(original));
    }
    expect(tables).toBeGreaterThan(100);
  });

  test('of anything cut or changed is a value or an error', () => {
    const random = seededRandom(42);
    const whole = '{"a":[1,-2.5e+10,true,false,null,"x\\u00e9\\n\\ud83d\\ude00"],"b":{"c":{}},"d":[0x1F,nan,inf]} ';
    const outcomes = { values: 0, errors: 0 };
    for (let i = 0; i < 5000; i++) {
      const at = random.below(whole.length);
      const changed = random.below(2) === 0 ? whole.slice(0, at) : whole.slice(0, at) + randomString(random) + whole.slice(at + 1);
      const outcome = new FakeLuaHost().attempt(cjson, 'decode', [changed as Bytes]);
      if ('error' in outcome) outcomes.errors++;
      else outcomes.values++;
    }
    expect(outcomes.errors).toBeGreaterThan(1000);
    expect(outcomes.values).toBeGreaterThan(100);
  });
});

function decodeBytes(text: LuaValue): LuaValue {
  return call(cjson, 'decode', text);
}

describe('settings', () => {
  test.each<[name: string, args: LuaValue[], outcome: string | readonly LuaValue[]]>([
    ['encode_sparse_array', [], [false, 2, 10]],
    ['encode_sparse_array', [true, 0, 1], [true, 0, 1]],
    ['encode_sparse_array', [ascii('on'), undefined, ascii('7')], [true, 2, 7]],
    ['encode_sparse_array', [1, 2, 3, 4], "bad argument #4 to 'encode_sparse_array' (found too many arguments)"],
    ['encode_sparse_array', [true, -1], "bad argument #1 to 'encode_sparse_array' (expected integer between 0 and 2147483647)"],
    ['encode_max_depth', [], [1000]],
    ['encode_max_depth', [2.9], [2]],
    ['encode_max_depth', [0], "bad argument #1 to 'encode_max_depth' (expected integer between 1 and 2147483647)"],
    ['encode_max_depth', [ascii('x')], "bad argument #1 to 'encode_max_depth' (number expected, got string)"],
    ['encode_max_depth', [1, 2], "bad argument #2 to 'encode_max_depth' (found too many arguments)"],
    ['decode_max_depth', [5], [5]],
    ['decode_max_depth', [2 ** 31], "bad argument #1 to 'decode_max_depth' (expected integer between 1 and 2147483647)"],
    ['encode_number_precision', [], [14]],
    ['encode_number_precision', [15], "bad argument #1 to 'encode_number_precision' (expected integer between 1 and 14)"],
    ['encode_keep_buffer', [], [true]],
    ['encode_keep_buffer', [false], [false]],
    ['encode_keep_buffer', [ascii('null')], "bad argument #1 to 'encode_keep_buffer' (invalid option 'null')"],
    ['encode_invalid_numbers', [], [false]],
    ['encode_invalid_numbers', [true], [true]],
    ['encode_invalid_numbers', [ascii('null')], [ascii('null')]],
    ['encode_invalid_numbers', [ascii('x')], "bad argument #1 to 'encode_invalid_numbers' (invalid option 'x')"],
    ['encode_invalid_numbers', [new LuaTable()], "bad argument #1 to 'encode_invalid_numbers' (string expected, got table)"],
    ['decode_invalid_numbers', [], [true]],
    ['decode_invalid_numbers', [ascii('off')], [false]],
  ])('%s %#', (name, args, outcome) => {
    expect(all(cjsonLibrary(), name, ...args)).toEqual(outcome);
  });

  test('stay until they are set again', () => {
    const library = configured(['encode_max_depth', 3]);
    expect(all(library, 'encode_max_depth', 0)).toContain('expected integer');
    expect(all(library, 'encode_max_depth')).toEqual([3]);
  });

  test('arrays with holes', () => {
    const sparse = luaTable([[20, 1]]);
    expect(encode(sparse, configured(['encode_sparse_array', true]))).toBe('{"20":1}');
    expect(encode(sparse, configured(['encode_sparse_array', false, 0]))).toBe(`[${'null,'.repeat(19)}1]`);
    expect(encode(sparse, configured(['encode_sparse_array', false, 2, 20]))).toBe(`[${'null,'.repeat(19)}1]`);
    expect(encode(luaTable([[3, 1]]), configured(['encode_sparse_array', true, 1, 0]))).toBe('{"3":1}');
  });

  test('an array of nothing but holes is accounted for', () => {
    const library = configured(['encode_sparse_array', false, 0]);
    expect(new FakeLuaHost(1e9, 1e6).attempt(library, 'encode', [luaTable([[1e9, 1]])])).toEqual({ error: 'not enough memory' });
  });

  test('NaN and the infinities', () => {
    const values = LuaTable.of([Number.NaN, Infinity, -Infinity]);
    expect(encode(values, configured(['encode_invalid_numbers', true]))).toBe('[nan,inf,-inf]');
    expect(encode(values, configured(['encode_invalid_numbers', ascii('null')]))).toBe('[null,null,null]');
    const key = luaTable([[Infinity, 1]]);
    expect(encode(key)).toBe('Cannot serialise number: must not be NaN or Inf');
    expect(encode(key, configured(['encode_invalid_numbers', true]))).toBe('{"inf":1}');
  });

  test.each([
    ['inf', 'invalid token'],
    ['nan', 'invalid token'],
    ['+1', 'invalid token'],
    ['-inf', 'invalid number'],
    ['-nan', 'invalid number'],
    ['0x10', 'invalid number'],
    ['-0X1', 'invalid number'],
    ['01', 'invalid number'],
    ['--1', 'invalid number'],
  ])('%s is no number when JSON alone is read', (text, found) => {
    expect(decode(text, configured(['decode_invalid_numbers', false]))).toBe(`Expected value but found ${found} at character 1`);
  });

  test('numbers of JSON are read all the same', () => {
    const strict = configured(['decode_invalid_numbers', false]);
    expect(show(decode('[0,-0,10,0.5,-1e3,1.]', strict))).toBe(show(LuaTable.of([0, -0, 10, 0.5, -1000, 1])));
  });

  test.each([
    [1, 2.5, '2'],
    [1, 3.5, '4'],
    [3, 1234, '1.23e+03'],
    [3, 0.00012345, '0.000123'],
    [5, -0, '-0'],
    [5, -1 / 3, '-0.33333'],
    [14, 123456.789, '123456.789'],
  ])('%i digits of %d', (digits, value, text) => {
    expect(encode(value, configured(['encode_number_precision', digits]))).toBe(text);
  });
});

describe('what the test suite of Redis asks', () => {
  test('numbers', () => {
    expect(show(decode('[0.0, -5e3, -1, 0.3e-3, 1023.2, 0e10]'))).toBe(show(LuaTable.of([0, -5000, -1, 0.0003, 1023.2, 0])));
  });

  test('strings', () => {
    expect(show(decode('{"keya": "a", "keyb": "b"}'))).toBe(show(luaValue({ keya: 'a', keyb: 'b' })));
  });

  test('a map of everything comes back, with the buffer kept or not', () => {
    const map = luaValue({ s1: 'Some string', n1: 100, a1: ['Some', 'String', 'Array'], b1: true, b2: false });
    for (const keep of [true, false]) {
      const library = configured(['encode_keep_buffer', keep]);
      expect(show(call(library, 'decode', call(library, 'encode', map)))).toBe(show(map));
    }
  });

  test('numeric keys beside others become strings', () => {
    const table = luaTable([
      [ascii('one'), ascii('one')],
      [1, ascii('one')],
    ]);
    expect(show(decodeBytes(encode(table)))).toBe(show(luaValue({ one: 'one', '1': 'one' })));
  });

  test('numbers of every size are written as %.14g writes them', () => {
    const random = seededRandom(43);
    for (let i = 0; i < 1000; i++) {
      const value = randomNumber(random);
      const read = decodeBytes(encode(value)) as number;
      expect(Math.abs(read - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-13);
    }
  });
});
