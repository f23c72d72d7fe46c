import { expect, test } from 'vitest';
import { commonLength, commonRanges } from '../../../src/structures/common-subsequence';
import { seededRandom } from '../../support/engine';

/** By trying: the longest over all choices at each step. */
function slowLength(a: string, b: string): number {
  if (a === '' || b === '') return 0;
  if (a[0] === b[0]) return 1 + slowLength(a.slice(1), b.slice(1));
  return Math.max(slowLength(a.slice(1), b), slowLength(a, b.slice(1)));
}

test('random short texts: as long as any, and really in both', () => {
  const random = seededRandom(3);
  let nonEmpty = 0;
  for (let i = 0; i < 300; i++) {
    const text = (length: number) => Array.from({ length }, () => 'abcd'[random.below(4)]).join('');
    const [a, b] = [text(random.below(9)), text(random.below(9))];
    const length = slowLength(a, b);
    expect(commonLength(a, b)).toBe(length);
    const ranges = commonRanges(a, b).reverse();
    const inA = ranges.map((range) => a.slice(range.aStart, range.aEnd + 1)).join('');
    const inB = ranges.map((range) => b.slice(range.bStart, range.bEnd + 1)).join('');
    expect(inA).toBe(inB);
    expect(inA).toHaveLength(length);
    for (let k = 1; k < ranges.length; k++) {
      const [before, after] = [ranges[k - 1], ranges[k]];
      expect((after?.aStart ?? 0) > (before?.aEnd ?? 0) && (after?.bStart ?? 0) > (before?.bEnd ?? 0)).toBe(true);
    }
    if (length > 0) nonEmpty++;
  }
  expect(nonEmpty).toBeGreaterThan(200);
});

test('one side may be long', () => {
  const long = 'x'.repeat(100_000);
  expect(commonLength(long, 'axxb')).toBe(2);
  expect(commonLength('axxb', long)).toBe(2);
  expect(commonRanges(long, 'xx')).toEqual([{ aStart: 99_998, aEnd: 99_999, bStart: 0, bEnd: 1 }]);
});

test('nothing in common', () => {
  expect(commonLength('', 'abc')).toBe(0);
  expect(commonRanges('abc', '')).toEqual([]);
  expect(commonRanges('abc', 'xyz')).toEqual([]);
});
