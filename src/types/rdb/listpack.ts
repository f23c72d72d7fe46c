// Listpacks: strings and integers packed one after the other, each with its length behind it (listpack.c).
//
//   bytes in all: 4   elements: 2 (65535: more than that)   elements…   0xff
//
//   0xxxxxxx             0 to 127             11110000 + 4 bytes   length of a string, then the string
//   10xxxxxx             string of up to 63   11110001 + 2 bytes   integer of 16 bits
//   110xxxxx + 1 byte    integer of 13 bits   11110010 + 3         of 24
//   1110xxxx + 1 byte    string of up to 4095 11110011 + 4         of 32
//                                             11110100 + 8         of 64
//
// Behind each its length so far, seven bits a byte, the highest first; all bytes but the first have their top bit set.

import { ascii, type Bytes, fromBuffer } from '../../bytes/bytes';
import { GrowingBuffer } from '../../bytes/growing-buffer';
import { type Int64, parseInt64 } from '../../bytes/integer';
import { RdbError, type RdbReader } from './reader';

const HEADER_BYTES = 6;
const END = 0xff;
/** In the place of the number of elements: who wants to know must count. */
const MANY = 65535;
/** A longer text is no integer of 64 bits. */
const MAX_INTEGER_TEXT = 20;

export class ListpackWriter {
  private readonly buffer = new GrowingBuffer();
  private elements = 0;

  constructor() {
    this.buffer.little(0, 4);
    this.buffer.little(0, 2);
  }

  /** Bytes of the whole. */
  get size(): number {
    return this.buffer.size + 1;
  }

  get length(): number {
    return this.elements;
  }

  /** A string, which is packed as an integer when it is one. */
  add(text: Bytes): void {
    const integer = text.length > 0 && text.length <= MAX_INTEGER_TEXT ? parseInt64(text) : undefined;
    if (integer === undefined) this.addString(text);
    else this.addInteger(integer);
  }

  private addString(text: Bytes): void {
    const { buffer } = this;
    const { length } = text;
    if (length < 64) buffer.byte(0x80 | length);
    else if (length < 4096) buffer.big(0xe000 | length, 2);
    else {
      buffer.byte(0xf0);
      buffer.little(length, 4);
    }
    buffer.chars(text);
    this.end(length + (length < 64 ? 1 : length < 4096 ? 2 : 5));
  }

  addInteger(value: Int64): void {
    const { buffer } = this;
    if (value >= -8388608 && value <= 8388607) this.addSmall(Number(value));
    else if (value >= -2147483648 && value <= 2147483647) {
      buffer.byte(0xf3);
      buffer.little(Number(value), 4);
      this.end(5);
    } else {
      buffer.byte(0xf4);
      buffer.int64(value, true);
      this.end(9);
    }
  }

  private addSmall(value: number): void {
    const { buffer } = this;
    if (value >= 0 && value <= 127) {
      buffer.byte(value);
      this.end(1);
    } else if (value >= -4096 && value <= 4095) {
      buffer.big(0xc000 | (value & 0x1fff), 2);
      this.end(2);
    } else {
      const bytes = value >= -32768 && value <= 32767 ? 2 : 3;
      buffer.byte(0xef + bytes);
      buffer.little(value, bytes);
      this.end(bytes + 1);
    }
  }

  /** The whole; nothing can be added any more. */
  done(): Uint8Array {
    this.buffer.byte(END);
    this.buffer.patch(0, this.buffer.size, 4);
    this.buffer.patch(4, Math.min(this.elements, MANY), 2);
    return this.buffer.view();
  }

  /** Behind an element: how long it is. */
  private end(length: number): void {
    const bytes = backBytes(length);
    for (let i = bytes - 1; i >= 0; i--) this.buffer.byte((Math.floor(length / 128 ** i) & 127) | (i === bytes - 1 ? 0 : 128));
    this.elements++;
  }
}

/** How many bytes the length behind an element takes. Redis' bounds are one below what would fit. */
function backBytes(length: number): number {
  if (length <= 127) return 1;
  if (length < 16383) return 2;
  if (length < 2097151) return 3;
  return length < 268435455 ? 4 : 5;
}

/** Reads the elements of a listpack in order, and throws an RdbError where it is not whole. */
export class ListpackReader {
  private at = HEADER_BYTES;
  private elements = 0;
  private readonly view: DataView;
  private readonly declared: number;

  constructor(
    private readonly data: Uint8Array,
    private readonly reader: RdbReader,
  ) {
    const { length } = data;
    this.view = new DataView(data.buffer, data.byteOffset, length);
    if (length <= HEADER_BYTES || this.view.getUint32(0, true) !== length || data[length - 1] !== END)
      throw new RdbError('a listpack is not as long as it says');
    this.declared = this.view.getUint16(4, true);
  }

  /** No element is left. */
  get done(): boolean {
    if (this.at < this.data.length - 1) return false;
    if (this.declared !== MANY && this.declared !== this.elements)
      throw new RdbError('a listpack has another number of elements than it says');
    return true;
  }

  /** The next element as a string. */
  string(): Bytes {
    const value = this.next();
    return typeof value === 'string' ? value : ascii(`${value}`);
  }

  /** The next element, which must be an integer. */
  integer(): Int64 {
    const value = this.next();
    const integer = typeof value === 'string' ? parseInt64(value) : value;
    if (integer === undefined) throw new RdbError('a string in a listpack where an integer must be');
    return integer;
  }

  /** The next element: a string, or an integer. */
  private next(): Bytes | Int64 {
    const start = this.at;
    const code = this.byteAt(start);
    if (code < 0x80) return this.after(start, 1, code);
    if (code < 0xc0) return this.text(start, 1, code & 0x3f);
    if (code < 0xe0) return this.after(start, 2, ((((code & 0x1f) << 8) | this.byteAt(start + 1)) << 19) >> 19);
    if (code < 0xf0) return this.text(start, 2, ((code & 0x0f) << 8) | this.byteAt(start + 1));
    if (code === 0xf0) return this.text(start, 5, this.has(start, 5).getUint32(start + 1, true));
    return this.wide(start, code);
  }

  private wide(start: number, code: number): Int64 {
    switch (code) {
      case 0xf1:
        return this.after(start, 3, this.has(start, 3).getInt16(start + 1, true));
      case 0xf2: {
        const view = this.has(start, 4);
        return this.after(start, 4, view.getUint16(start + 1, true) | (view.getInt8(start + 3) << 16));
      }
      case 0xf3:
        return this.after(start, 5, this.has(start, 5).getInt32(start + 1, true));
      case 0xf4: {
        const value = this.has(start, 9).getBigInt64(start + 1, true);
        const number = Number(value);
        return this.after(start, 9, Number.isSafeInteger(number) ? number : value);
      }
      default:
        throw new RdbError('an unknown element in a listpack');
    }
  }

  private text(start: number, head: number, length: number): Bytes {
    const from = start + head;
    if (from + length >= this.data.length) throw new RdbError('a listpack ends inside a string');
    return this.after(start, head + length, fromBuffer(this.data, from, from + length), length);
  }

  /** Goes on behind an element of so many bytes, whose length must stand there. */
  private after<T>(start: number, length: number, value: T, chars = 0): T {
    let at = start + length;
    const bytes = backBytes(length);
    for (let i = bytes - 1; i >= 0; i--) {
      if (this.byteAt(at++) !== ((Math.floor(length / 128 ** i) & 127) | (i === bytes - 1 ? 0 : 128)))
        throw new RdbError('an element of a listpack has another length than stands behind it');
    }
    this.reader.charge(chars);
    this.at = at;
    this.elements++;
    return value;
  }

  /** A byte before the end. */
  private byteAt(at: number): number {
    if (at >= this.data.length - 1) throw new RdbError('a listpack ends inside an element');
    return this.data[at] as number;
  }

  private has(start: number, bytes: number): DataView {
    this.byteAt(start + bytes - 1);
    return this.view;
  }
}
