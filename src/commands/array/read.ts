// Reading single elements and what is known of an array as a whole.

import { ascii, type Bytes } from '../../bytes/bytes';
import { narrow } from '../../bytes/integer';
import { NO_SUCH_KEY, redisError, SYNTAX } from '../../protocol/errors';
import { MapReply, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import { Cursor, requireInteger } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { type ArrayValue, INDEX_END, type Index } from '../../types/array';
import { MAX_ITEMS, plus, readArray, requireIndex, widthOf } from './indexes';

const TOO_WIDE = redisError(`ERR range exceeds maximum of ${MAX_ITEMS} items`);
const TOO_MANY = redisError(`ERR count exceeds maximum of ${MAX_ITEMS} items`);
const NOT_A_COUNT = redisError('ERR count must be a positive integer');

const common = {
  group: 'array',
  since: '8.8.0',
  keys: [keyAt(1, 'RO', 'access')],
} as const;

export const arget = command({
  ...common,
  name: 'arget',
  summary: 'Returns the value at an index of an array.',
  complexity: 'O(log(N))',
  arity: 3,
  flags: ['readonly', 'fast'],
  syntax: 'key index:integer',
  run(ctx, argv) {
    const index = requireIndex(argv[2]);
    return readArray(ctx, argv[1])?.get(index) ?? null;
  },
});

export const armget = command({
  ...common,
  name: 'armget',
  summary: 'Returns the values at several indexes of an array.',
  complexity: 'O(N*log(M)), N being the number of indexes and M that of the elements',
  arity: -3,
  flags: ['readonly', 'fast'],
  syntax: 'key index:integer [index:integer ...]',
  run(ctx, argv) {
    const indexes = argv.slice(2).map(requireIndex);
    const array = readArray(ctx, argv[1]);
    return indexes.map((index) => array?.get(index) ?? null);
  },
});

export const argetrange = command({
  ...common,
  name: 'argetrange',
  summary: 'Returns the values at all indexes of a range, null where there is none; backwards when the start is behind the end.',
  complexity: 'O(N), N being the width of the range',
  arity: 4,
  flags: ['readonly'],
  syntax: 'key start:integer end:integer',
  run(ctx, argv) {
    const [start, end] = [requireIndex(argv[2]), requireIndex(argv[3])];
    const [low, high] = start <= end ? [start, end] : [end, start];
    const width = widthOf(low, high);
    if (width > MAX_ITEMS) throw TOO_WIDE;
    const replies = new Array<Reply>(Number(width)).fill(null);
    readArray(ctx, argv[1])?.ascend(low, (index, value) => {
      if (index > high) return false;
      replies[Number(BigInt(index) - BigInt(low))] = value;
      return true;
    });
    return start <= end ? replies : replies.reverse();
  },
});

export const arlen = command({
  ...common,
  name: 'arlen',
  summary: 'Returns the length of an array: its highest index with a value, plus one.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  syntax: 'key',
  run: (ctx, argv) => lengthOf(readArray(ctx, argv[1])),
});

export const arcount = command({
  ...common,
  name: 'arcount',
  summary: 'Returns how many values an array has.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  syntax: 'key',
  run: (ctx, argv) => readArray(ctx, argv[1])?.size ?? 0,
});

function lengthOf(array: ArrayValue | undefined): Index {
  const last = array?.last;
  return last === undefined ? 0 : narrow(BigInt(last) + 1n);
}

/** Where the next append writes to, or null when the cursor has come to the end. */
export function nextOf(array: ArrayValue | undefined): Index | null {
  const cursor = array?.cursor;
  if (cursor === undefined) return 0;
  const next = BigInt(cursor) + 1n;
  return next >= INDEX_END ? null : narrow(next);
}

export const arnext = command({
  ...common,
  name: 'arnext',
  summary: 'Returns the index that the next ARINSERT writes to; null when there is none left.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  syntax: 'key',
  run: (ctx, argv) => nextOf(readArray(ctx, argv[1])),
});

/**
 * Visits up to `count` places in the order in which a ring was written, last one first: from the cursor down to 0, then from
 * the end of the array down to the cursor. `visit` answers false to end it.
 */
export function walkBack(array: ArrayValue, count: number, visit: (value: Bytes | undefined) => boolean): void {
  const last = array.last;
  if (last === undefined) return;
  const from = array.cursor === undefined || array.cursor > last ? last : array.cursor;
  let index: Index = from;
  for (let left = count; left > 0; left--) {
    if (!visit(array.get(index))) return;
    index = index === 0 ? last : plus(index, -1);
    if (index === from) return;
  }
}

export const arlastitems = command({
  ...common,
  name: 'arlastitems',
  summary: 'Returns the values that were appended last, oldest first.',
  complexity: 'O(N), N being the count',
  arity: -3,
  flags: ['readonly'],
  syntax: 'key count:integer [REV]',
  run(ctx, argv) {
    const cursor = new Cursor(argv, 2);
    const count = requireInteger(cursor.next(), NOT_A_COUNT, 1);
    const newestFirst = cursor.keyword('REV');
    cursor.end();
    const array = readArray(ctx, argv[1]);
    if (!array) return [];
    const length = lengthOf(array);
    if (length > MAX_ITEMS && count > MAX_ITEMS) throw TOO_MANY;
    const values: Reply[] = [];
    walkBack(array, count, (value) => values.push(value ?? null) > 0);
    return newestFirst ? values : values.reverse();
  },
});

export const arinfo = command({
  ...common,
  name: 'arinfo',
  summary: 'Tells about an array: its values, its length, its cursor, and the parts that it is held in.',
  complexity: 'O(1)',
  arity: -2,
  flags: ['readonly'],
  syntax: 'key [FULL]',
  difference:
    'Arrays are held in parts of some 4 KB, and not in the slices of Redis: ARINFO tells of those parts, with FULL as dense slices, and its slice-size is 0.',
  run(ctx, argv) {
    if (argv.length > 3 || (argv.length === 3 && argv[2]?.toUpperCase() !== 'FULL')) throw SYNTAX;
    const array = readArray(ctx, argv[1]);
    if (!array) throw NO_SUCH_KEY;
    const parts = array.partCount;
    const items: Reply[] = [];
    const tell = (name: string, value: Reply): void => {
      items.push(ascii(name), value);
    };
    tell('count', array.size);
    tell('len', lengthOf(array));
    tell('next-insert-index', nextOf(array) ?? 0);
    tell('slices', parts);
    tell('directory-size', parts);
    tell('super-dir-entries', 0);
    tell('slice-size', 0);
    if (argv.length === 3) {
      tell('dense-slices', parts);
      tell('sparse-slices', 0);
      tell('avg-dense-size', ascii(`${Math.round(array.size / parts)}`));
      tell('avg-dense-fill', ascii('1'));
      tell('avg-sparse-size', ascii('0'));
    }
    return new MapReply(items);
  },
});
