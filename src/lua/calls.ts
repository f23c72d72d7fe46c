// How calls begin and end: frames of Lua functions, and functions of ours, which are run at once (ldo.c).

import { ascii } from '../bytes/bytes';
import { VALUE_BYTES } from './costs';
import type { LuaMachine } from './machine';
import { callable, failCall } from './metamethods';
import { LuaTable } from './table';
import { type Coroutine, type Frame, LuaClosure } from './thread';
import { type LuaValue, NativeFunction } from './value';

/** Calls that may be going on in a coroutine: where Lua, which doubles its list of calls, finds that it may not. */
const MAX_DEPTH = 16384;
const COUNT = ascii('n');

/** More values than these take time of their own to move: a step for 2^3 of them. */
export const FEW = 64;
export const MOVED_BITS = 3;

/** Instructions take time even where nothing is called and nothing loops: a step for 2^7 words of them. */
const WORDS_BITS = 7;

/** All results are wanted, however many. */
export const ALL = -1;

/**
 * Calls what is at `at` in the stack, with the `count` values after it. A function of Lua gets a frame, to be executed:
 * true. A function of ours is run, and its results are at `at`: false.
 */
export function startCall(machine: LuaMachine, thread: Coroutine, at: number, count: number, wanted: number): boolean {
  const callee = thread.stack[at];
  if (count > FEW) machine.slice -= count >> MOVED_BITS;
  if (callee instanceof LuaClosure) {
    pushFrame(machine, thread, callee, at, count, wanted);
    return true;
  }
  if (callee instanceof NativeFunction) {
    callNative(machine, thread, callee, at, count, wanted);
    return false;
  }
  const frame = thread.frames[thread.depth];
  const handler = callable(machine, callee) ?? failCall(machine, callee, at - (frame?.base ?? 0));
  const { stack } = thread;
  thread.grow(at + count + 2);
  for (let i = at + count; i >= at; i--) stack[i + 1] = stack[i];
  stack[at] = handler;
  return startCall(machine, thread, at, count + 1, wanted);
}

function pushFrame(machine: LuaMachine, thread: Coroutine, callee: LuaClosure, at: number, count: number, wanted: number): void {
  const { code } = callee;
  const { stack } = thread;
  const { parameters } = code;
  machine.slice -= code.instructions.length >> WORDS_BITS;
  if (thread.depth + 1 >= MAX_DEPTH) failDeep(machine, thread);
  const present = code.variadic && count > parameters ? count : parameters;
  const base = code.variadic ? at + 1 + present : at + 1;
  const limit = base + code.registers;
  if (stack.length < limit) {
    machine.allocate((limit - stack.length) * VALUE_BYTES);
    thread.grow(limit);
  }
  let filled = base;
  if (code.variadic) {
    for (let i = count; i < parameters; i++) stack[at + 1 + i] = undefined;
    for (let i = 0; i < parameters; i++) {
      stack[filled++] = stack[at + 1 + i];
      stack[at + 1 + i] = undefined;
    }
    if (code.argTable) stack[filled++] = argTable(stack, at + 1 + parameters, base);
  } else filled += count < parameters ? count : parameters;
  while (filled < limit) stack[filled++] = undefined;
  const frame = thread.push();
  frame.callee = callee;
  frame.result = at;
  frame.base = base;
  frame.limit = limit;
  frame.wanted = wanted;
  frame.pc = 0;
  frame.tailCalls = 0;
  frame.extra = present - parameters;
  frame.entry = false;
}

/** The handler of the overflow may call as deep again. */
function failDeep(machine: LuaMachine, thread: Coroutine): void {
  if (!thread.overflown) {
    thread.overflown = true;
    machine.failHere('stack overflow');
  }
  if (thread.depth + 1 >= 2 * MAX_DEPTH) machine.failHandling();
}

/** What Lua 5.0 had in place of `...`. */
function argTable(stack: readonly LuaValue[], from: number, to: number): LuaTable {
  const table = LuaTable.of(stack.slice(from, to));
  table.set(COUNT, to - from);
  return table;
}

function callNative(machine: LuaMachine, thread: Coroutine, callee: NativeFunction, at: number, count: number, wanted: number): void {
  const { running: before, held } = machine;
  machine.running = callee;
  const results = callee.call(thread.stack.slice(at + 1, at + 1 + count), machine);
  machine.running = before;
  machine.held = held;
  if (thread.yielded === undefined) deliver(thread, at, results, wanted);
  else {
    thread.resumesAt = at;
    thread.resumesWanting = wanted;
  }
}

/** Puts results where they are wanted. */
export function deliver(thread: Coroutine, at: number, results: readonly LuaValue[], wanted: number): void {
  const { stack } = thread;
  if (wanted === ALL) {
    thread.grow(at + results.length);
    for (let i = 0; i < results.length; i++) stack[at + i] = results[i];
    thread.top = at + results.length;
    return;
  }
  for (let i = 0; i < wanted; i++) stack[at + i] = results[i];
}

/** Ends the frame that runs, whose `count` results are at `from`. */
export function finishCall(thread: Coroutine, frame: Frame, from: number, count: number): void {
  const { stack } = thread;
  const { result, wanted } = frame;
  if (thread.open.length > 0) thread.close(frame.base);
  const moved = wanted === ALL ? count : Math.min(count, wanted);
  for (let i = 0; i < moved; i++) stack[result + i] = stack[from + i];
  if (wanted === ALL) thread.top = result + count;
  else for (let i = moved; i < wanted; i++) stack[result + i] = undefined;
  thread.depth--;
}

/** A call in the place of the frame that runs: what is called takes its place in the stack. */
export function startTailCall(machine: LuaMachine, thread: Coroutine, frame: Frame, at: number, count: number): void {
  const { stack } = thread;
  if (thread.open.length > 0) thread.close(frame.base);
  for (let i = 0; i <= count; i++) stack[frame.result + i] = stack[at + i];
  const { entry, tailCalls } = frame;
  thread.depth--;
  pushFrame(machine, thread, stack[frame.result] as LuaClosure, frame.result, count, frame.wanted);
  const next = thread.frames[thread.depth] as Frame;
  next.entry = entry;
  next.tailCalls = tailCalls + 1;
}
