import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { ascii, fromBuffer } from '../../../src/bytes/bytes';
import { formatDouble17g } from '../../../src/bytes/double';
import { sha1, sha1Hex, sha1OfWords } from '../../../src/bytes/sha1';
import { valueDigest } from '../../../src/types/digest';
import { HashValue } from '../../../src/types/hash';
import { defaultEncodingLimits } from '../../../src/types/limits';
import { seededRandom } from '../../support/engine';

function ours(data: Buffer): string {
  const words = new Int32Array(5);
  sha1(fromBuffer(data), words);
  return sha1Hex(words);
}

const theirs = (data: Buffer): string => createHash('sha1').update(data).digest('hex');

test('SHA-1 equals the platform’s for every length around the block borders', () => {
  const random = seededRandom(7);
  for (let length = 0; length <= 200; length++) {
    const data = Buffer.from(Array.from({ length }, () => random.below(256)));
    expect(ours(data)).toBe(theirs(data));
  }
  const large = Buffer.alloc(1_000_003, 0xab);
  expect(ours(large)).toBe(theirs(large));
});

test('a digest of a digest needs no bytes in between', () => {
  const words = new Int32Array(5);
  sha1(ascii('abc'), words);
  sha1OfWords(words, words);
  expect(sha1Hex(words)).toBe(theirs(createHash('sha1').update('abc').digest()));
});

test('%.17g is what C prints', () => {
  const random = seededRandom(3);
  const values: number[] = [
    0,
    -0,
    1,
    -1.5,
    0.1,
    1e-5,
    1e-4,
    123456.789,
    1e16,
    1e17,
    1e21,
    2 ** 53,
    2 ** 60,
    1.7976931348623157e308,
    5e-324,
  ];
  // Exactly half way between two 17-digit decimals.
  for (const quarter of [1, 3]) values.push(1234567890123456 + quarter / 4, 1125899906842624 + quarter / 4);
  const bits = new DataView(new ArrayBuffer(8));
  while (values.length < 2000) {
    bits.setUint32(0, random.below(2 ** 32));
    bits.setUint32(4, random.below(2 ** 32));
    const value = bits.getFloat64(0);
    if (Number.isFinite(value)) values.push(value);
    values.push(Math.round(random.float() * 1e9) / 1000, random.float() * 10 ** random.below(20));
  }
  const shortest = values.map((value) => (Object.is(value, -0) ? '-0' : `${value}`));
  const expected = execFileSync('awk', ['{ printf "%.17g\\n", $1 }'], { input: shortest.join('\n') })
    .toString()
    .trim()
    .split('\n');
  expect(expected).toHaveLength(values.length);
  expect(values.map(formatDouble17g)).toEqual(expected);
  expect([Infinity, -Infinity].map(formatDouble17g)).toEqual(['inf', '-inf']);
});

/** debug.c of 7.4: SHA-1 over the words in network order, exclusive or and chained, done with the platform's. */
test('a field with a deadline is marked in the digest of its hash', () => {
  const hash = (data: Buffer): Buffer => createHash('sha1').update(data).digest();
  const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((byte, i) => byte ^ (b[i] as number)));
  const chained = (digest: Buffer, text: string): Buffer => hash(xor(digest, hash(Buffer.from(text))));
  const zero = Buffer.alloc(20);
  const plain = chained(chained(zero, 'a'), '1');
  const marked = xor(chained(chained(zero, 'b'), '2'), hash(Buffer.from('!!hexpire!!')));
  const expected = [plain, marked].reduce((digest, field) => xor(digest, hash(field)), chained(zero, '\0\0\0\x04'));

  const value = new HashValue(defaultEncodingLimits());
  value.set(ascii('a'), ascii('1'));
  value.set(ascii('b'), ascii('2'));
  value.setDeadline(ascii('b'), 500);
  expect(sha1Hex(valueDigest(value, false))).toBe(expected.toString('hex'));
});
