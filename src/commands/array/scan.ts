// Walks over the values of a range: all of them, those that match, or one number that is made of them.

import { ascii, type Bytes } from '../../bytes/bytes';
import { formatDouble, parseDouble } from '../../bytes/double';
import { globMatch } from '../../bytes/glob';
import { narrow } from '../../bytes/integer';
import { redisError, SYNTAX } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { BackreferenceError, Regex, RegexError } from '../../structures/regex';
import type { ArrayValue, Index } from '../../types/array';
import { readArray, requireIndex } from './indexes';

const NOT_A_LIMIT = redisError('ERR LIMIT must be a positive integer');
/** Longest regular expression, and most predicates of one command. */
const MAX_REGEX_BYTES = 2048;
const MAX_PREDICATES = 250;
const REGEX_TOO_LONG = redisError(`ERR regular expression is too long, maximum is ${MAX_REGEX_BYTES} bytes`);
const REGEX_EMPTY = redisError('ERR regular expression is empty');
const REGEX_INVALID = redisError('ERR invalid regular expression');
const REGEX_REFERS = redisError('ERR regular expression backreferences are not supported');
const TOO_MANY_PREDICATES = redisError(`ERR too many predicates, maximum is ${MAX_PREDICATES}`);

const common = {
  group: 'array',
  since: '8.8.0',
  arity: -4,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
} as const;

interface Range {
  readonly start: Index;
  readonly end: Index;
}

/** Visits the values of a range from its start to its end, downwards when the start is above. */
function walk(array: ArrayValue, { start, end }: Range, visit: (index: Index, value: Bytes) => boolean): void {
  if (start <= end) array.ascend(start, (index, value) => index <= end && visit(index, value));
  else array.descend(start, (index, value) => index >= end && visit(index, value));
}

export const arscan = command({
  ...common,
  name: 'arscan',
  summary: 'Returns the values in a range of an array with their indexes, leaving out empty places.',
  complexity: 'O(N), N being the number of values in the range',
  syntax: 'key start:integer end:integer [LIMIT limit:integer]',
  run(ctx, argv) {
    const range = { start: requireIndex(argv[2]), end: requireIndex(argv[3]) };
    const cursor = new Cursor(argv, 4);
    const limit = cursor.option('LIMIT') ? cursor.integer(NOT_A_LIMIT, 1) : Number.POSITIVE_INFINITY;
    cursor.end();
    const array = readArray(ctx, argv[1]);
    const found: Reply[] = [];
    if (array) walk(array, range, (index, value) => found.push([index, value]) < limit);
    return found;
  },
});

// ---- ARGREP

type Predicate = (value: Bytes) => boolean;

interface Search {
  /** Not made yet: NOCASE may follow. */
  readonly predicates: { readonly kind: (typeof KINDS)[number]; readonly pattern: Bytes }[];
  all: boolean;
  ignoreCase: boolean;
  withValues: boolean;
  limit: number;
}

const KINDS = ['EXACT', 'MATCH', 'GLOB', 'RE'] as const;

function readSearch(cursor: Cursor): Search {
  const search: Search = { predicates: [], all: false, ignoreCase: false, withValues: false, limit: Number.POSITIVE_INFINITY };
  while (!cursor.done) {
    const kind = KINDS.find((word) => cursor.option(word));
    if (kind) search.predicates.push({ kind, pattern: cursor.next() });
    else if (cursor.keyword('AND')) search.all = true;
    else if (cursor.keyword('OR')) search.all = false;
    else if (cursor.keyword('NOCASE')) search.ignoreCase = true;
    else if (cursor.keyword('WITHVALUES')) search.withValues = true;
    else if (cursor.option('LIMIT')) search.limit = cursor.integer(NOT_A_LIMIT, 1);
    else throw SYNTAX;
  }
  if (search.predicates.length === 0) throw SYNTAX;
  if (search.predicates.length > MAX_PREDICATES) throw TOO_MANY_PREDICATES;
  return search;
}

/** ASCII letters in lower case; other bytes stay. */
function lower(text: Bytes): Bytes {
  return ascii(text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()));
}

function compileRegex(pattern: Bytes, ignoreCase: boolean): Predicate {
  if (pattern === '') throw REGEX_EMPTY;
  if (pattern.length > MAX_REGEX_BYTES) throw REGEX_TOO_LONG;
  try {
    const regex = new Regex(pattern, ignoreCase);
    return (value) => regex.test(value);
  } catch (thrown) {
    if (thrown instanceof BackreferenceError) throw REGEX_REFERS;
    if (thrown instanceof RegexError) throw REGEX_INVALID;
    throw thrown;
  }
}

function predicatesOf({ predicates, ignoreCase }: Search): Predicate[] {
  return predicates.map(({ kind, pattern }): Predicate => {
    if (kind === 'RE') return compileRegex(pattern, ignoreCase);
    if (kind === 'GLOB') return (value) => globMatch(pattern, value, ignoreCase);
    const wanted = ignoreCase ? lower(pattern) : pattern;
    const plain = (value: Bytes): Bytes => (ignoreCase ? lower(value) : value);
    return kind === 'EXACT' ? (value) => plain(value) === wanted : (value) => plain(value).includes(wanted);
  });
}

export const argrep = command({
  ...common,
  name: 'argrep',
  summary: 'Returns the indexes in a range of an array whose values match: a text, a part of it, a glob pattern, a regular expression.',
  complexity: 'O(N*C), N being the number of values in the range and C the cost of matching one',
  arity: -6,
  syntax:
    'key start end <EXACT string | MATCH string | GLOB pattern | RE pattern:string> [<EXACT string | MATCH string | GLOB pattern | RE pattern:string> ...] [AND | OR] [LIMIT limit:integer] [WITHVALUES] [NOCASE]',
  run(ctx, argv) {
    const first = argv[2] === '-' ? 0 : argv[2] === '+' ? undefined : requireIndex(argv[2]);
    const last = argv[3] === '+' ? undefined : argv[3] === '-' ? 0 : requireIndex(argv[3]);
    const search = readSearch(new Cursor(argv, 4));
    const predicates = predicatesOf(search);
    const array = readArray(ctx, argv[1]);
    if (!array) return [];
    const end = array.last ?? 0;
    const matches = (value: Bytes): boolean =>
      search.all ? predicates.every((matches) => matches(value)) : predicates.some((matches) => matches(value));
    const found: Reply[] = [];
    walk(array, { start: first ?? end, end: last ?? end }, (index, value) => {
      if (matches(value)) found.push(search.withValues ? [index, value] : index);
      return found.length < search.limit;
    });
    return found;
  },
});

// ---- AROP

const NUMERIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  SUM: (a, b) => a + b,
  MIN: Math.min,
  MAX: Math.max,
};
const BITWISE: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  AND: (a, b) => a & b,
  OR: (a, b) => a | b,
  XOR: (a, b) => a ^ b,
};

/** A value as a 64-bit integer, cut towards zero where it is a float. */
function integerIn(value: Bytes): bigint | undefined {
  if (/^-?\d{1,19}$/.test(value)) return BigInt.asIntN(64, BigInt(value));
  const number = parseDouble(value);
  return number === undefined || !Number.isFinite(number) ? undefined : BigInt.asIntN(64, BigInt(Math.trunc(number)));
}

/** Joins what `read` finds in the values of a range; undefined when that is nothing. */
function fold<T>(array: ArrayValue, range: Range, read: (value: Bytes) => T | undefined, join: (a: T, b: T) => T): T | undefined {
  let result: T | undefined;
  walk(array, range, (_index, value) => {
    const one = read(value);
    if (one !== undefined) result = result === undefined ? one : join(result, one);
    return true;
  });
  return result;
}

function countIn(array: ArrayValue, range: Range, counts: (value: Bytes) => boolean): number {
  let count = 0;
  walk(array, range, (_index, value) => {
    if (counts(value)) count++;
    return true;
  });
  return count;
}

export const arop = command({
  ...common,
  name: 'arop',
  summary: 'Makes one number of the values in a range of an array: their sum, their bits joined, or how many there are.',
  complexity: 'O(N), N being the number of values in the range',
  arity: -5,
  syntax: 'key start:integer end:integer <SUM | MIN | MAX | AND | OR | XOR | MATCH value | USED>',
  run(ctx, argv) {
    const [start, end] = [requireIndex(argv[2]), requireIndex(argv[3])];
    const range = start <= end ? { start, end } : { start: end, end: start };
    const operation = (argv[4] as Bytes).toUpperCase();
    if (argv.length !== (operation === 'MATCH' ? 6 : 5)) throw SYNTAX;
    const numeric = NUMERIC[operation];
    const bitwise = BITWISE[operation];
    if (!numeric && !bitwise && operation !== 'MATCH' && operation !== 'USED') throw SYNTAX;
    const array = readArray(ctx, argv[1]);
    if (operation === 'USED') return array ? countIn(array, range, () => true) : 0;
    if (operation === 'MATCH') return array ? countIn(array, range, (value) => value === argv[5]) : 0;
    if (!array) return null;
    if (numeric) {
      const result = fold(array, range, parseDouble, numeric);
      return result === undefined ? null : formatDouble(result);
    }
    const bits = fold(array, range, integerIn, bitwise as (a: bigint, b: bigint) => bigint);
    return bits === undefined ? null : narrow(bits);
  },
});
