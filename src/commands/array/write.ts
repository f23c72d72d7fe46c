// Setting and deleting elements, by index and by the cursor.

import type { Bytes } from '../../bytes/bytes';
import { narrow } from '../../bytes/integer';
import { redisError, wrongArity } from '../../protocol/errors';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { requireInt64 } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asArray } from '../../spec/narrow';
import { ArrayValue, INDEX_END, type Index } from '../../types/array';
import { plus, requireCursor, requireIndex } from './indexes';
import { nextOf, walkBack } from './read';

const CURSOR_OVERFLOW = redisError('ERR insert index overflow');
const INVALID_SIZE = redisError('ERR invalid ring size');

const common = {
  group: 'array',
  since: '8.8.0',
  keys: [keyAt(1, 'RW', 'update')],
} as const;

/** Lets `change` work on the array at a key, which is created when there is none. */
function edit<T>(ctx: Context, key: Bytes, event: string, change: (array: ArrayValue) => T): T {
  const existing = asArray(ctx.keys.write(key));
  const array = existing ?? new ArrayValue(ctx.limits);
  const result = change(array);
  if (existing) ctx.keys.changed(key, event);
  else ctx.keys.set(key, array, event);
  return result;
}

export const arset = command({
  ...common,
  name: 'arset',
  summary: 'Sets values at an index of an array and those behind it. Returns how many of the places were empty.',
  complexity: 'O(N), N being the number of values',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  syntax: 'key index:integer value [value ...]',
  run(ctx, argv) {
    const start = requireIndex(argv[2]);
    plus(start, argv.length - 4);
    return edit(ctx, argv[1] as Bytes, 'arset', (array) => {
      let filled = 0;
      for (let i = 3; i < argv.length; i++) if (array.set(plus(start, i - 3), argv[i] as Bytes)) filled++;
      return filled;
    });
  },
});

export const armset = command({
  ...common,
  name: 'armset',
  summary: 'Sets values at several indexes of an array. Returns how many of the places were empty.',
  complexity: 'O(N), N being the number of values',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  syntax: 'key <index:integer value> [<index:integer value> ...]',
  run(ctx, argv) {
    if (argv.length % 2 === 1) throw wrongArity('armset');
    const indexes: Index[] = [];
    for (let i = 2; i < argv.length; i += 2) indexes.push(requireIndex(argv[i]));
    return edit(ctx, argv[1] as Bytes, 'armset', (array) => {
      let filled = 0;
      indexes.forEach((index, i) => {
        if (array.set(index, argv[2 * i + 3] as Bytes)) filled++;
      });
      return filled;
    });
  },
});

/** Deletes ranges, both ends included, in whichever order. */
function deleteRanges(ctx: Context, key: Bytes, ranges: readonly (readonly [Index, Index])[], event: string): number {
  const array = asArray(ctx.keys.write(key));
  if (!array) return 0;
  let deleted = 0;
  for (const [start, end] of ranges) deleted += start <= end ? array.deleteRange(start, end) : array.deleteRange(end, start);
  if (deleted > 0) ctx.keys.changed(key, event);
  return deleted;
}

export const ardel = command({
  ...common,
  name: 'ardel',
  summary: 'Deletes the values at indexes of an array. An array without values is deleted.',
  complexity: 'O(N), N being the number of indexes',
  arity: -3,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'delete')],
  syntax: 'key index:integer [index:integer ...]',
  run(ctx, argv) {
    const indexes = argv.slice(2).map(requireIndex);
    return deleteRanges(
      ctx,
      argv[1] as Bytes,
      indexes.map((index) => [index, index]),
      'ardel',
    );
  },
});

export const ardelrange = command({
  ...common,
  name: 'ardelrange',
  summary: 'Deletes the values in ranges of indexes of an array. An array without values is deleted.',
  complexity: 'O(N), N being the number of values deleted',
  arity: -4,
  flags: ['write'],
  keys: [keyAt(1, 'RW', 'delete')],
  syntax: 'key <start:integer end:integer> [<start:integer end:integer> ...]',
  run(ctx, argv) {
    if (argv.length % 2 === 1) throw wrongArity('ardelrange');
    const ranges: [Index, Index][] = [];
    for (let i = 2; i < argv.length; i += 2) ranges.push([requireIndex(argv[i]), requireIndex(argv[i + 1])]);
    return deleteRanges(ctx, argv[1] as Bytes, ranges, 'ardelrange');
  },
});

export const arinsert = command({
  ...common,
  name: 'arinsert',
  summary: 'Appends values to an array, behind its cursor. Returns the index of the last one.',
  complexity: 'O(N), N being the number of values',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  syntax: 'key value [value ...]',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const start = nextOf(asArray(ctx.keys.write(key)));
    if (start === null || BigInt(start) + BigInt(argv.length - 2) > INDEX_END) throw CURSOR_OVERFLOW;
    return edit(ctx, key, 'arinsert', (array) => {
      let last = start;
      for (let i = 2; i < argv.length; i++) {
        last = plus(start, i - 2);
        array.set(last, argv[i] as Bytes);
      }
      array.cursor = last;
      return last;
    });
  },
});

export const arseek = command({
  ...common,
  name: 'arseek',
  summary: 'Sets the index that the next ARINSERT or ARRING writes to. Returns 0 when there is no array.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'fast'],
  syntax: 'key index:integer',
  run(ctx, argv) {
    const next = requireCursor(argv[2]);
    const key = argv[1] as Bytes;
    const array = asArray(ctx.keys.write(key));
    if (!array) return 0;
    array.cursor = next === 0n ? undefined : narrow(next - 1n);
    ctx.keys.changed(key, 'arseek');
    return 1;
  },
});

/**
 * Makes an array fit a ring of `size` places, as Redis does when the ring has another size than before: the values that were
 * written last move to the front, in their order, up to the first gap. A ring that grows keeps its places while it has not
 * come round yet.
 */
function fitRing(array: ArrayValue, size: number): void {
  const last = array.last;
  if (last === undefined) return;
  const shrinks = last >= size;
  const { cursor } = array;
  const inside = cursor !== undefined && cursor <= last;
  const isRound = inside && cursor !== last && BigInt(last) + 1n < size;
  if (!shrinks && !isRound) return;
  if (!inside) {
    array.deleteRange(size, last);
    return;
  }
  const newest: Bytes[] = [];
  walkBack(array, size, (value) => {
    if (value !== undefined) newest.push(value);
    return value !== undefined;
  });
  array.deleteRange(0, last);
  newest.reverse().forEach((value, i) => {
    array.set(i, value);
  });
  array.cursor = newest.length === 0 ? undefined : newest.length - 1;
}

export const arring = command({
  ...common,
  name: 'arring',
  summary: 'Appends values to an array that is a ring of some size: behind its last place comes its first.',
  complexity: 'O(M), M being the number of values, plus O(N) when the size of the ring changes, N being the larger size',
  arity: -4,
  flags: ['write', 'denyoom'],
  syntax: 'key size:integer value [value ...]',
  run(ctx, argv) {
    const size = requireInt64(argv[2], INVALID_SIZE);
    if (size <= 0 || typeof size === 'bigint') throw INVALID_SIZE;
    return edit(ctx, argv[1] as Bytes, 'arring', (array) => {
      fitRing(array, size);
      let place = Number(BigInt(nextOf(array) ?? 0) % BigInt(size));
      for (let i = 3; i < argv.length; i++) {
        array.set(place, argv[i] as Bytes);
        array.cursor = place;
        place = (place + 1) % size;
      }
      return array.cursor as Index;
    });
  },
});
