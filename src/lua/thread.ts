// What is running: closures, their upvalues, and the coroutines with their stacks of values and of calls.

import type { FunctionCode } from './code';
import type { LuaTable } from './table';
import { LuaFunction, LuaThread, type LuaValue, type NativeFunction } from './value';

/** A variable that a closure shares: on the stack of a coroutine while its block runs, then in an array of its own. */
export class Upvalue {
  constructor(
    public values: LuaValue[],
    public index: number,
  ) {}

  close(): void {
    this.values = [this.values[this.index]];
    this.index = 0;
  }
}

/** A function of Lua. */
export class LuaClosure extends LuaFunction {
  readonly upvalues: Upvalue[] = [];

  constructor(
    readonly code: FunctionCode,
    public environment: LuaTable,
  ) {
    super();
  }
}

/** A call that is going on. These objects are used again and again. */
export class Frame {
  /** Of Lua, or of ours while it calls back. */
  callee: LuaClosure | NativeFunction | undefined;
  /** Where the callee was, and its results will be. */
  result = 0;
  /** The first register. */
  base = 0;
  /** One after the last register. */
  limit = 0;
  /** How many results are wanted, or -1 for all. */
  wanted = 0;
  /** The next instruction. */
  pc = 0;
  /** Calls that this one has taken the place of. */
  tailCalls = 0;
  /** Extra arguments: they are right before `base`. */
  extra = 0;
  /** When it returns, so does the interpreter. */
  entry = false;
}

type CoroutineStatus = 'suspended' | 'running' | 'normal' | 'dead';

export class Coroutine extends LuaThread {
  readonly stack: LuaValue[] = [];
  readonly frames: Frame[] = [];
  /** The index of the frame that runs, or -1. */
  depth = -1;
  /** One after the last value, after an instruction that left any number of them. */
  top = 0;
  /** Its calls were too deep, and what was thrown then has not been caught yet. */
  overflown = false;
  /** Upvalues that are still on the stack, by their position. */
  readonly open: Upvalue[] = [];
  status: CoroutineStatus = 'suspended';
  /** Functions that called the interpreter from outside of it, one inside the other (nCcalls). */
  nativeCalls = 0;
  /** What was given to `yield`, until the interpreter notices. */
  yielded: readonly LuaValue[] | undefined;
  /** Where what it is resumed with goes, and how much of it. */
  resumesAt = 0;
  resumesWanting = 0;

  constructor(readonly body: LuaClosure | undefined) {
    super();
  }

  push(): Frame {
    this.depth++;
    let frame = this.frames[this.depth];
    if (frame === undefined) {
      frame = new Frame();
      this.frames.push(frame);
    }
    return frame;
  }

  /** Registers are there up to `limit`. */
  grow(limit: number): void {
    const { stack } = this;
    while (stack.length < limit) stack.push(undefined);
  }

  upvalueAt(index: number): Upvalue {
    const { open } = this;
    let at = open.length;
    while (at > 0 && (open[at - 1] as Upvalue).index > index) at--;
    const before = open[at - 1];
    if (before !== undefined && before.index === index) return before;
    const upvalue = new Upvalue(this.stack, index);
    open.splice(at, 0, upvalue);
    return upvalue;
  }

  /** The variables from `index` on leave the stack. */
  close(index: number): void {
    const { open } = this;
    while (open.length > 0 && (open[open.length - 1] as Upvalue).index >= index) open.pop()?.close();
  }

  /** What it is resumed with becomes the results of the call of `yield`. */
  takeResults(values: readonly LuaValue[]): void {
    const { stack, resumesAt: at } = this;
    const count = this.resumesWanting < 0 ? values.length : this.resumesWanting;
    this.grow(at + count);
    for (let i = 0; i < count; i++) stack[at + i] = values[i];
    if (this.resumesWanting < 0) this.top = at + count;
  }

  /** Everything is given up. */
  end(): void {
    this.close(0);
    this.status = 'dead';
    this.depth = -1;
    this.stack.length = 0;
    this.frames.length = 0;
  }
}
