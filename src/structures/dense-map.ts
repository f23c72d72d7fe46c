// A map from binary strings whose entries stand in places without gaps: what holds a hash, and the scores of a sorted set.

import { type Bytes, own } from '../bytes/bytes';
import { DenseSet } from './dense-set';

export class DenseMap<V> {
  constructor(
    private readonly keys: DenseSet = DenseSet.empty(),
    private readonly values: V[] = [],
  ) {}

  get size(): number {
    return this.values.length;
  }

  get(key: Bytes): V | undefined {
    const place = this.keys.indexOf(key);
    return place < 0 ? undefined : this.values[place];
  }

  has(key: Bytes): boolean {
    return this.keys.has(key);
  }

  /** Where a key stands, or -1. */
  indexOf(key: Bytes): number {
    return this.keys.indexOf(key);
  }

  /** The key at a place from 0 to size - 1. */
  keyAt(place: number): Bytes {
    return this.keys.keyAt(place);
  }

  /** The value at a place from 0 to size - 1. */
  valueAt(place: number): V {
    this.check(place);
    return this.values[place] as V;
  }

  setAt(place: number, value: V): void {
    this.check(place);
    this.values[place] = value;
  }

  /** True when the key is new: it then stands at the end, as an owned copy. The value is taken as it is. */
  set(key: Bytes, value: V): boolean {
    const place = this.keys.indexOf(key);
    if (place >= 0) {
      this.values[place] = value;
      return false;
    }
    this.append(own(key), value);
    return true;
  }

  /** Adds a key that is owned already and known to be absent. */
  append(key: Bytes, value: V): void {
    this.keys.append(key);
    this.values.push(value);
  }

  /** As {@link append}, but at a place from 0 to size; what stood there and behind moves on: O(n). */
  insertAt(place: number, key: Bytes, value: V): void {
    this.keys.insertAt(place, key);
    this.values.splice(place, 0, value);
  }

  /** Removes an entry and moves the last one into its place; false when there was none. */
  delete(key: Bytes): boolean {
    const place = this.keys.delete(key);
    if (place < 0) return false;
    const last = this.values.pop() as V;
    if (place < this.values.length) this.values[place] = last;
    return true;
  }

  /** As {@link delete}, but the others keep their order: O(n). */
  deleteInOrder(key: Bytes): boolean {
    const place = this.keys.deleteInOrder(key);
    if (place < 0) return false;
    this.values.splice(place, 1);
    return true;
  }

  clear(): void {
    this.keys.clear();
    this.values.length = 0;
  }

  /** An independent copy, in the same order; values are shared. */
  copy(): DenseMap<V> {
    return new DenseMap(this.keys.copy(), this.values.slice());
  }

  private check(place: number): void {
    if (!(place >= 0 && place < this.values.length)) throw new RangeError(`no entry at ${place} of ${this.values.length}`);
  }
}
