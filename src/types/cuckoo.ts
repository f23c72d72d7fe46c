// A cuckoo filter as RedisBloom's (cuckoo.c): each item leaves a fingerprint of one byte in one of two buckets, and can be
// removed again. When no room can be made, another filter is added.
//
// All counts of buckets are powers of two, so only the low half of a hash is ever needed to find one.

import { type Bytes, copyInto, fromBuffer } from '../bytes/bytes';
import { murmur64, type Words } from '../structures/murmur';
import { MAX_FILTER_BYTES } from './filter-limits';

const NO_SEED: Readonly<Words> = { high: 0, low: 0 };
const ALTERNATIVE = 0x5bd1e995;
/** A place that holds nothing; fingerprints are 1 to 255. */
const FREE = 0;
/** Filters of one chain (RedisBloom's cf-max-expansions). */
const MAX_FILTERS = 32;
/** From this share of the items on, what is left after removals is moved together. */
const COMPACTING_SHARE = 0.1;

/** Estimated bytes of a chain and of each of its filters, beside the buckets. */
const BASE_MEMORY = 200;
const FILTER_MEMORY = 120;
/** What they take in RedisBloom, for the numbers that it shows. */
const FOREIGN_BASE_BYTES = 40;
const FOREIGN_FILTER_BYTES = 16;

export const CUCKOO_HEADER_BYTES = 38;

export interface CuckooSize {
  readonly capacity: number;
  /** Places of a bucket. */
  readonly bucketSize: number;
  /** How often a fingerprint is moved to make room for another. */
  readonly maxIterations: number;
  /** By how much each filter is larger than the one before; 0: there is only one. Rounded up to a power of two. */
  readonly expansion: number;
}

interface Settings {
  /** Of the first filter. */
  readonly buckets: number;
  readonly bucketSize: number;
  readonly maxIterations: number;
  readonly expansion: number;
}

/** An item as the filter sees it. */
interface Lookup {
  readonly fingerprint: number;
  readonly first: number;
  readonly second: number;
}

const scratch: Words = { high: 0, low: 0 };

function lookupOf(item: Bytes): Lookup {
  murmur64(item, NO_SEED, scratch);
  // 2^32 is 1 more than a multiple of 255.
  const fingerprint = (((scratch.high >>> 0) + (scratch.low >>> 0)) % 255) + 1;
  return { fingerprint, first: scratch.low >>> 0, second: alternative(fingerprint, scratch.low) };
}

function alternative(fingerprint: number, hash: number): number {
  return (hash ^ Math.imul(fingerprint, ALTERNATIVE)) >>> 0;
}

function powerOfTwo(atLeast: number): number {
  return atLeast <= 0 ? 0 : 2 ** Math.ceil(Math.log2(atLeast));
}

export class CuckooFilter {
  readonly type = 'MBbloomCF' as const;
  private readonly filters: Uint8Array[] = [];
  private items = 0;
  private deleted = 0;

  private constructor(private readonly settings: Settings) {}

  /** An empty filter; undefined when it would be too large. */
  static create({ capacity, bucketSize, maxIterations, expansion }: CuckooSize): CuckooFilter | undefined {
    const buckets = Math.max(powerOfTwo(Math.floor(capacity / bucketSize)), 1);
    const filter = new CuckooFilter({ buckets, bucketSize, maxIterations, expansion: powerOfTwo(expansion) });
    return filter.grow() ? filter : undefined;
  }

  get size(): number {
    return this.items;
  }
  get deletions(): number {
    return this.deleted;
  }
  get filterCount(): number {
    return this.filters.length;
  }
  get options(): Settings {
    return this.settings;
  }
  /** Bytes of all buckets. */
  get bytes(): number {
    return this.filters.reduce((sum, filter) => sum + filter.length, 0);
  }
  /** What it takes in RedisBloom. */
  get foreignMemory(): number {
    return this.bytes + FOREIGN_BASE_BYTES + FOREIGN_FILTER_BYTES * this.filters.length;
  }
  /** Estimated bytes of memory. */
  get memory(): number {
    return this.bytes + BASE_MEMORY + FILTER_MEMORY * this.filters.length;
  }
  /** It has as many filters as there may be, and takes no more items. */
  get isExhausted(): boolean {
    return this.filters.length >= MAX_FILTERS;
  }

  encoding(): 'raw' {
    return 'raw';
  }

  // ---- items

  /** How often an item may have been added. */
  countOf(item: Bytes): number {
    const lookup = lookupOf(item);
    let count = 0;
    for (const filter of this.filters) {
      for (const hash of [lookup.first, lookup.second]) {
        const start = this.bucketAt(filter, hash);
        for (let i = 0; i < this.settings.bucketSize; i++) if (filter[start + i] === lookup.fingerprint) count++;
      }
    }
    return count;
  }

  has(item: Bytes): boolean {
    const { fingerprint, first, second } = lookupOf(item);
    return this.filters.some((filter) => this.find(filter, first, fingerprint) >= 0 || this.find(filter, second, fingerprint) >= 0);
  }

  /** `full`: no room can be made, `large`: another filter would be too much. */
  add(item: Bytes): 'added' | 'full' | 'large' {
    const lookup = lookupOf(item);
    if (!this.place(lookup, this.filters.length)) {
      const last = this.filters.at(-1) as Uint8Array;
      if (!this.makeRoom(last, lookup)) {
        if (this.settings.expansion === 0) return 'full';
        if (!this.grow()) return 'large';
        this.place(lookup, this.filters.length);
      }
    }
    this.items++;
    return 'added';
  }

  /** Removes an item once; false when it is not there. What was never added must not be removed: it may be another's. */
  delete(item: Bytes): boolean {
    const { fingerprint, first, second } = lookupOf(item);
    for (let i = this.filters.length - 1; i >= 0; i--) {
      const filter = this.filters[i] as Uint8Array;
      let at = this.find(filter, first, fingerprint);
      if (at < 0) at = this.find(filter, second, fingerprint);
      if (at < 0) continue;
      filter[at] = FREE;
      this.items--;
      this.deleted++;
      if (this.filters.length > 1 && this.deleted > this.items * COMPACTING_SHARE) this.compact();
      return true;
    }
    return false;
  }

  /** Where the bucket of a hash begins. */
  private bucketAt(filter: Uint8Array, hash: number): number {
    const { bucketSize } = this.settings;
    return (hash % (filter.length / bucketSize)) * bucketSize;
  }

  /** Where a fingerprint, or a free place, is in a bucket; -1 for nowhere. */
  private find(filter: Uint8Array, hash: number, fingerprint: number): number {
    const start = this.bucketAt(filter, hash);
    for (let i = 0; i < this.settings.bucketSize; i++) if (filter[start + i] === fingerprint) return start + i;
    return -1;
  }

  /** Puts a fingerprint into a free place of one of the first `count` filters. The last one comes first when all may take it. */
  private place({ fingerprint, first, second }: Lookup, count: number): boolean {
    for (let i = count - 1; i >= 0; i--) if (this.placeIn(this.filters[i] as Uint8Array, fingerprint, first, second)) return true;
    return false;
  }

  private placeIn(filter: Uint8Array, fingerprint: number, first: number, second: number): boolean {
    let at = this.find(filter, first, FREE);
    if (at < 0) at = this.find(filter, second, FREE);
    if (at < 0) return false;
    filter[at] = fingerprint;
    return true;
  }

  /** Takes the place of a fingerprint, which takes the place of another, and so on until one is free; else all go back. */
  private makeRoom(filter: Uint8Array, { fingerprint, first }: Lookup): boolean {
    const { bucketSize, maxIterations } = this.settings;
    const buckets = filter.length / bucketSize;
    let homeless = fingerprint;
    let victim = 0;
    let bucket = first % buckets;
    const swap = () => {
      const at = bucket * bucketSize + victim;
      [filter[at], homeless] = [homeless, filter[at] as number];
    };
    for (let i = 0; i < maxIterations; i++) {
      swap();
      bucket = alternative(homeless, bucket) % buckets;
      const free = this.find(filter, bucket, FREE);
      if (free >= 0) {
        filter[free] = homeless;
        return true;
      }
      victim = (victim + 1) % bucketSize;
    }
    for (let i = 0; i < maxIterations; i++) {
      victim = (victim + bucketSize - 1) % bucketSize;
      bucket = alternative(homeless, bucket) % buckets;
      swap();
    }
    return false;
  }

  private grow(): boolean {
    const { buckets, bucketSize, expansion } = this.settings;
    const bytes = buckets * bucketSize * expansion ** this.filters.length;
    if (!(this.bytes + bytes <= MAX_FILTER_BYTES)) return false;
    this.filters.push(new Uint8Array(bytes));
    return true;
  }

  /** Moves fingerprints into earlier filters, and gives up the last ones while they become empty. */
  private compact(): void {
    for (let i = this.filters.length - 1; i > 0; i--) if (!this.empty(i)) break;
    this.deleted = 0;
  }

  /** Whether nothing is left in a filter, which is then given up if it is the last one. */
  private empty(index: number): boolean {
    const filter = this.filters[index] as Uint8Array;
    const earlier = this.filters.slice(0, index);
    let moved = true;
    for (let at = 0; at < filter.length; at++) {
      const fingerprint = filter[at] as number;
      if (fingerprint === FREE) continue;
      const bucket = Math.floor(at / this.settings.bucketSize);
      const second = alternative(fingerprint, bucket);
      if (earlier.some((one) => this.placeIn(one, fingerprint, bucket, second))) filter[at] = FREE;
      else moved = false;
    }
    if (moved && index === this.filters.length - 1) this.filters.pop();
    return moved;
  }

  // ---- as bytes

  copy(): CuckooFilter {
    return CuckooFilter.decode(this.encode());
  }

  /** The stored form: RedisBloom's header, then all buckets. */
  encode(): Bytes {
    return `${this.header()}${this.filters.map((filter) => fromBuffer(filter)).join('')}` as Bytes;
  }

  /** Throws an Error on bytes that are none of a filter. */
  static decode(data: Bytes): CuckooFilter {
    const filter = CuckooFilter.fromHeader(data.slice(0, CUCKOO_HEADER_BYTES) as Bytes);
    if (!filter || filter.bytes !== data.length - CUCKOO_HEADER_BYTES) throw new Error('stored cuckoo filter is wrong');
    let at = CUCKOO_HEADER_BYTES;
    for (const one of filter.filters) {
      copyInto(data.slice(at, at + one.length) as Bytes, one, 0);
      at += one.length;
    }
    return filter;
  }

  /** What the filters are, without their buckets: the first part of a dump. */
  header(): Bytes {
    const view = new DataView(new ArrayBuffer(CUCKOO_HEADER_BYTES));
    const { buckets, bucketSize, maxIterations, expansion } = this.settings;
    for (const [i, value] of [this.items, buckets, this.deleted, this.filters.length].entries()) {
      view.setBigUint64(i * 8, BigInt(value), true);
    }
    for (const [i, value] of [bucketSize, maxIterations, expansion].entries()) view.setUint16(32 + i * 2, value, true);
    return fromBuffer(view.buffer);
  }

  /** A filter whose buckets are still to come; undefined for bytes that are no header. */
  static fromHeader(data: Bytes): CuckooFilter | undefined {
    if (data.length !== CUCKOO_HEADER_BYTES) return undefined;
    const view = new DataView(new ArrayBuffer(CUCKOO_HEADER_BYTES));
    copyInto(data, new Uint8Array(view.buffer), 0);
    const [items = 0, buckets = 0, deleted = 0, count = 0] = [0, 8, 16, 24].map((at) => Number(view.getBigUint64(at, true)));
    const [bucketSize = 0, maxIterations = 0, expansion = 0] = [32, 34, 36].map((at) => view.getUint16(at, true));
    const sound = bucketSize >= 1 && bucketSize <= 255 && maxIterations >= 1 && expansion <= 32768 && count >= 1 && count <= MAX_FILTERS;
    if (!sound || buckets < 1 || powerOfTwo(buckets) !== buckets || powerOfTwo(expansion) !== expansion) return undefined;
    if (expansion === 0 && count > 1) return undefined;
    const filter = new CuckooFilter({ buckets, bucketSize, maxIterations, expansion });
    for (let i = 0; i < count; i++) if (!filter.grow()) return undefined;
    filter.items = items;
    filter.deleted = deleted;
    return filter;
  }

  /** Up to `limit` bytes of the buckets of one filter, from a place among those of all. Undefined at the end. */
  chunk(from: number, limit: number): Bytes | undefined {
    const place = this.placeOf(from);
    return place && fromBuffer(place.filter, place.offset, Math.min(place.offset + limit, place.filter.length));
  }

  /** The inverse of {@link chunk}. False when it does not fit there. */
  loadChunk(from: number, data: Bytes): boolean {
    const place = this.placeOf(from);
    if (!place || data.length > place.filter.length - place.offset) return false;
    copyInto(data, place.filter, place.offset);
    return true;
  }

  private placeOf(from: number): { readonly filter: Uint8Array; readonly offset: number } | undefined {
    let offset = from;
    for (const filter of this.filters) {
      if (offset < filter.length) return { filter, offset };
      offset -= filter.length;
    }
    return undefined;
  }
}
