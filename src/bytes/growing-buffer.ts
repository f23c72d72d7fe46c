// Bytes that are written one after the other, in one buffer that grows.

import { type Bytes, copyInto, fromBuffer } from './bytes';

const FIRST_CAPACITY = 256;
/** Up to here a full buffer doubles; a larger one grows by half, because both live during the copy. */
const DOUBLING_BYTES = 4 * 1024 * 1024;

const EIGHT = new DataView(new ArrayBuffer(8));

export class GrowingBuffer {
  private data = new Uint8Array(FIRST_CAPACITY);
  private used = 0;

  get size(): number {
    return this.used;
  }

  byte(value: number): void {
    this.reserve(1);
    this.data[this.used++] = value;
  }

  /** An integer of 1 to 4 bytes, the lowest first. */
  little(value: number, bytes: number): void {
    this.reserve(bytes);
    for (let i = 0; i < bytes; i++) this.data[this.used++] = (value >>> (8 * i)) & 0xff;
  }

  /** An integer of 1 to 4 bytes, the highest first. */
  big(value: number, bytes: number): void {
    this.reserve(bytes);
    for (let i = bytes - 1; i >= 0; i--) this.data[this.used++] = (value >>> (8 * i)) & 0xff;
  }

  /** An integer of 8 bytes; of a negative one the two's complement. */
  int64(value: number | bigint, lowestFirst: boolean): void {
    EIGHT.setBigInt64(0, BigInt(value), lowestFirst);
    this.eight();
  }

  /** A float, its lowest byte first. */
  double(value: number): void {
    EIGHT.setFloat64(0, value, true);
    this.eight();
  }

  chars(bytes: Bytes): void {
    this.reserve(bytes.length);
    copyInto(bytes, this.data, this.used);
    this.used += bytes.length;
  }

  block(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.data.set(bytes, this.used);
    this.used += bytes.length;
  }

  /** Writes over bytes that are there already: an integer of 1 to 4 bytes, the lowest first. */
  patch(at: number, value: number, bytes: number): void {
    for (let i = 0; i < bytes; i++) this.data[at + i] = (value >>> (8 * i)) & 0xff;
  }

  /** What has been written, until more is. */
  view(): Uint8Array {
    return this.data.subarray(0, this.used);
  }

  /** Begins again, in the same memory. */
  clear(): void {
    this.used = 0;
  }

  /** Takes back what was written behind a place. */
  cut(size: number): void {
    this.used = size;
  }

  toBytes(): Bytes {
    return fromBuffer(this.data, 0, this.used);
  }

  private eight(): void {
    this.reserve(8);
    for (let i = 0; i < 8; i++) this.data[this.used++] = EIGHT.getUint8(i);
  }

  private reserve(count: number): void {
    const wanted = this.used + count;
    const { length } = this.data;
    if (wanted <= length) return;
    const grown = new Uint8Array(Math.max(wanted, length < DOUBLING_BYTES ? length * 2 : length + (length >> 1)));
    grown.set(this.view());
    this.data = grown;
  }
}
