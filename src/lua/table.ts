// Tables of Lua: an array part for 1, 2, 3… and a hash part that remembers the order of insertion, so that a traversal
// may assign to what it has reached, nil included.

import type { LuaValue } from './value';

/** Keys of the hash part are compacted when more than this many, and more than half of all, are deleted. */
const COMPACT_AFTER = 16;
/** A hash part of no more keys than this is searched from its start: that needs no index. */
const SEARCHED = 8;
const NONE: LuaValue[] = [];

export class LuaTable {
  readonly kind = 'table';
  metatable: LuaTable | undefined = undefined;
  /** No assignment is allowed (lua_enablereadonlytable of Redis' Lua). Checked by the machine, not by {@link set}. */
  readonly = false;
  /** The values at 1, 2, 3… Index 0 is unused. May have holes, but the last one is never nil. */
  readonly array: LuaValue[] = [undefined];
  /** The hash part: deleted keys stay, with nil as their value. Read by the interpreter; written here only. */
  keys: LuaValue[] = NONE;
  values: LuaValue[] = NONE;
  private index: Map<LuaValue, number> | undefined = undefined;
  private deleted = 0;
  /** How long the array part would be in C. It matters for which border {@link length} finds when there are holes. */
  private reserved = 0;
  private holes = false;

  static of(values: readonly LuaValue[]): LuaTable {
    const table = new LuaTable();
    table.fill(1, values, 0, values.length);
    return table;
  }

  /** Assigns `count` of the values to `first` and what follows it, as a constructor does. */
  fill(first: number, values: readonly LuaValue[], start: number, count: number): void {
    const last = first + count - 1;
    if (last > this.reserved) this.reserved = last;
    if (this.keys.length > 0 || this.array.length > first) {
      for (let i = 0; i < count; i++) this.set(first + i, values[start + i]);
      return;
    }
    while (this.array.length < first) this.append(undefined);
    for (let i = 0; i < count; i++) this.append(values[start + i]);
    this.trim();
  }

  /** The array part is meant to have so many values. */
  reserve(count: number): void {
    this.reserved = count;
  }

  /** The value at a key, without metamethods; nil when there is none. */
  get(key: LuaValue): LuaValue {
    if (typeof key === 'number' && key > 0 && key < this.array.length && Number.isInteger(key)) return this.array[key];
    const at = this.find(key);
    return at < 0 ? undefined : this.values[at];
  }

  /** Where a key is in the hash part, or -1. */
  find(key: LuaValue): number {
    const { index, keys } = this;
    if (index !== undefined) return index.get(key) ?? -1;
    for (let i = 0; i < keys.length; i++) if (keys[i] === key) return i;
    return -1;
  }

  /** Assigns without metamethods. The key is neither nil nor NaN: that is the caller's to refuse. */
  set(key: LuaValue, value: LuaValue): void {
    if (typeof key === 'number' && key > 0 && key <= this.array.length && Number.isInteger(key)) {
      if (key < this.array.length) {
        this.array[key] = value;
        if (value === undefined) {
          if (key === this.array.length - 1) this.trim();
          else this.holes = true;
        }
        return;
      }
      if (value !== undefined) {
        this.append(value);
        if (this.keys.length > 0) this.migrate(key);
        return;
      }
    }
    this.setHash(key === 0 ? 0 : key, value);
  }

  /** A border: the value there is not nil, the next one is. */
  get length(): number {
    return this.holes ? this.border() : this.array.length - 1;
  }

  /**
   * The entry after `key` in the order of traversal, the first one after nil; undefined at the end. Throws a RangeError
   * when there is no such key.
   */
  next(key: LuaValue): readonly [key: LuaValue, value: LuaValue] | undefined {
    const at = this.nextPosition(this.position(key));
    return at === 0 ? undefined : [this.keyAt(at), this.valueAt(at)];
  }

  /**
   * Positions of a traversal: indexes of the array part, then those of the hash part after its end. Where `key` is; 0 for
   * nil. `guess` is where it may be.
   */
  position(key: LuaValue, guess = 0): number {
    if (key === undefined) return 0;
    const { length } = this.array;
    if (typeof key === 'number' && key > 0 && key < length && Number.isInteger(key)) return key;
    if (guess >= length && this.keys[guess - length] === key) return guess;
    const at = this.find(key);
    if (at >= 0) return length + at;
    // The end of the array part may have been assigned nil, and cut off, since it was reached.
    if (typeof key === 'number' && Number.isInteger(key) && key > 0 && key <= this.reserved) return length - 1;
    throw new RangeError('no such key');
  }

  /** The position of the next entry that is there: 0 is before the first one, and the answer after the last one. */
  nextPosition(position: number): number {
    const { array, values } = this;
    const { length } = array;
    let at = position + 1;
    for (; at < length; at++) if (array[at] !== undefined) return at;
    for (; at - length < values.length; at++) if (values[at - length] !== undefined) return at;
    return 0;
  }

  keyAt(position: number): LuaValue {
    return position < this.array.length ? position : this.keys[position - this.array.length];
  }

  valueAt(position: number): LuaValue {
    return position < this.array.length ? this.array[position] : this.values[position - this.array.length];
  }

  /** Entries, for an estimate of the memory that it takes. */
  get capacity(): number {
    return this.array.length + this.keys.length;
  }

  private append(value: LuaValue): void {
    const { array } = this;
    array.push(value);
    if (value === undefined) this.holes = true;
    if (array.length - 1 > this.reserved) this.reserved = this.reserved === 0 ? 1 : 2 ** Math.ceil(Math.log2(array.length - 1));
  }

  /** As luaH_getn looks for it. */
  private border(): number {
    let last = this.reserved;
    if (last <= this.array.length - 1 && this.get(last) !== undefined) return this.array.length - 1;
    let first = 0;
    while (last - first > 1) {
      const middle = Math.floor((first + last) / 2);
      if (this.get(middle) === undefined) last = middle;
      else first = middle;
    }
    return first;
  }

  private setHash(key: LuaValue, value: LuaValue): void {
    const at = this.find(key);
    if (at >= 0) {
      if (this.values[at] !== undefined && value === undefined) this.deleted++;
      if (this.values[at] === undefined && value !== undefined) this.deleted--;
      this.values[at] = value;
      return;
    }
    if (value === undefined) return;
    if (this.deleted > COMPACT_AFTER && this.deleted * 2 > this.keys.length) this.compact();
    if (this.keys === NONE) {
      this.keys = [key];
      this.values = [value];
      return;
    }
    this.keys.push(key);
    this.values.push(value);
    if (this.index !== undefined) this.index.set(key, this.keys.length - 1);
    else if (this.keys.length > SEARCHED) this.reindex();
  }

  /** The key is in the array part now, and what follows it in the hash part moves there. */
  private migrate(key: number): void {
    this.setHash(key, undefined);
    for (;;) {
      const at = this.find(this.array.length);
      const value = at < 0 ? undefined : this.values[at];
      if (value === undefined) return;
      this.values[at] = undefined;
      this.deleted++;
      this.append(value);
    }
  }

  private compact(): void {
    const { keys, values } = this;
    this.keys = [];
    this.values = [];
    this.deleted = 0;
    for (let i = 0; i < keys.length; i++) {
      if (values[i] === undefined) continue;
      this.keys.push(keys[i]);
      this.values.push(values[i]);
    }
    this.reindex();
  }

  private reindex(): void {
    this.index = new Map();
    for (let i = 0; i < this.keys.length; i++) this.index.set(this.keys[i], i);
  }

  private trim(): void {
    const { array } = this;
    while (array.length > 1 && array[array.length - 1] === undefined) array.pop();
  }
}
