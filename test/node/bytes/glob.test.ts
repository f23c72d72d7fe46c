import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { globMatch } from '../../../src/bytes/glob';
import { seededRandom } from '../../support/engine';
import { RealRedis, redisInstalled } from '../../support/real-redis';

const match = (pattern: string, text: string, ignoreCase = false) => globMatch(pattern as Bytes, text as Bytes, ignoreCase);

test.each<[pattern: string, matching: string[], others: string[]]>([
  ['', [''], ['a']],
  ['*', ['a', 'abc', '\xff'], ['']],
  ['**', ['a'], ['']],
  ['h?llo', ['hello', 'hallo', 'h\nllo'], ['hllo', 'heello']],
  ['h*llo', ['hllo', 'heeeello'], ['hell', 'hllox']],
  ['h[ae]llo', ['hello', 'hallo'], ['hillo', 'hllo']],
  ['h[^e]llo', ['hallo', 'h^llo'], ['hello']],
  ['h[a-c]llo', ['hallo', 'hcllo'], ['hdllo']],
  ['h[c-a]llo', ['hallo', 'hbllo'], ['hdllo']],
  ['h\\*llo', ['h*llo'], ['hello', 'h\\*llo']],
  ['a\\', ['a\\'], ['a', 'a\\\\']],
  ['[\\]a]', [']', 'a'], ['\\']],
  ['[a\\-z]', ['a', '-', 'z'], ['b', '\\']],
  ['[]a', [], [']a', 'a', '[]a']],
  ['[', [], ['[', 'a']],
  ['[^', ['[', 'a'], ['']],
  ['[a', ['a'], ['[', 'b', '[a']],
  ['[a-', ['a', '-'], ['b']],
  ['[a-]x', ['a', 'x', ']', '_'], ['ax', 'b']],
  ['[\\', ['\\'], ['a']],
  ['a*b*c', ['abc', 'aXbYc', 'abcbc'], ['ab', 'acb', 'abcd']],
  ['*\\', ['\\', 'a\\'], ['a']],
  ['*[', [], ['a', '[']],
])('%j matches as in Redis', (pattern, matching, others) => {
  expect(matching.filter((text) => match(pattern, text))).toEqual(matching);
  expect(others.filter((text) => match(pattern, text))).toEqual([]);
});

test('case is ignored on request, but not that of an escaped char in a class', () => {
  expect(match('HeL[M-L]o?', 'hellOx', true)).toBe(true);
  expect(match('hello', 'HELLO')).toBe(false);
  expect(match('[\\a]', 'A', true)).toBe(false);
  expect(match('\\a', 'A', true)).toBe(true);
});

test('bytes above 127 are signed in a range', () => {
  expect(match('[\x80-\xfe]', '\x90')).toBe(true);
  expect(match('[a-\xff]', 'A')).toBe(true);
  expect(match('[a-\xff]', 'b')).toBe(false);
});

test('many stars take no exponential time', () => {
  const started = performance.now();
  expect(match(`${'a*'.repeat(1000)}b`, 'a'.repeat(20_000))).toBe(false);
  expect(match(`${'*a'.repeat(1000)}`, 'a'.repeat(20_000))).toBe(true);
  expect(performance.now() - started).toBeLessThan(1000);
});

test('a pattern of too many stars matches nothing', () => {
  const text = 'a'.repeat(5000) as Bytes;
  const stars = (count: number, end = '') => `${'*?'.repeat(count)}${end}` as Bytes;
  expect(globMatch(stars(1000, '*'), text)).toBe(true);
  expect(globMatch(stars(1001), text)).toBe(false);
  expect(globMatch('*'.repeat(5000) as Bytes, text)).toBe(true);
});

describe.skipIf(!redisInstalled)('against redis-server', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test('KEYS of random patterns over random keys', async () => {
    const random = seededRandom(7);
    const text = (alphabet: string, most: number) =>
      Array.from({ length: random.below(most + 1) }, () => alphabet[random.below(alphabet.length)]).join('') as Bytes;
    const keys = [...new Set(Array.from({ length: 400 }, () => text('abAB]-^\\\xff\x80', 6)))];
    await redis.sendBytes([['FLUSHALL' as Bytes], ['MSET' as Bytes, ...keys.flatMap((key) => [key, '1' as Bytes])]]);
    const patterns = Array.from({ length: 3000 }, () => text('**?[]^\\-abAB\xff\x80z', 9)).filter((pattern) => pattern !== '*');
    const replies = await redis.sendBytes(patterns.map((pattern) => ['KEYS' as Bytes, pattern]));
    let matches = 0;
    patterns.forEach((pattern, i) => {
      const expected = (replies[i] as string).split('\r\n').filter((_line, n) => n > 0 && n % 2 === 0);
      const found = keys.filter((key) => globMatch(pattern, key));
      matches += found.length;
      expect({ pattern, found: found.sort() }).toEqual({ pattern, found: expected.sort() });
    });
    expect(patterns.length).toBeGreaterThan(2500);
    expect(matches).toBeGreaterThan(5000);
  });
});
