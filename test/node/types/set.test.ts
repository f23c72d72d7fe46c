import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { defaultEncodingLimits } from '../../../src/types/limits';
import { SetValue } from '../../../src/types/set';
import { seededRandom } from '../../support/engine';

function setOf(...members: (string | number)[]): SetValue {
  const set = new SetValue(defaultEncodingLimits());
  for (const member of members) set.add(ascii(`${member}`));
  return set;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('the encoding', () => {
  test.each([
    ['0', 'intset'],
    ['-1', 'intset'],
    ['9223372036854775807', 'intset'],
    ['-9223372036854775808', 'intset'],
    ['9223372036854775808', 'hashtable'],
    ['01', 'hashtable'],
    ['-0', 'hashtable'],
    ['+1', 'hashtable'],
    [' 1', 'hashtable'],
    ['1.0', 'hashtable'],
    ['', 'hashtable'],
    ['a', 'hashtable'],
  ])('with %j it is %s', (member, encoding) => {
    const set = setOf(1, member, 2);
    expect(set.encoding()).toBe(encoding);
    expect(set.size).toBe(3);
    expect(set.has(ascii(member))).toBe(true);
    set.delete(ascii(member));
    expect(set.encoding()).toBe(encoding);
    expect(set.has(ascii(member))).toBe(false);
    expect(set.members().sort()).toEqual(['1', '2']);
  });

  test('is a hash table from the 513th integer on, and stays so', () => {
    const set = setOf(...numbers(512));
    expect([set.add(ascii('5')), set.encoding()]).toEqual([false, 'intset']);
    expect([set.add(ascii('512')), set.encoding()]).toEqual([true, 'hashtable']);
    for (const n of numbers(510)) set.delete(ascii(`${n}`));
    expect(set.encoding()).toBe('hashtable');
    expect(set.members().sort()).toEqual(['510', '511', '512']);
    set.clear();
    expect([set.size, set.encoding()]).toEqual([0, 'hashtable']);
  });

  test('follows the limit as it is at the time', () => {
    const set = setOf(1, 2, 3);
    set.limits.setMaxIntsetEntries = 0;
    expect([set.add(ascii('3')), set.encoding()]).toEqual([false, 'intset']);
    expect([set.add(ascii('4')), set.encoding()]).toEqual([true, 'hashtable']);
  });

  test('an intset is in ascending order', () => {
    expect(setOf(3, '-9223372036854775808', 20, '9223372036854775807', -1).members()).toEqual([
      '-9223372036854775808',
      '-1',
      '3',
      '20',
      '9223372036854775807',
    ]);
  });
});

describe('as a whole', () => {
  test.each([
    ['nothing', setOf()],
    ['integers', setOf(5, 3, '9223372036854775807')],
    ['many integers', setOf(...numbers(1000))],
    ['texts', setOf('b', 'a', 'c', '', '\xff\x00', 'x'.repeat(300))],
    ['a few integers that were many', setOf('a', 1, 2)],
  ])('%s: stored and read, and copied, it is the same in the same order', (_, set) => {
    set.delete(ascii('a'));
    for (const other of [SetValue.decode(set.encode(), defaultEncodingLimits()), set.copy()]) {
      expect(other.members()).toEqual(set.members());
      expect([other.encoding(), other.memory, other.size]).toEqual([set.encoding(), set.memory, set.size]);
      const { size } = set;
      other.add(ascii('12345'));
      other.delete(ascii('3'));
      expect([set.size, set.has(ascii('12345'))]).toEqual([size, false]);
    }
  });

  test('a form that is cut or holds a member twice is refused', () => {
    for (const whole of [setOf(1, 20, 300).encode(), setOf('a', 'bc').encode()]) {
      for (let end = 0; end < whole.length; end++) {
        expect(() => SetValue.decode(whole.slice(0, end) as Bytes, defaultEncodingLimits())).toThrow();
      }
    }
    for (const wrong of ['\x00\x02\x01a\x01a', '\x01\x02\x011\x011', '\x01\x01\x01a']) {
      expect(() => SetValue.decode(ascii(wrong), defaultEncodingLimits())).toThrow('stored');
    }
  });

  test('is a set, whatever is done to it, and the memory estimate follows', () => {
    const random = seededRandom(8);
    for (const texts of [false, true]) {
      const set = setOf();
      const model = new Set<string>();
      let removed = 0;
      for (let step = 0; step < 3000; step++) {
        const member = `${texts && random.below(3) === 0 ? 'member ' : ''}${random.below(200)}`;
        if (random.below(2) === 0) {
          expect(random.below(2) === 0 ? set.add(ascii(member)) : set.share(ascii(member))).toBe(!model.has(member));
          model.add(member);
        } else {
          const known = model.delete(member);
          expect(set.delete(ascii(member))).toBe(known);
          if (known) removed++;
        }
      }
      expect(removed).toBeGreaterThan(500);
      expect(set.members().sort()).toEqual([...model].sort());
      expect(set.encoding()).toBe(texts ? 'hashtable' : 'intset');
      expect(set.memory).toBe(SetValue.decode(set.encode(), defaultEncodingLimits()).memory);
    }
  });
});
