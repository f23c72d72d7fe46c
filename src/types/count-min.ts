// A count-min sketch as RedisBloom's (cms.c): rows of counters, of which an item has one in each; the smallest of them is
// never less than how often it was counted.

import { type Bytes, copyInto, fromBuffer } from '../bytes/bytes';
import { INT64_MAX, INT64_MIN } from '../bytes/integer';
import { murmur32 } from '../structures/murmur';
import { MAX_FILTER_BYTES } from './filter-limits';
import { Packer, Unpacker } from './packer';

const MAX_COUNT = 0xffffffff;
const COUNTER_BYTES = 4;
/** Estimated bytes of a sketch beside its counters. */
const BASE_MEMORY = 200;

/** One of the sketches that are merged, with how much it counts. */
interface Weighted {
  readonly sketch: CountMinSketch;
  readonly weight: bigint;
}

export class CountMinSketch {
  readonly type = 'CMSk-TYPE' as const;

  private constructor(
    readonly width: number,
    readonly depth: number,
    private readonly counters: Uint32Array,
    private sum: bigint,
  ) {}

  /** An empty sketch; undefined when it would be too large. */
  static create(width: number, depth: number): CountMinSketch | undefined {
    if (!(width * depth * COUNTER_BYTES <= MAX_FILTER_BYTES)) return undefined;
    return new CountMinSketch(width, depth, new Uint32Array(width * depth), 0n);
  }

  /** The inverse of {@link counterBytes}. Undefined when they are not so many, or too many. */
  static fromCounters(width: number, depth: number, sum: bigint, data: Bytes): CountMinSketch | undefined {
    if (data.length > MAX_FILTER_BYTES || width < 1 || depth < 1 || data.length !== width * depth * COUNTER_BYTES) return undefined;
    return new CountMinSketch(width, depth, toCounters(data, width * depth), sum);
  }

  /** All that was counted. */
  get count(): bigint {
    return this.sum;
  }

  /** Estimated bytes of memory. */
  get memory(): number {
    return BASE_MEMORY + this.counters.length * COUNTER_BYTES;
  }

  encoding(): 'raw' {
    return 'raw';
  }

  /** Counts an item `times` more. Returns its count, which goes no further than 2^32 - 1. */
  add(item: Bytes, times: bigint): number {
    const increment = Number(times);
    let least = MAX_COUNT;
    for (let row = 0; row < this.depth; row++) {
      const place = this.placeOf(item, row);
      const count = Math.min((this.counters[place] as number) + increment, MAX_COUNT);
      this.counters[place] = count;
      least = Math.min(least, count);
    }
    this.sum = BigInt.asIntN(64, this.sum + times);
    return least;
  }

  countOf(item: Bytes): number {
    let least = MAX_COUNT;
    for (let row = 0; row < this.depth; row++) least = Math.min(least, this.counters[this.placeOf(item, row)] as number);
    return least;
  }

  private placeOf(item: Bytes, row: number): number {
    return (murmur32(item, row) % this.width) + row * this.width;
  }

  /** Becomes the weighted sum of sketches of its own size. False, and nothing is changed, when a counter cannot hold it. */
  merge(sources: readonly Weighted[]): boolean {
    const sum = weightedSum(sources.map(({ sketch, weight }) => [sketch.sum, weight]));
    if (sum === undefined || sum < 0n) return false;
    const merged = new Uint32Array(this.counters.length);
    const small = sources.every(({ weight }) => weight > -MAX_EXACT_WEIGHT && weight < MAX_EXACT_WEIGHT) && sources.length < 64;
    for (let place = 0; place < merged.length; place++) {
      const count = small ? exactSum(sources, place) : this.largeSum(sources, place);
      if (count === undefined || count < 0 || count > MAX_COUNT) return false;
      merged[place] = count;
    }
    this.counters.set(merged);
    this.sum = sum;
    return true;
  }

  counterAt(place: number): number {
    return this.counters[place] as number;
  }

  private largeSum(sources: readonly Weighted[], place: number): number | undefined {
    const sum = weightedSum(sources.map(({ sketch, weight }) => [BigInt(sketch.counterAt(place)), weight]));
    return sum === undefined ? undefined : Number(sum);
  }

  copy(): CountMinSketch {
    return new CountMinSketch(this.width, this.depth, this.counters.slice(), this.sum);
  }

  /** The stored form: width, depth, the sum as text, then the counters, low bytes first. */
  encode(): Bytes {
    const packer = new Packer()
      .count(this.width)
      .count(this.depth)
      .string(`${this.sum}` as Bytes);
    return packer.string(this.counterBytes()).done();
  }

  /** The counters, row by row, low bytes first. */
  counterBytes(): Bytes {
    return fromCounters(this.counters);
  }

  static decode(data: Bytes): CountMinSketch {
    const unpacker = new Unpacker(data);
    const [width, depth] = [unpacker.count(), unpacker.count()];
    const sum = BigInt(unpacker.string());
    return new CountMinSketch(width, depth, toCounters(unpacker.string(), width * depth), sum);
  }
}

/** Products with a counter, and a few dozen of them together, are exact as floats. */
const MAX_EXACT_WEIGHT = 2n ** 14n;

function exactSum(sources: readonly Weighted[], place: number): number {
  let sum = 0;
  for (const { sketch, weight } of sources) sum += sketch.counterAt(place) * Number(weight);
  return sum;
}

/** Undefined where a product, or the sum on the way, leaves 64 bits. */
function weightedSum(parts: readonly (readonly [value: bigint, weight: bigint])[]): bigint | undefined {
  let sum = 0n;
  for (const [value, weight] of parts) {
    const product = value * weight;
    sum += product;
    if (product > INT64_MAX || product < INT64_MIN || sum > INT64_MAX || sum < INT64_MIN) return undefined;
  }
  return sum;
}

/** Counters as bytes, low ones first whatever the machine. */
export function fromCounters(counters: Uint32Array): Bytes {
  const view = new DataView(new ArrayBuffer(counters.length * COUNTER_BYTES));
  for (let i = 0; i < counters.length; i++) view.setUint32(i * COUNTER_BYTES, counters[i] as number, true);
  return fromBuffer(view.buffer);
}

/** The inverse of {@link fromCounters}. Throws an Error when they are not so many. */
export function toCounters(data: Bytes, count: number): Uint32Array {
  if (data.length !== count * COUNTER_BYTES) throw new Error('stored counters have a wrong length');
  const view = new DataView(new ArrayBuffer(data.length));
  copyInto(data, new Uint8Array(view.buffer), 0);
  return Uint32Array.from({ length: count }, (_, i) => view.getUint32(i * COUNTER_BYTES, true));
}
