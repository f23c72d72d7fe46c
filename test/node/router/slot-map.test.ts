import { describe, expect, test } from 'vitest';
import { ascii } from '../../../src/bytes/bytes';
import { SLOT_COUNT, slotOf } from '../../../src/bytes/crc16';
import { firstPositionOf, positionOf } from '../../../src/bytes/position';
import { MAX_SHARDS, SlotMap } from '../../../src/router/slot-map';

const counts = [1, 2, 3, 4, 5, 7, 16, 33, 63, 64];

describe.each(counts)('%i shards', (count) => {
  const map = new SlotMap(count);

  test('cut the slots into contiguous ranges of nearly the same size, without gap or overlap', () => {
    const sizes: number[] = [];
    let next = 0;
    for (let shard = 0; shard < count; shard++) {
      const [first, last] = map.rangeOf(shard);
      expect(first).toBe(next);
      for (let slot = first; slot <= last; slot++) expect(map.shardOfSlot(slot)).toBe(shard);
      sizes.push(last - first + 1);
      next = last + 1;
    }
    expect(next).toBe(SLOT_COUNT);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  test('own keys by their slot, with hash tags', () => {
    for (let i = 0; i < 500; i++) {
      const key = ascii(`key:${i}`);
      expect(map.shardOf(key)).toBe(map.shardOfSlot(slotOf(key)));
      expect(map.shardOf(ascii(`{${key}}:other`))).toBe(map.shardOf(key));
    }
  });

  test('a cursor leads to the shard that has its position, and past the last key of a shard to the next', () => {
    for (let i = 0; i < 200; i++) {
      const key = ascii(`key:${i}`);
      expect(map.shardOfCursor(BigInt(positionOf(key)))).toBe(map.shardOf(key));
    }
    let shard = 0;
    let cursor = 0n;
    for (; shard < count; shard++) {
      expect(map.shardOfCursor(cursor)).toBe(shard);
      cursor = map.cursorAfter(shard);
      if (shard + 1 < count) expect(cursor).toBe(BigInt(firstPositionOf(map.rangeOf(shard + 1)[0])));
    }
    expect(cursor).toBe(0n);
    expect(map.shardOfCursor(2n ** 64n - 1n)).toBe(count - 1);
  });
});

test('no two layouts share an object', () => {
  const names = counts.flatMap((count) => Array.from({ length: count }, (_, shard) => new SlotMap(count).nameOf(shard)));
  expect(new Set(names).size).toBe(names.length);
});

test.each([0, -1, 1.5, MAX_SHARDS + 1, Number.NaN])('%d shards are refused', (count) => {
  expect(() => new SlotMap(count)).toThrow(RangeError);
});
