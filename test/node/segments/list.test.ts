// Lists in segments: whatever is done to one, and however often memory loses it, it is the list that it should be.

import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { ListValue } from '../../../src/types/list';
import { insertBetween } from '../../../src/types/part-ids';
import { type PartForm, Parts } from '../../../src/types/parts';
import { seededRandom } from '../../support/engine';
import { SMALL_SEGMENTS, StoredValue } from '../../support/stored-value';

function listOf(elements: readonly string[]): ListValue {
  const list = new ListValue(SMALL_SEGMENTS);
  for (const element of elements) list.push('right', ascii(element));
  return list;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => `element ${i}`);
const contentOf = (list: ListValue): Bytes[] => list.range(0, list.size);

/** Removes as LREM does. */
function removeFrom(model: string[], element: string, limit: number, fromBack: boolean): number {
  let removed = 0;
  for (; removed < limit; removed++) {
    const at = fromBack ? model.lastIndexOf(element) : model.indexOf(element);
    if (at < 0) break;
    model.splice(at, 1);
  }
  return removed;
}

describe.each([1, 2, 3])('random changes, seed %i', (seed) => {
  test('a list that is stored and loaded in parts is the same list', () => {
    const random = seededRandom(seed);
    const stored = new StoredValue(new ListValue(SMALL_SEGMENTS));
    const model: string[] = [];
    const element = () => (random.below(30) === 0 ? 'x'.repeat(random.below(200)) : `${random.below(60)}`);
    let largest = 0;
    for (let step = 0; step < 8000; step++) {
      const list = stored.value;
      const added = element();
      const index = random.below(model.length + 1);
      const grows = Math.floor(step / 1000) % 2 === 0;
      const changes: (() => void)[] = [
        () => {
          list.push('left', ascii(added));
          model.unshift(added);
        },
        () => {
          list.push('right', ascii(added));
          model.push(added);
        },
        () => {
          list.insert(index, ascii(added));
          model.splice(index, 0, added);
        },
        () => {
          expect(list.set(index, ascii(added))).toBe(index < model.length);
          if (index < model.length) model[index] = added;
        },
        ...(grows ? [] : [() => expect(list.pop('left')).toBe(model.shift()), () => expect(list.pop('right')).toBe(model.pop())]),
        () => {
          const count = random.below(3) === 0 ? 0 : random.below(grows ? 5 : 40);
          list.removeRange(index, count);
          model.splice(index, count);
        },
        () => {
          const fromBack = random.below(2) === 0;
          const limit = random.below(4) === 0 ? Number.POSITIVE_INFINITY : 1 + random.below(3);
          expect(list.remove(ascii(added), limit, fromBack ? 'right' : 'left')).toBe(removeFrom(model, added, limit, fromBack));
        },
      ];
      changes[random.below(changes.length)]?.();
      expect(list.size).toBe(model.length);
      expect(list.at(index)).toBe(model[index]);
      largest = Math.max(largest, model.length);
      if (random.below(20) === 0) stored.checkpoint();
      if (random.below(20) === 0) stored.reload();
      if (random.below(50) !== 0) continue;
      expect(contentOf(stored.value)).toEqual(model);
      expect(stored.value.range(index, 30)).toEqual(model.slice(index, index + 30));
      const backwards: Bytes[] = [];
      stored.value.descend((one) => backwards.push(one) < 50);
      expect(backwards).toEqual(model.toReversed().slice(0, 50));
      const copy = stored.value.copy();
      expect(contentOf(copy)).toEqual(model);
      expect([copy.memory, stored.value.memory]).toEqual([listOf(model).memory, listOf(model).memory]);
    }
    expect(largest).toBeGreaterThan(120);
    const { lists, loads, puts, removals } = stored.segments.asked;
    for (const asked of [lists, loads, puts, removals]) expect(asked).toBeGreaterThan(100);
  });
});

describe('what is written and read', () => {
  const whole = numbers(1000);

  function cold(): StoredValue<ListValue> {
    const stored = new StoredValue(listOf(whole));
    stored.reload();
    return stored;
  }

  test('a small list is whole, a large one becomes segments once', () => {
    const stored = new StoredValue(listOf(numbers(10)));
    expect([stored.checkpoint().puts, stored.segmented]).toEqual([0, false]);
    for (const element of whole) stored.value.push('right', ascii(element));
    const { head, puts } = stored.checkpoint();
    expect([head.length < 10, puts > 100, stored.segments.count() === puts]).toEqual([true, true, true]);
    expect(stored.checkpoint()).toMatchObject({ puts: 0, removals: 0 });
  });

  test.each<[string, (list: ListValue) => unknown, number, number]>([
    ['its length', (list) => [list.size, list.memory], 0, 0],
    ['the first element', (list) => list.at(0), 1, 0],
    ['the last element', (list) => list.at(-1), 1, 0],
    ['an element in the middle', (list) => list.at(500), 1, 0],
    ['a range', (list) => list.range(500, 3), 2, 0],
    ['a push on the left', (list) => list.push('left', ascii('new')), 1, 1],
    ['a push on the right', (list) => list.push('right', ascii('new')), 1, 1],
    ['a pop', (list) => list.pop('left'), 1, 1],
    ['a change in the middle', (list) => list.set(500, ascii('new')), 1, 1],
    ['an insertion in the middle', (list) => list.insert(500, ascii('new')), 1, 2],
    ['a trim to a few in the middle', (list) => [list.removeRange(503, 1000), list.removeRange(0, 500)], 2, 1],
  ])('%s reads and writes only what it touches', (_title, work, loads, puts) => {
    const stored = cold();
    const { asked } = stored.segments;
    work(stored.value);
    expect(asked.loads).toBeLessThanOrEqual(loads);
    expect(stored.checkpoint().puts).toBeLessThanOrEqual(puts);
  });

  test('a queue that only moves along keeps few segments, and knows them by ever greater ids', () => {
    const stored = new StoredValue(listOf(numbers(100)));
    for (let i = 0; i < 5000; i++) {
      stored.value.push('right', ascii(`more ${i}`));
      stored.value.pop('left');
      if (i % 100 === 0) stored.reload();
    }
    expect(contentOf(stored.value)).toEqual(Array.from({ length: 100 }, (_, i) => `more ${4900 + i}`));
    stored.checkpoint();
    expect(stored.segments.count()).toBeLessThan(40);
  });
});

describe('ids between two others', () => {
  const form: PartForm<string[], undefined> = {
    family: 0,
    pack: (content, packer) => {
      for (const text of content) packer.string(ascii(text));
    },
    unpack: (unpacker, count) => Array.from({ length: count }, () => unpacker.string()),
    join: (content, next) => content.push(...next),
    packBound: () => undefined,
    unpackBound: () => undefined,
  };

  test.each([
    ['always in the same gap', (length: number) => Math.min(1, length)],
    ['always before the last', (length: number) => Math.max(length - 1, 0)],
    ['always first', () => 0],
    ['always last', (length: number) => length],
    ['anywhere', (length: number) => (length * 7919) % (length + 1)],
  ])('are there, however often they are needed: %s', (_title, indexFor) => {
    const parts = new Parts(form);
    const model: string[] = [];
    for (let i = 0; i < 3000; i++) {
      const index = indexFor(model.length);
      insertBetween(parts, index, undefined, [`${i}`], 1, 1);
      model.splice(index, 0, `${i}`);
    }
    expect(parts.all.flatMap(({ content }) => content)).toEqual(model);
    const ids = parts.all.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(ids.every((id) => Number.isSafeInteger(id) && id >= 0)).toBe(true);
  });

  test('a segment whose id another one takes over is stored once', () => {
    const { segments, stored } = storedParts();
    for (let i = 0; i < 200; i++) {
      insertBetween(stored.parts, 1, undefined, [`${i}`], 1, 1);
      if (i % 3 === 0) segments();
    }
    expect(segments()).toEqual(['first', ...Array.from({ length: 200 }, (_, i) => `${199 - i}`), 'last']);
  });

  /** Parts that are stored in a map, and read from there. */
  function storedParts() {
    const rows = new Map<number, { count: number; head: Bytes; data: Bytes }>();
    const source = {
      list: () => [...rows].sort(([a], [b]) => a - b).map(([id, { count, head }]) => ({ family: 0, id, count, head })),
      load: (_family: number, id: number) => rows.get(id)?.data as Bytes,
    };
    const stored = { parts: new Parts(form) };
    insertBetween(stored.parts, 0, undefined, ['first'], 1, 1);
    insertBetween(stored.parts, 1, undefined, ['last'], 1, 1);
    const segments = (): string[] => {
      const { put, removed } = stored.parts.changes();
      for (const { id } of removed) expect(rows.delete(id)).toBe(true);
      for (const { id, ...row } of put) rows.set(id, row);
      stored.parts.markStored(source);
      stored.parts = new Parts(form, source);
      return stored.parts.all.flatMap((_, index) => stored.parts.content(index));
    };
    return { segments, stored };
  }
});
