// The machine that runs scripts: it compiles them, bounds what they may use, and is what functions of ours talk to.

import { ascii, type Bytes } from '../bytes/bytes';
import { addressOf } from './address';
import { ALL, startCall } from './calls';
import { type ErrorPosition, LuaError, ScriptStopped } from './error';
import { execute } from './interpreter';
import { openLibraries } from './library/all';
import { Memory } from './memory';
import { calledName, currentLine, positionAt } from './message';
import { less, metamethod } from './metamethods';
import { formatNumber } from './number';
import { parseChunk } from './parser';
import { LuaTable } from './table';
import { Coroutine, type Frame, LuaClosure } from './thread';
import { LuaFunction, type LuaHost, type LuaValue, type NativeFunction } from './value';

/** What a script may use. */
export interface Budget {
  /** Loops and calls, and what functions of ours say that they cost. */
  readonly steps: number;
  /** Unix milliseconds: looked at now and then with `now()`. */
  readonly deadline: number;
  readonly now: () => number;
  /** Bytes that the script may hold at one time. */
  readonly memory: number;
}

/** Steps between two looks at the clock. */
const SLICE = 5000;
/** A step allocates 2^8 bytes. */
const ALLOCATED_BITS = 8;
/** Entries of a table that are not there, which a step passes over: 2^4, and nothing for a few of them. */
const SKIPPED_BITS = 4;
/** Functions of ours that call back, one inside the other (LUAI_MAXCCALLS), and how many more there may be for handlers. */
const MAX_NESTED = 200;
const MAX_HANDLING = MAX_NESTED + (MAX_NESTED >> 3);
const NO_STEPS: Budget = { steps: 0, deadline: 0, now: () => 0, memory: Infinity };
const TO_STRING = ascii('__tostring');
const HANDLING_FAILED = ascii('error in error handling');

/** How a protected call ended. */
export interface Outcome {
  readonly succeeded: boolean;
  readonly values: readonly LuaValue[];
}

export class LuaMachine implements LuaHost {
  readonly globals = new LuaTable();
  /** Of all strings. */
  readonly stringMetatable = new LuaTable();
  /** The function `next` as scripts find it: loops know what it does. */
  next: NativeFunction | undefined;
  /** What `ipairs` gives to loops. */
  step: NativeFunction | undefined;
  /** The coroutine that runs, and the function of ours that does. */
  current: Coroutine;
  running: NativeFunction | undefined;
  /** Steps until the budget is looked at. */
  slice = 0;
  private stepsLeft = 0;
  private budget: Budget = NO_STEPS;
  private nested = 0;
  /** Bytes that functions of ours that run have allocated: nothing that can be reached holds them yet. */
  held = 0;
  private readonly main = new Coroutine(undefined);
  private readonly memory = new Memory(
    () => [this.globals, this.stringMetatable, this.main, this.current, ...this.waiting],
    (objects) => {
      this.slice -= objects;
    },
  );
  /** Coroutines that have resumed another one, which runs. */
  private readonly waiting: Coroutine[] = [];

  constructor() {
    this.current = this.main;
    this.main.status = 'running';
    openLibraries(this);
  }

  /**
   * Parses and compiles. Throws a LuaError with Lua's message: `user_script:1: '=' expected near 'x'`.
   * @param chunkName `@name` for a name, otherwise the source itself, as messages show it
   */
  compile(source: Bytes, chunkName: string, environment = this.globals): LuaFunction {
    return new LuaClosure(parseChunk(source, chunkName, this.nested), environment);
  }

  /** Runs from outside. Throws a LuaError that nothing has caught, or ScriptStopped. */
  run(callee: LuaFunction, args: readonly LuaValue[], budget: Budget): readonly LuaValue[] {
    this.budget = budget;
    this.stepsLeft = budget.steps;
    this.slice = 0;
    this.memory.setLimit(budget.memory);
    try {
      return this.invoke(callee, args);
    } catch (error) {
      if ((error instanceof LuaError || error instanceof ScriptStopped) && error.position === undefined) error.position = this.position();
      throw error;
    } finally {
      this.reset();
    }
  }

  /** Nothing of a run stays behind. */
  private reset(): void {
    const { main } = this;
    main.end();
    main.status = 'running';
    main.nativeCalls = 0;
    main.overflown = false;
    main.yielded = undefined;
    this.current = main;
    this.running = undefined;
    this.nested = 0;
    this.held = 0;
    this.waiting.length = 0;
  }

  /** Where the script is. */
  private position(): ErrorPosition {
    const frame = this.current.frames[this.current.depth];
    if (!(frame?.callee instanceof LuaClosure)) return { source: '=[C]', line: -1 };
    return { source: frame.callee.code.chunkName, line: currentLine(frame) };
  }

  // ---- calls

  private invoke(callee: LuaValue, args: readonly LuaValue[]): readonly LuaValue[] {
    const { current: thread, running } = this;
    if (++this.nested >= MAX_NESTED) this.failNested();
    if (--this.slice < 0) this.checkBudget();
    this.running = undefined;
    thread.nativeCalls++;
    const { depth } = thread;
    const at = depth < 0 ? 0 : (thread.frames[depth] as Frame).limit;
    thread.grow(at + args.length + 1);
    thread.stack[at] = callee;
    for (let i = 0; i < args.length; i++) thread.stack[at + 1 + i] = args[i];
    if (startCall(this, thread, at, args.length, ALL)) {
      (thread.frames[thread.depth] as Frame).entry = true;
      execute(this, thread);
    }
    thread.nativeCalls--;
    this.nested--;
    this.running = running;
    return thread.stack.slice(at, thread.top);
  }

  /** Calls a handler for the function of Lua that runs, or what a loop iterates by. */
  callMetamethod(callee: LuaValue, args: readonly LuaValue[]): readonly LuaValue[] {
    return this.invoke(callee, args);
  }

  call(callee: LuaValue, args: readonly LuaValue[]): readonly LuaValue[] {
    const { running, current: thread } = this;
    const limit = thread.depth < 0 ? 0 : (thread.frames[thread.depth] as Frame).limit;
    // The function of ours has a place among the calls, as in C.
    const frame = thread.push();
    frame.callee = running;
    frame.base = limit;
    frame.limit = limit;
    frame.tailCalls = 0;
    frame.entry = false;
    const values = this.invoke(callee, args);
    thread.depth--;
    return values;
  }

  /** Calls, and catches what is thrown. `handler` is given the error where it happened. */
  protectedCall(callee: LuaValue, args: readonly LuaValue[], handler?: LuaValue): Outcome {
    const { current: thread, running, nested, held } = this;
    const { depth, nativeCalls } = thread;
    const limit = depth < 0 ? 0 : (thread.frames[depth] as Frame).limit;
    try {
      return { succeeded: true, values: this.call(callee, args) };
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      const values = [handler === undefined ? error.value : this.handled(handler, error)];
      thread.close(limit);
      thread.depth = depth;
      thread.nativeCalls = nativeCalls;
      thread.overflown = false;
      this.running = running;
      this.nested = nested;
      this.held = held;
      return { succeeded: false, values };
    }
  }

  /** What goes wrong in the handler is given to the handler again, deeper and deeper. */
  private handled(handler: LuaValue, error: LuaError): LuaValue {
    let unhandled = error;
    while (!unhandled.unhandled) {
      if (!(handler instanceof LuaFunction)) return HANDLING_FAILED;
      try {
        return this.invoke(handler, [unhandled.value])[0];
      } catch (again) {
        if (!(again instanceof LuaError)) throw again;
        unhandled = again;
      }
    }
    return unhandled.value;
  }

  private failNested(): void {
    if (this.nested === MAX_NESTED) this.failHere('C stack overflow');
    if (this.nested >= MAX_HANDLING) this.failHandling();
  }

  /** There is no stack left to handle that there is none. */
  failHandling(): never {
    throw new LuaError(HANDLING_FAILED, undefined, true);
  }

  // ---- coroutines

  /** Goes on with a coroutine that is suspended, until it yields, ends or fails. */
  resume(coroutine: Coroutine, args: readonly LuaValue[]): Outcome {
    if (coroutine.status !== 'suspended') {
      return { succeeded: false, values: [ascii(`cannot resume ${coroutine.status} coroutine`)] };
    }
    if (this.nested + 1 >= MAX_NESTED) return { succeeded: false, values: [ascii('C stack overflow')] };
    const { current: resumer, running, nested, held } = this;
    this.waiting.push(resumer);
    resumer.status = 'normal';
    coroutine.status = 'running';
    this.current = coroutine;
    this.nested++;
    try {
      this.proceed(coroutine, args);
      return { succeeded: true, values: this.taken(coroutine) };
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      coroutine.end();
      return { succeeded: false, values: [error.value] };
    } finally {
      this.waiting.pop();
      resumer.status = 'running';
      this.current = resumer;
      this.running = running;
      this.nested = nested;
      this.held = held;
    }
  }

  private proceed(coroutine: Coroutine, args: readonly LuaValue[]): void {
    coroutine.nativeCalls = 0;
    this.running = undefined;
    if (coroutine.depth >= 0) {
      coroutine.takeResults(args);
      execute(this, coroutine);
      return;
    }
    coroutine.grow(args.length + 1);
    coroutine.stack[0] = coroutine.body;
    for (let i = 0; i < args.length; i++) coroutine.stack[1 + i] = args[i];
    if (startCall(this, coroutine, 0, args.length, ALL)) {
      (coroutine.frames[coroutine.depth] as Frame).entry = true;
      execute(this, coroutine);
    }
  }

  /** What a coroutine that has stopped gives. */
  private taken(coroutine: Coroutine): readonly LuaValue[] {
    const { yielded } = coroutine;
    if (yielded !== undefined) {
      coroutine.yielded = undefined;
      coroutine.status = 'suspended';
      return yielded;
    }
    const values = coroutine.stack.slice(0, coroutine.top);
    coroutine.end();
    return values;
  }

  /** The coroutine that runs stops with these values, once the function of ours that called this has returned. */
  yield(values: readonly LuaValue[]): void {
    if (this.current === this.main || this.current.nativeCalls > 0) this.failHere('attempt to yield across metamethod/C-call boundary');
    this.current.yielded = values;
  }

  /** The coroutine that runs, unless it is the script itself. */
  get runningCoroutine(): Coroutine | undefined {
    return this.current === this.main ? undefined : this.current;
  }

  // ---- errors

  fail(message: string): never {
    throw new LuaError(ascii(`${positionAt(this.current, 1)}${message}`));
  }

  /** An error of what runs, as luaG_runerror: with its position when it is a function of Lua. */
  failHere(message: string): never {
    throw new LuaError(ascii(`${this.running ? '' : positionAt(this.current, 1)}${message}`));
  }

  /** Where the function is that is so many levels up: 1 is the caller of the function of ours that runs. */
  where(level: number): string {
    return positionAt(this.current, level);
  }

  failArgument(position: number, message: string): never {
    const name = calledName(this.current.frames[this.current.depth]);
    let at = position;
    if (name?.kind === 'method' && --at === 0) return this.fail(`calling '${name.name}' on bad self (${message})`);
    return this.fail(`bad argument #${at} to '${name?.name ?? '?'}' (${message})`);
  }

  // ---- budget

  spend(steps: number): void {
    this.slice -= steps;
    if (this.slice < 0) this.checkBudget();
  }

  /** Takes the next slice off the budget. */
  checkBudget(): void {
    this.stepsLeft += Math.min(this.slice, 0);
    if (this.stepsLeft <= 0) throw new ScriptStopped('steps');
    if (this.budget.now() >= this.budget.deadline) throw new ScriptStopped('time');
    this.slice = Math.min(SLICE, this.stepsLeft);
    this.stepsLeft -= this.slice;
  }

  /** The clock of the running script, in Unix milliseconds. */
  now(): number {
    return this.budget.now();
  }

  allocate(bytes: number): void {
    this.slice -= bytes >> ALLOCATED_BITS;
    if (this.running !== undefined) this.held += bytes;
    this.memory.allocate(bytes, this.running === undefined ? this.held + bytes : this.held);
  }

  /** Bytes held, as far as they are known. */
  get memoryUsed(): number {
    return this.memory.used;
  }

  /** Counts the bytes that its values take, between runs. */
  measureMemory(): number {
    return this.memory.measure();
  }

  /** Counts what is held: what `collectgarbage` amounts to. */
  countMemory(): void {
    this.memory.collect(this.held);
  }

  // ---- values

  toText(value: LuaValue): Bytes {
    const handler = metamethod(this, value, TO_STRING);
    if (handler === undefined) return plainText(value);
    const [text] = this.call(handler, [value]);
    return typeof text === 'string' ? text : plainText(text);
  }

  lessThan(left: LuaValue, right: LuaValue): boolean {
    return less(this, left, right);
  }

  /** The next position of a traversal: there may be many entries in between that are nil. */
  advance(table: LuaTable, position: number): number {
    const next = table.nextPosition(position);
    this.slice -= ((next === 0 ? table.capacity : next) - position) >> SKIPPED_BITS;
    return next;
  }

  /** Where `key` is in a traversal; an error when there is no such key. */
  positionIn(table: LuaTable, key: LuaValue, guess = 0): number {
    try {
      return table.position(key, guess);
    } catch {
      return this.failHere("invalid key to 'next'");
    }
  }
}

function plainText(value: LuaValue): Bytes {
  switch (typeof value) {
    case 'undefined':
      return ascii('nil');
    case 'boolean':
      return ascii(value ? 'true' : 'false');
    case 'number':
      return formatNumber(value);
    case 'string':
      return value;
    default:
      return addressOf(value);
  }
}
