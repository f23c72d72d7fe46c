// CRC-64 of Jones, as Redis puts it at the end of RDB files and of what DUMP answers: reflected, without inversion. The
// 64 bits are in two numbers of 32.

import { ascii, type Bytes } from './bytes';

const POLYNOMIAL_HIGH = 0x95ac9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

const HIGH = new Int32Array(256);
const LOW = new Int32Array(256);
for (let i = 0; i < 256; i++) {
  let high = 0;
  let low = i;
  for (let bit = 0; bit < 8; bit++) {
    const odd = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (odd !== 0) {
      low ^= POLYNOMIAL_LOW;
      high ^= POLYNOMIAL_HIGH;
    }
  }
  HIGH[i] = high;
  LOW[i] = low;
}

export class Crc64 {
  private high = 0;
  private low = 0;

  update(data: Uint8Array, start = 0, end = data.length): this {
    let { high, low } = this;
    for (let i = start; i < end; i++) {
      const index = (low ^ (data[i] as number)) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ (LOW[index] as number);
      high = (high >>> 8) ^ (HIGH[index] as number);
    }
    this.high = high;
    this.low = low;
    return this;
  }

  /** Eight bytes, the lowest first. */
  bytes(): Bytes {
    let text = '';
    for (const word of [this.low, this.high])
      for (let shift = 0; shift < 32; shift += 8) text += String.fromCharCode((word >>> shift) & 0xff);
    return ascii(text);
  }
}
