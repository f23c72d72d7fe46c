// Arrays of any size against a plain map, while they are stored and loaded again part by part.

import { expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { ArrayValue, type Index } from '../../../src/types/array';
import { defaultEncodingLimits } from '../../../src/types/limits';
import type { Segment, SegmentSource } from '../../../src/types/segments';
import { seededRandom } from '../../support/engine';

const limits = { ...defaultEncodingLimits(), wholeBytes: 600, segmentBytes: 200 };

/** Keeps segments as storage does, and counts what is asked of it. */
class Segments implements SegmentSource {
  readonly kept = new Map<number, Segment>();
  loads = 0;
  puts = 0;

  list(): Segment[] {
    return [...this.kept.values()].sort((a, b) => a.id - b.id);
  }

  load(_family: number, id: number): Bytes {
    this.loads++;
    return (this.kept.get(id) as Segment).data;
  }

  store(array: ArrayValue): void {
    const changes = array.segmentChanges();
    if (!changes) return;
    for (const { id } of changes.removed) this.kept.delete(id);
    for (const segment of changes.put) {
      this.puts++;
      this.kept.set(segment.id, segment);
    }
    array.markStored(this);
  }
}

const compare = (a: Index, b: Index): number => (a < b ? -1 : a > b ? 1 : 0);

function contentOf(array: ArrayValue): [Index, Bytes][] {
  const content: [Index, Bytes][] = [];
  array.ascend(0, (index, value) => content.push([index, value]) > 0);
  return content;
}

test.each([1, 2, 3])('seed %i', (seed) => {
  const random = seededRandom(seed);
  const model = new Map<Index, Bytes>();
  const segments = new Segments();
  let array = new ArrayValue(limits);
  const index = (): Index => (random.below(20) === 0 ? 2n ** 63n + BigInt(random.below(50)) : random.below(1200));
  let lazy = 0;
  for (let step = 0; step < 6000; step++) {
    const at = index();
    const kind = random.below(10);
    if (kind < 6) {
      const value = `${'v'.repeat(random.below(20))}${step}` as Bytes;
      expect(array.set(at, value)).toBe(!model.has(at));
      model.set(at, value);
    } else if (kind < 8) expect(array.delete(at)).toBe(model.delete(at));
    else if (kind === 8) {
      const other = random.below(3) === 0 ? index() : typeof at === 'number' ? at + random.below(60) : at;
      const [low, high] = at <= other ? [at, other] : [other, at];
      const inside = [...model.keys()].filter((one) => one >= low && one <= high);
      if (inside.length > 200) continue;
      for (const one of inside) model.delete(one);
      expect(array.deleteRange(low, high)).toBe(inside.length);
    } else expect(array.get(at)).toBe(model.get(at));
    expect(array.size).toBe(model.size);
    if (step % 40 === 39) {
      segments.store(array);
      const head = array.encode();
      const former = array;
      array = ArrayValue.decode(head, limits, former.segmentChanges() ? segments : undefined);
      expect(array.memory).toBe(former.memory);
      segments.loads = 0;
      array.get(5);
      if (former.partCount > 5 && segments.loads === 1) lazy++;
    }
    if (step % 500 === 499) {
      const expected = [...model].sort(([a], [b]) => compare(a, b));
      expect(contentOf(array)).toEqual(expected);
      const down: Index[] = [];
      array.descend(1000, (one) => down.push(one) > 0);
      expect(down).toEqual(
        expected
          .map(([one]) => one)
          .filter((one) => one <= 1000)
          .reverse(),
      );
      expect(array.last).toEqual(expected.at(-1)?.[0]);
      expect(contentOf(array.copy())).toEqual(expected);
    }
  }
  expect(lazy).toBeGreaterThan(50);
  expect(segments.puts).toBeGreaterThan(500);
});

test('a change of a large array is stored as one part', () => {
  const segments = new Segments();
  const array = new ArrayValue(limits);
  for (let i = 0; i < 2000; i++) array.set(i, `value ${i}` as Bytes);
  segments.store(array);
  const whole = segments.puts;
  expect(whole).toBeGreaterThan(100);
  array.set(1000, 'changed' as Bytes);
  segments.store(array);
  expect(segments.puts - whole).toBe(1);
});

test('a stored form that is out of order is refused', () => {
  const array = new ArrayValue(limits);
  array.set(1, 'a' as Bytes);
  array.set(2, 'b' as Bytes);
  const data = array.encode();
  expect(contentOf(ArrayValue.decode(data, limits))).toEqual([
    [1, 'a'],
    [2, 'b'],
  ]);
  expect(() => ArrayValue.decode(data.replace('1', '3') as Bytes, limits)).toThrow('not in order');
});
