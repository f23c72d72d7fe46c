// The most frequent items of a stream, as RedisBloom finds them (topk.c, the algorithm HeavyKeeper): counters with the
// fingerprint of the item that they count, which other items let decay by chance, and a heap of the k largest.
//
// The chance is a generator whose state is part of the value, and powers are products, so that the same commands always
// leave the same behind: the journal can hold the command lines.

import { type Bytes, EMPTY, own } from '../bytes/bytes';
import { murmur32 } from '../structures/murmur';
import { fromCounters, toCounters } from './count-min';
import { MAX_FILTER_BYTES } from './filter-limits';
import { Packer, Unpacker } from './packer';

/** Seed of the hash that is an item's fingerprint. */
const FINGERPRINT_SEED = 1919;
/** Powers of the decay that are in a table. */
const POWERS = 256;
const FIRST_STATE = 0x9e3779b9;

/** Estimated bytes of a value, of a counter with its fingerprint, of a place in the heap beside the item. */
const BASE_MEMORY = 3000;
const BUCKET_BYTES = 8;
const PLACE_MEMORY = 80;

export interface TopKSize {
  readonly k: number;
  readonly width: number;
  readonly depth: number;
  readonly decay: number;
}

/** A place of the heap; no item when nothing has come there yet. */
interface Place {
  item: Bytes | undefined;
  count: number;
}

interface TopKParts {
  readonly fingerprints: Uint32Array;
  readonly counts: Uint32Array;
  /** The smallest one first. */
  readonly heap: readonly Readonly<Place>[];
}

export class TopK {
  readonly type = 'TopK-TYPE' as const;
  private readonly fingerprints: Uint32Array;
  private readonly counts: Uint32Array;
  /** The smallest one first. */
  private readonly heap: Place[];
  private readonly powers: readonly number[];
  private state = FIRST_STATE;
  /** Of the items in the heap. */
  private itemBytes = 0;

  private constructor(readonly options: TopKSize) {
    const { k, width, depth, decay } = options;
    this.fingerprints = new Uint32Array(width * depth);
    this.counts = new Uint32Array(width * depth);
    this.heap = Array.from({ length: k }, () => ({ item: undefined, count: 0 }));
    const powers = [1];
    while (powers.length < POWERS) powers.push((powers.at(-1) as number) * decay);
    this.powers = powers;
  }

  /** Undefined when it would be too large. */
  static create(options: TopKSize): TopK | undefined {
    const bytes = options.width * options.depth * BUCKET_BYTES + options.k * PLACE_MEMORY;
    return bytes <= MAX_FILTER_BYTES ? new TopK(options) : undefined;
  }

  /** Estimated bytes of memory. */
  get memory(): number {
    return BASE_MEMORY + this.counts.length * BUCKET_BYTES + this.heap.length * PLACE_MEMORY + this.itemBytes;
  }

  encoding(): 'raw' {
    return 'raw';
  }

  /** What stands for an item beside its counters. */
  static fingerprintOf(item: Bytes): number {
    return murmur32(item, FINGERPRINT_SEED);
  }

  /** Counts an item. Returns the one that it drove out of the list, if any. */
  add(item: Bytes, increment: number): Bytes | undefined {
    const least = (this.heap[0] as Place).count;
    const count = this.countUp(item, increment);
    if (count < least) return undefined;
    const known = this.heap.findIndex((place) => place.item === item);
    if (known >= 0) {
      (this.heap[known] as Place).count = count;
      this.sink(known);
      return undefined;
    }
    const expelled = (this.heap[0] as Place).item;
    this.heap[0] = { item: own(item), count };
    this.itemBytes += item.length - (expelled?.length ?? 0);
    this.sink(0);
    return expelled;
  }

  /** The largest count that any counter of an item has now. */
  private countUp(item: Bytes, increment: number): number {
    const fingerprint = TopK.fingerprintOf(item);
    let largest = 0;
    for (let row = 0; row < this.options.depth; row++) {
      const place = this.placeOf(item, row);
      if (this.counts[place] === 0) {
        this.fingerprints[place] = fingerprint;
        this.counts[place] = increment;
      } else if (this.fingerprints[place] === fingerprint) this.counts[place] = (this.counts[place] as number) + increment;
      else if (!this.takeOver(place, fingerprint, increment)) continue;
      largest = Math.max(largest, this.counts[place] as number);
    }
    return largest;
  }

  /** Lets another item's counter decay by chance, once for each time. True when it came to nothing and is this item's now. */
  private takeOver(place: number, fingerprint: number, increment: number): boolean {
    for (let left = increment; left > 0; left--) {
      const count = this.counts[place] as number;
      if (this.chance() >= this.decayOf(count)) continue;
      this.counts[place] = count - 1;
      if (count > 1) continue;
      this.fingerprints[place] = fingerprint;
      this.counts[place] = left;
      return true;
    }
    return false;
  }

  private decayOf(count: number): number {
    if (count < POWERS) return this.powers[count] as number;
    const longest = POWERS - 1;
    return integerPower(this.powers[longest] as number, Math.floor(count / longest)) * (this.powers[count % longest] as number);
  }

  /** Marsaglia's xorshift: a number from 0 to below 1. */
  private chance(): number {
    let state = this.state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.state = state >>> 0;
    return this.state / 2 ** 32;
  }

  private placeOf(item: Bytes, row: number): number {
    return (murmur32(item, row) % this.options.width) + row * this.options.width;
  }

  /** Moves a place that has become larger down to where it belongs. Among equal ones by one step, as RedisBloom does. */
  private sink(from: number): void {
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.heap.length) return;
      if (child + 1 < this.heap.length && this.countAt(child) > this.countAt(child + 1)) child++;
      const [below, here] = [this.countAt(child), this.countAt(at)];
      if (below > here || (below === here && at !== from)) return;
      [this.heap[at], this.heap[child]] = [this.heap[child] as Place, this.heap[at] as Place];
      at = child;
    }
  }

  private countAt(place: number): number {
    return (this.heap[place] as Place).count;
  }

  /** Whether an item is in the list. */
  has(item: Bytes): boolean {
    return this.heap.some((place) => place.item === item);
  }

  /** What is known of how often an item came. */
  countOf(item: Bytes): number {
    const fingerprint = TopK.fingerprintOf(item);
    const least = this.has(item) ? this.countAt(0) : 0;
    let largest = 0;
    for (let row = 0; row < this.options.depth; row++) {
      const place = this.placeOf(item, row);
      const count = this.counts[place] as number;
      if (this.fingerprints[place] === fingerprint && count >= least) largest = Math.max(largest, count);
    }
    return largest;
  }

  /** The items of the list with their counts, the most frequent first. */
  list(): { readonly item: Bytes; readonly count: number }[] {
    const sorted = [...this.heap].sort((a, b) => b.count - a.count);
    return sorted.filter(({ count }) => count > 0).map(({ item, count }) => ({ item: item ?? EMPTY, count }));
  }

  // ---- as a whole

  /** The counters with the fingerprints that they count, and the heap: all but the state of the generator. */
  get parts(): TopKParts {
    return { fingerprints: this.fingerprints, counts: this.counts, heap: this.heap };
  }

  /** The inverse of {@link parts}. Undefined when they do not belong to such a value, or it would be too large. */
  static fromParts(options: TopKSize, { fingerprints, counts, heap }: TopKParts): TopK | undefined {
    const value = TopK.create(options);
    if (value?.counts.length !== counts.length || fingerprints.length !== counts.length || heap.length !== options.k) return undefined;
    value.fingerprints.set(fingerprints);
    value.counts.set(counts);
    for (const [i, place] of heap.entries()) {
      value.heap[i] = { ...place };
      value.itemBytes += place.item?.length ?? 0;
    }
    return value;
  }

  copy(): TopK {
    return TopK.decode(this.encode());
  }

  /** The stored form: the options, the state of the generator, the heap, then fingerprints and counts. */
  encode(): Bytes {
    const { k, width, depth, decay } = this.options;
    const packer = new Packer().count(k).count(width).count(depth).double(decay).count(this.state);
    for (const { item, count } of this.heap) {
      packer.count(count).count(item === undefined ? 0 : 1);
      if (item !== undefined) packer.string(item);
    }
    return packer.string(fromCounters(this.fingerprints)).string(fromCounters(this.counts)).done();
  }

  static decode(data: Bytes): TopK {
    const unpacker = new Unpacker(data);
    const [k, width, depth] = [unpacker.count(), unpacker.count(), unpacker.count()];
    const value = new TopK({ k, width, depth, decay: unpacker.double() });
    value.state = unpacker.count();
    for (const place of value.heap) {
      place.count = unpacker.count();
      if (unpacker.count() === 0) continue;
      place.item = unpacker.string();
      value.itemBytes += place.item.length;
    }
    value.fingerprints.set(toCounters(unpacker.string(), width * depth));
    value.counts.set(toCounters(unpacker.string(), width * depth));
    return value;
  }
}

/** By multiplication alone: what Math.pow gives is up to the engine. */
function integerPower(base: number, exponent: number): number {
  let [result, square] = [1, base];
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
