import { describe, expect, test } from 'vitest';
import { Deque } from '../../../src/structures/deque';
import { seededRandom } from '../../support/engine';

function contentOf<T>(deque: Deque<T>): T[] {
  return deque.slice(0, deque.size);
}

function dequeOf(count: number): Deque<number> {
  const deque = new Deque<number>();
  for (let i = 0; i < count; i++) deque.pushBack(i);
  return deque;
}

describe('against an array', () => {
  /** One random change of both; says which it was. */
  function change(deque: Deque<number>, array: number[], below: (bound: number) => number, next: number): string {
    const index = below(array.length + 1);
    switch (below(9)) {
      case 0:
        deque.pushBack(next);
        array.push(next);
        return 'pushBack';
      case 1:
        deque.pushFront(next);
        array.unshift(next);
        return 'pushFront';
      case 2:
        expect(deque.popBack()).toBe(array.pop());
        return 'popBack';
      case 3:
        expect(deque.popFront()).toBe(array.shift());
        return 'popFront';
      case 4:
      case 5:
        deque.insert(index, next);
        array.splice(index, 0, next);
        return 'insert';
      case 6: {
        if (index === array.length) return 'nothing';
        expect(deque.set(index, next)).toBe(array[index]);
        array[index] = next;
        return 'set';
      }
      case 7: {
        const count = below(10) === 0 ? below(300) : below(4);
        const removed: number[] = [];
        deque.removeRange(index, count, (value) => removed.push(value));
        expect(removed).toEqual(array.splice(index, count));
        return 'removeRange';
      }
      default: {
        const matches = (value: number) => value % 7 === next % 7;
        const limit = below(4) === 0 ? Number.POSITIVE_INFINITY : below(5);
        const fromBack = below(2) === 0;
        const doomed = array.map((value, i) => (matches(value) ? i : -1)).filter((i) => i >= 0);
        const removed = fromBack ? doomed.slice(Math.max(0, doomed.length - limit)) : doomed.slice(0, limit);
        expect(deque.removeMatching(matches, limit, fromBack)).toBe(removed.length);
        for (const i of removed.reverse()) array.splice(i, 1);
        return 'removeMatching';
      }
    }
  }

  function check(deque: Deque<number>, array: readonly number[], at: number): void {
    expect(deque.size).toBe(array.length);
    expect(contentOf(deque)).toEqual(array);
    expect(deque.at(at)).toBe(array[at]);
    expect(deque.slice(at, 150)).toEqual(array.slice(at, at + 150));
    const forward: number[] = [];
    deque.ascend(at, (value) => forward.push(value) < 200);
    expect(forward).toEqual(array.slice(at, at + 200));
    const backward: number[] = [];
    deque.descend((value) => backward.push(value) < 200);
    expect(backward).toEqual(array.slice(-200).reverse());
  }

  test.each([
    ['empty', 0, 4000],
    ['two chunks', 200, 2000],
    ['many chunks', 3000, 2500],
  ])('starting %s', (_name, initial, steps) => {
    const { below } = seededRandom(initial + 1);
    const deque = dequeOf(initial);
    const array = Array.from({ length: initial }, (_, i) => i);
    const done = new Map<string, number>();
    for (let step = 0; step < steps; step++) {
      const kind = change(deque, array, below, 10_000 + step);
      done.set(kind, (done.get(kind) ?? 0) + 1);
      // A store that is nearly always empty would test nothing.
      if (array.length < initial / 2) {
        for (let i = 0; i < initial; i++) {
          deque.insert(below(deque.size + 1), i);
          array.splice(0, array.length, ...contentOf(deque));
          if (i > 300) break;
        }
      }
      if (step % 5 === 0) check(deque, array, below(array.length + 2));
    }
    check(deque, array, 0);
    for (const kind of ['pushBack', 'pushFront', 'popBack', 'popFront', 'insert', 'set', 'removeRange', 'removeMatching']) {
      expect(done.get(kind)).toBeGreaterThan(steps / 30);
    }
  });
});

test('insertion at every place of a full chunk splits it rightly', () => {
  for (let index = 0; index <= 128; index++) {
    const deque = dequeOf(128);
    deque.insert(index, -1);
    const expected = Array.from({ length: 128 }, (_, i) => i);
    expected.splice(index, 0, -1);
    expect(contentOf(deque)).toEqual(expected);
  }
});

test('emptied and filled again', () => {
  const deque = dequeOf(300);
  deque.removeRange(0, 1000, () => undefined);
  expect(deque.size).toBe(0);
  expect(deque.popBack()).toBeUndefined();
  expect(deque.popFront()).toBeUndefined();
  expect(deque.at(0)).toBeUndefined();
  deque.pushFront(1);
  deque.pushBack(2);
  expect(contentOf(deque)).toEqual([1, 2]);
});

test('outside of the deque there is nothing', () => {
  const deque = dequeOf(5);
  expect([deque.at(-1), deque.at(5)]).toEqual([undefined, undefined]);
  expect(deque.slice(5, 10)).toEqual([]);
  expect(deque.slice(2, 0)).toEqual([]);
  deque.removeRange(7, 2, () => {
    throw new Error('nothing to remove');
  });
  expect(deque.size).toBe(5);
});

test('a copy is independent', () => {
  const deque = dequeOf(300);
  const copy = deque.copy();
  copy.set(0, -1);
  copy.pushBack(300);
  deque.popFront();
  expect(deque.at(0)).toBe(1);
  expect(deque.size).toBe(299);
  expect(copy.size).toBe(301);
  expect([copy.at(0), copy.at(300)]).toEqual([-1, 300]);
});

test('what thin removals leave behind does not slow down access', () => {
  const deque = dequeOf(200_000);
  deque.removeMatching((value) => value % 100 !== 0, Number.POSITIVE_INFINITY, false);
  expect(contentOf(deque)).toEqual(Array.from({ length: 2000 }, (_, i) => i * 100));
  const backwards = dequeOf(200_000);
  backwards.removeMatching((value) => value % 100 !== 0, Number.POSITIVE_INFINITY, true);
  expect(contentOf(backwards)).toEqual(contentOf(deque));
});
