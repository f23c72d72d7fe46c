// What error messages say: where it happened, and what the program calls the value that is wrong. Names are found by
// looking at which instruction put the value into its register (symbolic execution, as Lua does it).

import type { Bytes } from '../bytes/bytes';
import { shownChunk } from './chunk-name';
import {
  CALL,
  CLOSE,
  CLOSURE,
  EQ,
  FORLOOP,
  FORPREP,
  type FunctionCode,
  GETFIELD,
  GETGLOBAL,
  GETTABLE,
  GETUPVAL,
  JMP,
  LE,
  LOADNIL,
  LT,
  MOVE,
  RETURN,
  SELF,
  SETFIELD,
  SETGLOBAL,
  SETLIST,
  SETTABLE,
  SETUPVAL,
  STRIDE,
  TAILCALL,
  TFORLOOP,
} from './code';
import { type Coroutine, type Frame, LuaClosure } from './thread';

/** What a program calls a value. */
interface Name {
  readonly kind: 'local' | 'global' | 'field' | 'upvalue' | 'method';
  readonly name: string;
}

/** Operations that do not assign to register A. */
const KEEPS_A = new Set([SETGLOBAL, SETUPVAL, SETTABLE, SETFIELD, JMP, EQ, LT, LE, RETURN, TFORLOOP, SETLIST, CLOSE]);

function operation(code: FunctionCode, pc: number): number {
  return (code.instructions[pc * STRIDE] as number) & 0xff;
}

function operandA(code: FunctionCode, pc: number): number {
  return (code.instructions[pc * STRIDE] as number) >>> 8;
}

function operandB(code: FunctionCode, pc: number): number {
  return code.instructions[pc * STRIDE + 1] as number;
}

function operandC(code: FunctionCode, pc: number): number {
  return code.instructions[pc * STRIDE + 2] as number;
}

/** The instruction that a frame is at. */
function current(frame: Frame): number {
  return frame.pc / STRIDE - 1;
}

/** -1 for a function of ours. */
export function currentLine(frame: Frame): number {
  return frame.callee instanceof LuaClosure ? (frame.callee.code.lines[current(frame)] as number) : -1;
}

/** `user_script:3: `, nothing for a function of ours. */
function positionOf(frame: Frame | undefined): string {
  if (!(frame?.callee instanceof LuaClosure)) return '';
  return `${shownChunk(frame.callee.code.chunkName)}:${currentLine(frame)}: `;
}

/** Where the function of so many levels up is: 1 is what called the function of ours that runs. */
export function positionAt(thread: Coroutine, level: number): string {
  const frame = frameAt(thread, level);
  return positionOf(frame);
}

function frameAt(thread: Coroutine, level: number): Frame | undefined {
  let left = level - 1;
  let at = thread.depth;
  for (; left > 0 && at >= 0; at--) left -= 1 + (thread.frames[at] as Frame).tailCalls;
  return left === 0 ? thread.frames[at] : undefined;
}

/** What the program calls the value in a register of the frame. */
export function nameOf(frame: Frame, register: number): Name | undefined {
  return frame.callee instanceof LuaClosure ? nameAt(frame.callee.code, current(frame), register) : undefined;
}

/** What the program calls the function that the frame is calling. */
export function calledName(frame: Frame | undefined): Name | undefined {
  if (!(frame?.callee instanceof LuaClosure)) return undefined;
  const { code } = frame.callee;
  const pc = current(frame);
  const calls = operation(code, pc);
  if (calls !== CALL && calls !== TAILCALL && calls !== TFORLOOP) return undefined;
  return nameAt(code, pc, operandA(code, pc));
}

function nameAt(code: FunctionCode, pc: number, register: number): Name | undefined {
  const local = localName(code, pc, register);
  if (local !== undefined) return { kind: 'local', name: local };
  const at = lastChange(code, pc, register);
  if (at < 0) return undefined;
  switch (operation(code, at)) {
    case GETGLOBAL:
      return { kind: 'global', name: code.constants[operandB(code, at)] as Bytes };
    case MOVE:
      return operandB(code, at) < operandA(code, at) ? nameAt(code, pc, operandB(code, at)) : undefined;
    case GETTABLE:
    case GETFIELD:
      return { kind: 'field', name: keyName(code, operandC(code, at)) };
    case GETUPVAL:
      return { kind: 'upvalue', name: code.upvalues[operandB(code, at)] as Bytes };
    case SELF:
      return { kind: 'method', name: keyName(code, operandC(code, at)) };
    default:
      return undefined;
  }
}

function keyName(code: FunctionCode, operand: number): string {
  const key = operand < 0 ? code.constants[~operand] : undefined;
  return typeof key === 'string' ? key : '?';
}

function localName(code: FunctionCode, pc: number, register: number): string | undefined {
  let left = register;
  for (const { name, start, end } of code.locals) {
    if (start > pc) break;
    if (pc < end && left-- === 0) return name;
  }
  return undefined;
}

/** The last instruction before `pc` that changes the register, on the way that jumps forward; -1 when there is none. */
function lastChange(code: FunctionCode, pc: number, register: number): number {
  let last = -1;
  for (let at = 0; at < pc; at++) {
    const a = operandA(code, at);
    const done = operation(code, at);
    if (a === register && !KEEPS_A.has(done)) last = at;
    switch (done) {
      case LOADNIL:
        if (a <= register && register <= operandB(code, at)) last = at;
        break;
      case SELF:
        if (register === a + 1) last = at;
        break;
      case TFORLOOP:
        if (register >= a + 2) last = at;
        break;
      case CALL:
      case TAILCALL:
        if (register >= a) last = at;
        break;
      case FORLOOP:
      case FORPREP:
      case JMP: {
        const distance = operandB(code, at);
        if (distance >= 0 && at + 1 + distance <= pc) at += distance;
        break;
      }
      case CLOSURE:
        at += (code.functions[operandB(code, at)] as FunctionCode).upvalues.length;
        break;
    }
  }
  return last;
}
