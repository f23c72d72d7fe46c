// What an operation does beyond its plain case: metamethods, coercions, and the errors (lvm.c, ldebug.c).

import { ascii, type Bytes } from '../bytes/bytes';
import { modulo, power } from './arithmetic';
import { ADD, DIV, MOD, MUL, POW, SUB } from './code';
import { ENTRY_BYTES } from './costs';
import { asString, readNumber } from './library/arguments';
import type { LuaMachine } from './machine';
import { nameOf } from './message';
import { LuaTable } from './table';
import { LuaFunction, type LuaValue, typeName } from './value';

/** How long a chain of __index or __newindex may be (MAXTAGLOOP). */
const MAX_CHAIN = 100;
/** Steps that it takes to write a number down. */
const CONVERSION = 8;
/** A step compares 2^9 bytes. */
const COMPARED_BITS = 9;

const INDEX = ascii('__index');
const NEW_INDEX = ascii('__newindex');
const CALL = ascii('__call');
const EQUAL = ascii('__eq');
const LESS = ascii('__lt');
const LESS_OR_EQUAL = ascii('__le');
const CONCATENATE = ascii('__concat');
const NEGATE = ascii('__unm');
const LENGTH = ascii('__len');

const ARITHMETIC: Readonly<Record<number, Bytes>> = {
  [ADD]: ascii('__add'),
  [SUB]: ascii('__sub'),
  [MUL]: ascii('__mul'),
  [DIV]: ascii('__div'),
  [MOD]: ascii('__mod'),
  [POW]: ascii('__pow'),
};

/** No register: the value is a constant, or comes from elsewhere. */
export const NOWHERE = -1;

export function metamethod(machine: LuaMachine, value: LuaValue, event: Bytes): LuaValue {
  if (value instanceof LuaTable) return value.metatable?.get(event);
  return typeof value === 'string' ? machine.stringMetatable.get(event) : undefined;
}

/** @param register where the value is, for the message */
function failType(machine: LuaMachine, operation: string, value: LuaValue, register: number): never {
  const frame = machine.current.frames[machine.current.depth];
  const name = register >= 0 && frame ? nameOf(frame, register) : undefined;
  const called = name ? `${name.kind} '${name.name}' (a ${typeName(value)} value)` : `a ${typeName(value)} value`;
  return machine.failHere(`attempt to ${operation} ${called}`);
}

export function failCall(machine: LuaMachine, value: LuaValue, register: number): never {
  return failType(machine, 'call', value, register);
}

/** `object[key]` */
export function index(machine: LuaMachine, object: LuaValue, key: LuaValue, register: number): LuaValue {
  let at = object;
  for (let chain = 0; chain < MAX_CHAIN; chain++) {
    let handler: LuaValue;
    if (at instanceof LuaTable) {
      const value = at.get(key);
      if (value !== undefined || at.metatable === undefined) return value;
      handler = at.metatable.get(INDEX);
      if (handler === undefined) return undefined;
    } else {
      handler = metamethod(machine, at, INDEX);
      if (handler === undefined) failType(machine, 'index', at, chain === 0 ? register : NOWHERE);
    }
    if (handler instanceof LuaFunction) return machine.callMetamethod(handler, [at, key])[0];
    machine.slice--;
    at = handler;
  }
  return machine.failHere('loop in gettable');
}

/** `object[key] = value` */
export function assign(machine: LuaMachine, object: LuaValue, key: LuaValue, value: LuaValue, register: number): void {
  let at = object;
  for (let chain = 0; chain < MAX_CHAIN; chain++) {
    let handler: LuaValue;
    if (at instanceof LuaTable) {
      if (at.readonly) machine.failHere('Attempt to modify a readonly table');
      checkKey(machine, key);
      if (at.metatable === undefined || at.get(key) !== undefined) handler = undefined;
      else handler = at.metatable.get(NEW_INDEX);
      if (handler === undefined) {
        put(machine, at, key, value);
        return;
      }
    } else {
      handler = metamethod(machine, at, NEW_INDEX);
      if (handler === undefined) failType(machine, 'index', at, chain === 0 ? register : NOWHERE);
    }
    if (handler instanceof LuaFunction) {
      machine.callMetamethod(handler, [at, key, value]);
      return;
    }
    machine.slice--;
    at = handler;
  }
  machine.failHere('loop in settable');
}

function checkKey(machine: LuaMachine, key: LuaValue): void {
  if (key === undefined) machine.failHere('table index is nil');
  if (Number.isNaN(key)) machine.failHere('table index is NaN');
}

/** Assigns without metamethods, and counts what the table grows. */
export function put(machine: LuaMachine, table: LuaTable, key: LuaValue, value: LuaValue): void {
  const before = table.capacity;
  table.set(key, value);
  if (table.capacity > before) machine.allocate(ENTRY_BYTES);
}

/** @param left,right registers are where the operands are, for the message */
export function arithmetic(
  machine: LuaMachine,
  operation: number,
  left: LuaValue,
  right: LuaValue,
  leftRegister: number,
  rightRegister: number,
): LuaValue {
  const a = readNumber(left, machine);
  const b = readNumber(right, machine);
  if (a !== undefined && b !== undefined) return compute(operation, a, b);
  const event = ARITHMETIC[operation] as Bytes;
  const handler = metamethod(machine, left, event) ?? metamethod(machine, right, event);
  if (handler !== undefined) return machine.callMetamethod(handler, [left, right])[0];
  if (a === undefined) return failType(machine, 'perform arithmetic on', left, leftRegister);
  return failType(machine, 'perform arithmetic on', right, rightRegister);
}

function compute(operation: number, a: number, b: number): number {
  switch (operation) {
    case ADD:
      return a + b;
    case SUB:
      return a - b;
    case MUL:
      return a * b;
    case DIV:
      return a / b;
    case MOD:
      return modulo(a, b);
    default:
      return power(a, b);
  }
}

export function negate(machine: LuaMachine, value: LuaValue, register: number): LuaValue {
  const number = readNumber(value, machine);
  if (number !== undefined) return -number;
  const handler = metamethod(machine, value, NEGATE);
  if (handler !== undefined) return machine.callMetamethod(handler, [value, value])[0];
  return failType(machine, 'perform arithmetic on', value, register);
}

/** `#value`: tables have no metamethod for it in Lua 5.1. */
export function lengthOf(machine: LuaMachine, value: LuaValue, register: number): LuaValue {
  if (value instanceof LuaTable) return value.length;
  if (typeof value === 'string') return value.length;
  const handler = metamethod(machine, value, LENGTH);
  if (handler !== undefined) return machine.callMetamethod(handler, [value])[0];
  return failType(machine, 'get length of', value, register);
}

export function equal(machine: LuaMachine, left: LuaValue, right: LuaValue): boolean {
  if (left === right) return true;
  if (!(left instanceof LuaTable && right instanceof LuaTable)) return false;
  const handler = sameHandler(left.metatable, right.metatable, EQUAL);
  return handler !== undefined && isTrue(machine.callMetamethod(handler, [left, right])[0]);
}

function sameHandler(left: LuaTable | undefined, right: LuaTable | undefined, event: Bytes): LuaValue {
  const handler = left?.get(event);
  if (handler === undefined || left === right) return handler;
  return right?.get(event) === handler ? handler : undefined;
}

function isTrue(value: LuaValue): boolean {
  return value !== undefined && value !== false;
}

/** What two strings have in common is not known before they are compared. */
export function spendComparison(machine: LuaMachine, left: Bytes, right: Bytes): void {
  machine.slice -= Math.min(left.length, right.length) >> COMPARED_BITS;
}

export function less(machine: LuaMachine, left: LuaValue, right: LuaValue): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left < right;
  if (typeof left === 'string' && typeof right === 'string') {
    spendComparison(machine, left, right);
    return left < right;
  }
  return compareWith(machine, LESS, left, right) ?? failCompare(machine, left, right);
}

export function lessOrEqual(machine: LuaMachine, left: LuaValue, right: LuaValue): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left <= right;
  if (typeof left === 'string' && typeof right === 'string') {
    spendComparison(machine, left, right);
    return left <= right;
  }
  const known = compareWith(machine, LESS_OR_EQUAL, left, right);
  if (known !== undefined) return known;
  const swapped = compareWith(machine, LESS, right, left);
  return swapped === undefined ? failCompare(machine, left, right) : !swapped;
}

/** Both sides must have the same handler. */
function compareWith(machine: LuaMachine, event: Bytes, left: LuaValue, right: LuaValue): boolean | undefined {
  if (typeName(left) !== typeName(right)) return undefined;
  const handler = metamethod(machine, left, event);
  if (handler === undefined || metamethod(machine, right, event) !== handler) return undefined;
  return isTrue(machine.callMetamethod(handler, [left, right])[0]);
}

function failCompare(machine: LuaMachine, left: LuaValue, right: LuaValue): never {
  const [a, b] = [typeName(left), typeName(right)];
  // Lua takes types for the same when their third letters are: strings and threads.
  return machine.failHere(a[2] === b[2] ? `attempt to compare two ${a} values` : `attempt to compare ${a} with ${b}`);
}

/** `values[from] .. … .. values[to]`, from the right. The values may be written over. */
export function concatenate(machine: LuaMachine, values: LuaValue[], from: number, to: number, base: number): LuaValue {
  let right = values[to];
  for (let at = to - 1; at >= from; at--) {
    const left = values[at];
    const [a, b] = [asString(left), asString(right)];
    machine.slice -= CONVERSION;
    if (a !== undefined && b !== undefined) {
      machine.allocate(a.length + b.length);
      right = (a + b) as Bytes;
      continue;
    }
    const handler = metamethod(machine, left, CONCATENATE) ?? metamethod(machine, right, CONCATENATE);
    if (handler === undefined) {
      if (a === undefined) failType(machine, 'concatenate', left, at - base);
      failType(machine, 'concatenate', right, at + 1 === to ? to - base : NOWHERE);
    }
    right = machine.callMetamethod(handler, [left, right])[0];
  }
  return right;
}

/** The function that a value that is none is called by, if any: its __call. */
export function callable(machine: LuaMachine, value: LuaValue): LuaValue {
  const handler = metamethod(machine, value, CALL);
  return handler instanceof LuaFunction ? handler : undefined;
}

/** The number that a loop starts from, ends at or steps by. */
export function loopNumber(machine: LuaMachine, value: LuaValue, what: string): number {
  return readNumber(value, machine) ?? machine.failHere(`'for' ${what} must be a number`);
}
