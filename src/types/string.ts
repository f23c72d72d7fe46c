// Strings that grow or change in place.

import { type Bytes, fromBuffer } from '../bytes/bytes';

/**
 * A string value under repeated APPEND, SETRANGE or SETBIT: a buffer that doubles, so that a change costs what it
 * touches and not the whole value.
 */
export class StringBuffer {
  readonly type = 'string' as const;
  private buffer: Buffer;
  private used: number;

  constructor(initial: Bytes) {
    this.buffer = Buffer.from(initial, 'latin1');
    this.used = initial.length;
  }

  /** Bytes. */
  get size(): number {
    return this.used;
  }

  get memory(): number {
    return this.buffer.length + 64;
  }

  toBytes(): Bytes {
    return fromBuffer(this.buffer, 0, this.used);
  }

  encode(): Bytes {
    return this.toBytes();
  }

  /** Bytes from `start` to before `end`. */
  slice(start: number, end: number): Bytes {
    return fromBuffer(this.buffer, start, Math.min(end, this.used));
  }

  byteAt(index: number): number {
    return index < this.used ? (this.buffer[index] as number) : 0;
  }

  setByteAt(index: number, byte: number): void {
    this.reserve(index + 1);
    this.buffer[index] = byte;
  }

  append(bytes: Bytes): void {
    this.write(this.used, bytes);
  }

  /** Writes at `offset`; a gap before it is filled with zero bytes. */
  write(offset: number, bytes: Bytes): void {
    this.reserve(offset + bytes.length);
    this.buffer.write(bytes, offset, 'latin1');
  }

  /** Makes the string at least `length` long, with zero bytes. */
  reserve(length: number): void {
    if (length > this.buffer.length) {
      const grown = Buffer.alloc(Math.max(length, this.buffer.length * 2, 64));
      this.buffer.copy(grown, 0, 0, this.used);
      this.buffer = grown;
    }
    if (length > this.used) this.used = length;
  }
}
