// The two trees over the parts of a large value, against sums and minima that are made anew each time.

import { describe, expect, test } from 'vitest';
import { MinTree } from '../../../src/structures/min-tree';
import { PrefixSums } from '../../../src/structures/prefix-sums';
import { seededRandom } from '../../support/engine';

describe.each([1, 2, 3, 7, 8, 9, 100, 1000])('of %i', (length) => {
  const random = seededRandom(length);

  test('sums', () => {
    const counts = Array.from({ length }, () => random.below(5));
    counts[random.below(length)] = 3;
    const sums = new PrefixSums(length, (index) => counts[index] as number);
    for (let step = 0; step < 50; step++) {
      const index = random.below(length);
      const delta = random.below(7) - Math.min(3, counts[index] as number);
      counts[index] = (counts[index] as number) + delta;
      sums.add(index, delta);
      let before = 0;
      for (let i = 0; i < length; i++) {
        expect(sums.before(i)).toBe(before);
        const count = counts[i] as number;
        if (count > 0) expect([sums.locate(before), sums.locate(before + count - 1)]).toEqual([i, i]);
        before += count;
      }
      expect(sums.before(length)).toBe(before);
    }
  });

  test('minima', () => {
    const values = Array.from({ length }, () => random.below(1000));
    const tree = new MinTree(length, (index) => values[index] as number);
    for (let step = 0; step < 50; step++) {
      const index = random.below(length);
      const value = random.below(3) === 0 ? Number.POSITIVE_INFINITY : random.below(1000);
      values[index] = value;
      tree.set(index, value);
      expect(tree.min).toBe(Math.min(...values));
      const found: number[] = [];
      tree.visitUpTo(300, (one) => found.push(one) < 5);
      expect(found).toEqual(values.flatMap((one, i) => (one <= 300 ? [i] : [])).slice(0, 5));
    }
  });
});
