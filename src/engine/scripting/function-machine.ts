// The machine of functions, which is another one than that of EVAL (function_lua.c). While a library is loaded its code
// sees nothing but what registers functions; when they are called, they see what scripts see.

import { ascii, type Bytes } from '../../bytes/bytes';
import { LuaError, ScriptStopped } from '../../lua/error';
import { type Budget, LuaMachine } from '../../lua/machine';
import { LuaTable } from '../../lua/table';
import type { LuaFunction } from '../../lua/value';
import { oneLine, redisError, shown } from '../../protocol/errors';
import { errorTable, messageOf } from './conversions';
import { define, loadingTable, redisTable, type ScriptServer } from './redis-table';
import { type RegisteredFunction, readRegistration } from './register';
import { protect, refuseUnknown, restrict } from './sandbox';

/** How errors call a library. */
const CHUNK = '@user_function';
const REDIS = ascii('redis');
const INDEX = ascii('__index');

export class FunctionMachine {
  readonly machine = new LuaMachine();
  /** The globals of all libraries: an empty table that shows another one. */
  private readonly environment = new LuaTable();
  private readonly shown = new LuaTable();
  private readonly loadingGlobals = new LuaTable();
  private registering: Map<string, RegisteredFunction> | undefined;

  constructor(server: ScriptServer) {
    const { globals } = this.machine;
    globals.set(REDIS, redisTable(server));
    restrict(this.machine);
    refuseUnknown(globals);
    protect(globals);
    const redis = loadingTable(server);
    define(redis, 'register_function', (args) => {
      if (!this.registering) throw new LuaError(errorTable('ERR redis.register_function can only be called on FUNCTION LOAD command'));
      const registered = readRegistration(args, this.registering);
      this.registering.set(registered.name, registered);
      return [];
    });
    refuseUnknown(redis);
    this.loadingGlobals.set(REDIS, redis);
    refuseUnknown(this.loadingGlobals);
    protect(this.loadingGlobals);
    this.shown.set(INDEX, globals);
    this.environment.metatable = this.shown;
    protect(this.environment);
  }

  /** Runs the code of a library: what it registers. Throws the error reply for what does not compile or fails. */
  load(code: Bytes, budget: Budget): ReadonlyMap<string, RegisteredFunction> {
    const main = this.compile(code);
    this.shown.set(INDEX, this.loadingGlobals);
    this.registering = new Map();
    try {
      this.machine.run(main, [], budget);
      return this.registering;
    } catch (thrown) {
      if (thrown instanceof ScriptStopped) throw failed('ERR FUNCTION LOAD timeout');
      if (thrown instanceof LuaError) throw failed(messageOf(thrown.value));
      throw thrown;
    } finally {
      this.registering = undefined;
      this.shown.set(INDEX, this.machine.globals);
    }
  }

  private compile(code: Bytes): LuaFunction {
    try {
      return this.machine.compile(code, CHUNK, this.environment);
    } catch (thrown) {
      if (!(thrown instanceof LuaError)) throw thrown;
      throw redisError(oneLine(`ERR Error compiling function: ${shown(String(thrown.value))}`));
    }
  }
}

function failed(message: string) {
  return redisError(oneLine(`ERR Error registering functions: ${message}`));
}
