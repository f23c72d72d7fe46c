// Strings: plain binary strings, and the buffer that a string becomes once it is edited in place.

import { type Bytes, EMPTY, fromBuffer, toBuffer } from '../bytes/bytes';
import { parseInt64 } from '../bytes/integer';
import { Packer, Unpacker } from './packer';
import type { Segment, SegmentChanges, Segmented, SegmentSource } from './segments';
import type { StringValue } from './value';

/** Up to here a full buffer doubles. */
const DOUBLING_BYTES = 1024 * 1024;
const MIN_CAPACITY = 32;
/** Estimated bytes of a buffer beside its content: this object, the typed array, its backing store. */
const BUFFER_OVERHEAD = 240;
/** A buffer with more is stored in pages, so that a change writes the pages that it touches. */
const WHOLE_BYTES = 16 * 1024;
const PAGE_BYTES = 4 * 1024;

/**
 * A string value under APPEND, SETRANGE or a bit or HyperLogLog command: a buffer with room to grow, so that a change costs
 * what it touches and not the whole value. It is Redis' `raw` encoding and never turns back by itself; a command that
 * replaces the value, and storage of one that is not large, make it a plain string again.
 */
export class StringBuffer implements Segmented {
  readonly type = 'string' as const;
  private buffer: Buffer;
  private used: number;
  /** Where the pages are, once there are any, and whether they have yet to be read. */
  private source: SegmentSource | undefined = undefined;
  private unread = false;
  /** Somebody has read it since {@link release} looked. */
  private readSince = true;
  /** Pages that storage has, from the first on, and those among them that have changed since. */
  private storedPages = 0;
  private readonly changed = new Set<number>();

  constructor(initial: Bytes) {
    // Not Buffer.from: that may take a slice of a shared pool and would keep the whole pool alive.
    this.buffer = Buffer.alloc(Math.max(initial.length, MIN_CAPACITY));
    this.used = initial.length;
    this.buffer.write(initial, 0, 'latin1');
  }

  /** Bytes. */
  get size(): number {
    return this.used;
  }

  /** Estimated bytes of memory, unused room included. */
  get memory(): number {
    return Math.max(this.buffer.length, this.used) + BUFFER_OVERHEAD;
  }

  // ---- reading

  toBytes(): Bytes {
    return fromBuffer(this.read(), 0, this.used);
  }

  /** Bytes from `start` to before `end`. */
  slice(start: number, end: number): Bytes {
    return fromBuffer(this.read(), start, Math.min(end, this.used));
  }

  /** The bytes themselves, to be read and not to be changed. Good until the length changes. */
  content(): Uint8Array {
    return this.read().subarray(0, this.used);
  }

  // ---- changing

  /** The bytes themselves: what is written between `start` and `end` is written into the value. Good until the length changes. */
  view(start = 0, end = this.used): Uint8Array {
    this.mark(start, end);
    return this.content();
  }

  append(bytes: Bytes): void {
    this.write(this.used, bytes);
  }

  /** Writes at `offset`; a gap before it is filled with zero bytes. */
  write(offset: number, bytes: Bytes): void {
    const end = offset + bytes.length;
    this.reserve(end);
    this.mark(Math.min(offset, this.used), end);
    this.buffer.write(bytes, offset, 'latin1');
    if (end > this.used) this.used = end;
  }

  /** Fills up with zero bytes to a length. False when it is that long already. */
  extend(length: number): boolean {
    if (length <= this.used) return false;
    this.reserve(length);
    this.mark(this.used, length);
    this.used = length;
    return true;
  }

  /** Puts `inserted` in the place of `removed` bytes. */
  splice(at: number, removed: number, inserted: ArrayLike<number>): void {
    const former = this.used;
    const end = at + inserted.length;
    const length = former - removed + inserted.length;
    this.reserve(length);
    this.mark(at, Math.max(former, length));
    this.buffer.copyWithin(end, at + removed, former);
    this.buffer.set(inserted, at);
    if (length < former) this.buffer.fill(0, length, former);
    this.used = length;
  }

  /** Makes room for `length` bytes. Beyond the used ones the buffer is all zeros. */
  private reserve(length: number): void {
    const capacity = this.read().length;
    if (length <= capacity) return;
    // A large buffer grows by a quarter: during the copy both live, in an isolate of 128 MB.
    const next = capacity < DOUBLING_BYTES ? capacity * 2 : capacity + (capacity >> 2);
    const grown = Buffer.alloc(Math.max(length, next));
    this.buffer.copy(grown, 0, 0, this.used);
    this.buffer = grown;
  }

  // ---- as a whole

  /** An independent copy. */
  copy(): StringBuffer {
    return new StringBuffer(this.toBytes());
  }

  /** The stored form: a plain string; in pages, its length. */
  encode(): Bytes {
    return this.isPaged ? new Packer().count(this.used).done() : this.toBytes();
  }

  /** One that is stored in pages. They are read when the first of them is used: what edits strings mostly needs them all. */
  static decode(data: Bytes, source: SegmentSource): StringBuffer {
    const value = new StringBuffer(EMPTY);
    value.used = new Unpacker(data).count();
    value.source = source;
    value.unread = true;
    value.storedPages = pagesOf(value.used);
    return value;
  }

  segmentChanges(): SegmentChanges | undefined {
    if (!this.isPaged) return undefined;
    const removed = [];
    for (let id = pagesOf(this.used); id < this.storedPages; id++) removed.push({ family: 0, id });
    return { put: this.changedPages(), removed };
  }

  markStored(source: SegmentSource): void {
    this.storedPages = pagesOf(this.used);
    this.changed.clear();
    this.source = source;
  }

  get residentMemory(): number {
    return this.unread ? BUFFER_OVERHEAD : this.memory;
  }

  release(what: 'unused' | 'all'): void {
    if (this.source === undefined || this.unread || this.changed.size > 0 || this.storedPages !== pagesOf(this.used)) return;
    if (this.readSince && what === 'unused') {
      this.readSince = false;
      return;
    }
    this.buffer = Buffer.alloc(0);
    this.unread = true;
  }

  // ---- inside

  /** Once it is stored in pages it stays so. */
  private get isPaged(): boolean {
    return this.storedPages > 0 || this.used > WHOLE_BYTES;
  }

  private *changedPages(): Generator<Segment> {
    for (let id = 0; id < pagesOf(this.used); id++) {
      if (id < this.storedPages && !this.changed.has(id)) continue;
      const data = this.slice(id * PAGE_BYTES, (id + 1) * PAGE_BYTES);
      yield { family: 0, id, count: data.length, head: EMPTY, data };
    }
  }

  /** Notes that bytes change which storage may have. */
  private mark(start: number, end: number): void {
    if (this.storedPages === 0) return;
    for (let page = Math.floor(start / PAGE_BYTES); page < pagesOf(end); page++) this.changed.add(page);
  }

  private read(): Buffer {
    this.readSince = true;
    if (!this.unread) return this.buffer;
    const source = this.source as SegmentSource;
    const buffer = Buffer.alloc(this.used);
    for (let id = 0; id < this.storedPages; id++) buffer.write(source.load(0, id), id * PAGE_BYTES, 'latin1');
    this.buffer = buffer;
    this.unread = false;
    return buffer;
  }
}

function pagesOf(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES);
}

/** The content of a string value. */
export function bytesOf(value: StringValue): Bytes {
  return typeof value === 'string' ? value : value.toBytes();
}

/** Bytes in a string value. */
export function lengthOf(value: StringValue): number {
  return typeof value === 'string' ? value.length : value.size;
}

/** A part of the content as raw bytes, to be read and not to be changed. */
export function viewOf(value: StringValue, start = 0, end = lengthOf(value)): Uint8Array {
  return typeof value === 'string' ? toBuffer(value.slice(start, end) as Bytes) : value.content().subarray(start, end);
}

/** Redis keeps a string of up to this length in one allocation with its header (object.c). */
const EMBEDDED_BYTES = 44;

/** What OBJECT ENCODING answers for a string. */
export function stringEncoding(value: StringValue): 'int' | 'embstr' | 'raw' {
  if (typeof value !== 'string') return 'raw';
  if (parseInt64(value) !== undefined) return 'int';
  return value.length <= EMBEDDED_BYTES ? 'embstr' : 'raw';
}
