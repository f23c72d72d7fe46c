// Ids as bytes and as text, their stored form, and the sizes of Redis' nodes.

import { describe, expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { Packer, Unpacker } from '../../../src/types/packer';
import { idText, MAX_ID, MIN_ID, nextId, parseId, previousId, type StreamId, streamId } from '../../../src/types/stream/id';
import { packId, unpackId } from '../../../src/types/stream/id-form';
import { elementBytes, integerBytes } from '../../../src/types/stream/listpack-size';
import { radixNodes } from '../../../src/types/stream/radix-nodes';
import { seededRandom } from '../../support/engine';

const PARTS = [0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
const ALL = PARTS.flatMap((ms) => PARTS.map((sequence) => streamId(ms, sequence)));

describe('ids', () => {
  test('are ordered as their numbers, and read as they are written', () => {
    expect([...ALL].sort()).toEqual(ALL);
    for (const id of ALL) expect(parseId(idText(id))).toBe(id);
    expect(idText(MAX_ID)).toBe('18446744073709551615-18446744073709551615');
    expect(idText(MIN_ID)).toBe('0-0');
  });

  test('have neighbours', () => {
    for (const id of ALL) {
      const next = nextId(id);
      if (id === MAX_ID) expect(next).toBeUndefined();
      else expect([previousId(next as StreamId), (next as StreamId) > id]).toEqual([id, true]);
    }
    expect(previousId(MIN_ID)).toBeUndefined();
    expect(idText(nextId(streamId(5, 2n ** 64n - 1n)) as StreamId)).toBe('6-0');
    expect(idText(previousId(streamId(6, 0)) as StreamId)).toBe('5-18446744073709551615');
  });

  test('that ascend have a short stored form', () => {
    const random = seededRandom(3);
    const ids = [...ALL, ...Array.from({ length: 300 }, () => streamId(1_700_000_000_000 + random.below(1e6), random.below(3)))].sort();
    const packer = new Packer();
    let before = 0;
    for (const id of ids) before = packId(packer, id, before);
    const unpacker = new Unpacker(packer.done());
    before = 0;
    for (const id of ids) {
      const read = unpackId(unpacker, before);
      before = read.ms;
      expect(read.id).toBe(id);
    }
    expect(unpacker.finished).toBe(true);
    const short = new Packer();
    before = packId(short, streamId(1_700_000_000_000, 0), 0);
    packId(short, streamId(1_700_000_000_050, 1), before);
    expect(short.done().length).toBeLessThan(12);
  });
});

test('sizes of listpack elements (listpack.c)', () => {
  const integers: [number | bigint, number][] = [
    [0, 2],
    [127, 2],
    [128, 3],
    [-1, 3],
    [4095, 3],
    [4096, 4],
    [-32768, 4],
    [32768, 5],
    [8388608, 6],
    [2147483648, 10],
    [2n ** 63n - 1n, 10],
  ];
  for (const [value, bytes] of integers)
    expect([value, integerBytes(value), elementBytes(ascii(`${value}`))]).toEqual([value, bytes, bytes]);
  for (const [text, bytes] of [
    ['', 2],
    ['a', 3],
    ['007', 5],
    ['x'.repeat(63), 65],
    ['x'.repeat(64), 67],
    ['x'.repeat(126), 130],
    ['x'.repeat(4096), 4103],
  ] as const) {
    expect([text.length, elementBytes(ascii(text))]).toEqual([text.length, bytes]);
  }
});

test('nodes of a radix tree (rax.c)', () => {
  expect(radixNodes([])).toBe(1);
  expect(radixNodes([streamId(1, 0)])).toBe(2);
  // What both share, the fork, and what each has of its own, with its end.
  expect(radixNodes([streamId(1, 0), streamId(2, 0)])).toBe(6);
  expect(radixNodes([streamId(1, 0), streamId(1, 1)])).toBe(4);
});
