// The elements of RDB: lengths and strings, written as Redis writes them (rdb.c), so that the same data makes the same bytes.

import { type Bytes, toBuffer } from '../../bytes/bytes';
import { GrowingBuffer } from '../../bytes/growing-buffer';
import { type Int64, parseInt64 } from '../../bytes/integer';
import { lzfCompress } from '../../bytes/lzf';

/** A text of more bytes is no integer of 32 bits. */
const MAX_INTEGER_TEXT = 11;
/** Shorter strings are not compressed. */
const MIN_COMPRESSED = 21;
/** Nor are longer ones, which Redis would: both forms would be in memory at once, and it would hold the shard up. */
const MAX_COMPRESSED = 4 * 1024 * 1024;
/** What compression must save: the two lengths before its result are more than one. */
const MIN_SAVING = 4;

export class RdbWriter extends GrowingBuffer {
  /** @param compressing strings are compressed where that makes them shorter, as Redis does with `rdbcompression yes` */
  constructor(private readonly compressing = true) {
    super();
  }

  /** A count, or any number of 64 bits without a sign. */
  count(value: Int64): void {
    if (value >= 0 && value < 64) this.byte(Number(value));
    else if (value >= 0 && value < 16384) this.big(Number(value) | 0x4000, 2);
    else if (value >= 0 && value <= 0xffffffff) {
      this.byte(0x80);
      this.big(Number(value), 4);
    } else {
      this.byte(0x81);
      this.int64(value, false);
    }
  }

  string(text: Bytes): void {
    if (text.length <= MAX_INTEGER_TEXT && this.integer(text)) return;
    if (this.compressing && text.length >= MIN_COMPRESSED && text.length <= MAX_COMPRESSED && this.compressed(toBuffer(text))) return;
    this.count(text.length);
    this.chars(text);
  }

  /** A string that is in a buffer. */
  blob(bytes: Uint8Array): void {
    if (bytes.length >= MIN_COMPRESSED && bytes.length <= MAX_COMPRESSED && this.compressed(bytes)) return;
    this.count(bytes.length);
    this.block(bytes);
  }

  private integer(text: Bytes): boolean {
    const value = parseInt64(text);
    if (typeof value !== 'number') return false;
    if (value >= -128 && value <= 127) this.encoded(0, value, 1);
    else if (value >= -32768 && value <= 32767) this.encoded(1, value, 2);
    else if (value >= -2147483648 && value <= 2147483647) this.encoded(2, value, 4);
    else return false;
    return true;
  }

  private encoded(encoding: number, value: number, bytes: number): void {
    this.byte(0xc0 | encoding);
    this.little(value, bytes);
  }

  private compressed(bytes: Uint8Array): boolean {
    if (!this.compressing) return false;
    const packed = lzfCompress(bytes, bytes.length - MIN_SAVING);
    if (packed === undefined) return false;
    this.byte(0xc3);
    this.count(packed.length);
    this.count(bytes.length);
    this.block(packed);
    return true;
  }
}
