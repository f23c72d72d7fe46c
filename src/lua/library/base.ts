// The basic library, as Redis leaves it (lbaselib.c): nothing that reads files or prints, no environments of functions.

import { ascii, type Bytes } from '../../bytes/bytes';
import { STACK_SLOTS } from '../costs';
import { LuaError } from '../error';
import type { LuaMachine } from '../machine';
import { index, NOWHERE, put } from '../metamethods';
import { LuaTable } from '../table';
import { type LuaValue, NativeFunction, typeName } from '../value';
import {
  asBoolean,
  asString,
  checkAny,
  checkFunction,
  checkInt,
  checkString,
  checkTable,
  optionalInt,
  optionalString,
  readNumber,
} from './arguments';
import { strtoul } from './strtoul';

const METATABLE = ascii('__metatable');
const ERROR = ascii('err');
const TO_STRING = ascii('__tostring');
const KILOBYTE = 1024;

type Call = (args: readonly LuaValue[]) => readonly LuaValue[];

/** The functions, by name. `next`, and the function that `ipairs` gives, are what loops are recognized by. */
export function baseLibrary(machine: LuaMachine): Record<string, NativeFunction> {
  const next = new NativeFunction('next', (args) => nextEntry(machine, args));
  const step = new NativeFunction('ipairs_aux', (args) => {
    const at = checkInt(args, 2, machine) + 1;
    const value = checkTable(args, 1, machine).get(at);
    return value === undefined ? [] : [at, value];
  });
  machine.step = step;
  const functions: Record<string, Call> = {
    ipairs: (args) => [step, checkTable(args, 1, machine), 0],
    pairs: (args) => [next, checkTable(args, 1, machine), undefined],
    ...errors(machine),
    ...tables(machine),
    ...values(machine),
    ...chunks(machine),
    collectgarbage: (args) => collect(machine, args),
    gcinfo: () => [Math.floor(machine.memoryUsed / KILOBYTE)],
  };
  const made = Object.entries(functions).map(([name, call]) => [name, new NativeFunction(name, call)] as const);
  return { ...Object.fromEntries(made), next };
}

function nextEntry(machine: LuaMachine, args: readonly LuaValue[]): readonly LuaValue[] {
  const table = checkTable(args, 1, machine);
  const at = machine.advance(table, machine.positionIn(table, args[1]));
  return at === 0 ? [undefined] : [table.keyAt(at), table.valueAt(at)];
}

function errors(machine: LuaMachine): Record<string, Call> {
  return {
    assert: (args) => {
      if (asBoolean(checkAny(args, 1, machine))) return args;
      return machine.fail(optionalString(args, 2, ascii('assertion failed!'), machine));
    },
    error: (args) => {
      const level = optionalInt(args, 2, 1, machine);
      const text = asString(args[0]);
      if (text === undefined || level <= 0) throw new LuaError(args[0]);
      machine.allocate(text.length);
      throw new LuaError(ascii(machine.where(level) + text));
    },
    pcall: (args) => protectedCall(machine, args),
    xpcall: (args) => {
      checkAny(args, 2, machine);
      const { succeeded, values } = machine.protectedCall(args[0], [], args[1] ?? NOT_A_HANDLER);
      return [succeeded, ...values];
    },
  };
}

/**
 * Redis has a pcall of its own (script_lua.c, luaRedisPcall), after which only the message is left of an error of a
 * command. What is left of any other table is the table and its field.
 */
function protectedCall(machine: LuaMachine, args: readonly LuaValue[]): readonly LuaValue[] {
  const { succeeded, values } = machine.protectedCall(args.length === 0 ? true : args[0], args.slice(1));
  const [error] = values;
  if (succeeded || !(error instanceof LuaTable)) return [succeeded, ...values];
  const message = index(machine, error, ERROR, NOWHERE);
  return asString(message) === undefined ? [false, error, message] : [false, message];
}

/** nil as a handler fails when it is called, as any other value that is no function. */
const NOT_A_HANDLER: LuaValue = false;

function tables(machine: LuaMachine): Record<string, Call> {
  return {
    getmetatable: (args) => {
      const metatable = metatableOf(machine, checkAny(args, 1, machine));
      return [metatable?.get(METATABLE) ?? metatable];
    },
    setmetatable: (args) => {
      const table = checkTable(args, 1, machine);
      const metatable = args[1];
      if (args.length < 2 || (metatable !== undefined && !(metatable instanceof LuaTable)))
        machine.failArgument(2, 'nil or table expected');
      if (table.metatable?.get(METATABLE) !== undefined) machine.fail('cannot change a protected metatable');
      requireWritable(machine, table);
      table.metatable = metatable as LuaTable | undefined;
      return [table];
    },
    rawequal: (args) => [checkAny(args, 1, machine) === checkAny(args, 2, machine)],
    rawget: (args) => [checkTable(args, 1, machine).get(checkAny(args, 2, machine))],
    rawset: (args) => {
      const table = checkTable(args, 1, machine);
      const key = checkAny(args, 2, machine);
      const value = checkAny(args, 3, machine);
      requireWritable(machine, table);
      if (key === undefined) machine.failHere('table index is nil');
      if (Number.isNaN(key)) machine.failHere('table index is NaN');
      put(machine, table, key, value);
      return [table];
    },
    unpack: (args) => {
      const table = checkTable(args, 1, machine);
      const first = optionalInt(args, 2, 1, machine);
      const last = args[2] === undefined ? table.length : checkInt(args, 3, machine);
      if (first > last) return [];
      const count = last - first + 1;
      if (count + args.length > STACK_SLOTS) machine.fail('too many results to unpack');
      machine.spend(count >> 1);
      return Array.from({ length: count }, (_, i) => table.get(first + i));
    },
  };
}

function metatableOf(machine: LuaMachine, value: LuaValue): LuaTable | undefined {
  if (value instanceof LuaTable) return value.metatable;
  return typeof value === 'string' ? machine.stringMetatable : undefined;
}

function requireWritable(machine: LuaMachine, table: LuaTable): void {
  if (table.readonly) machine.failHere('Attempt to modify a readonly table');
}

function values(machine: LuaMachine): Record<string, Call> {
  return {
    select: (args) => {
      if (args[0] === '#') return [args.length - 1];
      let from = checkInt(args, 1, machine);
      if (from < 0) from = args.length + from;
      else if (from > args.length) from = args.length;
      if (from < 1) machine.failArgument(1, 'index out of range');
      return args.slice(from);
    },
    tonumber: (args) => {
      const base = optionalInt(args, 2, 10, machine);
      if (base === 10) return [readNumber(checkAny(args, 1, machine), machine)];
      const text = checkString(args, 1, machine);
      if (base < 2 || base > 36) machine.failArgument(2, 'base out of range');
      machine.spend(text.length);
      return [strtoul(text, base)];
    },
    tostring: (args) => {
      const value = checkAny(args, 1, machine);
      const handler = metatableOf(machine, value)?.get(TO_STRING);
      return handler === undefined ? [machine.toText(value)] : machine.call(handler, [value]).slice(0, 1);
    },
    type: (args) => [ascii(typeName(checkAny(args, 1, machine)))],
  };
}

function chunks(machine: LuaMachine): Record<string, Call> {
  return {
    loadstring: (args) => {
      const source = checkString(args, 1, machine);
      return load(machine, source, optionalString(args, 2, source, machine));
    },
    load: (args) => {
      const reader = checkFunction(args, 1, machine);
      const name = optionalString(args, 2, ascii('=(load)'), machine);
      let source = '';
      for (;;) {
        // In C the parser asks for the pieces, and what goes wrong there is no error of this function.
        const { succeeded, values } = machine.protectedCall(reader, []);
        const [piece] = values;
        if (!succeeded) return [undefined, piece];
        if (piece === undefined) break;
        const text = asString(piece);
        if (text === undefined) return [undefined, ascii(`${machine.where(1)}reader function must return a string`)];
        if (text === '') break;
        machine.allocate(text.length);
        source += text;
      }
      return load(machine, source as Bytes, name);
    },
  };
}

function load(machine: LuaMachine, source: Bytes, name: Bytes): readonly LuaValue[] {
  machine.spend(source.length);
  machine.allocate(source.length * 4);
  try {
    return [machine.compile(source, name)];
  } catch (error) {
    if (error instanceof LuaError) return [undefined, error.value];
    throw error;
  }
}

/** What it tells is of this machine; nothing else comes of it. */
function collect(machine: LuaMachine, args: readonly LuaValue[]): readonly LuaValue[] {
  const option = optionalString(args, 1, ascii('collect'), machine);
  optionalInt(args, 2, 0, machine);
  switch (option) {
    case 'count':
      return [machine.memoryUsed / KILOBYTE];
    case 'step':
      return [false];
    case 'setpause':
    case 'setstepmul':
      return [200];
    case 'collect':
      machine.countMemory();
      return [0];
    case 'stop':
    case 'restart':
      return [0];
    default:
      return machine.failArgument(1, `invalid option '${option}'`);
  }
}
