import { describe, expect, test } from 'vitest';
import { lzfCompress, lzfDecompress } from '../../../src/bytes/lzf';
import { LzfStream } from '../../../src/bytes/lzf-stream';
import { seededRandom } from '../../support/engine';

function random(seed: number, length: number, alphabet: number): Uint8Array {
  const source = seededRandom(seed);
  return Uint8Array.from({ length }, () => source.below(alphabet));
}

/** What comes out when it is pushed in pieces of random sizes; undefined when the data is refused. */
function streamed(packed: Uint8Array, length: number, seed: number): Uint8Array | undefined {
  const source = seededRandom(seed);
  const stream = new LzfStream(length);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < packed.length; ) {
    const end = at + 1 + source.below(source.below(2) === 0 ? 3 : 20_000);
    const out = stream.push(packed.subarray(at, end));
    if (out === undefined) return undefined;
    pieces.push(...out);
    at = end;
  }
  return stream.done ? Buffer.concat(pieces) : undefined;
}

describe.each([2, 3, 5, 20])('of an alphabet of %i', (alphabet) => {
  test.each([1, 2, 3])('comes out as it went in, seed %i', (seed) => {
    for (const length of [30, 5000, 9000, 300_000, 1_000_000]) {
      const data = random(seed, length, alphabet);
      const packed = lzfCompress(data, length * 2) as Uint8Array;
      expect(Buffer.compare(streamed(packed, length, seed) as Uint8Array, data)).toBe(0);
    }
  });
});

test('is refused when the whole would be refused', () => {
  const source = seededRandom(3);
  let refused = 0;
  for (let i = 0; i < 3000; i++) {
    const packed = random(i, 1 + source.below(40), 256);
    const length = source.below(300);
    const whole = lzfDecompress(packed, length);
    const stream = streamed(packed, length, i);
    expect(stream === undefined).toBe(whole === undefined);
    if (whole === undefined) refused++;
    else expect(Buffer.compare(stream as Uint8Array, whole)).toBe(0);
  }
  expect(refused).toBeGreaterThan(100);
});
