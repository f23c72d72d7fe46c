// A set of binary strings that stand in places without gaps, so that a random one is drawn by its place and a cursor can
// be a place. Small sets are searched through; a large one has an index.

import type { Bytes } from '../bytes/bytes';

/** Up to here a search through the array takes about as long as a look-up in a Map, and costs no memory. */
const SEARCHED_SIZE = 12;
/** The index goes when the set is this small again: well below, so that a set at the edge does not rebuild it each time. */
const UNINDEXED_SIZE = 6;

export class DenseSet {
  private constructor(
    private readonly keys: Bytes[],
    private index: Map<Bytes, number> | undefined,
  ) {}

  static empty(): DenseSet {
    return new DenseSet([], undefined);
  }

  get size(): number {
    return this.keys.length;
  }

  /** Where a key stands, or -1. */
  indexOf(key: Bytes): number {
    return this.index === undefined ? this.keys.indexOf(key) : (this.index.get(key) ?? -1);
  }

  has(key: Bytes): boolean {
    return this.indexOf(key) >= 0;
  }

  /** The key at a place from 0 to size - 1. */
  keyAt(place: number): Bytes {
    const key = this.keys[place];
    if (key === undefined) throw new RangeError(`no element at ${place} of ${this.keys.length}`);
    return key;
  }

  /** Adds a key at the end. It is owned already and known to be absent. */
  append(key: Bytes): void {
    this.index?.set(key, this.keys.length);
    this.keys.push(key);
    if (this.index === undefined && this.keys.length > SEARCHED_SIZE) this.index = indexed(this.keys);
  }

  /** Adds a key as {@link append} does, but at a place from 0 to size; what stood there and behind moves on: O(n). */
  insertAt(place: number, key: Bytes): void {
    this.append(key);
    this.keys.copyWithin(place + 1, place);
    this.keys[place] = key;
    this.reindexFrom(place);
  }

  /** Removes a key and moves the last one into its place. Returns that place, or -1 when there was no such key. */
  delete(key: Bytes): number {
    const place = this.indexOf(key);
    if (place < 0) return -1;
    const last = this.keys.pop() as Bytes;
    this.index?.delete(key);
    if (place < this.keys.length) {
      this.keys[place] = last;
      this.index?.set(last, place);
    }
    this.dropSmallIndex();
    return place;
  }

  /** As {@link delete}, but the others keep their order: O(n). */
  deleteInOrder(key: Bytes): number {
    const place = this.indexOf(key);
    if (place < 0) return -1;
    this.keys.splice(place, 1);
    this.index?.delete(key);
    this.dropSmallIndex();
    this.reindexFrom(place);
    return place;
  }

  clear(): void {
    this.keys.length = 0;
    this.index = undefined;
  }

  /** An independent copy, in the same order. */
  copy(): DenseSet {
    return new DenseSet(this.keys.slice(), this.index && new Map(this.index));
  }

  private reindexFrom(place: number): void {
    if (this.index !== undefined) for (let i = place; i < this.keys.length; i++) this.index.set(this.keys[i] as Bytes, i);
  }

  private dropSmallIndex(): void {
    if (this.keys.length <= UNINDEXED_SIZE) this.index = undefined;
  }
}

function indexed(keys: readonly Bytes[]): Map<Bytes, number> {
  const index = new Map<Bytes, number>();
  for (let i = 0; i < keys.length; i++) index.set(keys[i] as Bytes, i);
  return index;
}
