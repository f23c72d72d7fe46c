// Bits by the word, against the same done bit by bit.

import { describe, expect, test } from 'vitest';
import { addSeen, countBitsBetween, findBit, invert, OPERATIONS, readField, writeField } from '../../../src/structures/bits';
import { seededRandom } from '../../support/engine';

const random = seededRandom(7);

/** Random bytes at a random place of a larger buffer, so that words begin anywhere; in runs, so that whole words are equal. */
function randomBytes(length: number): Uint8Array {
  const data = new Uint8Array(length + 8).subarray(random.below(8)).subarray(0, length);
  for (let i = 0; i < length; ) {
    const byte = [0, 0xff, random.below(256)][random.below(3)] as number;
    for (let left = 1 + random.below(20); left > 0 && i < length; left--) data[i++] = byte;
  }
  return data;
}

const bitAt = (data: Uint8Array, at: number): number => (((data[at >> 3] ?? 0) >> (7 - (at & 7))) & 1) as number;

describe('counting and finding', () => {
  test('agree with a walk over the bits', () => {
    let found = 0;
    let absent = 0;
    for (let round = 0; round < 3000; round++) {
      const data = randomBytes(1 + random.below(70));
      const first = random.below(data.length * 8);
      const last = first + random.below(data.length * 8 - first);
      let count = 0;
      for (let at = first; at <= last; at++) count += bitAt(data, at);
      expect(countBitsBetween(data, first, last)).toBe(count);
      for (const bit of [0, 1]) {
        let at = first;
        while (at <= last && bitAt(data, at) !== bit) at++;
        expect(findBit(data, bit === 1, first, last)).toBe(at > last ? -1 : at);
        if (at > last) absent++;
        else found++;
      }
    }
    expect(Math.min(found, absent)).toBeGreaterThan(100);
  });
});

describe('combining words', () => {
  const words = (length: number): Int32Array => new Int32Array(randomBytes(length * 4).slice().buffer);

  test.each([
    ['and', (a: number, b: number) => a & b],
    ['or', (a: number, b: number) => a | b],
    ['xor', (a: number, b: number) => a ^ b],
    ['clear', (a: number, b: number) => a & ~b],
  ] as const)('%s, with sources that are shorter', (name, expected) => {
    for (let round = 0; round < 100; round++) {
      const target = words(20);
      const source = words(random.below(21));
      const former = target.slice();
      OPERATIONS[name](target, source);
      expect([...target]).toEqual([...former].map((word, i) => expected(word, source[i] ?? 0)));
    }
  });

  test('inverting, and what exactly one has', () => {
    const sources = [words(16), words(16), words(9)];
    const seen = new Int32Array(16);
    const repeated = new Int32Array(16);
    for (const source of sources) addSeen(seen, repeated, source);
    OPERATIONS.clear(seen, repeated);
    const bytes = sources.map((source) => new Uint8Array(source.buffer));
    const result = new Uint8Array(seen.buffer);
    for (let at = 0; at < 16 * 32; at++) {
      expect(bitAt(result, at)).toBe(bytes.filter((source) => bitAt(source, at) === 1).length === 1 ? 1 : 0);
    }
    const former = seen.slice();
    invert(seen);
    expect([...seen]).toEqual([...former].map((word) => ~word));
  });
});

describe('fields', () => {
  test('are read and written as bit by bit, and leave the rest alone', () => {
    for (let round = 0; round < 3000; round++) {
      const data = randomBytes(24);
      const bits = 1 + random.below(64);
      const offset = random.below(data.length * 8 - bits + 1);
      const digits = Array.from({ length: data.length * 8 }, (_, at) => bitAt(data, at)).join('');
      expect(readField(data, offset, bits)).toBe(BigInt(`0b${digits.slice(offset, offset + bits)}`));
      const value = BigInt.asIntN(64, (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32)));
      writeField(data, offset, bits, value);
      const written = BigInt.asUintN(bits, value).toString(2).padStart(bits, '0');
      const after = Array.from({ length: data.length * 8 }, (_, at) => bitAt(data, at)).join('');
      expect(after).toBe(digits.slice(0, offset) + written + digits.slice(offset + bits));
    }
  });

  test('beyond the end are zero bits', () => {
    expect(readField(Uint8Array.of(0xff), 4, 12)).toBe(0xf00n);
    expect(readField(Uint8Array.of(0xff), 8, 64)).toBe(0n);
  });
});
