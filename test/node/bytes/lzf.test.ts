// LZF both ways, and the checksum of RDB.

import { describe, expect, test } from 'vitest';
import { Crc64 } from '../../../src/bytes/crc64';
import { lzfCompress, lzfDecompress, lzfMaxDecompressed } from '../../../src/bytes/lzf';
import { seededRandom } from '../../support/engine';

const random = seededRandom(3);
const bytes = (length: number, alphabet: number): Uint8Array => Uint8Array.from({ length }, () => random.below(alphabet));
const repeated = (part: Uint8Array, times: number): Uint8Array =>
  Uint8Array.from({ length: part.length * times }, (_, i) => part[i % part.length] as number);

describe('LZF', () => {
  test('gives back what it was given', () => {
    let compressed = 0;
    for (let round = 0; round < 2000; round++) {
      const length = 1 + random.below(random.below(4) === 0 ? 20_000 : 300);
      const data =
        random.below(2) === 0 ? bytes(length, 1 + random.below(256)) : repeated(bytes(1 + random.below(40), 256), 1 + random.below(50));
      const packed = lzfCompress(data, data.length - 4);
      if (packed === undefined) continue;
      compressed++;
      expect(packed.length).toBeLessThanOrEqual(data.length - 4);
      expect(data.length).toBeLessThanOrEqual(lzfMaxDecompressed(packed.length));
      expect(lzfDecompress(packed, data.length)).toEqual(data);
      expect(lzfDecompress(packed, data.length + 1)).toBeUndefined();
      expect(lzfDecompress(packed, data.length - 1)).toBeUndefined();
    }
    expect(compressed).toBeGreaterThan(500);
  });

  test('gives up on what does not become shorter', () => {
    expect(lzfCompress(bytes(1000, 256), 996)).toBeUndefined();
    expect(lzfCompress(new Uint8Array(), 10)).toBeUndefined();
    expect(lzfCompress(new Uint8Array(100), 0)).toBeUndefined();
  });

  test('refuses what is cut or changed, or makes something else of it', () => {
    const data = repeated(bytes(7, 256), 60);
    const packed = lzfCompress(data, data.length) as Uint8Array;
    for (let length = 0; length < packed.length; length++) expect(lzfDecompress(packed.slice(0, length), data.length)).toBeUndefined();
    for (let at = 0; at < packed.length; at++) {
      const changed = packed.slice();
      changed[at] = 255 - (changed[at] as number);
      expect([undefined, data.length]).toContain(lzfDecompress(changed, data.length)?.length);
    }
    // A reference to before the beginning.
    expect(lzfDecompress(Uint8Array.of(0, 65, 0x20, 5), 4)).toBeUndefined();
  });

  test('reads a copy that reaches into itself', () => {
    expect(lzfDecompress(Uint8Array.of(0, 65, 0xe0, 3, 0), 13)).toEqual(Uint8Array.from({ length: 13 }, () => 65));
  });
});

test('the checksum of RDB', () => {
  const digits = Uint8Array.from('123456789', (char) => char.charCodeAt(0));
  const hex = (crc: Crc64): string =>
    [...crc.bytes()]
      .map((char) => char.charCodeAt(0).toString(16).padStart(2, '0'))
      .reverse()
      .join('');
  expect(hex(new Crc64().update(digits))).toBe('e9c6d914c4b8d9ca');
  expect(hex(new Crc64().update(digits, 0, 4).update(digits, 4))).toBe('e9c6d914c4b8d9ca');
  expect(hex(new Crc64())).toBe('0000000000000000');
});
