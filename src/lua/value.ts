// The values of Lua 5.1 as this machine holds them. nil is `undefined`, strings are binary strings, numbers are doubles.

import type { Bytes } from '../bytes/bytes';
import type { LuaTable } from './table';

export type LuaValue = undefined | boolean | number | Bytes | LuaTable | LuaFunction | LuaThread | LuaUserdata;

export type LuaTypeName = 'nil' | 'boolean' | 'number' | 'string' | 'table' | 'function' | 'userdata' | 'thread';

/** Only its identity counts: what cjson.null is. Two of them are equal when they are the same object. */
export class LuaUserdata {
  readonly kind = 'userdata';
  /** @param shown what tostring says after `userdata: ` */
  constructor(readonly shown: string) {}
}

/** A coroutine. The machine (machine.ts) extends it. */
export abstract class LuaThread {
  readonly kind = 'thread';
}

/** A closure of compiled code, or a function of ours. */
export abstract class LuaFunction {
  readonly kind = 'function';
}

/**
 * What a function of ours is given and gives: arguments as an array (missing ones are not there: `args.length` tells "no
 * value" from nil), results as an array. It may throw a LuaError; see {@link LuaHost}.
 */
export type NativeCall = (args: readonly LuaValue[], host: LuaHost) => readonly LuaValue[];

/** A function of ours that scripts can call. */
export class NativeFunction extends LuaFunction {
  /** @param name as error messages call it: `bad argument #1 to 'find'` */
  constructor(
    readonly name: string,
    readonly call: NativeCall,
  ) {
    super();
  }
}

/** What the machine does for a function of ours while it runs. */
export interface LuaHost {
  /** Calls a Lua value (a function, or one with __call). Errors of the callee pass through as LuaError. */
  call(callee: LuaValue, args: readonly LuaValue[]): readonly LuaValue[];
  /** Throws a LuaError with `chunk:line: ` of the calling Lua code before the message, as luaL_error does. */
  fail(message: string): never;
  /** As luaL_argerror: `bad argument #index to 'name' (message)` with the position. Indexes start at 1. */
  failArgument(index: number, message: string): never;
  /** Takes so many steps off the budget of the script: for work that grows with its input. */
  spend(steps: number): void;
  /**
   * Bytes that are about to be allocated. Throws the error `not enough memory` when the script holds too much; call it
   * before building a large string or table.
   */
  allocate(bytes: number): void;
  /** tostring() with metamethods, `a < b` with metamethods, as the language does them. */
  toText(value: LuaValue): Bytes;
  lessThan(left: LuaValue, right: LuaValue): boolean;
}

export function typeName(value: LuaValue): LuaTypeName {
  if (value === undefined) return 'nil';
  switch (typeof value) {
    case 'boolean':
      return 'boolean';
    case 'number':
      return 'number';
    case 'string':
      return 'string';
    default:
      return (value as { kind: LuaTypeName }).kind;
  }
}
