// Sorted sets in segments: whatever is done to one, and however often memory loses it, it is the set that it should be.

import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { ZSetValue } from '../../../src/types/zset';
import { seededRandom } from '../../support/engine';
import { SMALL_SEGMENTS, StoredValue } from '../../support/stored-value';

type Couple = readonly [string, number];

function zsetOf(couples: Iterable<Couple>): ZSetValue {
  const zset = new ZSetValue(SMALL_SEGMENTS);
  for (const [member, score] of couples) zset.put(ascii(member), score);
  return zset;
}

function inOrder(zset: ZSetValue, from = 0, downwards = false, count = zset.size): Couple[] {
  const all: Couple[] = [];
  zset.walk(from, count, downwards, (member, score) => all.push([member, score]));
  return all;
}

const sorted = (model: Map<string, number>): Couple[] => [...model].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
const couples = (count: number): Couple[] => Array.from({ length: count }, (_, i) => [`member ${i}`, i]);

describe.each([1, 2, 3, 4])('random changes, seed %i', (seed) => {
  test('a sorted set that is stored and loaded in parts is the same set', () => {
    const random = seededRandom(seed);
    const stored = new StoredValue(new ZSetValue(SMALL_SEGMENTS));
    const model = new Map<string, number>();
    // Few scores: names decide. Or many.
    const scores = seed % 2 === 0 ? 3 : 500;
    const name = () => `${random.below(20) === 0 ? 'x'.repeat(random.below(150)) : ''}${random.below(300)}`;
    let largest = 0;
    for (let step = 0; step < 5000; step++) {
      const zset = stored.value;
      const grows = random.below(10) < (Math.floor(step / 800) % 2 === 0 ? 7 : 3);
      const member = grows || random.below(2) === 0 || zset.size === 0 ? name() : zset.memberAt(random.below(zset.size));
      const score = random.below(scores) / 4;
      if (grows) {
        expect(zset.put(ascii(member), score)).toBe(model.get(member) !== score);
        model.set(member, score);
      } else if (random.below(20) > 0) expect(zset.remove(ascii(member))).toBe(model.delete(member));
      else {
        const start = random.below(zset.size + 1);
        const span = { start, end: Math.min(start + random.below(40), zset.size) };
        const gone = sorted(model).slice(span.start, span.end);
        expect(zset.removeSpan(span)).toBe(gone.length);
        for (const [one] of gone) model.delete(one);
      }
      expect(zset.size).toBe(model.size);
      largest = Math.max(largest, model.size);
      if (random.below(20) === 0) stored.checkpoint();
      if (random.below(20) === 0) stored.reload();
      if (random.below(50) === 0) compare(stored.value, model, random.below(model.size + 1), score);
    }
    expect(largest).toBeGreaterThan(100);
    const { lists, loads, puts, removals } = stored.segments.asked;
    for (const asked of [lists, loads, puts, removals]) expect(asked).toBeGreaterThan(100);
  });
});

function compare(zset: ZSetValue, model: Map<string, number>, rank: number, score: number): void {
  const expected = sorted(model);
  expect(inOrder(zset)).toEqual(expected);
  expect(inOrder(zset, rank, true)).toEqual(expected.slice(0, rank + 1).reverse());
  expect(inOrder(zset, rank, false, 10)).toEqual(expected.slice(rank, rank + 10));
  expected.forEach(([member], i) => {
    expect([zset.rank(ascii(member)), zset.score(ascii(member))]).toEqual([i, model.get(member)]);
  });
  const below = expected.filter(([, other]) => other < score).length;
  const upTo = expected.filter(([, other]) => other <= score).length;
  const bound = (exclusive: boolean) => ({ score, exclusive });
  expect(zset.spanOfScores(bound(false), bound(false))).toEqual({ start: below, end: upTo });
  expect(zset.spanOfScores(bound(true), bound(true))).toEqual({ start: upTo, end: below });
  const copy = zset.copy();
  expect(inOrder(copy)).toEqual(expected);
  expect([copy.memory, zset.memory]).toEqual([zsetOf(model).memory, zsetOf(model).memory]);
  const seen: Couple[] = [];
  let cursor = 0;
  do cursor = zset.scan(BigInt(cursor), 7, (member, one) => seen.push([member, one]));
  while (cursor !== 0);
  expect(new Map(seen)).toEqual(model);
  expect(seen).toHaveLength(model.size);
  const places = Array.from({ length: zset.size }, (_, place): Couple => [zset.memberAt(place), zset.scoreAt(place)]);
  expect(new Map(places)).toEqual(model);
}

describe('what is written and read', () => {
  function cold(): StoredValue<ZSetValue> {
    const stored = new StoredValue(zsetOf(couples(1000)));
    stored.reload();
    return stored;
  }

  test('a small sorted set is whole, a large one becomes segments once', () => {
    const stored = new StoredValue(zsetOf(couples(10)));
    expect([stored.checkpoint().puts, stored.segmented]).toEqual([0, false]);
    for (const [member, score] of couples(1000)) stored.value.put(ascii(member), score);
    const { head, puts } = stored.checkpoint();
    expect([head.length < 10, puts > 200, stored.segments.count() === puts]).toEqual([true, true, true]);
    expect(stored.checkpoint()).toMatchObject({ puts: 0, removals: 0 });
  });

  test.each<[string, (zset: ZSetValue) => unknown, number, number]>([
    ['its size', (zset) => [zset.size, zset.memory], 0, 0],
    ['a score', (zset) => zset.score(ascii('member 500')), 1, 0],
    ['a rank', (zset) => zset.rank(ascii('member 500')), 2, 0],
    ['a range by rank', (zset) => inOrder(zset, 500, false, 3), 2, 0],
    ['the least', (zset) => inOrder(zset, 0, false, 1), 1, 0],
    ['the greatest', (zset) => inOrder(zset, 999, true, 1), 1, 0],
    ['a count', (zset) => zset.spanOfScores({ score: 10, exclusive: false }, { score: 900, exclusive: true }), 2, 0],
    ['a new member', (zset) => zset.put(ascii('new'), 500), 2, 4],
    ['a score that changes', (zset) => zset.put(ascii('member 500'), 20), 3, 4],
    ['a removal', (zset) => zset.remove(ascii('member 500')), 2, 2],
  ])('%s reads and writes only what it touches', (_title, work, loads, puts) => {
    const stored = cold();
    const { asked } = stored.segments;
    work(stored.value);
    expect(asked.loads).toBeLessThanOrEqual(loads);
    expect(stored.checkpoint().puts).toBeLessThanOrEqual(puts);
  });

  test('one that is made of sorted couples is in parts at once', () => {
    const all = couples(1000);
    const zset = ZSetValue.fromSorted(
      SMALL_SEGMENTS,
      all.map(([, score]) => score),
      all.map(([member]) => ascii(member)),
    );
    const stored = new StoredValue(zset);
    stored.reload();
    expect(stored.segmented).toBe(true);
    expect(inOrder(stored.value)).toEqual(all);
  });

  test('ranges by name hold where lower scores have been', () => {
    const names = Array.from({ length: 300 }, (_, i) => `member ${1000 + i}`);
    const stored = new StoredValue(zsetOf(names.map((member, i): Couple => [member, i % 5])));
    for (const member of names) stored.value.put(ascii(member), 4);
    stored.reload();
    const name = (text: string, exclusive: boolean) => ({ name: text as Bytes, exclusive });
    expect(stored.value.spanOfNames(name('member 1100', false), name('member 1200', false))).toEqual({ start: 100, end: 201 });
    expect(stored.value.spanOfNames(name('member 1100', true), 'greatest')).toEqual({ start: 101, end: 300 });
    expect(stored.value.spanOfNames('least', name('member 1100', true))).toEqual({ start: 0, end: 100 });
  });

  test('long names that begin alike are told apart, and are not in the list of parts', () => {
    const long = 'x'.repeat(300);
    const names = Array.from({ length: 60 }, (_, i) => `${i}${long}${i}`).sort();
    const stored = new StoredValue(zsetOf(names.map((name): Couple => [name, 0])));
    stored.checkpoint();
    for (const { head } of stored.segments.source(1).list(1)) expect(head.length).toBeLessThan(20);
    stored.reload();
    names.forEach((name, rank) => {
      expect(stored.value.rank(ascii(name))).toBe(rank);
    });
  });

  test.each(['made of sorted couples', 'filled one by one'])(
    'names that are longer than a row of storage and differ only at their ends stay in one part: %s',
    (how) => {
      const long = 'x'.repeat(3_000_000);
      const names = ['a', 'b', ...Array.from({ length: 6 }, (_, i) => `${long}${i}`), 'y', 'z'];
      const scores = names.map(() => 0);
      const zset = how === 'filled one by one' ? zsetOf([]) : ZSetValue.fromSorted(SMALL_SEGMENTS, scores, names.map(ascii));
      if (how === 'filled one by one') for (const i of [3, 8, 0, 5, 2, 9, 4, 7, 1, 6]) zset.put(ascii(names[i] as string), 0);
      const stored = new StoredValue(zset);
      stored.reload();
      for (let round = 0; round < 2; round++) {
        const heads = stored.segments.source(1).list(1);
        expect(heads.length).toBeGreaterThan(1);
        for (const { head } of heads) expect(head.length).toBeLessThan(100_000);
        names.forEach((name, rank) => {
          expect(stored.value.rank(ascii(name))).toBe(rank);
        });
        for (const name of ['c', 'w', `${long}7`]) {
          stored.value.put(ascii(name), 0);
          names.push(name);
        }
        names.sort();
        stored.reload();
      }
    },
  );
});
