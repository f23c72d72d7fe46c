// Where an element falls in a HyperLogLog: MurmurHash64A with Redis' seed, on pairs of 32-bit halves, since a bigint for
// every eight bytes would cost more than all the rest of a PFADD.

import type { Bytes } from '../../bytes/bytes';

const SEED = 0xadc83b19;
/** The multiplier 0xc6a4a7935bd1e995. */
const HIGH = 0xc6a4a793;
const LOW = 0x5bd1e995;
const LOW_0 = LOW & 0xffff;
const LOW_1 = LOW >>> 16;

/** Bits of the hash that choose the register. */
const INDEX_BITS = 14;
/** Registers. */
export const REGISTERS = 1 << INDEX_BITS;
/** Bits of the hash in which the run of zeros is counted. */
export const RUN_BITS = 64 - INDEX_BITS;

/** The 64-bit number that is being worked on. */
let high = 0;
let low = 0;

function multiply(): void {
  const low0 = low & 0xffff;
  const low1 = low >>> 16;
  const first = low0 * LOW_0;
  const second = low1 * LOW_0 + (first >>> 16);
  const third = low0 * LOW_1 + (second & 0xffff);
  const carried = Math.imul(low1, LOW_1) + (second >>> 16) + (third >>> 16);
  high = (carried + Math.imul(high, LOW) + Math.imul(low, HIGH)) | 0;
  low = Math.imul(low, LOW);
}

/** Exclusive or with itself, shifted right by 47. */
function fold(): void {
  low ^= high >>> 15;
}

function word(bytes: Bytes, at: number): number {
  return bytes.charCodeAt(at) | (bytes.charCodeAt(at + 1) << 8) | (bytes.charCodeAt(at + 2) << 16) | (bytes.charCodeAt(at + 3) << 24);
}

function hash(bytes: Bytes): void {
  const { length } = bytes;
  high = 0;
  low = length;
  multiply();
  low ^= SEED;
  const tail = length - (length % 8);
  for (let at = 0; at < tail; at += 8) {
    const formerHigh = high;
    const formerLow = low;
    low = word(bytes, at);
    high = word(bytes, at + 4);
    multiply();
    fold();
    multiply();
    high ^= formerHigh;
    low ^= formerLow;
    multiply();
  }
  if (tail < length) {
    for (let i = tail; i < length; i++) {
      const shift = (i - tail) * 8;
      if (shift < 32) low ^= bytes.charCodeAt(i) << shift;
      else high ^= bytes.charCodeAt(i) << (shift - 32);
    }
    multiply();
  }
  fold();
  multiply();
  fold();
}

function trailingZeros(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** The register that an element belongs to, and what it counts: the zeros at the lower end of its hash, and one. */
export function placeOf(element: Bytes): { readonly register: number; readonly count: number } {
  hash(element);
  const lowRun = low >>> INDEX_BITS;
  const register = low & (REGISTERS - 1);
  if (lowRun !== 0) return { register, count: trailingZeros(lowRun) + 1 };
  const zeros = high === 0 ? RUN_BITS : 32 - INDEX_BITS + trailingZeros(high);
  return { register, count: zeros + 1 };
}
