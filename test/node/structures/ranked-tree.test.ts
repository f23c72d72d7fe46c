import { describe, expect, it } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { type Couple, RankedTree } from '../../../src/structures/ranked-tree';
import { seededRandom } from '../../support/engine';

/** The same set as a sorted array: slow and plainly right. */
class Model {
  items: Couple[] = [];
  private place(score: number, name: Bytes): number {
    return this.items.filter((item) => item.score < score || (item.score === score && item.name < name)).length;
  }
  has(score: number, name: Bytes): boolean {
    return this.items.some((item) => item.score === score && item.name === name);
  }
  insert(score: number, name: Bytes): void {
    this.items.splice(this.place(score, name), 0, { score, name });
  }
  delete(score: number, name: Bytes): boolean {
    if (!this.has(score, name)) return false;
    this.items.splice(this.place(score, name), 1);
    return true;
  }
  rankOf(score: number, name: Bytes): number {
    return this.place(score, name);
  }
}

function contents(tree: RankedTree): Couple[] {
  const all: Couple[] = [];
  tree.ascend(0, (score, name) => {
    all.push({ score, name });
    return true;
  });
  return all;
}

function contentsDownwards(tree: RankedTree): Couple[] {
  const all: Couple[] = [];
  tree.descend(tree.size - 1, (score, name) => {
    all.push({ score, name });
    return true;
  });
  return all.reverse();
}

function from(tree: RankedTree, rank: number, step: 'ascend' | 'descend', count: number): Bytes[] {
  const names: Bytes[] = [];
  tree[step](rank, (_score, name) => {
    names.push(name);
    return names.length < count;
  });
  return names;
}

const SCORES = [Number.NEGATIVE_INFINITY, -1e300, -7.5, -1, 0, 0.1, 0.2, 1, 2, 3, 1e300, Number.POSITIVE_INFINITY];

function compare(tree: RankedTree, model: Model): void {
  expect(tree.size).toBe(model.items.length);
  expect(contents(tree)).toEqual(model.items);
  expect(contentsDownwards(tree)).toEqual(model.items);
}

describe('RankedTree against a sorted array', () => {
  for (const seed of [1, 2, 3]) {
    it(`holds the same through random changes (seed ${seed})`, () => {
      const random = seededRandom(seed);
      const tree = new RankedTree();
      const model = new Model();
      const done = { inserted: 0, deleted: 0, missed: 0, ranges: 0, emptied: 0 };
      for (let step = 0; step < 4000; step++) {
        // Phases of growth and of shrinking, so that nodes split and merge at every depth.
        const growing = Math.floor(step / 1000) % 2 === 0;
        const score = random.below(3) === 0 ? random.below(400) / 8 : (SCORES[random.below(SCORES.length)] as number);
        const name = ascii(`m${random.below(250)}`);
        if (random.below(10) < (growing ? 8 : 2)) {
          if (!model.has(score, name)) {
            tree.insert(score, name);
            model.insert(score, name);
            done.inserted++;
          }
        } else if (random.below(40) === 0 && model.items.length > 0) {
          const rank = random.below(model.items.length);
          const count = random.below(60);
          tree.deleteRange(rank, count);
          model.items.splice(rank, count);
          done.ranges++;
        } else {
          const present = model.items[random.below(model.items.length + 1)];
          const expected = model.delete(present?.score ?? score, present?.name ?? name);
          expect(tree.delete(present?.score ?? score, present?.name ?? name)).toBe(expected);
          done[expected ? 'deleted' : 'missed']++;
        }
        if (model.items.length === 0) done.emptied++;
        if (step % 97 === 0) compare(tree, model);
        const rank = random.below(model.items.length + 1);
        expect(tree.at(rank)).toEqual(model.items[rank]);
        expect(tree.rankOf(score, name)).toBe(model.rankOf(score, name));
        expect(tree.countBelow(score)).toBe(model.items.filter((item) => item.score < score).length);
        expect(tree.countUpTo(score)).toBe(model.items.filter((item) => item.score <= score).length);
      }
      compare(tree, model);
      expect(done.inserted).toBeGreaterThan(1000);
      expect(done.deleted).toBeGreaterThan(500);
      expect(done.ranges).toBeGreaterThan(5);
    });
  }

  it('walks from any rank in both directions', () => {
    const tree = new RankedTree();
    const names = Array.from({ length: 5000 }, (_, i) => ascii(String(i).padStart(5, '0')));
    for (const i of shuffled(5000, 5)) tree.insert(Math.floor(i / 7), names[i] as Bytes);
    for (const rank of [0, 1, 63, 64, 65, 2500, 4998, 4999]) {
      expect(from(tree, rank, 'ascend', 100)).toEqual(names.slice(rank, rank + 100));
      expect(from(tree, rank, 'descend', 100)).toEqual(names.slice(Math.max(0, rank - 99), rank + 1).reverse());
      expect(tree.at(rank)?.name).toBe(names[rank]);
    }
    expect(from(tree, 5000, 'ascend', 1)).toEqual([]);
    expect(from(tree, -1, 'descend', 1)).toEqual([]);
    expect(from(tree, 9999, 'descend', 1)).toEqual([names[4999]]);
  });

  it('deletes down to nothing, in any order, and serves again', () => {
    const count = 10_000;
    for (const order of [shuffled(count, 6), [...Array(count).keys()], [...Array(count).keys()].reverse()]) {
      const tree = new RankedTree();
      for (let i = 0; i < count; i++) tree.insert(i % 10, ascii(`x${i}`));
      for (const i of order) expect(tree.delete(i % 10, ascii(`x${i}`))).toBe(true);
      expect(tree.size).toBe(0);
      expect(contents(tree)).toEqual([]);
      expect(tree.delete(0, ascii('x0'))).toBe(false);
      tree.insert(1, ascii('again'));
      expect(contents(tree)).toEqual([{ score: 1, name: 'again' }]);
    }
  });

  it('deletes ranges, the whole included', () => {
    const names = Array.from({ length: 3000 }, (_, i) => ascii(String(i).padStart(4, '0')));
    for (const [rank, count] of [
      [0, 1],
      [0, 3000],
      [10, 2980],
      [2999, 5],
      [1000, 64],
      [0, 0],
    ] as const) {
      const tree = new RankedTree();
      for (const name of names) tree.insert(0, name);
      tree.deleteRange(rank, count);
      const left = [...names.slice(0, rank), ...names.slice(rank + count)];
      expect(contents(tree).map((item) => item.name)).toEqual(left);
      expect(contentsDownwards(tree).map((item) => item.name)).toEqual(left);
      expect(tree.size).toBe(left.length);
    }
  });

  it('loads sorted couples and then changes like any other', () => {
    for (const size of [0, 1, 48, 49, 64, 2303, 2305, 20_000]) {
      const scores = Array.from({ length: size }, (_, i) => i * 2);
      const names = scores.map((score) => ascii(`n${score}`));
      const tree = new RankedTree();
      tree.insert(5, ascii('gone'));
      tree.load(scores, names);
      expect(contents(tree).map((item) => item.score)).toEqual(scores);
      for (let i = 0; i < size; i += 3) expect(tree.delete(i * 2, ascii(`n${i * 2}`))).toBe(true);
      for (let i = 0; i < size; i += 5) tree.insert(i * 2 + 1, ascii('odd'));
      const expected = scores.flatMap((score, i) => [...(i % 3 ? [score] : []), ...(i % 5 ? [] : [score + 1])]);
      expect(contents(tree).map((item) => item.score)).toEqual(expected);
      expect(contentsDownwards(tree).map((item) => item.score)).toEqual(expected);
      expected.forEach((score, rank) => {
        if (rank % 11 === 0) expect(tree.countBelow(score)).toBe(rank);
      });
    }
  });

  it('counts names where all scores are equal', () => {
    const tree = new RankedTree();
    const names = Array.from({ length: 500 }, (_, i) => ascii(`k${String(i * 2).padStart(4, '0')}`));
    for (const name of names) tree.insert(7, name);
    for (let i = 0; i < 1000; i++) {
      const name = ascii(`k${String(i).padStart(4, '0')}`);
      expect(tree.countNamesBelow(name)).toBe(Math.ceil(i / 2));
      expect(tree.countNamesUpTo(name)).toBe(Math.floor(i / 2) + 1);
    }
    expect(tree.countNamesBelow(ascii(''))).toBe(0);
    expect(tree.countNamesUpTo(ascii('z'))).toBe(500);
  });

  it('orders names as bytes and takes the empty name', () => {
    const tree = new RankedTree();
    const names = ['', '\x00', 'A', 'a', 'aa', 'b', '\x7f', '\xff'].map(ascii);
    for (const i of shuffled(names.length, 9)) tree.insert(0, names[i] as Bytes);
    expect(contents(tree).map((item) => item.name)).toEqual(names);
    expect(tree.countBelow(0)).toBe(0);
    tree.clear();
    expect(tree.size).toBe(0);
    expect(tree.at(0)).toBeUndefined();
  });
});

function shuffled(length: number, seed: number): number[] {
  const random = seededRandom(seed);
  const order = [...Array(length).keys()];
  for (let i = length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
