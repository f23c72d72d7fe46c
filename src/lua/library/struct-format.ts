// Formats of the library `struct`: `>i4!8d` and so on, read option by option.

import type { Bytes } from '../../bytes/bytes';
import type { LuaHost } from '../value';

const MAX_INT = 2 ** 31 - 1;
const MAX_INTEGER_BYTES = 32;
/** The alignment of doubles, which `!` alone asks for. */
const NATIVE_ALIGNMENT = 8;
const INT_BYTES = 4;

const FIXED_SIZES: Readonly<Record<string, number>> = { b: 1, B: 1, h: 2, H: 2, l: 8, L: 8, T: 8, f: 4, d: 8, x: 1 };

export class StructFormat {
  /** The option that has just been read, and its size: 0 for those whose size is not known from the format. */
  option = '';
  size = 0;
  littleEndian = true;
  private alignment = 1;
  private at = 0;
  private readonly text: string;

  /** What follows a NUL does not count. */
  constructor(
    format: Bytes,
    private readonly host: LuaHost,
  ) {
    const end = format.indexOf('\0');
    this.text = end < 0 ? format : format.slice(0, end);
  }

  /** Reads the next option. False when there is none. */
  next(): boolean {
    if (this.at === this.text.length) return false;
    this.host.spend(1);
    this.option = this.text.charAt(this.at++);
    this.size = this.readSize();
    return true;
  }

  /** How many bytes are left out at a position, so that what the option stands for is aligned. */
  paddingAt(position: number): number {
    if (this.size === 0 || this.option === 'c') return 0;
    const size = Math.min(this.size, this.alignment);
    // Right for powers of two; for others it is what the library of Redis does.
    return (size - (position & (size - 1))) & (size - 1);
  }

  get isInteger(): boolean {
    return 'bBhHlLTiI'.includes(this.option);
  }

  get isSigned(): boolean {
    return this.option >= 'a';
  }

  /** An option that stands for no value: byte order, alignment, space. Others fail. */
  control(): void {
    switch (this.option) {
      case ' ':
        return;
      case '>':
        this.littleEndian = false;
        return;
      case '<':
        this.littleEndian = true;
        return;
      case '!': {
        const alignment = this.readNumber(NATIVE_ALIGNMENT);
        if (alignment === 0 || (alignment & (alignment - 1)) !== 0) this.host.fail(`alignment ${alignment} is not a power of 2`);
        this.alignment = alignment;
        return;
      }
      default:
        this.host.failArgument(1, `invalid format option '${this.option}'`);
    }
  }

  private readSize(): number {
    const { option } = this;
    if (option === 'c') return this.readNumber(1);
    if (option === 'i' || option === 'I') {
      const size = this.readNumber(INT_BYTES);
      if (size > MAX_INTEGER_BYTES) this.host.fail(`integral size ${size} is larger than limit of ${MAX_INTEGER_BYTES}`);
      return size;
    }
    return FIXED_SIZES[option] ?? 0;
  }

  private readNumber(fallback: number): number {
    const start = this.at;
    let number = 0;
    for (let digit = this.digit(); digit >= 0; digit = this.digit()) {
      number = number * 10 + digit;
      if (number > MAX_INT) this.host.fail('integral size overflow');
      this.at++;
    }
    return this.at === start ? fallback : number;
  }

  /** The digit that is next, or -1. */
  private digit(): number {
    const digit = this.text.charCodeAt(this.at) - 0x30;
    return digit >= 0 && digit <= 9 ? digit : -1;
  }
}
