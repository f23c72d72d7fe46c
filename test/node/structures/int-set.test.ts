import { expect, test } from 'vitest';
import { INT64_MAX, INT64_MIN, type Int64, parseInt64 } from '../../../src/bytes/integer';
import { IntSet } from '../../../src/structures/int-set';
import { seededRandom } from '../../support/engine';

const EDGES = [0n, -1n, 1n, 2n ** 53n, 2n ** 53n - 1n, 2n ** 53n + 1n, -(2n ** 53n), INT64_MAX, INT64_MAX - 1n, INT64_MIN, INT64_MIN + 1n];

test('holds 64-bit integers in ascending order', () => {
  const random = seededRandom(3);
  const set = IntSet.empty();
  const model = new Set<string>();
  const draw = () => (random.below(3) === 0 ? (EDGES[random.below(EDGES.length)] as bigint) : BigInt(random.below(80) - 40)).toString();
  let added = 0;
  let deleted = 0;
  for (let step = 0; step < 4000; step++) {
    const text = draw();
    const value = parseInt64(text) as Int64;
    if (random.below(2) === 0) {
      const isNew = set.add(value);
      expect(isNew).toBe(!model.has(text));
      model.add(text);
      if (isNew) added++;
    } else {
      const wasThere = set.delete(value);
      expect(wasThere).toBe(model.delete(text));
      if (wasThere) deleted++;
    }
    const other = draw();
    expect(set.has(parseInt64(other) as Int64)).toBe(model.has(other));
    if (step % 20 > 0) continue;
    const ascending = [...model].map(BigInt).sort((a, b) => (a < b ? -1 : 1));
    expect(Array.from({ length: set.size }, (_, rank) => BigInt(set.at(rank)))).toEqual(ascending);
  }
  expect(added).toBeGreaterThan(500);
  expect(deleted).toBeGreaterThan(500);
  expect(() => set.at(set.size)).toThrow(RangeError);
  const copy = set.copy();
  copy.add(1000);
  expect([copy.has(1000), set.has(1000), copy.size]).toEqual([true, false, set.size + 1]);
});
