// Length-prefixed strings in one binary string: the building block of the value classes' stored forms.

import { ascii, type Bytes, own } from '../bytes/bytes';

/** Where a float is taken apart and put together; big-endian. */
const DOUBLE = new DataView(new ArrayBuffer(8));

/** Appends varints (7 bits a byte, low first, high bit = more) and length-prefixed strings. */
export class Packer {
  private text = '';

  count(value: number): this {
    let rest = value;
    while (rest > 127) {
      this.text += String.fromCharCode((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.text += String.fromCharCode(rest);
    return this;
  }

  string(value: Bytes): this {
    this.count(value.length);
    this.text += value;
    return this;
  }

  /** A float, as its 8 bytes. */
  double(value: number): this {
    DOUBLE.setFloat64(0, value);
    for (let i = 0; i < 8; i++) this.text += String.fromCharCode(DOUBLE.getUint8(i));
    return this;
  }

  done(): Bytes {
    return ascii(this.text);
  }
}

/** Reads what {@link Packer} wrote; throws an Error where the data ends too early. */
export class Unpacker {
  private at = 0;
  constructor(private readonly data: Bytes) {}

  get finished(): boolean {
    return this.at >= this.data.length;
  }

  count(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      if (this.at >= this.data.length) throw new Error('stored value ends inside a number');
      const code = this.data.charCodeAt(this.at++);
      value += (code & 127) * scale;
      if (code < 128) return value;
      scale *= 128;
    }
  }

  string(): Bytes {
    const length = this.count();
    const end = this.at + length;
    if (end > this.data.length) throw new Error('stored value ends inside a string');
    const value = own(ascii(this.data.slice(this.at, end)));
    this.at = end;
    return value;
  }

  double(): number {
    if (this.at + 8 > this.data.length) throw new Error('stored value ends inside a float');
    for (let i = 0; i < 8; i++) DOUBLE.setUint8(i, this.data.charCodeAt(this.at++));
    return DOUBLE.getFloat64(0);
  }
}
