// The two MurmurHash functions of RedisBloom, over binary strings and without bigints. Filters and sketches that are
// moved between servers only agree when these do.

import type { Bytes } from '../bytes/bytes';

/** A 64-bit number as two halves. */
export interface Words {
  high: number;
  low: number;
}

const M_HIGH = 0xc6a4a793;
const M_LOW = 0x5bd1e995;
/** The constant of the 64-bit hash, which RedisBloom also takes for the first seed. */
export const MURMUR64_M: Readonly<Words> = { high: M_HIGH, low: M_LOW };

/** a = a * m, modulo 2^64, in pieces whose products are exact. */
function multiply(a: Words): void {
  const { high, low } = a;
  const [a0, a1] = [low & 0xffff, low >>> 16];
  const [m0, m1] = [M_LOW & 0xffff, M_LOW >>> 16];
  const first = a0 * m0;
  const second = a1 * m0 + Math.floor(first / 65536);
  const third = a0 * m1 + (second % 65536);
  const carry = a1 * m1 + Math.floor(second / 65536) + Math.floor(third / 65536);
  a.high = (carry + Math.imul(high, M_LOW) + Math.imul(low, M_HIGH)) >>> 0;
  a.low = ((third << 16) | (first & 0xffff)) >>> 0;
}

/** a ^= a >> 47 */
function fold(a: Words): void {
  a.low = (a.low ^ (a.high >>> 15)) >>> 0;
}

/** Four bytes from `at` on, the lowest first; fewer at the end. */
function word(data: Bytes, at: number): number {
  let value = 0;
  for (let i = Math.min(data.length - at, 4) - 1; i >= 0; i--) value = (value << 8) | data.charCodeAt(at + i);
  return value >>> 0;
}

const block: Words = { high: 0, low: 0 };

/** MurmurHash64A of up to 2^31 bytes, written to `out`. */
export function murmur64(data: Bytes, seed: Readonly<Words>, out: Words): void {
  out.high = 0;
  out.low = data.length;
  multiply(out);
  out.high = (out.high ^ seed.high) >>> 0;
  out.low = (out.low ^ seed.low) >>> 0;
  const whole = data.length - (data.length % 8);
  for (let at = 0; at < whole; at += 8) {
    block.low = word(data, at);
    block.high = word(data, at + 4);
    multiply(block);
    fold(block);
    multiply(block);
    out.high ^= block.high;
    out.low ^= block.low;
    multiply(out);
  }
  if (whole < data.length) {
    out.low ^= word(data, whole);
    if (data.length > whole + 4) out.high ^= word(data, whole + 4);
    multiply(out);
  }
  fold(out);
  multiply(out);
  fold(out);
}

/** MurmurHash2, of 32 bits. */
export function murmur32(data: Bytes, seed: number): number {
  let hash = seed ^ data.length;
  let at = 0;
  for (; at + 4 <= data.length; at += 4) {
    let k = Math.imul(word(data, at), M_LOW);
    k ^= k >>> 24;
    hash = Math.imul(hash, M_LOW) ^ Math.imul(k, M_LOW);
  }
  if (at < data.length) hash = Math.imul(hash ^ word(data, at), M_LOW);
  hash = Math.imul(hash ^ (hash >>> 13), M_LOW);
  return (hash ^ (hash >>> 15)) >>> 0;
}
