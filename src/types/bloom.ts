// A scalable Bloom filter, sized and hashed as RedisBloom's (sb.c, bloom.c), so that its numbers are the same and its
// dumps can be exchanged: filters in a chain, each larger than the one before it and with half of its rate of errors.

import { type Bytes, copyInto, fromBuffer } from '../bytes/bytes';
import { MURMUR64_M, murmur64, type Words } from '../structures/murmur';
import { MAX_FILTER_BYTES } from './filter-limits';
import { Pages } from './pages';
import type { Segment, SegmentChanges, SegmentSource } from './segments';

/** As much precision as RedisBloom has of them. */
// biome-ignore lint/suspicious/noApproximativeNumericConstant: its last digits decide how many hashes there are
const LN2 = 0.693147180559945;
const LN2_SQUARED = 0.480453013918201;
/** Each filter of a chain has so much of the rate of errors of the one before, so that all together stay below it. */
const TIGHTENING_RATIO = 0.5;

/** RedisBloom's bits of options. All filters since its version 2 have the first two. */
const OPTION_EXACT_SIZE = 1;
const OPTION_64_BITS = 4;
const OPTION_NO_SCALING = 8;

/** Estimated bytes of a chain and of each of its filters, beside the bits. */
const BASE_MEMORY = 160;
const LINK_MEMORY = 200;
/** What they take in RedisBloom, for the numbers that it shows. */
const FOREIGN_BASE_BYTES = 32;
const FOREIGN_LINK_BYTES = 64;

/** Above this it is stored in pages. */
const WHOLE_BYTES = 16 * 1024;

const HEADER_BYTES = 20;
const LINK_HEADER_BYTES = 53;

interface Link {
  readonly capacity: number;
  readonly error: number;
  readonly bitsPerItem: number;
  readonly hashes: number;
  readonly bits: Uint8Array;
  readonly pages: Pages;
  /** Items in it. */
  size: number;
}

export interface BloomSize {
  readonly capacity: number;
  /** Rate of false positives, of the whole chain. */
  readonly error: number;
  /** By how much the next filter is larger; 0: there is none. */
  readonly expansion: number;
}

const first: Words = { high: 0, low: 0 };
const second: Words = { high: 0, low: 0 };

/** Two hashes of an item, from which all others are made. They are in {@link first} and {@link second} until the next call. */
function hash(item: Bytes): void {
  murmur64(item, MURMUR64_M, first);
  murmur64(item, first, second);
}

/** The filter at a place of a chain; undefined when it would take more than `room` bytes. */
function newLink(place: number, capacity: number, error: number, room: number): Link | undefined {
  const bitsPerItem = Math.abs(Math.log(error) / LN2_SQUARED);
  const bits = Math.max(Math.trunc(capacity * bitsPerItem), 1);
  const bytes = Math.ceil(bits / 64) * 8;
  if (!(bytes <= room)) return undefined;
  const array = new Uint8Array(bytes);
  return { capacity, error, bitsPerItem, hashes: Math.ceil(LN2 * bitsPerItem), bits: array, pages: new Pages(place, array), size: 0 };
}

/** Looks for an item that was hashed, or puts it in. True when all of its bits were there. */
function probe({ bits, pages, hashes }: Link, write: boolean): boolean {
  const size = bits.length * 8;
  let { high, low } = first;
  let found = true;
  for (let i = 0; i < hashes; i++) {
    // A 64-bit number modulo the size, in steps that floats hold exactly.
    const upper = ((high % size) * 65536 + (low >>> 16)) % size;
    const bit = (upper * 65536 + (low & 0xffff)) % size;
    const place = Math.floor(bit / 8);
    const mask = 1 << (bit % 8);
    if (((bits[place] as number) & mask) === 0) {
      if (!write) return false;
      found = false;
      (bits[place] as number) |= mask;
      pages.mark(place);
    }
    const sum = (low >>> 0) + second.low;
    high = (high + second.high + (sum > 0xffffffff ? 1 : 0)) >>> 0;
    low = sum >>> 0;
  }
  return found;
}

export class BloomFilter {
  readonly type = 'MBbloom--' as const;

  private constructor(
    private readonly links: Link[],
    /** 0 where it does not scale. */
    private readonly growth: number,
    private readonly scales: boolean,
    private items: number,
  ) {}

  /** An empty filter; undefined when it would be too large. */
  static create({ capacity, error, expansion }: BloomSize): BloomFilter | undefined {
    const link = newLink(0, capacity, error * (expansion === 0 ? 1 : TIGHTENING_RATIO), MAX_FILTER_BYTES);
    return link && new BloomFilter([link], expansion, expansion !== 0, 0);
  }

  /** Items that were added. */
  get size(): number {
    return this.items;
  }

  get capacity(): number {
    return this.links.reduce((sum, link) => sum + link.capacity, 0);
  }

  get filters(): number {
    return this.links.length;
  }

  /** Undefined where it does not scale. */
  get expansion(): number | undefined {
    return this.scales ? this.growth : undefined;
  }

  /** What it takes in RedisBloom. */
  get foreignMemory(): number {
    return this.bytes + FOREIGN_BASE_BYTES + FOREIGN_LINK_BYTES * this.links.length;
  }

  /** Estimated bytes of memory. */
  get memory(): number {
    return this.bytes + BASE_MEMORY + LINK_MEMORY * this.links.length;
  }

  /** Bytes of all bits. */
  get bytes(): number {
    return this.links.reduce((sum, { bits }) => sum + bits.length, 0);
  }

  encoding(): 'raw' {
    return 'raw';
  }

  /** False: it was never added. True: it was, or it looks as if. */
  has(item: Bytes): boolean {
    hash(item);
    return this.links.some((link) => probe(link, false));
  }

  /** Whether the item is new. `full`: there is no room and it does not scale; `large`: it would become too large. */
  add(item: Bytes): boolean | 'full' | 'large' {
    if (this.has(item)) return false;
    let last = this.links.at(-1) as Link;
    if (last.size >= last.capacity) {
      if (!this.scales) return 'full';
      const link = newLink(this.links.length, last.capacity * this.growth, last.error * TIGHTENING_RATIO, MAX_FILTER_BYTES - this.bytes);
      if (link === undefined) return 'large';
      this.links.push(link);
      last = link;
    }
    probe(last, true);
    last.size++;
    this.items++;
    return true;
  }

  copy(): BloomFilter {
    const links = this.links.map((link, place) => {
      const bits = link.bits.slice();
      return { ...link, bits, pages: new Pages(place, bits) };
    });
    return new BloomFilter(links, this.growth, this.scales, this.items);
  }

  // ---- as bytes

  /** RedisBloom's header and then all bits. */
  whole(): Bytes {
    return `${this.header()}${this.links.map(({ bits }) => fromBuffer(bits)).join('')}` as Bytes;
  }

  /** The stored form: the whole, or the header alone when the bits are in pages. */
  encode(): Bytes {
    return this.isPaged ? this.header() : this.whole();
  }

  private get isPaged(): boolean {
    return this.bytes > WHOLE_BYTES;
  }

  segmentChanges(): SegmentChanges | undefined {
    return this.isPaged ? { put: this.pagePuts(), removed: [] } : undefined;
  }

  markStored(): void {
    for (const { pages } of this.links) pages.markStored();
  }

  get residentMemory(): number {
    return this.memory;
  }

  /** Its bits are read everywhere at once: it is in memory as a whole or not at all. */
  release(): void {}

  private *pagePuts(): Generator<Segment> {
    for (const { pages } of this.links) yield* pages.puts();
  }

  /** Throws an Error on bytes that are none of a filter. */
  static decode(data: Bytes, source?: SegmentSource): BloomFilter {
    const count = data.charCodeAt(8) + data.charCodeAt(9) * 256 + data.charCodeAt(10) * 65536;
    const filter = BloomFilter.fromHeader(data.slice(0, HEADER_BYTES + LINK_HEADER_BYTES * count) as Bytes);
    if (!filter) throw new Error('stored Bloom filter has a wrong header');
    let at = HEADER_BYTES + LINK_HEADER_BYTES * count;
    for (const { bits, pages } of filter.links) {
      if (source) {
        pages.load(source);
        continue;
      }
      copyInto(data.slice(at, at + bits.length) as Bytes, bits, 0);
      at += bits.length;
    }
    if (at !== data.length) throw new Error('stored Bloom filter has a wrong length');
    return filter;
  }

  /** What the filters are, without their bits: the first part of a dump. */
  header(): Bytes {
    const view = new DataView(new ArrayBuffer(HEADER_BYTES + LINK_HEADER_BYTES * this.links.length));
    view.setBigUint64(0, BigInt(this.items), true);
    view.setUint32(8, this.links.length, true);
    view.setUint32(12, OPTION_EXACT_SIZE | OPTION_64_BITS | (this.scales ? 0 : OPTION_NO_SCALING), true);
    view.setUint32(16, this.growth, true);
    for (const [i, link] of this.links.entries()) {
      const at = HEADER_BYTES + LINK_HEADER_BYTES * i;
      view.setBigUint64(at, BigInt(link.bits.length), true);
      view.setBigUint64(at + 8, BigInt(link.bits.length * 8), true);
      view.setBigUint64(at + 16, BigInt(link.size), true);
      view.setFloat64(at + 24, link.error, true);
      view.setFloat64(at + 32, link.bitsPerItem, true);
      view.setUint32(at + 40, link.hashes, true);
      view.setBigUint64(at + 44, BigInt(link.capacity), true);
    }
    return fromBuffer(view.buffer);
  }

  /** A filter whose bits are still to come. Undefined for bytes that are no header, or one of a filter that cannot be here. */
  static fromHeader(data: Bytes): BloomFilter | undefined {
    if (data.length < HEADER_BYTES + LINK_HEADER_BYTES) return undefined;
    const view = new DataView(new ArrayBuffer(data.length));
    copyInto(data, new Uint8Array(view.buffer), 0);
    const count = view.getUint32(8, true);
    const options = view.getUint32(12, true);
    if (data.length !== HEADER_BYTES + LINK_HEADER_BYTES * count) return undefined;
    if ((options & ~OPTION_NO_SCALING) !== (OPTION_EXACT_SIZE | OPTION_64_BITS)) return undefined;
    const links: Link[] = [];
    let bytes = 0;
    let items = 0;
    for (let i = 0; i < count; i++) {
      const link = readLink(view, i, MAX_FILTER_BYTES - bytes);
      if (!link) return undefined;
      links.push(link);
      bytes += link.bits.length;
      items += link.size;
    }
    if (Number(view.getBigUint64(0, true)) !== items) return undefined;
    return new BloomFilter(links, view.getUint32(16, true), (options & OPTION_NO_SCALING) === 0, items);
  }

  /** Up to `limit` bytes of the bits of one filter, from a place among those of all. Undefined at the end. */
  chunk(from: number, limit: number): Bytes | undefined {
    const place = this.placeOf(from);
    return place && fromBuffer(place.link.bits, place.offset, Math.min(place.offset + limit, place.link.bits.length));
  }

  /** The inverse of {@link chunk}. False when it does not fit there. */
  loadChunk(from: number, data: Bytes): boolean {
    const place = this.placeOf(from);
    if (!place || data.length > place.link.bits.length - place.offset) return false;
    copyInto(data, place.link.bits, place.offset);
    for (let at = 0; at < data.length; at++) place.link.pages.mark(place.offset + at);
    return true;
  }

  private placeOf(from: number): { readonly link: Link; readonly offset: number } | undefined {
    let offset = from;
    for (const link of this.links) {
      if (offset < link.bits.length) return { link, offset };
      offset -= link.bits.length;
    }
    return undefined;
  }
}

function readLink(view: DataView, place: number, room: number): Link | undefined {
  const at = HEADER_BYTES + LINK_HEADER_BYTES * place;
  const bytes = Number(view.getBigUint64(at, true));
  const bits = Number(view.getBigUint64(at + 8, true));
  const error = view.getFloat64(at + 24, true);
  const bitsPerItem = view.getFloat64(at + 32, true);
  const hashes = view.getUint32(at + 40, true);
  const roundsToPowers = view.getUint8(at + 52) !== 0;
  const sound = bytes > 0 && bytes <= room && bits === bytes * 8 && error > 0 && error < 1 && !roundsToPowers;
  if (!sound || hashes !== Math.ceil(LN2 * bitsPerItem)) return undefined;
  const capacity = Number(view.getBigUint64(at + 44, true));
  const array = new Uint8Array(bytes);
  const size = Number(view.getBigUint64(at + 16, true));
  return { capacity, error, bitsPerItem, hashes, bits: array, pages: new Pages(place, array), size };
}
