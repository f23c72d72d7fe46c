import { describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { defaultEncodingLimits } from '../../../src/types/limits';
import { ListValue } from '../../../src/types/list';
import { seededRandom } from '../../support/engine';

/** Lists that stay whole; test/node/segments has the others. */
const limits = { ...defaultEncodingLimits(), wholeBytes: Number.POSITIVE_INFINITY };

function listOf(...elements: string[]): ListValue {
  const list = new ListValue(limits);
  for (const element of elements) list.push('right', element as Bytes);
  return list;
}

const contentOf = (list: ListValue) => list.range(0, list.size);

test('ends, indexes and ranges', () => {
  const list = listOf('b', 'c');
  list.push('left', 'a' as Bytes);
  expect(contentOf(list)).toEqual(['a', 'b', 'c']);
  expect([list.at(0), list.at(-1), list.at(3), list.at(-4)]).toEqual(['a', 'c', undefined, undefined]);
  expect([list.set(-1, 'C' as Bytes), list.set(3, 'x' as Bytes), list.set(-4, 'x' as Bytes)]).toEqual([true, false, false]);
  expect([list.pop('left'), list.pop('right'), list.pop('right'), list.pop('right')]).toEqual(['a', 'C', 'b', undefined]);
  expect(list.size).toBe(0);
});

test('removal from either end', () => {
  const list = listOf('x', 'a', 'x', 'b', 'x');
  expect(list.remove('x' as Bytes, 1, 'right')).toBe(1);
  expect(contentOf(list)).toEqual(['x', 'a', 'x', 'b']);
  expect(list.remove('x' as Bytes, 5, 'left')).toBe(2);
  expect(contentOf(list)).toEqual(['a', 'b']);
});

test('the stored form gives the same list', () => {
  const list = listOf(...Array.from({ length: 1000 }, (_, i) => `element ${i} ${'\0\xff'.repeat(i % 150)}`), '');
  const decoded = ListValue.decode(list.encode(), limits);
  expect(contentOf(decoded)).toEqual(contentOf(list));
  expect(decoded.memory).toBe(list.memory);
  expect(ListValue.decode(listOf().encode(), limits).size).toBe(0);
});

test('a stored form that is cut is refused', () => {
  const stored = listOf('abc', 'def').encode();
  for (let end = 0; end < stored.length; end++) expect(() => ListValue.decode(stored.slice(0, end) as Bytes, limits)).toThrow(Error);
});

test('a copy is independent', () => {
  const list = listOf('a', 'b');
  const copy = list.copy();
  copy.push('right', 'c' as Bytes);
  list.pop('left');
  expect([contentOf(list), contentOf(copy)]).toEqual([['b'], ['a', 'b', 'c']]);
  expect(copy.memory).toBe(listOf('a', 'b', 'c').memory);
});

test('the encoding of Redis 7.0', () => {
  expect(listOf('a').encoding()).toBe('quicklist');
});

describe('memory', () => {
  test('follows the content through every kind of change', () => {
    const random = seededRandom(6);
    const list = new ListValue(limits);
    const element = () => 'e'.repeat(random.below(50)) as Bytes;
    for (let i = 0; i < 3000; i++) {
      const index = random.below(list.size + 1);
      const changes: (() => unknown)[] = [
        () => list.push('left', element()),
        () => list.push('right', element()),
        () => list.insert(index, element()),
        () => list.insert(index, element()),
        () => list.pop('left'),
        () => list.pop('right'),
        () => list.set(index, element()),
        () => list.remove(element(), 1 + random.below(3), random.below(2) ? 'left' : 'right'),
        () => random.below(10) === 0 && list.removeRange(index, random.below(30)),
      ];
      changes[random.below(changes.length)]?.();
    }
    expect(list.size).toBeGreaterThan(50);
    expect(list.memory).toBe(ListValue.decode(list.encode(), limits).memory);
  });

  test('grows with the bytes of the elements', () => {
    expect(listOf('a'.repeat(1000)).memory - listOf('').memory).toBe(1000);
  });
});
