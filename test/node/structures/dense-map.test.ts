import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { DenseMap } from '../../../src/structures/dense-map';
import { scanDown } from '../../../src/structures/dense-scan';
import { seededRandom } from '../../support/engine';

const key = (n: number): Bytes => ascii(n % 3 === 0 ? `a key that is longer than a slice ${n}` : `k${n}`);

/** Every place holds what the index says, and nothing else is there. */
function expectSame(map: DenseMap<number>, model: ReadonlyMap<Bytes, number>): void {
  expect(map.size).toBe(model.size);
  const seen = new Set<Bytes>();
  for (let place = 0; place < map.size; place++) {
    const at = map.keyAt(place);
    seen.add(at);
    expect(map.indexOf(at)).toBe(place);
    expect(map.valueAt(place)).toBe(model.get(at));
    expect(map.get(at)).toBe(model.get(at));
  }
  expect(seen.size).toBe(model.size);
}

describe('a dense map', () => {
  test('is a map, whatever is done to it', () => {
    const random = seededRandom(7);
    for (const range of [4, 16, 300]) {
      const map = new DenseMap<number>();
      const model = new Map<Bytes, number>();
      const counts = { added: 0, replaced: 0, deleted: 0, absent: 0 };
      for (let step = 0; step < 3000; step++) {
        const k = key(random.below(range));
        const growing = Math.floor(step / 500) % 2 === 0;
        if (random.below(10) < (growing ? 7 : 3)) {
          const added = map.set(k, step);
          expect(added).toBe(!model.has(k));
          model.set(k, step);
          if (added) counts.added++;
          else counts.replaced++;
        } else {
          const deleted = random.below(2) === 0 ? map.delete(k) : map.deleteInOrder(k);
          expect(deleted).toBe(model.delete(k));
          if (deleted) counts.deleted++;
          else counts.absent++;
        }
        const other = key(random.below(range));
        expect(map.has(other)).toBe(model.has(other));
        expect(map.get(other)).toBe(model.get(other));
        expect(map.indexOf(other) >= 0).toBe(model.has(other));
        if (step % 50 === 0) expectSame(map, model);
      }
      expectSame(map, model);
      for (const count of Object.values(counts)) expect(count).toBeGreaterThan(100);
    }
  });

  test('fills the place of what is deleted with the last entry, or keeps the order when asked to', () => {
    for (const size of [5, 40]) {
      const keys = Array.from({ length: size }, (_, i) => key(i));
      const swapped = new DenseMap<number>();
      keys.forEach((k, i) => {
        swapped.set(k, i);
      });
      const ordered = swapped.copy();
      swapped.delete(key(1));
      ordered.deleteInOrder(key(1));
      const contents = (map: DenseMap<number>) => Array.from({ length: map.size }, (_, place) => map.valueAt(place));
      const rest = Array.from({ length: size - 2 }, (_, i) => i + 2);
      expect(contents(ordered)).toEqual([0, ...rest]);
      expect(contents(swapped)).toEqual([0, size - 1, ...rest.slice(0, -1)]);
      expect(keys.map((k) => ordered.indexOf(k))).toEqual([0, -1, ...rest.map((i) => i - 1)]);
    }
  });

  test('copies are independent', () => {
    for (const size of [3, 40]) {
      const map = new DenseMap<number>();
      for (let i = 0; i < size; i++) map.set(key(i), i);
      const copy = map.copy();
      copy.delete(key(0));
      copy.set(key(1), 100);
      copy.set(key(99), 99);
      expectSame(map, new Map(Array.from({ length: size }, (_, i) => [key(i), i])));
      expect([copy.has(key(0)), copy.get(key(1)), copy.get(key(99)), copy.size]).toEqual([false, 100, 99, size]);
      map.clear();
      expectSame(map, new Map());
      expect(map.has(key(2))).toBe(false);
      expect(copy.size).toBe(size);
    }
  });

  test('refuses places that do not exist', () => {
    const map = new DenseMap<number>();
    map.set(key(1), 1);
    map.setAt(0, 5);
    expect(map.get(key(1))).toBe(5);
    for (const place of [-1, 1, 0.5]) {
      expect(() => map.keyAt(place)).toThrow(RangeError);
      if (place === 0.5) continue;
      expect(() => map.valueAt(place)).toThrow(RangeError);
      expect(() => map.setAt(place, 1)).toThrow(RangeError);
    }
  });
});

describe('a walk downwards', () => {
  test('visits every place once when nothing changes', () => {
    for (const size of [0, 1, 9, 10, 11, 57]) {
      const visited: number[] = [];
      let cursor = 0;
      let calls = 0;
      do {
        cursor = scanDown(size, BigInt(cursor), 10, (place) => visited.push(place));
        calls++;
      } while (cursor !== 0);
      expect(visited).toEqual(Array.from({ length: size }, (_, i) => size - 1 - i));
      expect(calls).toBe(Math.max(1, Math.ceil(size / 10)));
    }
  });

  test('takes any number for a cursor', () => {
    const visited: number[] = [];
    expect(scanDown(5, 18446744073709551615n, 2, (place) => visited.push(place))).toBe(3);
    expect(scanDown(5, 3n, Number.MAX_SAFE_INTEGER, (place) => visited.push(place))).toBe(0);
    expect(visited).toEqual([4, 3, 2, 1, 0]);
  });

  test('sees all that is there from beginning to end, however the map changes between the steps', () => {
    const random = seededRandom(11);
    let stayed = 0;
    let changes = 0;
    for (let walk = 0; walk < 300; walk++) {
      const map = new DenseMap<number>();
      const start = random.below(120);
      for (let i = 0; i < start; i++) map.set(key(i), i);
      const staying = new Set(Array.from({ length: map.size }, (_, place) => map.keyAt(place)));
      const seen = new Set<Bytes>();
      let next = start;
      let cursor = 0;
      // Some walks take place while the map grows, some while it shrinks to next to nothing.
      const deletions = random.below(11);
      for (let calls = 0; ; calls++) {
        expect(calls).toBeLessThan(1000);
        cursor = scanDown(map.size, BigInt(cursor), 1 + random.below(8), (place) => seen.add(map.keyAt(place)));
        if (cursor === 0) break;
        for (let left = random.below(12); left > 0; left--) {
          changes++;
          if (random.below(10) >= deletions) map.set(key(next++), 0);
          else if (map.size > 0) {
            const gone = map.keyAt(random.below(map.size));
            map.delete(gone);
            staying.delete(gone);
          }
        }
      }
      for (const k of staying) expect(seen).toContain(k);
      stayed += staying.size;
    }
    expect(stayed).toBeGreaterThan(3000);
    expect(changes).toBeGreaterThan(5000);
  });
});
