// XXH3, the 64-bit variant without a seed: the digest of DIGEST, DELEX and SET's IFDEQ and IFDNE. Written from the
// specification of the algorithm (xxHash, doc/xxhash_spec.md).
//
// Up to 240 bytes the arithmetic is on bigints. Longer input is eaten in stripes of 64 bytes by eight accumulators,
// which are kept as pairs of 32-bit halves, since a bigint for every eight bytes would cost half a second a megabyte.

import { type Bytes, toBuffer } from './bytes';

const SECRET_HEX =
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c' +
  '3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364' +
  'eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e';
const SECRET_BYTES = SECRET_HEX.length / 2;
const SECRET = new DataView(new Uint8Array(SECRET_BYTES).buffer);
for (let i = 0; i < SECRET_BYTES; i++) SECRET.setUint8(i, Number.parseInt(SECRET_HEX.slice(2 * i, 2 * i + 2), 16));

const PRIME32_1 = 0x9e3779b1;
const PRIME32_2 = 0x85ebca77;
const PRIME32_3 = 0xc2b2ae3d;
const PRIME64_1 = 0x9e3779b185ebca87n;
const PRIME64_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME64_3 = 0x165667b19e3779f9n;
const PRIME64_4 = 0x85ebca77c2b2ae63n;
const PRIME64_5 = 0x27d4eb2f165667c5n;
const PRIME_MX1 = 0x165667919e3779f9n;
const PRIME_MX2 = 0x9fb21c651e98df25n;

const MASK = 0xffffffffffffffffn;
const STRIPE_BYTES = 64;
const LANES = 8;
/** Each stripe of a block takes the secret 8 bytes further on. */
const STRIPES_PER_BLOCK = (SECRET_BYTES - STRIPE_BYTES) / 8;
const LONGEST_MEDIUM = 240;

/** The digest as Redis prints it: 16 hexadecimal digits. */
export function xxh3Hex(bytes: Bytes): string {
  return xxh3(bytes).toString(16).padStart(16, '0');
}

function xxh3(bytes: Bytes): bigint {
  const data = toBuffer(bytes);
  const input = new DataView(data.buffer, data.byteOffset, data.length);
  const { byteLength } = input;
  if (byteLength <= 16) return short(input, byteLength);
  return byteLength <= LONGEST_MEDIUM ? medium(input, byteLength) : long(input, byteLength);
}

// ---- arithmetic on 64 bits

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}

/** The halves of the 128-bit product, one on the other. */
function foldedProduct(a: bigint, b: bigint): bigint {
  const product = a * b;
  return (product & MASK) ^ (product >> 64n);
}

function reversedBytes(value: bigint): bigint {
  let result = 0n;
  for (let i = 0n; i < 64n; i += 8n) result = (result << 8n) | ((value >> i) & 0xffn);
  return result;
}

function avalanche(hash: bigint): bigint {
  const mixed = ((hash ^ (hash >> 37n)) * PRIME_MX1) & MASK;
  return mixed ^ (mixed >> 32n);
}

/** The finish of the older XXH64. */
function avalanche64(hash: bigint): bigint {
  let mixed = ((hash ^ (hash >> 33n)) * PRIME64_2) & MASK;
  mixed = ((mixed ^ (mixed >> 29n)) * PRIME64_3) & MASK;
  return mixed ^ (mixed >> 32n);
}

function secret64(at: number): bigint {
  return SECRET.getBigUint64(at, true);
}

// ---- up to 16 bytes

function short(input: DataView, length: number): bigint {
  if (length > 8) return nineToSixteen(input, length);
  if (length >= 4) return fourToEight(input, length);
  if (length === 0) return avalanche64(secret64(56) ^ secret64(64));
  const combined = (input.getUint8(0) << 16) | (input.getUint8(length >> 1) << 24) | input.getUint8(length - 1) | (length << 8);
  const flip = SECRET.getUint32(0, true) ^ SECRET.getUint32(4, true);
  return avalanche64(BigInt((combined ^ flip) >>> 0));
}

function fourToEight(input: DataView, length: number): bigint {
  const first = BigInt(input.getUint32(0, true));
  const last = BigInt(input.getUint32(length - 4, true));
  let hash = (last + (first << 32n)) ^ secret64(8) ^ secret64(16);
  hash ^= rotate(hash, 49n) ^ rotate(hash, 24n);
  hash = (hash * PRIME_MX2) & MASK;
  hash ^= (hash >> 35n) + BigInt(length);
  hash = (hash * PRIME_MX2) & MASK;
  return hash ^ (hash >> 28n);
}

function nineToSixteen(input: DataView, length: number): bigint {
  const low = input.getBigUint64(0, true) ^ secret64(24) ^ secret64(32);
  const high = input.getBigUint64(length - 8, true) ^ secret64(40) ^ secret64(48);
  return avalanche((BigInt(length) + reversedBytes(low) + high + foldedProduct(low, high)) & MASK);
}

// ---- up to 240 bytes

function mix16(input: DataView, at: number, secretAt: number): bigint {
  return foldedProduct(input.getBigUint64(at, true) ^ secret64(secretAt), input.getBigUint64(at + 8, true) ^ secret64(secretAt + 8));
}

function medium(input: DataView, length: number): bigint {
  let sum = BigInt(length) * PRIME64_1;
  if (length <= 128) {
    // Couples from both ends towards the middle.
    for (let i = (length - 1) >> 5; i >= 0; i--) {
      sum += mix16(input, 16 * i, 32 * i) + mix16(input, length - 16 * (i + 1), 32 * i + 16);
    }
    return avalanche(sum & MASK);
  }
  for (let i = 0; i < 8; i++) sum += mix16(input, 16 * i, 16 * i);
  sum = avalanche(sum & MASK);
  const rounds = length >> 4;
  for (let i = 8; i < rounds; i++) sum += mix16(input, 16 * i, 16 * (i - 8) + 3);
  return avalanche((sum + mix16(input, length - 16, 136 - 17)) & MASK);
}

// ---- longer

/** Eight 64-bit accumulators in halves. */
class Accumulators {
  private readonly low = new Uint32Array(LANES);
  private readonly high = new Uint32Array(LANES);

  constructor(initial: readonly bigint[]) {
    for (const [lane, value] of initial.entries()) this.set(lane, value);
  }

  get(lane: number): bigint {
    return (BigInt(this.high[lane] as number) << 32n) | BigInt(this.low[lane] as number);
  }

  private set(lane: number, value: bigint): void {
    this.low[lane] = Number(value & 0xffffffffn);
    this.high[lane] = Number(value >> 32n);
  }

  private add(lane: number, low: number, high: number): void {
    const sum = (this.low[lane] as number) + low;
    this.low[lane] = sum;
    this.high[lane] = (this.high[lane] as number) + high + (sum > 0xffffffff ? 1 : 0);
  }

  /** One stripe of the input with the secret from a place on. */
  accumulate(input: DataView, at: number, secretAt: number): void {
    for (let lane = 0; lane < LANES; lane++) {
      const low = input.getUint32(at + 8 * lane, true);
      const high = input.getUint32(at + 8 * lane + 4, true);
      this.add(lane ^ 1, low, high);
      const a = (low ^ SECRET.getUint32(secretAt + 8 * lane, true)) >>> 0;
      const b = (high ^ SECRET.getUint32(secretAt + 8 * lane + 4, true)) >>> 0;
      // a * b in 64 bits, by halves of 16 bits.
      const a0 = a & 0xffff;
      const a1 = a >>> 16;
      const b0 = b & 0xffff;
      const b1 = b >>> 16;
      const bottom = a0 * b0;
      const middle = a1 * b0 + a0 * b1 + Math.floor(bottom / 65536);
      this.add(lane, (middle % 65536) * 65536 + (bottom & 0xffff), a1 * b1 + Math.floor(middle / 65536));
    }
  }

  /** After a block. */
  scramble(): void {
    for (let lane = 0; lane < LANES; lane++) {
      const value = this.get(lane);
      const mixed = value ^ (value >> 47n) ^ secret64(SECRET_BYTES - STRIPE_BYTES + 8 * lane);
      this.set(lane, (mixed * BigInt(PRIME32_1)) & MASK);
    }
  }

  merge(start: bigint): bigint {
    let sum = start;
    for (let i = 0; i < LANES; i += 2) sum += foldedProduct(this.get(i) ^ secret64(11 + 8 * i), this.get(i + 1) ^ secret64(19 + 8 * i));
    return avalanche(sum & MASK);
  }
}

const INITIAL: readonly bigint[] = [
  BigInt(PRIME32_3),
  PRIME64_1,
  PRIME64_2,
  PRIME64_3,
  PRIME64_4,
  BigInt(PRIME32_2),
  PRIME64_5,
  BigInt(PRIME32_1),
];

function long(input: DataView, length: number): bigint {
  const sums = new Accumulators(INITIAL);
  // The last stripe ends where the input does, and may overlap the one before it.
  const stripes = Math.floor((length - 1) / STRIPE_BYTES);
  for (let stripe = 0; stripe < stripes; stripe++) {
    const inBlock = stripe % STRIPES_PER_BLOCK;
    sums.accumulate(input, stripe * STRIPE_BYTES, 8 * inBlock);
    if (inBlock === STRIPES_PER_BLOCK - 1) sums.scramble();
  }
  sums.accumulate(input, length - STRIPE_BYTES, SECRET_BYTES - STRIPE_BYTES - 7);
  return sums.merge((BigInt(length) * PRIME64_1) & MASK);
}
