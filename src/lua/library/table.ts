// The library `table` of Lua 5.1.5.

import { ascii, type Bytes, EMPTY } from '../../bytes/bytes';
import { LuaError } from '../error';
import type { LuaTable } from '../table';
import { type LuaHost, type LuaValue, type NativeCall, typeName } from '../value';
import { asString, checkFunction, checkInt, checkTable, optionalInt, optionalString } from './arguments';
import { assign, functionTable } from './library';
import { sort } from './sort';

/** Steps that are taken off the budget at once. */
const STEPS_AT_ONCE = 1000;
/** Entries that are nil, of which a step passes over 2^4. */
const SKIPPED_BITS = 4;

export function tableLibrary(): LuaTable {
  return functionTable({ concat, foreach, foreachi, getn, insert, maxn, remove, setn, sort });
}

const getn: NativeCall = (args, host) => [checkTable(args, 1, host).length];

const setn: NativeCall = (args, host) => {
  checkTable(args, 1, host);
  return host.fail("'setn' is obsolete");
};

const foreachi: NativeCall = (args, host) => {
  const table = checkTable(args, 1, host);
  const { length } = table;
  const callee = checkFunction(args, 2, host);
  for (let i = 1; i <= length; i++) {
    host.spend(1);
    const [result] = host.call(callee, [i, table.get(i)]);
    if (result !== undefined) return [result];
  }
  return [];
};

const foreach: NativeCall = (args, host) => {
  const table = checkTable(args, 1, host);
  const callee = checkFunction(args, 2, host);
  host.spend(table.capacity >> SKIPPED_BITS);
  for (let entry = next(table, undefined); entry; entry = next(table, entry[0])) {
    host.spend(1);
    const [result] = host.call(callee, entry);
    if (result !== undefined) return [result];
  }
  return [];
};

/** lua_next, which fails when the callee has assigned to keys that were not there. */
function next(table: LuaTable, key: LuaValue): readonly [key: LuaValue, value: LuaValue] | undefined {
  try {
    return table.next(key);
  } catch (error) {
    if (error instanceof RangeError) throw new LuaError(ascii("invalid key to 'next'"));
    throw error;
  }
}

const maxn: NativeCall = (args, host) => {
  const table = checkTable(args, 1, host);
  host.spend(table.capacity);
  let max = 0;
  for (let entry = table.next(undefined); entry; entry = table.next(entry[0])) {
    const [key] = entry;
    if (typeof key === 'number' && key > max) max = key;
  }
  return [max];
};

const insert: NativeCall = (args, host) => {
  const table = checkTable(args, 1, host);
  let end = table.length + 1;
  let position = end;
  if (args.length === 3) {
    position = checkInt(args, 2, host);
    if (position > end) end = position;
    for (let i = end; i > position; i--) {
      if (i % STEPS_AT_ONCE === 0) host.spend(STEPS_AT_ONCE);
      assign(table, i, table.get(i - 1), host);
    }
  } else if (args.length !== 2) host.fail("wrong number of arguments to 'insert'");
  assign(table, position, args[args.length - 1], host);
  return [];
};

const remove: NativeCall = (args, host) => {
  const table = checkTable(args, 1, host);
  const end = table.length;
  const position = optionalInt(args, 2, end, host);
  if (position < 1 || position > end) return [];
  const removed = table.get(position);
  for (let i = position; i < end; i++) {
    if (i % STEPS_AT_ONCE === 0) host.spend(STEPS_AT_ONCE);
    assign(table, i, table.get(i + 1), host);
  }
  assign(table, end, undefined, host);
  return [removed];
};

const concat: NativeCall = (args, host) => {
  const separator = optionalString(args, 2, EMPTY, host);
  const table = checkTable(args, 1, host);
  const first = optionalInt(args, 3, 1, host);
  const last = optionalInt(args, 4, table.length, host);
  const parts: Bytes[] = [];
  let length = 0;
  for (let i = first; i <= last; i++) {
    if (parts.length % STEPS_AT_ONCE === 0) host.spend(Math.min(STEPS_AT_ONCE, last - i + 1));
    const part = partAt(table, i, host);
    length += part.length + separator.length;
    parts.push(part);
  }
  host.allocate(length);
  return [parts.join(separator) as Bytes];
};

function partAt(table: LuaTable, index: number, host: LuaHost): Bytes {
  const value = table.get(index);
  return asString(value) ?? host.fail(`invalid value (${typeName(value)}) at index ${index} in table for 'concat'`);
}
