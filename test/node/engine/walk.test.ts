// The merge of both orders, over keys whose positions are made up: many of them share one.

import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import type { EntryStore, StoredKey } from '../../../src/engine/store';
import { type KeyOrder, storedAt, walkKeys } from '../../../src/engine/walk';
import { RankedTree } from '../../../src/structures/ranked-tree';
import { seededRandom } from '../../support/engine';

interface Place {
  readonly position: number;
  readonly key: Bytes;
}

function inOrder(places: readonly Place[]): Place[] {
  return [...places].sort((a, b) => a.position - b.position || (a.key < b.key ? -1 : 1));
}

function storeOf(places: readonly Place[]): EntryStore {
  const rows = inOrder(places).map(
    (place): StoredKey => ({ ...place, deadline: undefined, volatileFields: false, type: 'string', memory: 0, access: undefined }),
  );
  return {
    totals: () => ({ keys: rows.length, volatileKeys: 0, keysWithVolatileFields: 0, memory: 0 }),
    load: () => undefined,
    describe: () => [],
    loadFrom: () => [],
    scan: (position, limit) => rows.filter((row) => row.position >= position).slice(0, limit),
    deadlines: () => [],
  };
}

/** `resident` and `stored` may have keys in common; `removed` are stored and gone. */
function orderOf(resident: readonly Place[], stored: readonly Place[], removed: ReadonlySet<Bytes>): KeyOrder {
  const order = new RankedTree();
  for (const { position, key } of resident) order.insert(position, key);
  const inMemory = new Set(resident.map(({ key }) => key));
  return { order, store: storeOf(stored), complete: false, overrides: (key) => inMemory.has(key) || removed.has(key) };
}

describe('a walk', () => {
  test.each([1, 2, 3, 4, 5, 6])('over few and many keys at each position (seed %d)', (seed) => {
    const random = seededRandom(seed);
    let visited = 0;
    for (let round = 0; round < 60; round++) {
      const positions = 1 + random.below(round);
      const all = Array.from({ length: random.below(120) }, (_, i) => ({ position: random.below(positions), key: ascii(`k${i}`) }));
      const resident = all.filter(() => random.below(3) === 0);
      const stored = all.filter((place) => !resident.includes(place) || random.below(2) === 0);
      const removed = new Set(stored.filter((place) => !resident.includes(place) && random.below(5) === 0).map(({ key }) => key));
      const order = orderOf(resident, stored, removed);
      const from = random.below(positions + 1);
      const expected = inOrder(all.filter(({ position, key }) => position >= from && !removed.has(key)));
      const stop = random.below(3) ? expected.length + 1 : random.below(expected.length + 1);
      const got: Place[] = [];
      walkKeys(order, from, 1 + random.below(8), (position, key, row) => {
        expect(row === undefined).toBe(resident.some((place) => place.key === key));
        got.push({ position, key });
        return got.length < stop;
      });
      expect(got).toEqual(expected.slice(0, Math.max(stop, 1)));
      visited += got.length;
    }
    expect(visited).toBeGreaterThan(500);
  });

  test('finds all stored keys of one position, whatever the limit', () => {
    const places = Array.from({ length: 20 }, (_, i) => ({ position: i < 3 ? 1 : i < 17 ? 2 : 3, key: ascii(`k${i}`) }));
    for (let limit = 1; limit < 30; limit++) {
      expect([1, 2, 3].map((position) => storedAt(storeOf(places), position, limit).length)).toEqual([3, 14, 3]);
    }
  });
});
