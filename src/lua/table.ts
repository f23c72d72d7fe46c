// Tables of Lua: an array part for 1, 2, 3… and a hash part that remembers the order of insertion, so that a traversal
// may assign to what it has reached, nil included.

import type { LuaValue } from './value';

/** Keys of the hash part are compacted when more than this many, and more than half of all, are deleted. */
const COMPACT_AFTER = 16;

export class LuaTable {
  readonly kind = 'table';
  metatable: LuaTable | undefined;
  /** No assignment is allowed (lua_enablereadonlytable of Redis' Lua). Checked by the machine, not by {@link set}. */
  readonly = false;
  /** The values at 1, 2, 3… Index 0 is unused. May have holes, but the last one is never nil. */
  readonly array: LuaValue[] = [undefined];
  private index: Map<LuaValue, number> | undefined;
  private keys: LuaValue[] = [];
  private values: LuaValue[] = [];
  private deleted = 0;

  static of(values: readonly LuaValue[]): LuaTable {
    const table = new LuaTable();
    for (let i = 0; i < values.length; i++) table.array.push(values[i]);
    table.trim();
    return table;
  }

  /** The value at a key, without metamethods; nil when there is none. */
  get(key: LuaValue): LuaValue {
    if (typeof key === 'number' && key > 0 && key < this.array.length && Number.isInteger(key)) return this.array[key];
    const at = this.index?.get(key);
    return at === undefined ? undefined : this.values[at];
  }

  /** Assigns without metamethods. The key is neither nil nor NaN: that is the caller's to refuse. */
  set(key: LuaValue, value: LuaValue): void {
    if (typeof key === 'number' && key > 0 && key <= this.array.length && Number.isInteger(key)) {
      if (key < this.array.length) {
        this.array[key] = value;
        if (value === undefined && key === this.array.length - 1) this.trim();
        return;
      }
      if (value !== undefined) {
        this.array.push(value);
        if (this.index) {
          this.setHash(key, undefined);
          this.migrate();
        }
        return;
      }
    }
    this.setHash(key === 0 ? 0 : key, value);
  }

  /** A border: the value there is not nil, the next one is. */
  get length(): number {
    return this.array.length - 1;
  }

  /**
   * The entry after `key` in the order of traversal, the first one after nil; undefined at the end. Throws a RangeError
   * when there is no such key.
   */
  next(key: LuaValue): readonly [key: LuaValue, value: LuaValue] | undefined {
    const at = this.nextPosition(this.positionOf(key));
    return at === 0 ? undefined : [this.keyAt(at), this.valueAt(at)];
  }

  /**
   * The position of the next entry in the order of traversal, for those who assign nothing meanwhile. 0 is before the
   * first entry, and the answer after the last one.
   */
  nextPosition(position: number): number {
    const { array, keys, values } = this;
    const first = array.length;
    let at = position + 1;
    for (; at < first; at++) if (array[at] !== undefined) return at;
    for (; at - first < keys.length; at++) if (values[at - first] !== undefined) return at;
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

  private positionOf(key: LuaValue): number {
    if (key === undefined) return 0;
    if (typeof key === 'number' && key > 0 && key < this.array.length && Number.isInteger(key)) return key;
    const known = this.index?.get(key);
    if (known !== undefined) return this.array.length + known;
    // The end of the array part may have been assigned nil, and cut off, since it was reached.
    if (typeof key === 'number' && Number.isInteger(key) && key >= 1) return this.array.length - 1;
    throw new RangeError('no such key');
  }

  private setHash(key: LuaValue, value: LuaValue): void {
    const at = this.index?.get(key);
    if (at !== undefined) {
      if (this.values[at] !== undefined && value === undefined) this.deleted++;
      if (this.values[at] === undefined && value !== undefined) this.deleted--;
      this.values[at] = value;
      return;
    }
    if (value === undefined) return;
    if (this.deleted > COMPACT_AFTER && this.deleted * 2 > this.keys.length) this.compact();
    this.index ??= new Map();
    this.index.set(key, this.keys.length);
    this.keys.push(key);
    this.values.push(value);
  }

  /** What follows the array part moves there from the hash part. */
  private migrate(): void {
    for (;;) {
      const at = this.index?.get(this.array.length);
      const value = at === undefined ? undefined : this.values[at];
      if (at === undefined || value === undefined) return;
      this.values[at] = undefined;
      this.deleted++;
      this.array.push(value);
    }
  }

  private compact(): void {
    const { keys, values } = this;
    this.keys = [];
    this.values = [];
    this.index = new Map();
    this.deleted = 0;
    for (let i = 0; i < keys.length; i++) {
      if (values[i] === undefined) continue;
      this.index.set(keys[i], this.keys.length);
      this.keys.push(keys[i]);
      this.values.push(values[i]);
    }
  }

  private trim(): void {
    const { array } = this;
    while (array.length > 1 && array[array.length - 1] === undefined) array.pop();
  }
}
