// The regular expressions of filters, against JavaScript's where both mean the same.

import { describe, expect, test } from 'vitest';
import { matchesPattern } from '../../../src/types/json/pattern';
import { seededRandom } from '../../support/engine';

test('random patterns match what they match in JavaScript', () => {
  const random = seededRandom(5);
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
  const atom = (depth: number): string => {
    if (depth > 0 && random.below(3) === 0) return `(${random.below(2) ? '?:' : ''}${alternatives(depth - 1)})`;
    return pick(['a', 'b', 'c', '.', '[ab]', '[^a]', '[a-c]', '^', '$', '\\b', 'é', '\\d', '\\x61', '[\\d.-]']);
  };
  const repeated = (depth: number): string => {
    const one = atom(depth);
    return /^(\^|\$|\\b)$/.test(one) ? one : `${one}${pick(['', '', '', '*', '+', '?', '{2}', '{1,2}', '{0,}', '*?'])}`;
  };
  const sequence = (depth: number): string => Array.from({ length: random.below(4) }, () => repeated(depth)).join('');
  const alternatives = (depth: number): string => Array.from({ length: 1 + random.below(2) }, () => sequence(depth)).join('|');
  let matched = 0;
  for (let i = 0; i < 4000; i++) {
    const pattern = alternatives(2);
    const text = Array.from({ length: random.below(8) }, () => pick(['a', 'b', 'c', '1', ' ', '\n'])).join('');
    const expected = new RegExp(pattern, 'u').test(text);
    if (expected) matched++;
    if (matchesPattern(pattern, text) !== expected) expect.fail(`${pattern} on ${JSON.stringify(text)}: ${expected} in JavaScript`);
  }
  expect(matched).toBeGreaterThan(500);
  expect(matched).toBeLessThan(3900);
});

describe('what JavaScript writes otherwise', () => {
  test.each([
    ['(?i)hello', 'say HeLLo', true],
    ['a(?i)B', 'aB', true],
    ['a(?i:B)c', 'abC', false],
    ['(?i)a(?-i)b', 'AB', false],
    ['(?s)a.b', 'a\nb', true],
    ['(?m)^b$', 'a\nb\nc', true],
    ['\\Ab', 'a\nb', false],
    ['(?P<name>x)y', 'xy', true],
    ['(?<name>x)y', 'xy', true],
    ['[[:alpha:]]+[[:digit:]]', '..ab1', true],
    ['[^[:alpha:]]', 'abc', false],
    ['[[a-c][x-z]]{2}', 'ax', true],
    ['\\p{Greek}', 'abγ', true],
    ['\\p{Lu}\\P{Lu}', 'Ab', true],
    ['\\w+', 'é', true],
    ['\\W', 'éλ1_', false],
    ['\\x{1F600}', '😀', true],
    ['^.$', '😀', true],
    ['[]a]', ']', true],
    ['[a-]', '-', true],
    ['\\.', 'a', false],
    ['', '', true],
  ])('%s on %j', (pattern, text, matches) => {
    expect(matchesPattern(pattern, text)).toBe(matches);
  });

  test.each([
    '(',
    ')',
    '[',
    '[a',
    'a{',
    '*',
    'a{2,1}',
    'a{99999}',
    '(a{1000}){1000}',
    '\\',
    '\\q',
    '(?=a)',
    '(?<=a)b',
    '(a)\\1',
    '\\p{Nonsense}',
  ])('%s is no pattern, and matches nothing', (pattern) => {
    expect(matchesPattern(pattern, 'aaaa')).toBe(false);
  });
});

test('no pattern takes more than its length times that of the text', () => {
  // Each of these takes longer than the universe is old where the matcher goes back and tries again.
  const text = `${'a'.repeat(5000)}!`;
  expect(matchesPattern('^(a+)+$', text)).toBe(false);
  expect(matchesPattern('^(a|a?)+$', text)).toBe(false);
  expect(matchesPattern(`^${'a?'.repeat(200)}${'a'.repeat(200)}$`, 'a'.repeat(200))).toBe(true);
  expect(matchesPattern('(((){1000}){1000}){1000}b', text)).toBe(false);
});
