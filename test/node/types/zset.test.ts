import { describe, expect, it } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { defaultEncodingLimits } from '../../../src/types/limits';
import { ZSetValue } from '../../../src/types/zset';
import { seededRandom } from '../../support/engine';

/** Sorted sets that stay whole; test/node/segments has the others. */
const limits = { ...defaultEncodingLimits(), wholeBytes: Number.POSITIVE_INFINITY };

function filled(couples: Record<string, number>, own = limits): ZSetValue {
  const zset = new ZSetValue(own);
  for (const [member, score] of Object.entries(couples)) zset.put(ascii(member), score);
  return zset;
}

function inOrder(zset: ZSetValue): [string, number][] {
  const all: [string, number][] = [];
  zset.walk(0, zset.size, false, (member, score) => all.push([member, score]));
  return all;
}

function byPlace(zset: ZSetValue): [string, number][] {
  return Array.from({ length: zset.size }, (_, place) => [zset.memberAt(place), zset.scoreAt(place)]);
}

describe('ZSetValue', () => {
  it('keeps both of its structures together through random changes', () => {
    const random = seededRandom(11);
    const zset = new ZSetValue(limits);
    const model = new Map<Bytes, number>();
    const done = { put: 0, same: 0, removed: 0, spans: 0 };
    for (let step = 0; step < 5000; step++) {
      const member = ascii(`m${random.below(300)}`);
      const choice = random.below(100);
      if (choice < 70) {
        const score = random.below(8) - 4;
        const changes = model.get(member) !== score;
        expect(zset.put(member, score)).toBe(changes);
        model.set(member, score);
        done[changes ? 'put' : 'same']++;
      } else if (choice < 97) {
        expect(zset.remove(member)).toBe(model.delete(member));
        done.removed++;
      } else {
        const start = random.below(150);
        const span = zset.spanOfRanks(start, start + random.below(30));
        const gone = inOrder(zset).slice(span.start, span.end);
        expect(zset.removeSpan(span)).toBe(gone.length);
        for (const [name] of gone) model.delete(ascii(name));
        done.spans++;
      }
      if (step % 50 !== 0) continue;
      const expected = [...model].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
      expect(inOrder(zset)).toEqual(expected);
      expect(new Map(byPlace(zset))).toEqual(model);
      expected.forEach(([name], rank) => {
        expect(zset.rank(name)).toBe(rank);
      });
      expect(zset.size).toBe(model.size);
      // Memory follows from what is in it, not from how it came there.
      expect(zset.memory).toBe(filled(Object.fromEntries(model)).memory);
    }
    expect(Math.min(done.put, done.same, done.removed, done.spans)).toBeGreaterThan(30);
  });

  it('counts the memory of its members and of nothing else', () => {
    const zset = new ZSetValue(limits);
    const empty = zset.memory;
    zset.put(ascii('a'.repeat(1000)), 1);
    expect(zset.memory).toBeGreaterThan(empty + 1000);
    const one = zset.memory;
    zset.put(ascii('a'.repeat(1000)), 2);
    expect(zset.memory).toBe(one);
    zset.remove(ascii('a'.repeat(1000)));
    expect(zset.memory).toBe(empty);
  });

  it('leaves the listpack by number or by length and never goes back', () => {
    const many = new ZSetValue(limits);
    for (let i = 0; i < 128; i++) many.put(ascii(`${i}`), i);
    expect(many.encoding()).toBe('listpack');
    many.put(ascii('0'), 77);
    expect(many.encoding()).toBe('listpack');
    many.put(ascii('one more'), 1);
    expect(many.encoding()).toBe('skiplist');
    while (many.size > 1) many.remove(many.memberAt(0));
    expect(many.encoding()).toBe('skiplist');
    expect(filled({ ['x'.repeat(64)]: 1 }).encoding()).toBe('listpack');
    expect(filled({ ['x'.repeat(65)]: 1 }).encoding()).toBe('skiplist');
    expect(filled({ a: 1 }, { ...limits, zsetMaxListpackEntries: 0 }).encoding()).toBe('skiplist');
  });

  it('reads its limits when it grows', () => {
    const live = { ...limits };
    const zset = filled({ a: 1, b: 2 }, live);
    live.zsetMaxListpackEntries = 1;
    expect(zset.encoding()).toBe('listpack');
    zset.put(ascii('a'), 5);
    expect(zset.encoding()).toBe('listpack');
    zset.put(ascii('c'), 5);
    expect(zset.encoding()).toBe('skiplist');
  });

  it('is a listpack or not by the whole when it is made of sorted couples', () => {
    const names = Array.from({ length: 129 }, (_, i) => ascii(`${1000 + i}`));
    const scores = names.map((_, i) => i);
    expect(ZSetValue.fromSorted(limits, scores, names).encoding()).toBe('skiplist');
    const small = ZSetValue.fromSorted(limits, scores.slice(1), names.slice(1));
    expect(small.encoding()).toBe('listpack');
    expect(inOrder(small)).toEqual(names.slice(1).map((name, i) => [name, i + 1]));
    expect(ZSetValue.fromSorted(limits, [1], [ascii('y'.repeat(65))]).encoding()).toBe('skiplist');
  });

  it('loses the sign of zero whatever its encoding', () => {
    for (const zset of [filled({ a: -0 }), filled({ a: -0 }, { ...limits, zsetMaxListpackEntries: 0 })]) {
      expect(Object.is(zset.score(ascii('a')), 0)).toBe(true);
      expect(Object.is(inOrder(zset)[0]?.[1], 0)).toBe(true);
      expect(zset.put(ascii('a'), -0)).toBe(false);
    }
    expect(Object.is(ZSetValue.fromSorted(limits, [-0], [ascii('a')]).score(ascii('a')), 0)).toBe(true);
  });

  it('gives spans of scores, names and ranks', () => {
    const zset = filled({ a: Number.NEGATIVE_INFINITY, b: 1, c: 2, d: 2, e: 3, f: Number.POSITIVE_INFINITY });
    const at = (score: number, exclusive = false) => ({ score, exclusive });
    const infinity = Number.POSITIVE_INFINITY;
    expect(zset.spanOfScores(at(-infinity), at(infinity))).toEqual({ start: 0, end: 6 });
    expect(zset.spanOfScores(at(-infinity, true), at(infinity, true))).toEqual({ start: 1, end: 5 });
    expect(zset.spanOfScores(at(2), at(2))).toEqual({ start: 2, end: 4 });
    expect(zset.spanOfScores(at(1, true), at(3, true))).toEqual({ start: 2, end: 4 });
    const names = filled({ a: 0, b: 0, c: 0, d: 0 });
    const name = (text: string, exclusive = false) => ({ name: ascii(text), exclusive });
    expect(names.spanOfNames('least', 'greatest')).toEqual({ start: 0, end: 4 });
    expect(names.spanOfNames(name('b'), name('c'))).toEqual({ start: 1, end: 3 });
    expect(names.spanOfNames(name('b', true), name('d', true))).toEqual({ start: 2, end: 3 });
    expect(names.removeSpan(names.spanOfNames('greatest', 'least'))).toBe(0);
    expect(zset.spanOfRanks(0, -1)).toEqual({ start: 0, end: 6 });
    expect(zset.spanOfRanks(-2, 100)).toEqual({ start: 4, end: 6 });
    expect(zset.spanOfRanks(-100, 1)).toEqual({ start: 0, end: 2 });
    for (const [start, stop] of [
      [3, 2],
      [6, 9],
      [0, -7],
    ] as const) {
      const span = zset.spanOfRanks(start, stop);
      expect(span.end - span.start).toBe(0);
    }
  });

  it('copies into something independent', () => {
    const zset = filled({ a: 1, b: 2, c: 3 });
    zset.remove(ascii('a'));
    const copy = zset.copy();
    expect(byPlace(copy)).toEqual(byPlace(zset));
    expect(copy.memory).toBe(zset.memory);
    copy.put(ascii('z'), 0);
    copy.put(ascii('b'), 9);
    expect(inOrder(zset)).toEqual([
      ['b', 2],
      ['c', 3],
    ]);
    expect(inOrder(copy)).toEqual([
      ['z', 0],
      ['c', 3],
      ['b', 9],
    ]);
  });

  it('comes back from its stored form with the same order, places and encoding', () => {
    const random = seededRandom(5);
    for (const size of [0, 1, 7, 128, 129, 3000]) {
      const zset = new ZSetValue(limits);
      for (let i = 0; i < size * 2; i++) zset.put(ascii(`\x00\xff${i}`), random.below(5) === 0 ? Infinity : random.float() * 100 - 50);
      for (let i = 0; i < size; i++) zset.remove(zset.memberAt(random.below(zset.size)));
      const back = ZSetValue.decode(zset.encode(), limits);
      expect(byPlace(back)).toEqual(byPlace(zset));
      expect(inOrder(back)).toEqual(inOrder(zset));
      expect(back.encoding()).toBe(zset.encoding());
      expect(back.memory).toBe(zset.memory);
      expect(back.size).toBe(size);
    }
  });

  it('refuses a stored form that is cut or does not fit together', () => {
    const stored = filled({ one: 1, two: 2.5, three: -3 }).encode();
    for (let end = 0; end < stored.length; end++) {
      expect(() => ZSetValue.decode(ascii(stored.slice(0, end)), limits)).toThrow();
    }
    // The last three bytes are the places by rank: 2, 0, 1.
    for (const places of ['\x00\x01\x02', '\x02\x02\x02', '\x02\x00\x03']) {
      expect(() => ZSetValue.decode(ascii(stored.slice(0, -3) + places), limits)).toThrow();
    }
    expect(() => ZSetValue.decode(ascii(stored.replace('two', 'one')), limits)).toThrow('twice');
    expect(inOrder(ZSetValue.decode(stored, limits))).toEqual([
      ['three', -3],
      ['one', 1],
      ['two', 2.5],
    ]);
  });
});
