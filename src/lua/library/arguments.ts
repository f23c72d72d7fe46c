// How functions of ours read their arguments: the luaL_check… family of Lua's auxiliary library, with its messages.
// Indexes start at 1, as they do in messages.

import type { Bytes } from '../../bytes/bytes';
import { formatNumber, parseNumber } from '../number';
import { LuaTable } from '../table';
import { LuaFunction, type LuaHost, type LuaTypeName, type LuaValue, typeName } from '../value';

type Arguments = readonly LuaValue[];

/** The string that a value is or can be taken for: numbers count as strings. */
export function asString(value: LuaValue): Bytes | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? formatNumber(value) : undefined;
}

/** The number that a value is or can be taken for: strings that are numerals count as numbers. */
export function asNumber(value: LuaValue): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? parseNumber(value) : undefined;
}

/** {@link asNumber} for the work of a script: a long numeral takes time. */
export function readNumber(value: LuaValue, host: LuaHost): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  host.spend(value.length >> 3);
  return parseNumber(value);
}

/** False and nil are false, everything else is true. */
export function asBoolean(value: LuaValue): boolean {
  return value !== undefined && value !== false;
}

/** `… expected, got …` */
export function failType(args: Arguments, index: number, expected: string, host: LuaHost): never {
  const got = index > args.length ? 'no value' : typeName(args[index - 1]);
  return host.failArgument(index, `${expected} expected, got ${got}`);
}

export function checkString(args: Arguments, index: number, host: LuaHost): Bytes {
  return asString(args[index - 1]) ?? failType(args, index, 'string', host);
}

export function optionalString(args: Arguments, index: number, fallback: Bytes, host: LuaHost): Bytes {
  return args[index - 1] === undefined ? fallback : checkString(args, index, host);
}

export function checkNumber(args: Arguments, index: number, host: LuaHost): number {
  return readNumber(args[index - 1], host) ?? failType(args, index, 'number', host);
}

/** A number cast to a 64-bit integer. See {@link toInt64}. */
export function checkInteger(args: Arguments, index: number, host: LuaHost): number {
  return toInt64(checkNumber(args, index, host));
}

export function optionalInteger(args: Arguments, index: number, fallback: number, host: LuaHost): number {
  return args[index - 1] === undefined ? fallback : checkInteger(args, index, host);
}

/** A number cast to a 64-bit integer, of which the low 32 bits are taken. */
export function checkInt(args: Arguments, index: number, host: LuaHost): number {
  return toInt32(checkNumber(args, index, host));
}

export function optionalInt(args: Arguments, index: number, fallback: number, host: LuaHost): number {
  return args[index - 1] === undefined ? fallback : checkInt(args, index, host);
}

export function checkTable(args: Arguments, index: number, host: LuaHost): LuaTable {
  const value = args[index - 1];
  return value instanceof LuaTable ? value : failType(args, index, 'table', host);
}

export function checkFunction(args: Arguments, index: number, host: LuaHost): LuaFunction {
  const value = args[index - 1];
  return value instanceof LuaFunction ? value : failType(args, index, 'function', host);
}

/** There must be an argument, nil or not. */
export function checkAny(args: Arguments, index: number, host: LuaHost): LuaValue {
  if (index > args.length) host.failArgument(index, 'value expected');
  return args[index - 1];
}

export function checkType(args: Arguments, index: number, type: LuaTypeName, host: LuaHost): void {
  if (index > args.length || typeName(args[index - 1]) !== type) failType(args, index, type, host);
}

const INT64_LIMIT = 2 ** 63;

/** C's cast as x86-64 does it: towards zero, and what does not fit is the smallest 64-bit integer. */
export function toInt64(value: number): number {
  // Adding zero makes a negative zero a plain one.
  return value >= -INT64_LIMIT && value < INT64_LIMIT ? Math.trunc(value) + 0 : -INT64_LIMIT;
}

/** A number cast to a 64-bit integer and that to a 32-bit one: the low bits. What does not fit into 64 bits is 0. */
function toInt32(value: number): number {
  // JavaScript's own conversion keeps the low 32 bits of any integer.
  return toInt64(value) | 0;
}

const UINT64_LIMIT = 2 ** 64;

/** C's cast to an unsigned 64-bit integer as x86-64 does it: negative numbers wrap, and what is too large is 0. */
export function toUint64(value: number): bigint {
  if (value >= UINT64_LIMIT) return 0n;
  return value >= INT64_LIMIT ? BigInt(Math.trunc(value)) : BigInt.asUintN(64, BigInt(toInt64(value)));
}
