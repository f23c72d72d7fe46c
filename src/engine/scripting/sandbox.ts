// The globals of scripts, as locked as Redis has them (script_lua.c): what Redis does not give scripts is not there, what
// is there cannot be changed, and what is not there cannot be asked for.

import { ascii, type Bytes } from '../../bytes/bytes';
import type { LuaMachine } from '../../lua/machine';
import { LuaTable } from '../../lua/table';
import { type LuaHost, type LuaValue, NativeFunction } from '../../lua/value';

/** What Redis leaves scripts of Lua's globals, and its own. */
const GLOBALS = new Set(
  'string cjson bit cmsgpack math table struct os redis xpcall tostring setmetatable next assert tonumber rawequal collectgarbage getmetatable rawset pcall coroutine type _G select unpack gcinfo pairs rawget loadstring ipairs _VERSION load error'.split(
    ' ',
  ),
);

const INDEX = ascii('__index');
const ERR = ascii('err');

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

/** Takes out of the globals what scripts must not have, and puts in what Redis does otherwise than Lua. */
export function restrict({ globals }: LuaMachine): void {
  for (const name of namesIn(globals)) if (!GLOBALS.has(name)) globals.set(name, undefined);
  globals.set(ascii('pcall'), messagePcall(globals.get(ascii('pcall')) as NativeFunction));
}

function namesIn(table: LuaTable): Bytes[] {
  const names: Bytes[] = [];
  for (let entry = table.next(undefined); entry; entry = table.next(entry[0])) names.push(entry[0] as Bytes);
  return names;
}

/** What redis.call throws is a table; scripts that were written for older versions of Redis expect of pcall a text. */
function messagePcall(pcall: NativeFunction): NativeFunction {
  return new NativeFunction('pcall', (args, host) => {
    const results = pcall.call(args, host);
    const [succeeded, thrown] = results;
    if (succeeded !== false || !(thrown instanceof LuaTable)) return results;
    const text = fieldOf(thrown, ERR, host);
    return typeof text === 'string' || typeof text === 'number' ? [false, text] : results;
  });
}

/** A field, which may be that of a metatable. */
function fieldOf(table: LuaTable, name: Bytes, host: LuaHost): LuaValue {
  const value = table.get(name);
  const index = value === undefined ? table.metatable?.get(INDEX) : undefined;
  if (index === undefined) return value;
  return index instanceof LuaTable ? fieldOf(index, name, host) : host.call(index, [table, name])[0];
}
