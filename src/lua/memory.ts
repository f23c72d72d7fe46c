// How much a script holds. What is allocated is added up; when the sum passes a threshold, what can still be reached is
// walked and counted. So garbage costs a walk now and then, and only what is held counts against the limit.

import { ascii } from '../bytes/bytes';
import type { FunctionCode } from './code';
import { CLOSURE_BYTES, COROUTINE_BYTES, ENTRY_BYTES, STRING_BYTES, TABLE_BYTES, UPVALUE_BYTES, VALUE_BYTES } from './costs';
import { LuaError } from './error';
import { LuaTable } from './table';
import { Coroutine, LuaClosure } from './thread';
import type { LuaValue } from './value';

/** Between two walks at least this much is allocated, and this part of the limit. */
const LEAST_BETWEEN = 64 * 1024;
const PART_BETWEEN = 1 / 16;

export class Memory {
  /** Bytes that were allocated since the last walk, and those that were held then. */
  used = 0;
  threshold = LEAST_BETWEEN;
  private limit = Infinity;

  /** @param roots what is reachable from the start: globals, the metatable of strings, running coroutines */
  constructor(
    private readonly roots: () => readonly LuaValue[],
    /** Told of how many objects were walked. */
    private readonly spend: (objects: number) => void,
  ) {}

  setLimit(limit: number): void {
    this.limit = limit;
    this.threshold = Math.min(this.threshold, this.used + this.between(this.used));
  }

  /**
   * Throws the error `not enough memory` when the script would hold too much.
   * @param unreachable bytes that are held and cannot be reached: these, and what functions of ours are building
   */
  allocate(bytes: number, unreachable: number): void {
    // What does not fit into an empty machine needs no walk.
    if (bytes > this.limit) fail();
    this.used += bytes;
    if (this.used > this.threshold) this.collect(unreachable);
  }

  /** Bytes that can be reached. Changes nothing. */
  measure(): number {
    return new Walk().count(this.roots());
  }

  /** Counts what is reachable. */
  collect(unreachable: number): void {
    const walk = new Walk();
    this.used = walk.count(this.roots()) + unreachable;
    this.spend(walk.visited);
    this.threshold = this.used + this.between(this.used);
    if (this.used <= this.limit) return;
    this.used -= unreachable;
    fail();
  }

  private between(held: number): number {
    return Math.max(LEAST_BETWEEN, this.limit * PART_BETWEEN, Math.min(held, this.limit - held));
  }
}

function fail(): never {
  throw new LuaError(ascii('not enough memory'), undefined, true);
}

class Walk {
  /** How much there was to look at: objects, and the values in them. */
  visited = 0;
  private bytes = 0;
  private readonly seen = new Set<LuaValue | FunctionCode>();
  private readonly waiting: LuaValue[] = [];

  count(roots: readonly LuaValue[]): number {
    for (const root of roots) this.visit(root);
    for (let value = this.waiting.pop(); value !== undefined; value = this.waiting.pop()) this.open(value);
    return this.bytes;
  }

  /** Objects are counted once. Strings are at each place that holds them: those that are large enough to matter, once. */
  private visit(value: LuaValue): void {
    this.visited++;
    if (typeof value === 'string') {
      this.bytes += STRING_BYTES;
      if (value.length <= STRING_BYTES) return;
      if (this.seen.has(value)) return;
      this.seen.add(value);
      this.bytes += value.length;
    } else if (typeof value === 'object') {
      if (this.seen.has(value)) return;
      this.seen.add(value);
      this.waiting.push(value);
    }
  }

  private open(value: LuaValue): void {
    if (value instanceof LuaTable) this.openTable(value);
    else if (value instanceof LuaClosure) {
      this.bytes += CLOSURE_BYTES + UPVALUE_BYTES * value.upvalues.length;
      this.visit(value.environment);
      this.openCode(value.code);
      for (const upvalue of value.upvalues) this.visit(upvalue.values[upvalue.index]);
    } else if (value instanceof Coroutine) this.openCoroutine(value);
  }

  /** The size of a chunk is of all its functions. */
  private openCode(code: FunctionCode): void {
    if (this.seen.has(code)) return;
    this.seen.add(code);
    this.bytes += code.size;
  }

  private openTable(table: LuaTable): void {
    this.bytes += TABLE_BYTES + ENTRY_BYTES * table.capacity;
    this.visit(table.metatable);
    for (const value of table.array) this.visit(value);
    for (const key of table.keys) this.visit(key);
    for (const value of table.values) this.visit(value);
  }

  private openCoroutine(coroutine: Coroutine): void {
    const { frames, depth, stack } = coroutine;
    const limit = Math.max(depth < 0 ? 0 : (frames[depth]?.limit ?? 0), coroutine.body === undefined ? 0 : 1);
    this.bytes += COROUTINE_BYTES + VALUE_BYTES * limit;
    this.visit(coroutine.body);
    for (let i = 0; i < limit && i < stack.length; i++) this.visit(stack[i]);
    for (let i = 0; i <= depth; i++) this.visit(frames[i]?.callee);
  }
}
