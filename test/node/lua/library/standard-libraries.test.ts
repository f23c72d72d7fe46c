// string, table, math, bit and struct against those of a real server: random texts and patterns, templates, tables, numbers
// and formats.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../../src/bytes/bytes';
import { LuaError } from '../../../../src/lua/error';
import { bitLibrary } from '../../../../src/lua/library/bit';
import { mathLibrary } from '../../../../src/lua/library/math';
import { stringLibrary } from '../../../../src/lua/library/string';
import { structLibrary } from '../../../../src/lua/library/struct';
import { tableLibrary } from '../../../../src/lua/library/table';
import { LuaTable } from '../../../../src/lua/table';
import { type LuaHost, type LuaValue, type NativeCall, NativeFunction } from '../../../../src/lua/value';
import type { Random } from '../../../../src/spec/context';
import { seededRandom } from '../../../support/engine';
import { compareCalls, type LibraryCall } from '../../../support/lua-calls';
import { FakeLuaHost } from '../../../support/lua-host';
import { luaTable, luaValue, pick, randomNumber, randomString, WrittenFunction } from '../../../support/lua-values';
import { RealRedis, redisInstalled } from '../../../support/real-redis';

/** Functions around those of the libraries: what iterators give, and what becomes of a table, can be compared then. */
const HELPERS = `
local seen = {}
function seen.gmatch(text, pattern)
  local found, iterator = {}, string.gmatch(text, pattern)
  while #found < 20 do
    local results = { pcall(iterator) }
    found[#found + 1] = results
    if not results[1] or results[2] == nil then break end
  end
  return found
end
function seen.change(name, list, ...)
  local results = { pcall(table[name], list, ...) }
  if not results[1] then results[2] = string.gsub(results[2], '^user_script:%d+: ', '') end
  return list, results
end
function seen.rounded(name, ...)
  local result = math[name](...)
  return result ~= result and 'nan' or string.format('%.13g', result)
end`;

function outcomeOf(host: LuaHost, callee: LuaValue, args: readonly LuaValue[]): LuaTable {
  try {
    return LuaTable.of([true, ...host.call(callee, args)]);
  } catch (error) {
    if (error instanceof LuaError) return LuaTable.of([false, error.value]);
    throw error;
  }
}

function helpers(string: LuaTable, table: LuaTable, math: LuaTable): LuaTable {
  const functions: Record<string, NativeCall> = {
    gmatch: (args, host) => {
      const [iterator] = host.call(string.get(ascii('gmatch')), args);
      const found: LuaTable[] = [];
      while (found.length < 20) {
        const results = outcomeOf(host, iterator, []);
        found.push(results);
        if (results.get(1) === false || results.get(2) === undefined) break;
      }
      return [LuaTable.of(found)];
    },
    change: ([name, list, ...rest], host) => {
      const results = outcomeOf(host, table.get(name), [list, ...rest]);
      return [list, results];
    },
    rounded: ([name, ...rest], host) => {
      const [result] = host.call(math.get(name), rest);
      return Number.isNaN(result) ? [ascii('nan')] : host.call(string.get(ascii('format')), [ascii('%.13g'), result]);
    },
  };
  return luaTable(Object.entries(functions).map(([name, call]) => [ascii(name), new NativeFunction(name, call)]));
}

function libraries() {
  const [string, table] = [stringLibrary(), tableLibrary()];
  const math = mathLibrary();
  // As the scripts of a real server start here.
  new FakeLuaHost().attempt(math, 'randomseed', [0]);
  return { string, table, math, bit: bitLibrary(), struct: structLibrary(), seen: helpers(string, table, math) };
}

function textOf(random: Random, length: number, alphabet: string): Bytes {
  return ascii(Array.from({ length: random.below(length) }, () => pick(random, [...alphabet])).join(''));
}

const PATTERN_PIECES = [
  ...['a', 'b', 'c', '.', '%a', '%d', '%s', '%w', '%W', '%u', '%l', '%p', '%c', '%x', '%z', '%Z', '%.', '%%', ' ', '-', '1'],
  ...['[ab]', '[^a]', '[a-c]', '[%a_]', '[^%s]', '[]]', '[^]]', '[a-]', '[%]]', '[%a-z]', '[c-a]', '[', '[^', '[a', '[%', ']'],
  ...['(', ')', '()', '(a)', '(.-)', '(%w+)', '%1', '%2', '%0', '%9', '%bab', '%b()', '%b', '%f[%w]', '%f[^a]', '%f', '%f[', '%'],
  ...['*', '+', '-', '?', '^', '$', '\0', '\xe4'],
];

function randomPattern(random: Random): Bytes {
  const pieces = Array.from({ length: random.below(7) }, () => {
    const piece = pick(random, PATTERN_PIECES);
    return random.below(3) === 0 ? piece + pick(random, ['*', '+', '-', '?']) : piece;
  });
  if (random.below(5) === 0) pieces.unshift('^');
  if (random.below(5) === 0) pieces.push('$');
  return ascii(pieces.join(''));
}

function randomText(random: Random): Bytes {
  return textOf(random, 12, random.below(3) === 0 ? 'ab(). 1_-A%\0\xe4]\n' : 'abc');
}

const REPLACEMENT_PIECES = ['x', '%0', '%1', '%1', '%2', '%%', '%a', '%', '\0', 'yy'];
const REPLACEMENTS: readonly LuaValue[] = [
  new WrittenFunction('function(...) return select("#", ...) end', (args) => [args.length]),
  new WrittenFunction('function(a, b) return b end', ([, second]) => [second]),
  new WrittenFunction('function(a) if a == "a" then return "<" end end', ([first]) => [first === 'a' ? ascii('<') : undefined]),
  new WrittenFunction('function(a) return a ~= "b" and {} end', ([first]) => [first !== 'b' && new LuaTable()]),
  luaValue({ a: 'A', b: false, c: 1.5 }),
  luaTable([
    [1, ascii('one')],
    [2, true],
    [ascii('ab'), ascii('')],
  ]),
  undefined,
  true,
  12,
];

function randomReplacement(random: Random): LuaValue {
  if (random.below(2) === 0) return pick(random, REPLACEMENTS);
  return ascii(Array.from({ length: random.below(4) }, () => pick(random, REPLACEMENT_PIECES)).join(''));
}

function randomMatch(random: Random): LibraryCall {
  const [text, pattern] = [randomText(random), randomPattern(random)];
  const start = random.below(3) === 0 ? [random.below(20) - 10] : [];
  switch (random.below(5)) {
    case 0:
      return { library: 'string', name: 'match', args: [text, pattern, ...start] };
    case 1:
      return { library: 'seen', name: 'gmatch', args: [text, pattern] };
    case 2: {
      const limit = random.below(3) === 0 ? [random.below(5) - 1] : [];
      return { library: 'string', name: 'gsub', args: [text, pattern, randomReplacement(random), ...limit] };
    }
    default: {
      const plain = start.length > 0 && random.below(4) === 0 ? [true] : [];
      return { library: 'string', name: 'find', args: [text, pattern, ...start, ...plain] };
    }
  }
}

const SPECIAL_NUMBERS = [
  ...[0, -0, 0.5, 1.5, 2.5, -2.5, 1e15, 1e16, 1e21, 1e22, 123456789.125, 0.00001, 0.0001, 99999.95, 0.125, 1e-300, 5e-324, 1e308],
  ...[
    2 ** 31,
    -(2 ** 31) - 1,
    2 ** 32,
    2 ** 53,
    2 ** 63,
    -(2 ** 63),
    2 ** 63 + 2 ** 12,
    2 ** 64,
    -(2 ** 64),
    Infinity,
    -Infinity,
    Number.NaN,
  ],
];

function someNumber(random: Random): number {
  return random.below(3) === 0 ? pick(random, SPECIAL_NUMBERS) : randomNumber(random);
}

/** One that is mostly what is asked for. */
function anyValue(random: Random, number: boolean): LuaValue {
  const kind = random.below(20);
  if (kind === 0) return pick(random, [undefined, true, luaValue([1]), ascii('x'), ascii('0x10'), ascii('')]);
  if (number) return someNumber(random);
  if (kind === 1) return someNumber(random);
  if (kind === 2) return ascii('long'.repeat(20 + random.below(10)));
  return random.below(2) === 0 ? textOf(random, 8, 'a"\\\n\r\0\xe4') : randomString(random);
}

function randomFormat(random: Random): LibraryCall {
  const args: LuaValue[] = [];
  let template = '';
  for (let i = random.below(3); i >= 0; i--) {
    const letter = pick(random, [...'ddiucxXoeEfgGqsss']);
    const odd = random.below(30) === 0;
    const flags = textOf(random, odd ? 9 : 3, '-+ #0');
    const width = random.below(3) === 0 ? `${random.below(odd ? 300 : 30)}` : '';
    const precision = random.below(3) === 0 ? `.${pick(random, ['', `${random.below(odd ? 200 : 25)}`])}` : '';
    template += `${textOf(random, 3, 'a%\0').replaceAll('%', '%%')}%${flags}${width}${precision}`;
    template += random.below(30) === 0 ? pick(random, ['F', 'a', 'y', '', '\0', '%', 'l']) : letter;
    args.push(anyValue(random, !'qs'.includes(letter)));
  }
  if (random.below(20) === 0) args.pop();
  return { library: 'string', name: 'format', args: [ascii(template), ...args] };
}

function randomStringCall(random: Random): LibraryCall {
  const text = random.below(15) === 0 ? anyValue(random, true) : randomString(random);
  const places = Array.from({ length: random.below(3) }, () => (random.below(8) === 0 ? anyValue(random, true) : random.below(16) - 8));
  switch (random.below(6)) {
    case 0:
      return { library: 'string', name: pick(random, ['len', 'lower', 'upper', 'reverse']), args: [text] };
    case 1:
      return { library: 'string', name: 'byte', args: [text, ...places] };
    case 2:
      return { library: 'string', name: 'char', args: places.map((place) => (typeof place === 'number' ? place + 64 : place)) };
    case 3:
      return { library: 'string', name: 'rep', args: [text, random.below(5) - 1 + random.below(2) / 2] };
    default:
      return { library: 'string', name: 'sub', args: [text, ...places] };
  }
}

const ORDERS: readonly LuaValue[] = [
  undefined,
  new WrittenFunction('function(a, b) return a > b end', ([a, b], host) => [host.lessThan(b, a)]),
  new WrittenFunction('function() return true end', () => [true]),
  new WrittenFunction('function() return nil end', () => [undefined]),
  new WrittenFunction('function(a, b) return tostring(a):len() < tostring(b):len() end', ([a, b], host) => [
    host.toText(a).length < host.toText(b).length,
  ]),
];

/** Without holes: what `#` says of those is not the libraries' affair. */
function randomList(random: Random, mixed: boolean): LuaTable {
  const value = (): LuaValue => (mixed && random.below(8) === 0 ? pick<LuaValue>(random, [true, ascii('b')]) : random.below(12));
  return LuaTable.of(Array.from({ length: random.below(random.below(6) === 0 ? 100 : 8) }, value));
}

function randomTableCall(random: Random): LibraryCall {
  const list = randomList(random, random.below(3) === 0);
  const place = random.below(8) === 0 ? anyValue(random, true) : random.below(12) - 2;
  const change = (name: string, ...rest: LuaValue[]) => ({ library: 'seen', name: 'change', args: [ascii(name), list, ...rest] });
  switch (random.below(10)) {
    case 0:
      return change('insert', ...[place, ascii('new'), 1].slice(0, random.below(8) === 0 ? 3 : 1));
    case 1:
      // Far out, the array would take its place by place.
      return change('insert', typeof place === 'number' ? Math.max(Math.min(place, 20), -20) : place, ascii('new'));
    case 2:
    case 3:
      return change('remove', ...[place].slice(random.below(2)));
    case 4: {
      const separator = pick<LuaValue>(random, [undefined, ascii(', '), 7, true]);
      return { library: 'table', name: 'concat', args: [list, separator, random.below(6), random.below(9)].slice(0, 1 + random.below(4)) };
    }
    case 5: {
      const one = pick(random, [list, luaTable([[2.5, 1]]), luaTable([[-3, 1]]), luaValue({ a: 1 }), undefined]);
      return { library: 'table', name: pick(random, ['maxn', 'getn', 'setn']), args: [one] };
    }
    case 6: {
      const callee = new WrittenFunction('function(k, v) if v == 3 then return k end end', ([key, value]) => [
        value === 3 ? key : undefined,
      ]);
      return {
        library: 'table',
        name: pick(random, ['foreachi', 'foreach']),
        args: [LuaTable.of([1, 2, 3].slice(random.below(4))), callee],
      };
    }
    default:
      return change('sort', pick(random, ORDERS));
  }
}

/** Functions whose results C's library and V8's need not agree on in the last digit. */
const ROUNDED = ['acos', 'asin', 'atan', 'cos', 'cosh', 'exp', 'log', 'log10', 'sin', 'sinh', 'tan', 'tanh', 'atan2', 'pow'];
const EXACT = ['abs', 'ceil', 'floor', 'sqrt', 'deg', 'rad', 'frexp', 'modf', 'fmod', 'mod', 'ldexp', 'max', 'min'];

function randomRoundedCall(random: Random): LibraryCall {
  const name = pick(random, ROUNDED);
  const args = Array.from({ length: 2 }, () => (random.below(4) === 0 ? someNumber(random) : (random.float() - 0.5) * 4));
  return { library: 'seen', name: 'rounded', args: [ascii(name), ...args] };
}

function randomMathCall(random: Random): LibraryCall {
  const name = pick(random, [...EXACT, 'random', 'random', 'randomseed']);
  const count = name === 'random' ? random.below(4) : 1 + random.below(3);
  const args = Array.from({ length: count }, () => (random.below(20) === 0 ? anyValue(random, true) : someNumber(random)));
  if (name === 'ldexp' && random.below(2) === 0) args[1] = random.below(2200) - 1100;
  return { library: 'math', name, args };
}

function randomBitCall(random: Random): LibraryCall {
  const number = (): LuaValue => {
    if (random.below(4) > 0) return someNumber(random);
    return random.below(3) > 0 ? random.below(2 ** 32) - random.below(2) / 2 : anyValue(random, true);
  };
  const shifts = ['lshift', 'rshift', 'arshift', 'rol', 'ror'];
  const name = pick(random, ['tobit', 'bnot', 'band', 'bor', 'bxor', 'bswap', 'tohex', 'tohex', ...shifts]);
  const small = shifts.includes(name) || name === 'tohex';
  const second = () => (small && random.below(4) > 0 ? random.below(80) - 40 : number());
  const args = [number, second, number, number].slice(0, name.startsWith('b') ? random.below(5) : 1 + random.below(2));
  return { library: 'bit', name, args: args.map((make) => make()) };
}

const STRUCT_OPTIONS = [...'bBhHlLTiIfdxcs', 'i1', 'i3', 'I5', 'i8', 'I9', 'i16', 'I32', 'i33', 'i0', 'c0', 'c2', 'c5', 'c99999999999'];
const STRUCT_CONTROLS = ['<', '>', '!', '!1', '!2', '!4', '!16', '!3', '!0', ' '];

function structFormat(random: Random): string[] {
  return Array.from({ length: random.below(7) }, () => {
    if (random.below(40) === 0) return pick(random, ['z', '?', '\0', '7', '-']);
    return pick(random, random.below(3) === 0 ? STRUCT_CONTROLS.slice(0, random.below(4) === 0 ? 10 : 7) : STRUCT_OPTIONS.slice(0, 20));
  });
}

function structArguments(random: Random, options: readonly string[]): LuaValue[] {
  const stringLike = (option: string) => option.startsWith('c') || option === 's';
  const valued = options.filter((option) => /^[bBhHlLTiIfdcs]/.test(option));
  return valued.map((option) => (stringLike(option) ? pick(random, [randomString(random), ascii('string')]) : anyValue(random, true)));
}

function randomStructCall(random: Random): LibraryCall {
  const options = random.below(20) === 0 ? [pick(random, STRUCT_OPTIONS)] : structFormat(random);
  const format = ascii(options.join(''));
  switch (random.below(5)) {
    case 0:
      return { library: 'struct', name: 'size', args: [format] };
    case 1:
    case 2: {
      const args = structArguments(random, options);
      if (random.below(15) === 0) args.pop();
      return { library: 'struct', name: 'pack', args: [format, ...args] };
    }
    default: {
      const start = random.below(3) === 0 ? [random.below(8) - 2] : [];
      const zeros = random.below(2) === 0 ? '\0\x02\0\0\0abc\0def' : '';
      const data = `${randomString(random)}${zeros}${randomString(random)}${'data \0 data \xff \0\0\0'.repeat(random.below(6))}`;
      return { library: 'struct', name: 'unpack', args: [format, ascii(data), ...start] };
    }
  }
}

describe.skipIf(!redisInstalled)('the same as a real server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  const compare = (calls: readonly LibraryCall[], before = '') => compareCalls(redis, calls, libraries, { before: HELPERS + before });

  async function compareRandom(seed: number, count: number, make: (random: Random) => LibraryCall, before = ''): Promise<void> {
    const random = seededRandom(seed);
    const { values, errors } = await compare(
      Array.from({ length: count }, () => make(random)),
      before,
    );
    expect(values).toBeGreaterThan(count / 4);
    expect(errors).toBeGreaterThan(count / 60);
  }

  test('patterns', () => compareRandom(71, 6000, randomMatch));
  test('string.format', () => compareRandom(72, 4000, randomFormat));
  test('the rest of string', () => compareRandom(73, 2000, randomStringCall));
  test('table', () => compareRandom(74, 2000, randomTableCall));
  test('math, but for the last digits', async () => {
    const random = seededRandom(76);
    const { values } = await compare(Array.from({ length: 2000 }, () => randomRoundedCall(random)));
    expect(values).toBe(2000);
  });
  test('bit', () => compareRandom(77, 3000, randomBitCall));
  test('struct', () => compareRandom(78, 5000, randomStructCall));
  test('math', () => compareRandom(75, 2000, randomMathCall, '\nmath.randomseed(0)'));
});
