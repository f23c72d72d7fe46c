// SHA-1 of binary strings, for scripts, which it names, and for DEBUG DIGEST, which takes millions of digests of a few bytes
// each: a digest stays five words that can be mixed without ever becoming bytes, and a short input allocates nothing.

import type { Bytes } from './bytes';

const BLOCK_BYTES = 64;
/** Words of one block and of its expansion. */
const schedule = new Int32Array(80);

function start(into: Int32Array): void {
  into[0] = 0x67452301;
  into[1] = 0xefcdab89;
  into[2] = 0x98badcfe;
  into[3] = 0x10325476;
  into[4] = 0xc3d2e1f0;
}

/** The SHA-1 of `data`, as five words in `into`. */
export function sha1(data: Bytes, into: Int32Array): void {
  const { length } = data;
  start(into);
  let at = 0;
  for (; at + BLOCK_BYTES <= length; at += BLOCK_BYTES) {
    for (let i = 0; i < 16; i++) schedule[i] = wordAt(data, at + i * 4);
    compress(into);
  }
  // What is left, a one bit, and the length in bits at the end of the last block.
  schedule.fill(0, 0, 16);
  const left = length - at;
  for (let i = 0; i < left; i++) put(i, data.charCodeAt(at + i));
  put(left, 0x80);
  if (left >= BLOCK_BYTES - 8) {
    compress(into);
    schedule.fill(0, 0, 16);
  }
  schedule[14] = Math.floor(length / 2 ** 29);
  schedule[15] = length << 3;
  compress(into);
}

/** The SHA-1 of five words as 20 bytes; `words` and `into` may be the same. */
export function sha1OfWords(words: Int32Array, into: Int32Array): void {
  for (let i = 0; i < 5; i++) schedule[i] = words[i] as number;
  schedule.fill(0, 5, 15);
  schedule[5] = 1 << 31;
  schedule[15] = 160;
  start(into);
  compress(into);
}

/** 40 hexadecimal digits. */
export function sha1Hex(words: Int32Array): string {
  let text = '';
  for (let i = 0; i < 5; i++) text += ((words[i] as number) >>> 0).toString(16).padStart(8, '0');
  return text;
}

function wordAt(data: Bytes, at: number): number {
  return (data.charCodeAt(at) << 24) | (data.charCodeAt(at + 1) << 16) | (data.charCodeAt(at + 2) << 8) | data.charCodeAt(at + 3);
}

function put(byteIndex: number, byte: number): void {
  (schedule[byteIndex >> 2] as number) |= byte << (24 - (byteIndex & 3) * 8);
}

/** One round of 80 steps over {@link schedule} (FIPS 180-4, 6.1.2), in four loops: one loop that chooses takes 1.7 times as long. */
function compress(hash: Int32Array): void {
  for (let i = 16; i < 80; i++) {
    const mixed = (schedule[i - 3] as number) ^ (schedule[i - 8] as number) ^ (schedule[i - 14] as number) ^ (schedule[i - 16] as number);
    schedule[i] = (mixed << 1) | (mixed >>> 31);
  }
  let a = hash[0] as number;
  let b = hash[1] as number;
  let c = hash[2] as number;
  let d = hash[3] as number;
  let e = hash[4] as number;
  for (let i = 0; i < 20; i++) {
    const next = (rotated5(a) + ((b & c) | (~b & d)) + e + 0x5a827999 + (schedule[i] as number)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 20; i < 40; i++) {
    const next = (rotated5(a) + (b ^ c ^ d) + e + 0x6ed9eba1 + (schedule[i] as number)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 40; i < 60; i++) {
    const next = (rotated5(a) + ((b & c) | (b & d) | (c & d)) + e + 0x8f1bbcdc + (schedule[i] as number)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (let i = 60; i < 80; i++) {
    const next = (rotated5(a) + (b ^ c ^ d) + e + 0xca62c1d6 + (schedule[i] as number)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  (hash[0] as number) += a;
  (hash[1] as number) += b;
  (hash[2] as number) += c;
  (hash[3] as number) += d;
  (hash[4] as number) += e;
}

function rotated5(word: number): number {
  return (word << 5) | (word >>> 27);
}
