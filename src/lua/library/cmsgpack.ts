// The library `cmsgpack` as Redis 7 ships it: lua-cmsgpack 0.4.0.

import { ascii, type Bytes } from '../../bytes/bytes';
import { STACK_SLOTS } from '../costs';
import type { LuaTable } from '../table';
import type { LuaHost, LuaValue, NativeCall } from '../value';
import { checkInteger, checkString, optionalInteger } from './arguments';
import { packValues } from './cmsgpack-pack';
import { Unpacker } from './cmsgpack-unpack';
import { functionTable } from './library';

const FUNCTIONS: Readonly<Record<string, NativeCall>> = {
  pack: (args, host) => [pack(args, host)],
  unpack: (args, host) => unpackAll(args, host),
  unpack_one: (args, host) => unpackSome(args, 1, optionalInteger(args, 2, 0, host), host),
  unpack_limit: (args, host) => {
    const limit = checkInteger(args, 2, host);
    const offset = optionalInteger(args, 3, 0, host);
    // No limit and no offset is how lua-cmsgpack asks itself for everything.
    return limit === 0 && offset === 0 ? unpackAll(args.slice(0, 1), host) : unpackSome(args, limit, offset, host);
  },
};

export function cmsgpackLibrary(): LuaTable {
  const table = functionTable(FUNCTIONS);
  table.set(ascii('_NAME'), ascii('cmsgpack'));
  table.set(ascii('_VERSION'), ascii('lua-cmsgpack 0.4.0'));
  table.set(ascii('_COPYRIGHT'), ascii('Copyright (C) 2012, Salvatore Sanfilippo'));
  table.set(ascii('_DESCRIPTION'), ascii('MessagePack C implementation for Lua'));
  return table;
}

function pack(args: readonly LuaValue[], host: LuaHost): Bytes {
  if (args.length === 0) host.failArgument(0, 'MessagePack pack needs input.');
  if (args.length * 2 > STACK_SLOTS) host.failArgument(0, 'Too many arguments for MessagePack pack.');
  return packValues(args, host);
}

function unpackAll(args: readonly LuaValue[], host: LuaHost): readonly LuaValue[] {
  const unpacker = new Unpacker(checkString(args, 1, host), 0, args.length, host);
  const values: LuaValue[] = [];
  while (!unpacker.atEnd) values.push(unpacker.next());
  return values;
}

/** Up to `limit` values, after the offset of what follows them: -1 at the end. */
function unpackSome(args: readonly LuaValue[], limit: number, offset: number, host: LuaHost): readonly LuaValue[] {
  const data = checkString(args, 1, host);
  if (offset < 0 || limit < 0) {
    // lua-cmsgpack says the length of the input where it means the limit.
    host.fail(`Invalid request to unpack with offset of ${offset | 0} and limit of ${data.length}.`);
  }
  if (offset > data.length) host.fail(`Start offset ${offset | 0} greater than input length ${data.length}.`);
  const unpacker = new Unpacker(data, offset, 1, host);
  const results: LuaValue[] = [undefined];
  while (!unpacker.atEnd && results.length <= limit) results.push(unpacker.next());
  unpacker.requireSlot('in function mp_unpack_full');
  results[0] = unpacker.atEnd ? -1 : unpacker.at;
  return results;
}
