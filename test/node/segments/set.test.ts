// Sets in segments: whatever is done to one, and however often memory loses it, it is the set that it should be.

import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { hash32 } from '../../../src/bytes/hash32';
import { SetValue } from '../../../src/types/set';
import { seededRandom } from '../../support/engine';
import { SMALL_SEGMENTS, StoredValue } from '../../support/stored-value';

function setOf(members: Iterable<string>): SetValue {
  const set = new SetValue(SMALL_SEGMENTS);
  for (const member of members) set.add(ascii(member));
  return set;
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `member ${i}`);

/** 2^rounds of them: the hash goes on from a state, so that each pair of endings that collide doubles what there is. */
function membersOfOneHash(rounds: number): string[] {
  const random = seededRandom(9);
  let members = [''];
  for (let round = 0; round < rounds; round++) {
    const endings = new Map<number, string>();
    for (;;) {
      const ending = random.float().toString(36).slice(2, 8);
      const hash = hash32(ascii(`${members[0]}${ending}`));
      const other = endings.get(hash);
      endings.set(hash, ending);
      if (other === undefined || other === ending) continue;
      members = members.flatMap((member) => [member + other, member + ending]);
      break;
    }
  }
  expect(new Set(members.map((member) => hash32(ascii(member)))).size).toBe(1);
  return members;
}

/** All members, by a walk in steps of `count`. `between` happens after every step. */
function walk(set: SetValue, count: number, between = (): void => undefined): Bytes[] {
  const seen: Bytes[] = [];
  let cursor = 0;
  do {
    cursor = set.scan(BigInt(cursor), count, (member) => seen.push(member));
    between();
  } while (cursor !== 0);
  return seen;
}

describe.each([1, 2, 3])('random changes, seed %i', (seed) => {
  test('a set that is stored and loaded in parts is the same set', () => {
    const random = seededRandom(seed);
    const stored = new StoredValue(setOf(['no integer']));
    // So that it is no intset, at any time.
    stored.value.delete(ascii('no integer'));
    const model = new Set<string>();
    let largest = 0;
    const name = () => `${random.below(3) === 0 ? 'x'.repeat(random.below(150)) : ''}${random.below(400)}`;
    for (let step = 0; step < 6000; step++) {
      const set = stored.value;
      // Phases of growing and of shrinking.
      const grows = random.below(10) < (Math.floor(step / 1000) % 2 === 0 ? 7 : 3);
      const member = grows || random.below(3) === 0 || set.size === 0 ? name() : set.memberAt(random.below(set.size));
      if (grows) expect(set.add(ascii(member))).toBe(!model.has(member));
      else expect(set.delete(ascii(member))).toBe(model.has(member));
      if (grows) model.add(member);
      else model.delete(member);
      expect(set.size).toBe(model.size);
      largest = Math.max(largest, model.size);
      if (random.below(20) === 0) stored.checkpoint();
      if (random.below(20) === 0) stored.reload();
      if (random.below(100) === 0) {
        expect(stored.value.members().sort()).toEqual([...model].sort());
        expect(walk(stored.value, 1 + random.below(20)).sort()).toEqual([...model].sort());
        const copy = stored.value.copy();
        expect([copy.members(), copy.memory]).toEqual([stored.value.members(), stored.value.memory]);
        expect(stored.value.memory).toBe(setOf([...model, 'no integer']).memory - setOf(['no integer']).memory + setOf([]).memory);
      }
    }
    expect(largest).toBeGreaterThan(100);
    const { lists, loads, puts, removals } = stored.segments.asked;
    for (const asked of [lists, loads, puts, removals]) expect(asked).toBeGreaterThan(100);
  });
});

describe('what is written and read', () => {
  test('a small set is whole, a large one becomes segments once', () => {
    const stored = new StoredValue(setOf(names(10)));
    expect(stored.checkpoint().puts).toBe(0);
    for (const name of names(1000)) stored.value.add(ascii(name));
    const { head, puts } = stored.checkpoint();
    expect(head.length).toBeLessThan(10);
    expect(puts).toBeGreaterThan(100);
    expect(stored.segments.count(1)).toBe(puts);
    expect(stored.checkpoint()).toMatchObject({ puts: 0, removals: 0 });
  });

  test('one member reads and writes one segment', () => {
    const stored = new StoredValue(setOf(names(1000)));
    stored.reload();
    const { asked } = stored.segments;
    expect([stored.value.size, stored.value.memory > 20_000, asked.lists]).toEqual([1000, true, 0]);
    expect(stored.value.has(ascii('member 77'))).toBe(true);
    expect([asked.lists, asked.loads]).toEqual([1, 1]);
    stored.value.delete(ascii('member 77'));
    stored.value.add(ascii('member 77'));
    expect([asked.lists, asked.loads]).toEqual([1, 1]);
    expect(stored.checkpoint()).toMatchObject({ puts: 1, removals: 0 });
    stored.reload();
    expect(stored.value.members().sort()).toEqual(names(1000).sort());
  });

  test('removing all leaves next to nothing, and clearing nothing', () => {
    const stored = new StoredValue(setOf(names(1000)));
    stored.reload();
    for (const name of names(999)) stored.value.delete(ascii(name));
    stored.checkpoint();
    expect(stored.segments.count(1)).toBeLessThan(3);
    stored.reload();
    expect(stored.value.members()).toEqual(['member 999']);
    stored.value.clear();
    stored.reload();
    expect([stored.value.size, stored.value.members()]).toEqual([0, []]);
  });

  test('a member larger than a segment has one of its own', () => {
    const stored = new StoredValue(setOf([...names(100), 'x'.repeat(5000)]));
    stored.reload();
    expect(stored.value.has(ascii('x'.repeat(5000)))).toBe(true);
    expect(stored.value.members()).toHaveLength(101);
  });

  test('members of one hash share a segment, however many they are', () => {
    const alike = membersOfOneHash(6);
    const stored = new StoredValue(setOf([...names(100), ...alike]));
    stored.reload();
    const { asked } = stored.segments;
    for (const member of alike) expect(stored.value.has(ascii(member))).toBe(true);
    expect(asked.loads).toBe(1);
    expect(new Set(walk(stored.value, 1)).size).toBe(164);
    for (const member of alike) expect(stored.value.delete(ascii(member))).toBe(true);
    stored.reload();
    expect(stored.value.members().sort()).toEqual(names(100).sort());
  });
});

describe('walks in steps', () => {
  test('meet every member that stays, while others come and go and memory loses the set', () => {
    const random = seededRandom(4);
    const stays = names(300);
    const stored = new StoredValue(setOf(stays));
    let added = 0;
    const seen = walk(stored.value, 7, () => {
      for (let i = 0; i < 10; i++) stored.value.add(ascii(`other ${added++}`));
      for (let i = 0; i < 5; i++) stored.value.delete(ascii(`other ${random.below(added)}`));
    });
    expect(added).toBeGreaterThan(400);
    expect(seen.filter((member) => member.startsWith('member')).sort()).toEqual(stays.sort());
  });

  test('that began before the set went over to segments, and after, meet everything', () => {
    const small = names(12);
    const stored = new StoredValue(setOf(small));
    const seen: Bytes[] = [];
    const cursor = stored.value.scan(0n, 5, (member) => seen.push(member));
    for (const name of names(500)) stored.value.add(ascii(name));
    let next = stored.value.scan(BigInt(cursor), 5, (member) => seen.push(member));
    expect(next).toBeGreaterThan(2 ** 32 - 1);
    while (next !== 0) next = stored.value.scan(BigInt(next), 50, (member) => seen.push(member));
    for (const member of small) expect(seen).toContain(member);
    const whole: Bytes[] = [];
    expect(setOf(small).scan(BigInt(2 ** 32 + 5), 100, (member) => whole.push(member))).toBe(0);
    expect(whole.sort()).toEqual(small.sort());
  });

  test('return about as many members as asked for', () => {
    const set = setOf(names(1000));
    let steps = 0;
    walk(set, 10, () => steps++);
    expect(steps).toBe(100);
  });
});
