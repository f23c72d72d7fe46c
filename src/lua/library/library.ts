// What the libraries of functions of ours have in common.

import { ascii, type Bytes, own } from '../../bytes/bytes';
import { ENTRY_BYTES } from '../costs';
import { LuaError } from '../error';
import { LuaTable } from '../table';
import { type LuaHost, type LuaValue, type NativeCall, NativeFunction } from '../value';

/** A table of functions, each named as its key. */
export function functionTable(functions: Readonly<Record<string, NativeCall>>): LuaTable {
  const table = new LuaTable();
  for (const [name, call] of Object.entries(functions)) table.set(ascii(name), new NativeFunction(name, call));
  return table;
}

/** lua_rawseti: an assignment without metamethods, refused by tables that are read-only. Such errors have no position. */
export function assign(table: LuaTable, key: number, value: LuaValue, host: LuaHost): void {
  if (table.readonly) throw new LuaError(ascii('Attempt to modify a readonly table'));
  const before = table.capacity;
  table.set(key, value);
  if (table.capacity > before) host.allocate(ENTRY_BYTES);
}

/** A part of a text. It keeps no more than twice its own size alive: a short part of a long text is a copy. */
export function cut(text: Bytes, start: number, end: number): Bytes {
  const part = text.slice(start, end) as Bytes;
  return part.length * 2 < text.length ? own(part) : part;
}
