// The library `cjson` as Redis 7 ships it: lua-cjson 2.1.0.

import { ascii } from '../../bytes/bytes';
import type { LuaTable } from '../table';
import type { LuaHost, LuaValue, NativeCall } from '../value';
import { checkInt, checkString } from './arguments';
import { decodeJson } from './cjson-decode';
import { encodeJson } from './cjson-encode';
import { CJSON_NULL } from './cjson-null';
import { type CjsonSettings, defaultSettings, INVALID_NUMBERS, type InvalidNumbers } from './cjson-settings';
import { functionTable } from './library';

const MAX_INT = 2 ** 31 - 1;
const ON_OR_OFF = INVALID_NUMBERS.slice(0, 2);

/** The table, with settings of its own: they last as long as it does, from one script to the next. */
export function cjsonLibrary(): LuaTable {
  const settings = defaultSettings();
  const table = functionTable({
    encode: (args, host) => [encodeJson(onlyArgument(args, host), settings, host)],
    decode: (args, host) => {
      onlyArgument(args, host);
      return [decodeJson(checkString(args, 1, host), settings, host)];
    },
    ...options(settings),
    new: () => [cjsonLibrary()],
  });
  table.set(ascii('null'), CJSON_NULL);
  table.set(ascii('_NAME'), ascii('cjson'));
  table.set(ascii('_VERSION'), ascii('2.1.0'));
  return table;
}

/** Each of these sets what it is given, and answers with what is set then. */
function options(settings: CjsonSettings): Readonly<Record<string, NativeCall>> {
  return {
    encode_sparse_array: (args, host) => {
      atMost(3, args, host);
      settings.sparseConvert = flag(args, settings.sparseConvert, host);
      settings.sparseRatio = integer(args, 2, settings.sparseRatio, [0, MAX_INT], host);
      settings.sparseSafe = integer(args, 3, settings.sparseSafe, [0, MAX_INT], host);
      return [settings.sparseConvert, settings.sparseRatio, settings.sparseSafe];
    },
    encode_max_depth: (args, host) => {
      atMost(1, args, host);
      settings.encodeMaxDepth = integer(args, 1, settings.encodeMaxDepth, [1, MAX_INT], host);
      return [settings.encodeMaxDepth];
    },
    decode_max_depth: (args, host) => {
      atMost(1, args, host);
      settings.decodeMaxDepth = integer(args, 1, settings.decodeMaxDepth, [1, MAX_INT], host);
      return [settings.decodeMaxDepth];
    },
    encode_number_precision: (args, host) => {
      atMost(1, args, host);
      settings.numberPrecision = integer(args, 1, settings.numberPrecision, [1, 14], host);
      return [settings.numberPrecision];
    },
    encode_keep_buffer: (args, host) => {
      atMost(1, args, host);
      settings.keepBuffer = flag(args, settings.keepBuffer, host);
      return [settings.keepBuffer];
    },
    encode_invalid_numbers: (args, host) => {
      atMost(1, args, host);
      settings.encodeInvalidNumbers = choice(args, INVALID_NUMBERS, settings.encodeInvalidNumbers, host) as InvalidNumbers;
      const { encodeInvalidNumbers: chosen } = settings;
      return [chosen === 2 ? ascii(INVALID_NUMBERS[chosen]) : chosen === 1];
    },
    decode_invalid_numbers: (args, host) => {
      atMost(1, args, host);
      settings.decodeInvalidNumbers = flag(args, settings.decodeInvalidNumbers, host);
      return [settings.decodeInvalidNumbers];
    },
  };
}

function onlyArgument(args: readonly LuaValue[], host: LuaHost): LuaValue {
  if (args.length !== 1) host.failArgument(1, 'expected 1 argument');
  return args[0];
}

function atMost(count: number, args: readonly LuaValue[], host: LuaHost): void {
  if (args.length > count) host.failArgument(count + 1, 'found too many arguments');
}

function integer(
  args: readonly LuaValue[],
  index: number,
  current: number,
  [min, max]: readonly [min: number, max: number],
  host: LuaHost,
): number {
  if (args[index - 1] === undefined) return current;
  const value = checkInt(args, index, host);
  // lua-cjson names the first argument whichever it is.
  if (value < min || value > max) host.failArgument(1, `expected integer between ${min} and ${max}`);
  return value;
}

function flag(args: readonly LuaValue[], current: boolean, host: LuaHost): boolean {
  return choice(args, ON_OR_OFF, current ? 1 : 0, host) === 1;
}

/** The first argument: the index of one of some options, of which `off` and `on` can be booleans too. */
function choice(args: readonly LuaValue[], names: readonly string[], current: number, host: LuaHost): number {
  const [given] = args;
  if (given === undefined) return current;
  if (typeof given === 'boolean') return given ? 1 : 0;
  const name = checkString(args, 1, host);
  const chosen = names.indexOf(name);
  return chosen < 0 ? host.failArgument(1, `invalid option '${name}'`) : chosen;
}
