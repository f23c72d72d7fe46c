import { describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { BackreferenceError, Regex, RegexError } from '../../../src/structures/regex';
import { seededRandom } from '../../support/engine';

const matches = (source: string, text: string, ignoreCase = false) => new Regex(source as Bytes, ignoreCase).test(text as Bytes);

describe('an expression', () => {
  test.each([
    ['abc', 'xabcx', 'ab'],
    ['^abc$', 'abc', 'xabc'],
    ['a|bc|', '', undefined],
    ['^(foo|bar)+$', 'foobarfoo', 'foobaz'],
    ['a{2,3}b', 'caab', 'ab'],
    ['^a{2}$', 'aa', 'aaa'],
    ['^a{2,}$', 'aaaa', 'a'],
    ['^a{0}b$', 'b', 'ab'],
    ['^[a-c-]+$', 'a-c', 'd'],
    ['^[^a-c]$', 'd', 'b'],
    ['^[]x]+$', ']x', 'y'],
    ['^[[:digit:][:upper:]]+$', '1A', 'a'],
    ['\\d\\D\\s\\S\\w\\W', '1a b_!', '1a bb'],
    ['\\bfoo\\b', 'a foo b', 'food'],
    ['\\Boo', 'foo', 'oo'],
    ['\\<foo\\>', 'foo', 'xfoo'],
    ['^\\x41\\x{42}$', 'AB', 'ab'],
    ['^a.c$', 'a\nc', 'ac'],
    ['^(a*)*$', 'aaaa', 'b'],
    ['^((a|b)?c){2}$', 'acc', 'ac'],
    ['\\.\\*\\(', '.*(', '..('],
  ])('%s', (source, text, other) => {
    expect(matches(source, text)).toBe(true);
    if (other !== undefined) expect(matches(source, other)).toBe(false);
  });

  test('without regard to case', () => {
    expect(matches('^fOo[a-c]$', 'FoOB', true)).toBe(true);
    expect(matches('[^a]', 'A', true)).toBe(false);
    expect(matches('foo', 'FOO')).toBe(false);
  });

  test.each([
    '(',
    ')',
    'a)',
    '(a',
    '[a',
    '[b-a]',
    '[[:nope:]]',
    '*a',
    'a{',
    'a{2,1}',
    'a{256}',
    '\\',
    '\\x',
    '\\x{1',
    '((((a{9}){99}){99}){99})',
  ])('%s is none', (source) => {
    expect(() => new Regex(source as Bytes)).toThrow(RegexError);
  });

  test('may not refer to its groups', () => {
    expect(() => new Regex('(a)\\1' as Bytes)).toThrow(BackreferenceError);
  });

  test('that would send a backtracking matcher astray is answered all the same', () => {
    expect(matches('^(a|a)*(a|aa)+$', `${'a'.repeat(2000)}b`)).toBe(false);
  });
});

test('agrees with the one of JavaScript on random expressions', () => {
  const random = seededRandom(5);
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
  const expression = (depth: number): string => {
    const atom = (): string => {
      const kind = random.below(depth > 0 ? 7 : 5);
      if (kind < 3) return pick(['a', 'b', 'c', '.', '[ab]', '[^a]']);
      if (kind === 3) return pick(['^', '$', '\\b']);
      return kind === 4 ? 'ab' : `(${expression(depth - 1)})`;
    };
    const piece = (): string => {
      const one = atom();
      return /^[\^$\\]/.test(one) ? one : one + pick(['', '', '', '*', '+', '?', '{1,2}', '{2}']);
    };
    return Array.from({ length: 1 + random.below(2) }, () => Array.from({ length: 1 + random.below(3) }, piece).join('')).join('|');
  };
  let matched = 0;
  for (let i = 0; i < 4000; i++) {
    const source = expression(2);
    const text = Array.from({ length: random.below(8) }, () => pick(['a', 'b', 'c', 'd'])).join('');
    const theirs = new RegExp(source, 's').test(text);
    expect([source, text, matches(source, text)]).toEqual([source, text, theirs]);
    if (theirs) matched++;
  }
  expect(matched).toBeGreaterThan(1000);
  expect(matched).toBeLessThan(3900);
});
