// cjson and cmsgpack against those of a real server: random values written, random inputs, whole, cut and changed, read.
// Tables have one entry at most where the order of entries would show: a real server's order is that of its hashes.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ascii, type Bytes, fromText } from '../../../../src/bytes/bytes';
import { cjsonLibrary } from '../../../../src/lua/library/cjson';
import { cmsgpackLibrary } from '../../../../src/lua/library/cmsgpack';
import { LuaTable } from '../../../../src/lua/table';
import { type LuaValue, NativeFunction } from '../../../../src/lua/value';
import type { Random } from '../../../../src/spec/context';
import { seededRandom } from '../../../support/engine';
import { compareCalls, type LibraryCall } from '../../../support/lua-calls';
import { FakeLuaHost } from '../../../support/lua-host';
import { luaTable, pick, randomNumber, randomString } from '../../../support/lua-values';
import { RealRedis, redisInstalled } from '../../../support/real-redis';

const CJSON_NULL = cjsonLibrary().get(ascii('null'));

const libraries = () => ({ cjson: cjsonLibrary(), cmsgpack: cmsgpackLibrary() });

const RESTORE_SETTINGS = `
cjson.encode_sparse_array(false, 2, 10)
cjson.encode_max_depth(1000)
cjson.decode_max_depth(1000)
cjson.encode_number_precision(14)
cjson.encode_invalid_numbers(false)
cjson.decode_invalid_numbers(true)`;

function randomKey(random: Random): LuaValue {
  return random.below(3) === 0 ? randomNumber(random) + 0 : randomString(random);
}

function randomValue(random: Random, depth: number, holes: boolean): LuaValue {
  const kind = random.below(depth > 0 ? 12 : 8);
  if (kind < 3) return randomNumber(random);
  if (kind < 5) return randomString(random);
  if (kind === 5) return random.below(2) === 0;
  if (kind === 6) return random.below(3) > 0 ? CJSON_NULL : pick(random, [Number.NaN, Infinity, -Infinity]);
  if (kind === 7) return random.below(6) > 0 ? undefined : new NativeFunction('f', () => []);
  if (kind === 8) return luaTable([[randomKey(random), randomValue(random, depth - 1, holes) ?? true]]);
  const values = Array.from({ length: random.below(7) }, () => randomValue(random, depth - 1, holes));
  return LuaTable.of(holes ? values : values.map((value) => value ?? false));
}

/** @param convert lists with holes may become objects */
function setting(random: Random, convert: boolean): LibraryCall {
  const flag = random.below(2) === 0;
  const [name, ...args] = pick<[string, ...LuaValue[]]>(random, [
    ['encode_sparse_array', convert && flag, random.below(4), random.below(4)],
    ['encode_sparse_array', convert && flag, random.below(4) - 1],
    ['encode_max_depth', random.below(6)],
    ['decode_max_depth', random.below(6)],
    ['encode_number_precision', random.below(17)],
    ['encode_invalid_numbers', pick(random, [flag, ascii('null'), ascii('what')])],
    ['decode_invalid_numbers', flag],
    ['encode_keep_buffer', flag],
    ['encode_keep_buffer', randomNumber(random)],
    ['decode', new LuaTable()],
    ['encode', 1, 2],
  ]);
  return { library: 'cjson', name, args };
}

const JSON_PIECES = [
  ...['{', '}', '[', ']', ',', ':', '"', '\\', '\0', ' ', '\n', 'true', 'false', 'null', 'nul', 'x', '-', '+', '.', 'e', '0x'],
  ...['inf', '-Infinity', 'NaN', 'nan(', 'nan(x_1)', '0', '007', '-12', '1.5', '.5', '1.', '1e5', '1E-7', '0x1F', '0X.8p3', '1e999'],
  ...['"a"', '"\\n"', '"\\u0041"', '"\\u00e9"', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\u12"', '"\\q"', '{"a":1}', '[1,2]', '[[]]'],
];

function randomJson(random: Random, depth: number): string {
  switch (random.below(depth > 0 ? 5 : 3)) {
    case 0:
      return `${randomNumber(random)}`;
    case 1:
      return pick(random, JSON_PIECES);
    case 2:
      return JSON.stringify(randomString(random));
    case 3:
      return `[${Array.from({ length: random.below(5) }, () => randomJson(random, depth - 1)).join(pick(random, [',', ' , ']))}]`;
    default:
      return `{${Array.from({ length: random.below(4) }, () => `"${random.below(9)}":${randomJson(random, depth - 1)}`).join(',')}}`;
  }
}

/** Cut, or with something else in it. */
function damaged(random: Random, whole: string, pieces: () => string): Bytes {
  const at = random.below(whole.length + 1);
  const kind = random.below(4);
  if (kind === 0) return whole.slice(0, at) as Bytes;
  return (kind === 1 ? whole.slice(0, at) + pieces() + whole.slice(at + 1) : whole) as Bytes;
}

describe.skipIf(!redisInstalled)('the same as a real server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  const compare = (calls: readonly LibraryCall[]) => compareCalls(redis, calls, libraries, { after: RESTORE_SETTINGS });

  test.each([true, false])('cjson.encode, lists with holes: %s', async (holes) => {
    const random = seededRandom(61);
    const calls = Array.from({ length: 2000 }, (): LibraryCall => {
      if (random.below(25) === 0) return setting(random, !holes);
      return { library: 'cjson', name: 'encode', args: [randomValue(random, 4, holes)] };
    });
    const { values, errors } = await compare(calls);
    expect(values).toBeGreaterThan(500);
    expect(errors).toBeGreaterThan(100);
  });

  test('cjson.decode', async () => {
    const random = seededRandom(62);
    const calls = Array.from({ length: 3000 }, (): LibraryCall => {
      if (random.below(25) === 0) return setting(random, true);
      const text = damaged(random, fromText(randomJson(random, 4)), () => pick(random, JSON_PIECES));
      return { library: 'cjson', name: 'decode', args: [text] };
    });
    const { values, errors } = await compare(calls);
    expect(values).toBeGreaterThan(500);
    expect(errors).toBeGreaterThan(500);
  });

  test('cmsgpack.pack', async () => {
    const random = seededRandom(63);
    const calls = Array.from({ length: 2000 }, (): LibraryCall => {
      const values = Array.from({ length: random.below(4) }, () => randomValue(random, 4, false));
      return { library: 'cmsgpack', name: 'pack', args: values };
    });
    const { values, errors } = await compare(calls);
    expect(values).toBeGreaterThan(1000);
    expect(errors).toBeGreaterThan(100);
  });

  test('cmsgpack.unpack, unpack_one and unpack_limit', async () => {
    const random = seededRandom(64);
    const library = cmsgpackLibrary();
    const calls = Array.from({ length: 3000 }, (): LibraryCall => {
      const host = new FakeLuaHost();
      const outcome = host.attempt(library, 'pack', [randomValue(random, 3, false), randomValue(random, 2, false)]);
      const whole = 'error' in outcome ? '' : (outcome.results[0] as Bytes);
      const data = damaged(random, whole, () => String.fromCharCode(random.below(256), 0, random.below(2)));
      const numbers = [random.below(4) - 1, random.below(12) - 1];
      switch (random.below(4)) {
        case 0:
          return { library: 'cmsgpack', name: 'unpack_one', args: [data, ...numbers.slice(1)] };
        case 1:
          return { library: 'cmsgpack', name: 'unpack_limit', args: [data, ...numbers] };
        default:
          return { library: 'cmsgpack', name: 'unpack', args: [data] };
      }
    });
    const { values, errors } = await compare(calls);
    expect(values).toBeGreaterThan(500);
    expect(errors).toBeGreaterThan(500);
  });
});
