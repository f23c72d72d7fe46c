// The globals of scripts, as locked as Redis has them (script_lua.c): what Redis does not give scripts is not there, what
// is there cannot be changed, and what is not there cannot be asked for.

import { ascii, type Bytes } from '../../bytes/bytes';
import type { LuaMachine } from '../../lua/machine';
import { LuaTable } from '../../lua/table';
import { NativeFunction } from '../../lua/value';

/** What Redis leaves scripts of Lua's globals, and its own. */
const GLOBALS = new Set(
  'string cjson bit cmsgpack math table struct os redis xpcall tostring setmetatable next assert tonumber rawequal collectgarbage getmetatable rawset pcall coroutine type _G select unpack gcinfo pairs rawget loadstring ipairs _VERSION load error'.split(
    ' ',
  ),
);

const INDEX = ascii('__index');

/** Any name that is asked for and not there. */
const nonexistent = new NativeFunction('__index', (args, host) => {
  const name = args[1];
  if (typeof name !== 'string' && typeof name !== 'number') {
    return host.fail('Second argument to luaProtectedTableError must be a string or number');
  }
  return host.fail(`Script attempted to access nonexistent global variable '${host.toText(name)}'`);
});

/** A script that asks this table for what it does not have fails. */
export function refuseUnknown(table: LuaTable): void {
  const metatable = new LuaTable();
  metatable.set(INDEX, nonexistent);
  table.metatable = metatable;
}

/** Nothing that can be reached from a table can be changed any more. */
export function protect(table: LuaTable): void {
  if (table.readonly) return;
  table.readonly = true;
  for (let entry = table.next(undefined); entry; entry = table.next(entry[0])) {
    if (entry[1] instanceof LuaTable) protect(entry[1]);
  }
  if (table.metatable) protect(table.metatable);
}

/** Takes out of the globals what scripts must not have. */
export function restrict({ globals }: LuaMachine): void {
  for (const name of namesIn(globals)) if (!GLOBALS.has(name)) globals.set(name, undefined);
}

function namesIn(table: LuaTable): Bytes[] {
  const names: Bytes[] = [];
  for (let entry = table.next(undefined); entry; entry = table.next(entry[0])) names.push(entry[0] as Bytes);
  return names;
}
