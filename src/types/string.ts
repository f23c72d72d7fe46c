// Strings: plain binary strings, and the buffer that a string becomes once it is edited in place.

import { type Bytes, fromBuffer, toBuffer } from '../bytes/bytes';
import { parseInt64 } from '../bytes/integer';
import type { StringValue } from './value';

/** Up to here a full buffer doubles. */
const DOUBLING_BYTES = 1024 * 1024;
const MIN_CAPACITY = 32;
/** Estimated bytes of a buffer beside its content: this object, the typed array, its backing store. */
const BUFFER_OVERHEAD = 240;

/**
 * A string value under APPEND, SETRANGE or a bit or HyperLogLog command: a buffer with room to grow, so that a change costs what it touches and not
 * the whole value. It is Redis' `raw` encoding and never turns back by itself; a command that replaces the value, and
 * storage, make it a plain string again.
 */
export class StringBuffer {
  readonly type = 'string' as const;
  private buffer: Buffer;
  private used: number;

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
    return this.buffer.length + BUFFER_OVERHEAD;
  }

  toBytes(): Bytes {
    return fromBuffer(this.buffer, 0, this.used);
  }

  /** The stored form: a plain string. */
  encode(): Bytes {
    return this.toBytes();
  }

  /** An independent copy. */
  copy(): StringBuffer {
    return new StringBuffer(this.toBytes());
  }

  /** Bytes from `start` to before `end`. */
  slice(start: number, end: number): Bytes {
    return fromBuffer(this.buffer, start, Math.min(end, this.used));
  }

  /** The bytes themselves: what is written there is written into the value. Good until its length changes. */
  view(): Uint8Array {
    return this.buffer.subarray(0, this.used);
  }

  append(bytes: Bytes): void {
    this.write(this.used, bytes);
  }

  /** Writes at `offset`; a gap before it is filled with zero bytes. */
  write(offset: number, bytes: Bytes): void {
    const end = offset + bytes.length;
    this.reserve(end);
    this.buffer.write(bytes, offset, 'latin1');
    if (end > this.used) this.used = end;
  }

  /** Fills up with zero bytes to a length. False when it is that long already. */
  extend(length: number): boolean {
    if (length <= this.used) return false;
    this.reserve(length);
    this.used = length;
    return true;
  }

  /** Puts `inserted` in the place of `removed` bytes. */
  splice(at: number, removed: number, inserted: ArrayLike<number>): void {
    const former = this.used;
    const end = at + inserted.length;
    const length = former - removed + inserted.length;
    this.reserve(length);
    this.buffer.copyWithin(end, at + removed, former);
    this.buffer.set(inserted, at);
    if (length < former) this.buffer.fill(0, length, former);
    this.used = length;
  }

  /** Makes room for `length` bytes. Beyond the used ones the buffer is all zeros. */
  private reserve(length: number): void {
    const capacity = this.buffer.length;
    if (length <= capacity) return;
    // A large buffer grows by a quarter: during the copy both live, in an isolate of 128 MB.
    const next = capacity < DOUBLING_BYTES ? capacity * 2 : capacity + (capacity >> 2);
    const grown = Buffer.alloc(Math.max(length, next));
    this.buffer.copy(grown, 0, 0, this.used);
    this.buffer = grown;
  }
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
  return typeof value === 'string' ? toBuffer(value.slice(start, end) as Bytes) : value.view().subarray(start, end);
}

/** Redis keeps a string of up to this length in one allocation with its header (object.c). */
const EMBEDDED_BYTES = 44;

/** What OBJECT ENCODING answers for a string. */
export function stringEncoding(value: StringValue): 'int' | 'embstr' | 'raw' {
  if (typeof value !== 'string') return 'raw';
  if (parseInt64(value) !== undefined) return 'int';
  return value.length <= EMBEDDED_BYTES ? 'embstr' : 'raw';
}
