// redis.register_function: what a library does while it is loaded (function_lua.c).

import type { Bytes } from '../../bytes/bytes';
import { LuaError } from '../../lua/error';
import { asString } from '../../lua/library/arguments';
import { LuaTable } from '../../lua/table';
import { LuaFunction, type LuaValue } from '../../lua/value';
import { errorTable } from './conversions';
import { lookupFlag, type ScriptFlag } from './flags';

export interface RegisteredFunction {
  readonly name: Bytes;
  readonly description: Bytes | undefined;
  readonly callback: LuaFunction;
  readonly flags: ReadonlySet<ScriptFlag>;
}

const NAME = /^[a-zA-Z0-9_]+$/;
export const BAD_NAME = 'Library names can only contain letters, numbers, or underscores(_) and must be at least one character long';

/** Whether a library or a function may be called so. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

function fail(message: string): never {
  throw new LuaError(errorTable(`ERR ${message}`));
}

/** What the arguments of redis.register_function say, of a library that has these functions already. */
export function readRegistration(args: readonly LuaValue[], known: ReadonlyMap<string, RegisteredFunction>): RegisteredFunction {
  if (args.length < 1 || args.length > 2) fail('wrong number of arguments to redis.register_function');
  const registered = args.length === 1 ? readNamed(args[0]) : readPositional(args);
  if (!isName(registered.name)) fail(BAD_NAME);
  if (known.has(registered.name)) fail('Function already exists in the library');
  return registered;
}

function readPositional([first, callback]: readonly LuaValue[]): RegisteredFunction {
  const name = asString(first) ?? fail('first argument to redis.register_function must be a string');
  if (!(callback instanceof LuaFunction)) return fail('second argument to redis.register_function must be a function');
  return { name, description: undefined, callback, flags: new Set() };
}

function readNamed(table: LuaValue): RegisteredFunction {
  if (!(table instanceof LuaTable)) {
    return fail('calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).');
  }
  let name: Bytes | undefined;
  let description: Bytes | undefined;
  let callback: LuaFunction | undefined;
  let flags: ReadonlySet<ScriptFlag> = new Set();
  for (let entry = table.next(undefined); entry; entry = table.next(entry[0])) {
    const [key, value] = entry;
    switch (asString(key)?.toLowerCase()) {
      case undefined:
        return fail('named argument key given to redis.register_function is not a string');
      case 'function_name':
        name = asString(value) ?? fail('function_name argument given to redis.register_function must be a string');
        break;
      case 'description':
        description = asString(value) ?? fail('description argument given to redis.register_function must be a string');
        break;
      case 'callback':
        callback = value instanceof LuaFunction ? value : fail('callback argument given to redis.register_function must be a function');
        break;
      case 'flags':
        if (!(value instanceof LuaTable)) fail('flags argument to redis.register_function must be a table representing function flags');
        flags = readFlags(value as LuaTable);
        break;
      default:
        return fail('unknown argument given to redis.register_function');
    }
  }
  name ??= fail('redis.register_function must get a function name argument');
  callback ??= fail('redis.register_function must get a callback argument');
  return { name, description, callback, flags };
}

function readFlags(table: LuaTable): ReadonlySet<ScriptFlag> {
  const flags = new Set<ScriptFlag>();
  for (let i = 1; table.get(i) !== undefined; i++)
    flags.add(lookupFlag(asString(table.get(i))?.toLowerCase() ?? '') ?? fail('unknown flag given'));
  return flags;
}
