// A set of signed 64-bit integers in ascending order: what a small set of numbers is held as. Additions and removals move
// what stands behind, so it is meant for sizes where that is cheap.

import type { Int64 } from '../bytes/integer';

export class IntSet {
  private constructor(private readonly values: Int64[]) {}

  static empty(): IntSet {
    return new IntSet([]);
  }

  get size(): number {
    return this.values.length;
  }

  has(value: Int64): boolean {
    return this.values[this.lowerBound(value)] === value;
  }

  /** The integer of a rank from 0 to size - 1. */
  at(rank: number): Int64 {
    const value = this.values[rank];
    if (value === undefined) throw new RangeError(`no element at ${rank} of ${this.values.length}`);
    return value;
  }

  /** False when it was there. */
  add(value: Int64): boolean {
    const rank = this.lowerBound(value);
    if (rank === this.values.length) this.values.push(value);
    else if (this.values[rank] === value) return false;
    else this.values.splice(rank, 0, value);
    return true;
  }

  /** False when it was not there. */
  delete(value: Int64): boolean {
    const rank = this.lowerBound(value);
    if (this.values[rank] !== value) return false;
    this.values.splice(rank, 1);
    return true;
  }

  copy(): IntSet {
    return new IntSet(this.values.slice());
  }

  /** How many elements are below `value`. */
  private lowerBound(value: Int64): number {
    const { values } = this;
    let low = 0;
    let high = values.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // A number and a bigint compare by value.
      if ((values[middle] as Int64) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
