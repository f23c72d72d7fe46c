import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { HashValue } from '../../../src/types/hash';
import { defaultEncodingLimits } from '../../../src/types/limits';
import { seededRandom } from '../../support/engine';

const LONG = ascii('x'.repeat(65));

function hashOf(fields: string, deadlines: Record<string, number> = {}): HashValue {
  const hash = new HashValue(defaultEncodingLimits());
  for (const field of fields) hash.set(ascii(field), ascii(`v${field}`));
  for (const [field, deadline] of Object.entries(deadlines)) hash.setDeadline(ascii(field), deadline);
  return hash;
}

const order = (hash: HashValue): string => Array.from({ length: hash.size }, (_, place) => hash.fieldAt(place)).join('');
const deadlinesOf = (hash: HashValue): (number | undefined)[] =>
  Array.from({ length: hash.size }, (_, place) => hash.deadlineOf(hash.fieldAt(place)));

describe('deadlines of fields', () => {
  test('a hash has none at first, and none again when the last one is dropped', () => {
    const hash = hashOf('ab');
    const before = hash.memory;
    expect([hash.earliestDeadline, hash.deadlineOf(ascii('a')), hash.hasExpired(ascii('a'), 1e12)]).toEqual([undefined, undefined, false]);
    hash.setDeadline(ascii('a'), 500);
    hash.setDeadline(ascii('b'), 300);
    expect(hash.memory).toBeGreaterThan(before);
    expect(hash.earliestDeadline).toBe(300);
    hash.setDeadline(ascii('b'), undefined);
    expect(hash.earliestDeadline).toBe(500);
    hash.delete(ascii('a'));
    expect(hash.earliestDeadline).toBeUndefined();
    expect(hash.memory).toBe(hashOf('b').memory);
  });

  test('a field has expired at its deadline, and stays until it is deleted', () => {
    const hash = hashOf('abcd', { a: 500, b: 300, c: 300 });
    expect(['a', 'b', 'd', 'x'].map((field) => hash.hasExpired(ascii(field), 300))).toEqual([false, true, false, false]);
    expect(hash.expiredFields(299)).toEqual([]);
    expect(hash.expiredFields(300)).toEqual(['b', 'c']);
    expect(hash.expiredFields(1000)).toEqual(['b', 'c', 'a']);
    expect(hash.expiredFields(1000, 1)).toEqual(['b']);
    expect([hash.size, hash.get(ascii('b'))]).toEqual([4, 'vb']);
  });

  test('a field that is set loses its deadline, one that is put keeps it', () => {
    const hash = hashOf('ab', { a: 500, b: 500 });
    expect([hash.set(ascii('a'), ascii('1')), hash.put(ascii('b'), ascii('2'))]).toEqual([false, false]);
    expect([hash.deadlineOf(ascii('a')), hash.deadlineOf(ascii('b'))]).toEqual([undefined, 500]);
    hash.delete(ascii('b'));
    hash.put(ascii('b'), ascii('3'));
    expect(hash.deadlineOf(ascii('b'))).toBeUndefined();
  });

  test('only a field that is there takes one', () => {
    expect(() => hashOf('a').setDeadline(ascii('b'), 500)).toThrow();
  });

  test('OBJECT ENCODING tells a listpack that ever had one, and a hash table', () => {
    const hash = hashOf('ab');
    expect([hash.encoding(), hash.encodingVersion]).toEqual(['listpack', 1]);
    hash.setDeadline(ascii('a'), 500);
    hash.setDeadline(ascii('a'), undefined);
    expect([hash.encoding(), hash.encodingVersion]).toEqual(['listpackex', 2]);
    hash.set(ascii('c'), LONG);
    expect([hash.encoding(), hash.encodingVersion]).toEqual(['hashtable', 1]);
    hash.setDeadline(ascii('a'), 500);
    expect([hash.encoding(), hash.encodingVersion]).toEqual(['hashtable', 2]);
  });

  // t_hash.c listpackExAddInternal and listpackExUpdateExpiry of 7.4.
  test('in a listpack fields stand by deadline, then those without one by arrival', () => {
    const hash = hashOf('abcde', { d: 300, b: 200, e: 300 });
    expect(order(hash)).toBe('bdeac');
    hash.setDeadline(ascii('b'), 300);
    expect(order(hash)).toBe('debac');
    hash.setDeadline(ascii('e'), 100);
    expect(order(hash)).toBe('edbac');
    hash.set(ascii('d'), ascii('1'));
    expect(order(hash)).toBe('ebacd');
    hash.put(ascii('b'), ascii('2'));
    hash.setDeadline(ascii('a'), 250);
    expect(order(hash)).toBe('eabcd');
    hash.setDeadline(ascii('e'), undefined);
    hash.set(ascii('f'), ascii('3'));
    expect(order(hash)).toBe('abcdef');
    expect([hash.get(ascii('a')), hash.get(ascii('b')), hash.get(ascii('d')), hash.get(ascii('f'))]).toEqual(['va', '2', '1', '3']);
  });

  test.each([1, 10, 200, 1000])('%i fields: stored and read, and copied, it is the same, whatever happened to it', (fields) => {
    const random = seededRandom(fields);
    const hash = new HashValue(defaultEncodingLimits());
    for (let step = 0; step < fields * 6; step++) {
      const field = ascii(`f${random.below(fields)}`);
      if (!hash.has(field) || random.below(4) === 0) hash.set(field, ascii(`${step}`));
      else if (random.below(5) === 0) hash.delete(field);
      else hash.setDeadline(field, random.below(4) === 0 ? undefined : 1 + random.below(1e9));
    }
    hash.set(ascii('f0'), ascii('v'));
    hash.setDeadline(ascii('f0'), 2 ** 46 - 1);
    const deadlines = deadlinesOf(hash).filter((deadline) => deadline !== undefined);
    expect(deadlines.length).toBeGreaterThan(fields / 3);
    expect(hash.earliestDeadline).toBe(Math.min(...deadlines));
    for (const other of [HashValue.decode(hash.encode(), hash.encodingVersion, defaultEncodingLimits()), hash.copy()]) {
      expect([order(other), deadlinesOf(other), other.encoding()]).toEqual([order(hash), deadlinesOf(hash), hash.encoding()]);
      expect([other.memory, other.earliestDeadline]).toEqual([hash.memory, hash.earliestDeadline]);
      other.setDeadline(ascii('f0'), undefined);
      expect(hash.deadlineOf(ascii('f0'))).toBe(2 ** 46 - 1);
    }
  });
});

describe('stored forms of released versions', () => {
  // A listpack of two fields, and a hash table of one.
  test.each([
    [
      '\x01\x02\x01a\x01x\x01b\x01y',
      'listpack',
      [
        ['a', 'x'],
        ['b', 'y'],
      ],
    ],
    ['\x00\x01\x01a\x01x', 'hashtable', [['a', 'x']]],
  ])('version 1: %j', (data, encoding, contents) => {
    const hash = HashValue.decode(ascii(data), 1, defaultEncodingLimits());
    expect(hash.encoding()).toBe(encoding);
    expect(Array.from({ length: hash.size }, (_, place) => [hash.fieldAt(place), hash.valueAt(place)])).toEqual(contents);
    expect([hash.earliestDeadline, hash.encode(), hash.encodingVersion]).toEqual([undefined, data, 1]);
  });

  test('version 2: a listpack of three fields, two with deadlines', () => {
    const data = ascii('\x02\x03\x01a\x01x\x7f\x01b\x01y\xac\x02\x01c\x01z\x00');
    const hash = HashValue.decode(data, 2, defaultEncodingLimits());
    expect([hash.encoding(), order(hash), deadlinesOf(hash)]).toEqual(['listpackex', 'abc', [127, 300, undefined]]);
    expect([hash.encode(), hash.encodingVersion]).toEqual([data, 2]);
  });

  test('an unknown version or layout, and a form that is cut, are refused', () => {
    const limits = defaultEncodingLimits();
    const whole = hashOf('ab', { a: 500 }).encode();
    for (let end = 0; end < whole.length; end++) expect(() => HashValue.decode(whole.slice(0, end) as Bytes, 2, limits)).toThrow();
    expect(() => HashValue.decode(whole, 3, limits)).toThrow('version 3');
    expect(() => HashValue.decode(ascii('\x03\x00'), 2, limits)).toThrow('layout');
  });
});
