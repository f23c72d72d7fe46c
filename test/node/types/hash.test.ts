import { describe, expect, test } from 'vitest';
import { ascii, type Bytes } from '../../../src/bytes/bytes';
import { HashValue } from '../../../src/types/hash';
import { defaultEncodingLimits } from '../../../src/types/limits';
import { seededRandom } from '../../support/engine';

const LONG = ascii('x'.repeat(65));
const contents = (hash: HashValue): [Bytes, Bytes][] =>
  Array.from({ length: hash.size }, (_, place) => [hash.fieldAt(place), hash.valueAt(place)]);

/** Hashes that stay whole; test/node/segments has the others. */
function filled(entries: number): HashValue {
  const hash = new HashValue({ ...defaultEncodingLimits(), wholeBytes: Number.POSITIVE_INFINITY });
  for (let i = 0; i < entries; i++) hash.set(ascii(`field${i}`), ascii(`value ${i}`));
  return hash;
}

describe('the encoding', () => {
  test('is a hash table from the 513th field on, and stays so', () => {
    const hash = filled(512);
    expect(hash.encoding()).toBe('listpack');
    hash.set(ascii('field1'), ascii('again'));
    expect(hash.encoding()).toBe('listpack');
    hash.set(ascii('one more'), ascii('v'));
    expect(hash.encoding()).toBe('hashtable');
    for (let i = 0; i < 500; i++) hash.delete(ascii(`field${i}`));
    expect(hash.encoding()).toBe('hashtable');
  });

  test.each([
    ['a long field', LONG, ascii('v'), 'hashtable'],
    ['a long value', ascii('f'), LONG, 'hashtable'],
    ['64 bytes', ascii(LONG.slice(1)), ascii(LONG.slice(1)), 'listpack'],
  ])('%s', (_, field, value, encoding) => {
    const hash = filled(1);
    hash.set(field, value);
    expect(hash.encoding()).toBe(encoding);
    hash.delete(field);
    expect(hash.encoding()).toBe(encoding);
  });

  test('follows the limits as they are at the time', () => {
    const hash = filled(10);
    hash.limits.hashMaxListpackEntries = 5;
    hash.set(ascii('field0'), ascii('v'));
    expect(hash.encoding()).toBe('listpack');
    hash.set(ascii('new'), ascii('v'));
    expect(hash.encoding()).toBe('hashtable');
  });
});

describe('as a whole', () => {
  test.each([0, 3, 100, 1000])('%i fields: stored and read, and copied, it is the same in the same order', (entries) => {
    const hash = filled(entries);
    hash.delete(ascii('field1'));
    const { limits } = hash;
    const read = HashValue.decode(hash.encode(), 1, limits);
    for (const other of [read, hash.copy()]) {
      expect(contents(other)).toEqual(contents(hash));
      expect([other.encoding(), other.memory, other.size]).toEqual([hash.encoding(), hash.memory, hash.size]);
      other.set(ascii('field0'), ascii('changed'));
      other.delete(ascii('field2'));
      expect(hash.get(ascii('field0'))).toBe(entries > 0 ? 'value 0' : undefined);
      expect(hash.has(ascii('field2'))).toBe(entries > 0);
    }
  });

  test('binary fields and values are kept as they are', () => {
    const hash = new HashValue(defaultEncodingLimits());
    const binary = ascii(Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join(''));
    hash.set(binary, binary);
    hash.set(ascii(''), ascii(''));
    expect(contents(HashValue.decode(hash.encode(), 1, defaultEncodingLimits()))).toEqual([
      [binary, binary],
      ['', ''],
    ]);
  });

  test('a form that is cut or has a field twice is refused', () => {
    const whole = filled(3).encode();
    for (let end = 0; end < whole.length; end++) {
      expect(() => HashValue.decode(whole.slice(0, end) as Bytes, 1, defaultEncodingLimits())).toThrow();
    }
    const twice = ascii('\x01\x02\x01a\x01b\x01a\x01c');
    expect(() => HashValue.decode(twice, 1, defaultEncodingLimits())).toThrow('twice');
  });

  test('a small hash keeps the order in which its fields came', () => {
    const hash = filled(100);
    hash.delete(ascii('field3'));
    hash.set(ascii('field5'), ascii('changed'));
    hash.set(ascii('field3'), ascii('back'));
    const order = Array.from({ length: 100 }, (_, i) => `field${i}`).filter((field) => field !== 'field3');
    expect(contents(hash).map(([field]) => field)).toEqual([...order, 'field3']);
  });

  test('the memory estimate depends on what is there, not on how it came there', () => {
    const random = seededRandom(5);
    const hash = new HashValue(defaultEncodingLimits());
    let changes = 0;
    for (let step = 0; step < 3000; step++) {
      const field = ascii(`f${random.below(300)}`);
      if (random.below(3) > 0) hash.set(field, ascii('v'.repeat(random.below(50))));
      else if (hash.delete(field)) changes++;
    }
    const fresh = new HashValue(defaultEncodingLimits());
    for (const [field, value] of contents(hash)) fresh.set(field, value);
    expect(changes).toBeGreaterThan(300);
    expect(hash.memory).toBe(fresh.memory);
    expect(filled(1000).memory).toBeGreaterThan(1000 * 60);
  });
});
