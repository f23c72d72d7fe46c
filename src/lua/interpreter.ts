// The loop that runs compiled functions (lvm.c, luaV_execute).

import type { Bytes } from '../bytes/bytes';
import { modulo, power } from './arithmetic';
import { ALL, FEW, finishCall, MOVED_BITS, startCall, startTailCall } from './calls';
import * as op from './code';
import { CLOSURE_BYTES, ENTRY_BYTES, TABLE_BYTES, UPVALUE_BYTES } from './costs';
import { iterate } from './iteration';
import type { LuaMachine } from './machine';
import {
  arithmetic,
  assign,
  concatenate,
  equal,
  index,
  lengthOf,
  less,
  lessOrEqual,
  loopNumber,
  negate,
  spendComparison,
} from './metamethods';
import { LuaTable } from './table';
import { type Coroutine, type Frame, LuaClosure, type Upvalue } from './thread';
import type { LuaValue } from './value';

/** A step goes back over 2^5 instructions. */
const REPEATED_BITS = 5;

/**
 * Runs the frame on top of the coroutine's, and what it calls, until it returns: its results are where its caller wants
 * them. Also returns when the coroutine yields.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: what it does for each operation shares its local variables
export function execute(machine: LuaMachine, thread: Coroutine): void {
  const { stack } = thread;
  running: for (;;) {
    const frame = thread.frames[thread.depth] as Frame;
    const closure = frame.callee as LuaClosure;
    const code = closure.code.instructions;
    const constants = closure.code.constants;
    const { base } = frame;
    let { pc } = frame;
    for (;;) {
      const at = pc;
      const word = code[at] as number;
      const a = base + (word >>> 8);
      const b = code[at + 1] as number;
      const c = code[at + 2] as number;
      pc = at + op.STRIDE;
      // Messages tell the line of what a frame has come to.
      frame.pc = pc;
      switch (word & 0xff) {
        case op.MOVE:
          stack[a] = stack[base + b];
          break;
        case op.LOADK:
          stack[a] = constants[b];
          break;
        case op.LOADBOOL:
          stack[a] = b !== 0;
          if (c !== 0) pc += op.STRIDE;
          break;
        case op.LOADNIL:
          for (let i = a; i <= base + b; i++) stack[i] = undefined;
          break;
        case op.GETUPVAL: {
          const upvalue = closure.upvalues[b] as Upvalue;
          stack[a] = upvalue.values[upvalue.index];
          break;
        }
        case op.SETUPVAL: {
          const upvalue = closure.upvalues[b] as Upvalue;
          upvalue.values[upvalue.index] = stack[a];
          break;
        }
        case op.GETGLOBAL:
          stack[a] = field(machine, code, at, closure.environment, constants[b], -1);
          break;
        case op.SETGLOBAL:
          assign(machine, closure.environment, constants[b], stack[a], -1);
          break;
        case op.GETFIELD:
          stack[a] = field(machine, code, at, stack[base + b], constants[~c], b);
          break;
        case op.GETTABLE: {
          const table = stack[base + b];
          const key = c < 0 ? constants[~c] : stack[base + c];
          if (typeof key === 'number' && table instanceof LuaTable) {
            const { array } = table;
            const place = key | 0;
            if (place === key && place > 0 && place < array.length && array[place] !== undefined) {
              stack[a] = array[place];
              break;
            }
          }
          stack[a] = index(machine, table, key, b);
          break;
        }
        case op.SETFIELD:
          setField(machine, code, at, stack[a], constants[~b], c < 0 ? constants[~c] : stack[base + c], a - base);
          break;
        case op.SETTABLE: {
          const table = stack[a];
          const key = b < 0 ? constants[~b] : stack[base + b];
          const value = c < 0 ? constants[~c] : stack[base + c];
          if (typeof key === 'number' && table instanceof LuaTable && !table.readonly && value !== undefined) {
            const { array } = table;
            const place = key | 0;
            if (place === key && place > 0 && place < array.length && array[place] !== undefined) {
              array[place] = value;
              break;
            }
          }
          assign(machine, table, key, value, a - base);
          break;
        }
        case op.NEWTABLE: {
          machine.allocate(TABLE_BYTES + b * ENTRY_BYTES);
          const table = new LuaTable();
          if (b > 0) table.reserve(b);
          stack[a] = table;
          break;
        }
        case op.SELF: {
          const object = stack[base + b];
          stack[a + 1] = object;
          stack[a] = index(machine, object, c < 0 ? constants[~c] : stack[base + c], b);
          break;
        }
        case op.ADD: {
          const left = b < 0 ? constants[~b] : stack[base + b];
          const right = c < 0 ? constants[~c] : stack[base + c];
          if (typeof left === 'number' && typeof right === 'number') stack[a] = left + right;
          else stack[a] = arithmetic(machine, op.ADD, left, right, b, c);
          break;
        }
        case op.SUB: {
          const left = b < 0 ? constants[~b] : stack[base + b];
          const right = c < 0 ? constants[~c] : stack[base + c];
          if (typeof left === 'number' && typeof right === 'number') stack[a] = left - right;
          else stack[a] = arithmetic(machine, op.SUB, left, right, b, c);
          break;
        }
        case op.MUL: {
          const left = b < 0 ? constants[~b] : stack[base + b];
          const right = c < 0 ? constants[~c] : stack[base + c];
          if (typeof left === 'number' && typeof right === 'number') stack[a] = left * right;
          else stack[a] = arithmetic(machine, op.MUL, left, right, b, c);
          break;
        }
        case op.DIV: {
          const left = b < 0 ? constants[~b] : stack[base + b];
          const right = c < 0 ? constants[~c] : stack[base + c];
          if (typeof left === 'number' && typeof right === 'number') stack[a] = left / right;
          else stack[a] = arithmetic(machine, op.DIV, left, right, b, c);
          break;
        }
        case op.MOD: {
          const left = b < 0 ? constants[~b] : stack[base + b];
          const right = c < 0 ? constants[~c] : stack[base + c];
          if (typeof left === 'number' && typeof right === 'number') stack[a] = modulo(left, right);
          else stack[a] = arithmetic(machine, op.MOD, left, right, b, c);
          break;
        }
        case op.POW: {
          const left = b < 0 ? constants[~b] : stack[base + b];
          const right = c < 0 ? constants[~c] : stack[base + c];
          if (typeof left === 'number' && typeof right === 'number') stack[a] = power(left, right);
          else stack[a] = arithmetic(machine, op.POW, left, right, b, c);
          break;
        }
        case op.UNM: {
          const value = stack[base + b];
          stack[a] = typeof value === 'number' ? -value : negate(machine, value, b);
          break;
        }
        case op.NOT: {
          const value = stack[base + b];
          stack[a] = value === undefined || value === false;
          break;
        }
        case op.LEN:
          stack[a] = lengthOf(machine, stack[base + b], b);
          break;
        case op.CONCAT:
          stack[a] = joined(machine, stack, base + b, base + c, base);
          break;
        case op.JMP:
          pc += b * op.STRIDE;
          if (b < 0) {
            machine.slice -= 1 - (b >> REPEATED_BITS);
            if (machine.slice < 0) machine.checkBudget();
          }
          break;
        case op.EQ: {
          const left = b < 0 ? constants[~b] : stack[base + b];
          const right = c < 0 ? constants[~c] : stack[base + c];
          const holds = left === right || (typeof left === 'object' && equal(machine, left, right));
          if (typeof left === 'string' && typeof right === 'string') spendComparison(machine, left, right);
          if (holds !== (a - base !== 0)) pc += op.STRIDE;
          break;
        }
        case op.LT: {
          const left = b < 0 ? constants[~b] : stack[base + b];
          const right = c < 0 ? constants[~c] : stack[base + c];
          const holds = typeof left === 'number' && typeof right === 'number' ? left < right : less(machine, left, right);
          if (holds !== (a - base !== 0)) pc += op.STRIDE;
          break;
        }
        case op.LE: {
          const left = b < 0 ? constants[~b] : stack[base + b];
          const right = c < 0 ? constants[~c] : stack[base + c];
          const holds = typeof left === 'number' && typeof right === 'number' ? left <= right : lessOrEqual(machine, left, right);
          if (holds !== (a - base !== 0)) pc += op.STRIDE;
          break;
        }
        case op.TEST: {
          const value = stack[a];
          if ((value === undefined || value === false) === (c !== 0)) pc += op.STRIDE;
          break;
        }
        case op.TESTSET: {
          const value = stack[base + b];
          if ((value === undefined || value === false) === (c !== 0)) pc += op.STRIDE;
          else stack[a] = value;
          break;
        }
        case op.CALL: {
          if (--machine.slice < 0) machine.checkBudget();
          if (startCall(machine, thread, a, b === 0 ? thread.top - a - 1 : b - 1, c - 1)) continue running;
          if (thread.yielded !== undefined) return;
          break;
        }
        case op.TAILCALL: {
          if (--machine.slice < 0) machine.checkBudget();
          const count = b === 0 ? thread.top - a - 1 : b - 1;
          if (stack[a] instanceof LuaClosure) {
            startTailCall(machine, thread, frame, a, count);
            continue running;
          }
          if (startCall(machine, thread, a, count, ALL)) continue running;
          if (thread.yielded !== undefined) return;
          break;
        }
        case op.RETURN: {
          const { entry } = frame;
          finishCall(thread, frame, a, b === 0 ? thread.top - a : b - 1);
          if (entry) return;
          continue running;
        }
        case op.FORPREP: {
          const start = loopNumber(machine, stack[a], 'initial value');
          stack[a + 1] = loopNumber(machine, stack[a + 1], 'limit');
          const step = loopNumber(machine, stack[a + 2], 'step');
          stack[a + 2] = step;
          stack[a] = start - step;
          pc += b * op.STRIDE;
          break;
        }
        case op.FORLOOP: {
          const step = stack[a + 2] as number;
          const value = (stack[a] as number) + step;
          const limit = stack[a + 1] as number;
          machine.slice -= 1 - (b >> REPEATED_BITS);
          if (machine.slice < 0) machine.checkBudget();
          if (step > 0 ? value <= limit : limit <= value) {
            pc += b * op.STRIDE;
            stack[a] = value;
            stack[a + 3] = value;
          }
          break;
        }
        case op.TFORLOOP:
          if (--machine.slice < 0) machine.checkBudget();
          if (!iterate(machine, thread, code, at, a, c)) pc += op.STRIDE;
          break;
        case op.SETLIST: {
          const count = b === 0 ? thread.top - a - 1 : b;
          const table = stack[a] as LuaTable;
          machine.allocate(count * ENTRY_BYTES);
          table.fill((c - 1) * op.FIELDS_PER_FLUSH + 1, stack, a + 1, count);
          break;
        }
        case op.CLOSE:
          thread.close(a);
          break;
        case op.CLOSURE:
          pc = makeClosure(machine, thread, closure, code, pc, base, a, b);
          break;
        case op.VARARG:
          spread(machine, thread, frame, a, b - 1);
          break;
      }
    }
  }
}

/** `object.key`; the instruction remembers where the key was in the hash part of the last table. */
function field(machine: LuaMachine, code: Int32Array, at: number, object: LuaValue, key: LuaValue, register: number): LuaValue {
  if (object instanceof LuaTable) {
    let slot = code[at + 3] as number;
    if (object.keys[slot] !== key) {
      slot = object.find(key);
      if (slot >= 0) code[at + 3] = slot;
    }
    const value = slot >= 0 ? object.values[slot] : undefined;
    if (value !== undefined || object.metatable === undefined) return value;
  }
  return index(machine, object, key, register);
}

function setField(
  machine: LuaMachine,
  code: Int32Array,
  at: number,
  object: LuaValue,
  key: LuaValue,
  value: LuaValue,
  register: number,
): void {
  if (object instanceof LuaTable && !object.readonly && value !== undefined) {
    const slot = code[at + 3] as number;
    if (object.keys[slot] === key && object.values[slot] !== undefined) {
      object.values[slot] = value;
      return;
    }
    const found = object.find(key);
    if (found >= 0) code[at + 3] = found;
  }
  assign(machine, object, key, value, register);
}

function joined(machine: LuaMachine, stack: LuaValue[], from: number, to: number, base: number): LuaValue {
  if (to === from + 1) {
    const left = stack[from];
    const right = stack[to];
    if (typeof left === 'string' && typeof right === 'string') {
      machine.allocate(left.length + right.length);
      return (left + right) as Bytes;
    }
  }
  return concatenate(machine, stack, from, to, base);
}

function makeClosure(
  machine: LuaMachine,
  thread: Coroutine,
  around: LuaClosure,
  code: Int32Array,
  pc: number,
  base: number,
  a: number,
  b: number,
): number {
  const made = new LuaClosure(around.code.functions[b] as LuaClosure['code'], around.environment);
  const { length } = made.code.upvalues;
  machine.allocate(CLOSURE_BYTES + length * UPVALUE_BYTES);
  let at = pc;
  for (let i = 0; i < length; i++, at += op.STRIDE) {
    const from = code[at + 1] as number;
    made.upvalues.push(((code[at] as number) & 0xff) === op.GETUPVAL ? (around.upvalues[from] as Upvalue) : thread.upvalueAt(base + from));
  }
  thread.stack[a] = made;
  return at;
}

/** `...` into registers. */
function spread(machine: LuaMachine, thread: Coroutine, { base, extra }: Frame, a: number, wanted: number): void {
  const { stack } = thread;
  const count = wanted < 0 ? extra : wanted;
  if (count > FEW) machine.slice -= count >> MOVED_BITS;
  thread.grow(a + count);
  for (let i = 0; i < count; i++) stack[a + i] = i < extra ? stack[base - extra + i] : undefined;
  if (wanted < 0) thread.top = a + extra;
}
