// Reading RDB. What is read may come from anybody: every length is checked against what is there before anything is made
// of it, and what a value may become in memory is limited.

import { ascii, type Bytes, fromBuffer, toBuffer } from '../../bytes/bytes';
import type { Int64 } from '../../bytes/integer';
import { lzfDecompress, lzfMaxDecompressed } from '../../bytes/lzf';

/** The data is cut, corrupt, or of no form that is known here. */
export class RdbError extends Error {}

/** The data ends inside of what was read: where more of it is to come, it can be read again. */
export class RdbEnd extends RdbError {}

/** A collection without elements, which cannot be: older versions of Redis have written some. */
export class RdbEmpty extends RdbError {}

/** What stands before the bytes of a string. */
export interface StringHead {
  /** Bytes that it has. */
  readonly length: number;
  /** Bytes that stand there for it. */
  readonly stored: number;
  readonly isPacked: boolean;
  /** Of an integer, which stands in the head itself. */
  readonly text: Bytes | undefined;
}

/**
 * What the elements of one value may take in memory, nearly: a few bytes can be made to hold many elements, and one
 * compressed string stands for up to 88 times its length. An isolate has 128 MB in all.
 */
const MAX_DECODED_BYTES = 128 * 1024 * 1024;
/** What an element takes beside its bytes, at least. */
const ELEMENT_OVERHEAD = 48;

export class RdbReader {
  private at: number;
  private budget = MAX_DECODED_BYTES;
  private readonly view: DataView;

  constructor(
    private readonly data: Uint8Array,
    start = 0,
    private readonly end = data.length,
  ) {
    this.at = start;
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  /** Where in the data the next byte stands. */
  get position(): number {
    return this.at;
  }

  /** Goes to a place of the data, and begins with another value: what was read before takes no memory any more. */
  restart(at: number): void {
    this.at = at;
    this.budget = MAX_DECODED_BYTES;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.end - this.at;
  }

  byte(): number {
    return this.data[this.skip(1)] as number;
  }

  /** The next bytes, as a view. */
  take(count: number): Uint8Array {
    const start = this.skip(count);
    return this.data.subarray(start, start + count);
  }

  /** A signed integer of 64 bits, its lowest byte first. */
  int64(): Int64 {
    return narrow(this.view.getBigInt64(this.skip(8), true));
  }

  /** A signed integer of 32 bits, its lowest byte first. */
  int32(): number {
    return this.view.getInt32(this.skip(4), true);
  }

  double(): number {
    return this.view.getFloat64(this.skip(8), true);
  }

  /** A number of 64 bits without a sign. */
  unsigned(): Int64 {
    const length = this.lengthOrEncoding();
    if (typeof length === 'object') throw new RdbError('a string where a length must be');
    return length;
  }

  /** A count of elements or bytes. There may be fewer of them than it says. */
  count(): number {
    const count = this.unsigned();
    if (typeof count !== 'number') throw new RdbError('a length beyond all bounds');
    return count;
  }

  string(): Bytes {
    return this.stringOf(this.stringHead());
  }

  /** A string in whose bytes something else is packed. */
  blob(): Uint8Array {
    return this.blobOf(this.stringHead());
  }

  /** What stands before a string; its bytes, of which there are `stored`, are not read yet. */
  stringHead(): StringHead {
    const length = this.lengthOrEncoding();
    if (typeof length !== 'object') return { length: requireSize(length), stored: requireSize(length), isPacked: false, text: undefined };
    if (length.encoding === 3) {
      const stored = this.count();
      return { length: this.decompressedLength(stored), stored, isPacked: true, text: undefined };
    }
    const text = ascii(`${this.shortInteger(length.encoding)}`);
    return { length: text.length, stored: 0, isPacked: false, text };
  }

  /** The string that stands behind its head. */
  stringOf(head: StringHead): Bytes {
    if (head.text !== undefined) {
      this.charge(0);
      return head.text;
    }
    if (head.isPacked) return fromBuffer(this.decompressed(head));
    const bytes = this.take(head.length);
    this.charge(head.length);
    return fromBuffer(bytes);
  }

  /** The bytes that stand behind the head of a string. */
  blobOf(head: StringHead): Uint8Array {
    if (head.text !== undefined) return toBuffer(head.text);
    return head.isPacked ? this.decompressed(head) : this.take(head.length);
  }

  /** Goes over a string; returns how many bytes it has. */
  passString(): number {
    const { length, stored } = this.stringHead();
    this.skip(stored);
    return length;
  }

  /** Goes over so many bytes. */
  pass(count: number): void {
    this.skip(count);
  }

  /** An element of so many bytes comes into being. */
  charge(bytes: number): void {
    this.budget -= bytes + ELEMENT_OVERHEAD;
    if (this.budget < 0) throw new RdbError('the value is too large');
  }

  private lengthOrEncoding(): Int64 | { readonly encoding: number } {
    const first = this.byte();
    switch (first >> 6) {
      case 0:
        return first;
      case 1:
        return ((first & 0x3f) << 8) | this.byte();
      case 3:
        return { encoding: first & 0x3f };
      default:
        if (first === 0x80) return this.view.getUint32(this.skip(4));
        if (first === 0x81) return narrow(this.view.getBigUint64(this.skip(8)));
        throw new RdbError('an unknown form of a length');
    }
  }

  private shortInteger(encoding: number): number {
    if (encoding === 0) return this.view.getInt8(this.skip(1));
    if (encoding === 1) return this.view.getInt16(this.skip(2), true);
    if (encoding === 2) return this.view.getInt32(this.skip(4), true);
    throw new RdbError('an unknown form of a string');
  }

  private decompressed({ stored, length }: StringHead): Uint8Array {
    const packed = this.take(stored);
    this.charge(length);
    const bytes = lzfDecompress(packed, length);
    if (bytes === undefined) throw new RdbError('a compressed string is corrupt');
    return bytes;
  }

  private decompressedLength(packedLength: number): number {
    const length = this.count();
    if (length > lzfMaxDecompressed(packedLength)) throw new RdbError('a compressed string that cannot be that long');
    return length;
  }

  /** Goes over so many bytes, which are there; returns where they begin. */
  private skip(count: number): number {
    const start = this.at;
    if (count > this.end - start) throw new RdbEnd('the data ends too early');
    this.at += count;
    return start;
  }
}

function requireSize(length: Int64): number {
  if (typeof length !== 'number') throw new RdbError('a length beyond all bounds');
  return length;
}

function narrow(value: bigint): Int64 {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
