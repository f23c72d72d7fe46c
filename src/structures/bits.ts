// Bits in bytes, whole words at a time. Bit 0 is the most significant bit of the first byte, as in Redis.

const WORD_BYTES = 4;
const BYTE_BITS = 8;

/** The whole words of `data`, from the first address where one can begin. */
function wordsOf(data: Uint8Array): { readonly words: Int32Array; readonly from: number; readonly to: number } {
  const from = Math.min((WORD_BYTES - (data.byteOffset % WORD_BYTES)) % WORD_BYTES, data.length);
  const count = Math.floor((data.length - from) / WORD_BYTES);
  if (count === 0) return { words: new Int32Array(0), from, to: from };
  return { words: new Int32Array(data.buffer, data.byteOffset + from, count), from, to: from + count * WORD_BYTES };
}

function bitsInWord(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** How many bits are set. */
function countBits(data: Uint8Array): number {
  const { words, from, to } = wordsOf(data);
  let count = 0;
  for (let i = 0; i < from; i++) count += bitsInWord(data[i] as number);
  for (let i = 0; i < words.length; i++) count += bitsInWord(words[i] as number);
  for (let i = to; i < data.length; i++) count += bitsInWord(data[i] as number);
  return count;
}

/** How many of the bits from `first` to `last`, both included, are set. */
export function countBitsBetween(data: Uint8Array, first: number, last: number): number {
  const [firstByte, lastByte] = [Math.floor(first / BYTE_BITS), Math.floor(last / BYTE_BITS)];
  const before = (data[firstByte] as number) & ~maskFrom(first);
  const after = (data[lastByte] as number) & ~maskTo(last);
  return countBits(data.subarray(firstByte, lastByte + 1)) - bitsInWord(before) - bitsInWord(after);
}

/** The bits of a byte at and after the place of a bit. */
function maskFrom(bit: number): number {
  return 0xff >> (bit % BYTE_BITS);
}

/** The bits of a byte up to the place of a bit. */
function maskTo(bit: number): number {
  return (0xff00 >> ((bit % BYTE_BITS) + 1)) & 0xff;
}

/** Where the first bit with that value is from `first` to `last`, both included, or -1. */
export function findBit(data: Uint8Array, bit: boolean, first: number, last: number): number {
  const [firstByte, lastByte] = [Math.floor(first / BYTE_BITS), Math.floor(last / BYTE_BITS)];
  const wanted = (index: number): number => (bit ? (data[index] as number) : ~(data[index] as number)) & 0xff;
  const inFirst = wanted(firstByte) & maskFrom(first) & (firstByte === lastByte ? maskTo(last) : 0xff);
  if (inFirst !== 0) return positionIn(inFirst, firstByte);
  if (firstByte === lastByte) return -1;
  const index = firstByteOtherThan(data, bit ? 0 : 0xff, firstByte + 1, lastByte);
  if (index < lastByte) return positionIn(wanted(index), index);
  const inLast = wanted(lastByte) & maskTo(last);
  return inLast === 0 ? -1 : positionIn(inLast, lastByte);
}

function positionIn(byte: number, index: number): number {
  return index * BYTE_BITS + Math.clz32(byte) - 24;
}

/** The first index from `start` to before `end` with another byte than `same`, which is 0 or 255; else `end`. */
function firstByteOtherThan(data: Uint8Array, same: number, start: number, end: number): number {
  const part = data.subarray(start, end);
  const { words, from, to } = wordsOf(part);
  const sameWord = same === 0 ? 0 : -1;
  let i = 0;
  while (i < from && part[i] === same) i++;
  if (i === from) {
    let word = 0;
    while (word < words.length && words[word] === sameWord) word++;
    i = word < words.length ? from + word * WORD_BYTES : to;
    while (i < part.length && part[i] === same) i++;
  }
  return start + i;
}

/** How two words become one. */
export type WordOperation = (target: Int32Array, source: Int32Array) => void;

/** Each changes `target`, which is at least as long as `source`; a source that is shorter ends in zero bits. */
export const OPERATIONS = {
  and(target, source) {
    for (let i = 0; i < source.length; i++) target[i] = (target[i] as number) & (source[i] as number);
    target.fill(0, source.length);
  },
  or(target, source) {
    for (let i = 0; i < source.length; i++) target[i] = (target[i] as number) | (source[i] as number);
  },
  xor(target, source) {
    for (let i = 0; i < source.length; i++) target[i] = (target[i] as number) ^ (source[i] as number);
  },
  /** Takes away what the source has. */
  clear(target, source) {
    for (let i = 0; i < source.length; i++) target[i] = (target[i] as number) & ~(source[i] as number);
  },
} satisfies Record<string, WordOperation>;

export function invert(target: Int32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = ~(target[i] as number);
}

/** Notes in `repeated` the bits that `seen` has and `source` has too, and in `seen` those of the source. */
export function addSeen(seen: Int32Array, repeated: Int32Array, source: Int32Array): void {
  for (let i = 0; i < source.length; i++) {
    const word = source[i] as number;
    repeated[i] = (repeated[i] as number) | ((seen[i] as number) & word);
    seen[i] = (seen[i] as number) | word;
  }
}

const HALF_BITS = 32;

/** An unsigned integer of up to 32 bits at a bit offset; bits beyond the end are 0. */
function readShort(data: Uint8Array, offset: number, bits: number): number {
  const first = Math.floor(offset / BYTE_BITS);
  const last = Math.floor((offset + bits - 1) / BYTE_BITS);
  // Five bytes at most, which are exact as a number.
  let value = (data[first] ?? 0) & maskFrom(offset);
  for (let i = first + 1; i <= last; i++) value = value * 256 + (data[i] ?? 0);
  return Math.floor(value / 2 ** ((last + 1) * BYTE_BITS - offset - bits));
}

function writeShort(data: Uint8Array, offset: number, bits: number, value: number): void {
  let left = bits;
  let rest = value;
  for (let index = Math.floor((offset + bits - 1) / BYTE_BITS); left > 0; index--) {
    const end = Math.min(offset + left, (index + 1) * BYTE_BITS);
    const begin = Math.max(offset, index * BYTE_BITS);
    const width = end - begin;
    const shift = (index + 1) * BYTE_BITS - end;
    const mask = ((1 << width) - 1) << shift;
    data[index] = ((data[index] as number) & ~mask) | (((rest % 2 ** width) << shift) & mask);
    rest = Math.floor(rest / 2 ** width);
    left -= width;
  }
}

/** The unsigned integer of up to 64 bits that stands at a bit offset; bits beyond the end are 0. */
export function readField(data: Uint8Array, offset: number, bits: number): bigint {
  if (bits <= HALF_BITS) return BigInt(readShort(data, offset, bits));
  const high = bits - HALF_BITS;
  return (BigInt(readShort(data, offset, high)) << 32n) | BigInt(readShort(data, offset + high, HALF_BITS));
}

/** Writes the lowest `bits` bits of an integer, up to 64, at a bit offset within `data`. */
export function writeField(data: Uint8Array, offset: number, bits: number, value: bigint): void {
  if (bits <= HALF_BITS) {
    writeShort(data, offset, bits, Number(BigInt.asUintN(bits, value)));
    return;
  }
  const high = bits - HALF_BITS;
  writeShort(data, offset, high, Number(BigInt.asUintN(high, value >> 32n)));
  writeShort(data, offset + high, HALF_BITS, Number(BigInt.asUintN(HALF_BITS, value)));
}
