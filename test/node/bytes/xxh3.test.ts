import { expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { xxh3Hex } from '../../../src/bytes/xxh3';

/** Lengths on both sides of every change of method, and what `xxhsum -H3` 0.8.1 prints for that many bytes of {@link pattern}. */
const DIGESTS: readonly (readonly [length: number, digest: string])[] = [
  [0, '2d06800538d394c2'],
  [1, 'e12ef9d2eb86ceeb'],
  [2, '1526811c52b5cfc0'],
  [3, 'b2b06c45ef888ef4'],
  [4, '8b806c96ec81f796'],
  [5, '988e18b6a13077ac'],
  [8, '65d8b6bd6573b7b0'],
  [9, '986d1ba8896f8d5c'],
  [12, '4423501586f83614'],
  [16, 'bf7494121e7baaae'],
  [17, 'e3cd2567f32f0352'],
  [32, 'd4e5c8d806f0727c'],
  [33, 'ced4145b0a4b2158'],
  [64, 'f1e732b08c1eed8d'],
  [65, 'd5481cf230d1d5b5'],
  [96, '953fc25e54a6882e'],
  [97, '204bd1f20ca27681'],
  [128, '7b12202962370c6b'],
  [129, 'f6fbc59c7fd782cf'],
  [160, 'cbf9fdd24bcdc775'],
  [240, '734cf393eeefbe12'],
  [241, '2b0b1cba7b2ed7ea'],
  [256, '5af19bcfbb332107'],
  [1024, '7096ba8047740850'],
  [1025, '643ab37bfafc4255'],
  [1088, '4b0b898954359bf8'],
  [5000, '51f46f416e14fc69'],
  [100001, '409b75614e02bffa'],
];

function pattern(length: number): Bytes {
  return Array.from({ length }, (_, i) => String.fromCharCode((i * 31 + (i >> 3) * 7 + length) & 255)).join('') as Bytes;
}

test.each(DIGESTS)('%i bytes', (length, digest) => {
  expect(xxh3Hex(pattern(length))).toBe(digest);
});
