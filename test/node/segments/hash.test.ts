// Hashes in segments: whatever is done to one, and however often memory loses it, it is the hash that it should be.

import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { HashValue } from '../../../src/types/hash';
import { seededRandom } from '../../support/engine';
import { SMALL_SEGMENTS, StoredValue } from '../../support/stored-value';

/** No listpacks: their fields would have an order to keep. */
const LIMITS = { ...SMALL_SEGMENTS, hashMaxListpackEntries: 0 };

interface Field {
  value: string;
  deadline: number | undefined;
}

function hashOf(fields: Iterable<readonly [string, Field]>): HashValue {
  const hash = new HashValue(LIMITS);
  for (const [field, { value, deadline }] of fields) {
    hash.set(ascii(field), ascii(value));
    if (deadline !== undefined) hash.setDeadline(ascii(field), deadline);
  }
  return hash;
}

const fields = (count: number, deadlineOf = (_i: number): number | undefined => undefined): [string, Field][] =>
  Array.from({ length: count }, (_, i) => [`field ${i}`, { value: `value ${i}`, deadline: deadlineOf(i) }]);

/** Everything, sorted, as the places show it. */
const contentOf = (hash: HashValue): [Bytes, Bytes, number | undefined][] =>
  Array.from({ length: hash.size }, (_, place): [Bytes, Bytes, number | undefined] => {
    const field = hash.fieldAt(place);
    return [field, hash.valueAt(place), hash.deadlineOf(field)];
  }).sort(([a], [b]) => (a < b ? -1 : 1));

const expectedOf = (model: Map<string, Field>) =>
  [...model].map(([field, { value, deadline }]) => [field, value, deadline]).sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1));

const earliestOf = (model: Map<string, Field>): number | undefined => {
  const deadlines = [...model.values()].flatMap(({ deadline }) => deadline ?? []);
  return deadlines.length === 0 ? undefined : Math.min(...deadlines);
};

describe.each([1, 2, 3])('random changes, seed %i', (seed) => {
  test('a hash that is stored and loaded in parts is the same hash', () => {
    const random = seededRandom(seed);
    const stored = new StoredValue(new HashValue(LIMITS), LIMITS);
    const model = new Map<string, Field>();
    let largest = 0;
    let expiries = 0;
    const text = () => `${random.below(10) === 0 ? 'x'.repeat(random.below(120)) : ''}${random.below(250)}`;
    for (let step = 0; step < 6000; step++) {
      const hash = stored.value;
      const grows = Math.floor(step / 1000) % 2 === 0;
      const field = (random.below(3) === 0 && hash.size > 0 ? hash.fieldAt(random.below(hash.size)) : text()) as string;
      const known = model.get(field);
      const value = text();
      const deadline = random.below(4) === 0 ? undefined : 1 + random.below(1000);
      const changes: (() => void)[] = [
        () => {
          expect(hash.set(ascii(field), ascii(value))).toBe(known === undefined);
          model.set(field, { value, deadline: undefined });
        },
        () => {
          expect(hash.put(ascii(field), ascii(value))).toBe(known === undefined);
          model.set(field, { value, deadline: known?.deadline });
        },
        () => {
          if (known === undefined) return;
          hash.setDeadline(ascii(field), deadline);
          known.deadline = deadline;
        },
        ...Array.from({ length: grows ? 1 : 4 }, () => () => {
          expect(hash.delete(ascii(field))).toBe(model.delete(field));
        }),
      ];
      changes[random.below(changes.length)]?.();
      expect([hash.size, hash.get(ascii(field)), hash.earliestDeadline]).toEqual([model.size, model.get(field)?.value, earliestOf(model)]);
      largest = Math.max(largest, model.size);
      if (random.below(20) === 0) stored.checkpoint();
      if (random.below(20) === 0) stored.reload();
      if (random.below(40) === 0) {
        const now = random.below(200);
        const due = stored.value.expiredFields(now);
        expect([...due].sort()).toEqual(
          [...model]
            .filter(([, one]) => (one.deadline ?? 1e9) <= now)
            .map(([name]) => name)
            .sort(),
        );
        expect(stored.value.expiredFields(now, 2)).toEqual(due.slice(0, 2));
        expiries += due.length;
      }
      if (random.below(50) !== 0) continue;
      expect(contentOf(stored.value)).toEqual(expectedOf(model));
      const copy = stored.value.copy();
      expect([contentOf(copy), copy.earliestDeadline]).toEqual([expectedOf(model), earliestOf(model)]);
      expect([copy.memory, stored.value.memory]).toEqual([hashOf(model).memory, hashOf(model).memory]);
      const seen: [Bytes, Bytes][] = [];
      let cursor = 0;
      do cursor = stored.value.scan(BigInt(cursor), 7, (one, its) => seen.push([one, its]));
      while (cursor !== 0);
      expect(seen.sort(([a], [b]) => (a < b ? -1 : 1))).toEqual(expectedOf(model).map(([one, its]) => [one, its]));
    }
    expect([largest > 100, expiries > 100]).toEqual([true, true]);
    const { lists, loads, puts, removals } = stored.segments.asked;
    for (const asked of [lists, loads, puts, removals]) expect(asked).toBeGreaterThan(100);
  });
});

describe('what is written and read', () => {
  /** Every tenth field expires, the first one at 1000. */
  function cold(): StoredValue<HashValue> {
    const stored = new StoredValue(hashOf(fields(1000, (i) => (i % 10 === 0 ? 1000 + i : undefined))), LIMITS);
    stored.reload();
    return stored;
  }

  test('a small hash is whole, a large one becomes segments once', () => {
    const stored = new StoredValue(hashOf(fields(5)), LIMITS);
    expect([stored.checkpoint().puts, stored.segmented]).toEqual([0, false]);
    for (const [field] of fields(1000)) stored.value.set(ascii(field), ascii('value'));
    const { head, puts } = stored.checkpoint();
    expect([head.length < 15, puts > 200, stored.segments.count() === puts]).toEqual([true, true, true]);
    expect(stored.checkpoint()).toMatchObject({ puts: 0, removals: 0 });
  });

  test('a listpack keeps its order and stays whole to a greater size', () => {
    const limits = { ...SMALL_SEGMENTS, hashMaxListpackEntries: 1000 };
    const hash = new HashValue(limits);
    const stored = new StoredValue(hash, limits);
    for (const [field] of fields(50)) hash.set(ascii(field), ascii('value'));
    stored.reload();
    expect(stored.segmented).toBe(false);
    expect(Array.from({ length: 50 }, (_, place) => stored.value.fieldAt(place))).toEqual(fields(50).map(([field]) => field));
    for (const [field] of fields(500)) stored.value.set(ascii(field), ascii('value'));
    stored.reload();
    expect([stored.segmented, stored.value.encoding()]).toEqual([true, 'listpack']);
  });

  test.each<[string, (hash: HashValue) => unknown, number, number, number]>([
    ['its size, memory and first deadline', (hash) => [hash.size, hash.memory, hash.earliestDeadline], 0, 0, 0],
    ['a field', (hash) => hash.get(ascii('field 77')), 1, 1, 0],
    ['a deadline', (hash) => hash.hasExpired(ascii('field 70'), 1), 1, 1, 0],
    ['what expires first', (hash) => hash.expiredFields(1000), 1, 1, 0],
    ['what has not expired', (hash) => hash.expiredFields(999), 0, 0, 0],
    ['a new value, and what expires then', (hash) => [hash.set(ascii('field 77'), ascii('new')), hash.earliestDeadline], 1, 1, 1],
    ['a deadline that changes', (hash) => [hash.setDeadline(ascii('field 0'), undefined), hash.earliestDeadline], 1, 1, 1],
    ['a new field', (hash) => hash.set(ascii('new'), ascii('new')), 1, 1, 2],
    ['a removal', (hash) => hash.delete(ascii('field 77')), 1, 1, 1],
  ])('%s: reads and writes only what it touches', (_title, work, lists, loads, puts) => {
    const stored = cold();
    const { asked } = stored.segments;
    work(stored.value);
    expect(asked.lists).toBeLessThanOrEqual(lists);
    expect(asked.loads).toBeLessThanOrEqual(loads);
    expect(stored.checkpoint().puts).toBeLessThanOrEqual(puts);
  });
});
