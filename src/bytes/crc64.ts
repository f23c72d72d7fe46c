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

  /** Goes on with bytes of which only the checksum and the number are known. */
  append(other: Crc64, length: number): this {
    const shifted = zeroBytes(this.value, length);
    const both = shifted ^ other.value;
    this.low = Number(both & MASK) | 0;
    this.high = Number(both >> 32n) | 0;
    return this;
  }

  private get value(): bigint {
    return (BigInt(this.high >>> 0) << 32n) | BigInt(this.low >>> 0);
  }

  /** Sixteen hexadecimal digits, the highest first. */
  hex(): string {
    return this.value.toString(16).padStart(16, '0');
  }

  static fromHex(hex: string): Crc64 {
    const crc = new Crc64();
    crc.high = Number.parseInt(hex.slice(0, 8), 16) | 0;
    crc.low = Number.parseInt(hex.slice(8), 16) | 0;
    return crc;
  }

  /** Eight bytes, the lowest first. */
  bytes(): Bytes {
    let text = '';
    for (const word of [this.low, this.high])
      for (let shift = 0; shift < 32; shift += 8) text += String.fromCharCode((word >>> shift) & 0xff);
    return ascii(text);
  }
}

const MASK = 0xffffffffn;
/** What becomes of each bit of the register by 1, 2, 4… zero bytes: the checksum is linear. Filled as far as needed. */
const ZERO_BYTES: bigint[][] = [];

/** The register after so many zero bytes. */
function zeroBytes(register: bigint, count: number): bigint {
  let result = register;
  for (let power = 0, left = count; left > 0; power++, left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = product(operator(power), result);
  }
  return result;
}

function operator(power: number): readonly bigint[] {
  for (let at = ZERO_BYTES.length; at <= power; at++) {
    const half = ZERO_BYTES[at - 1];
    ZERO_BYTES.push(half ? half.map((column) => product(half, column)) : oneByte());
  }
  return ZERO_BYTES[power] as bigint[];
}

function oneByte(): bigint[] {
  return Array.from({ length: 64 }, (_, bit) => {
    const register = 1n << BigInt(bit);
    const index = Number(register & 0xffn);
    const entry = (BigInt((HIGH[index] as number) >>> 0) << 32n) | BigInt((LOW[index] as number) >>> 0);
    return (register >> 8n) ^ entry;
  });
}

function product(columns: readonly bigint[], vector: bigint): bigint {
  let sum = 0n;
  for (let bit = 0, left = vector; left > 0n; bit++, left >>= 1n) if (left & 1n) sum ^= columns[bit] as bigint;
  return sum;
}
