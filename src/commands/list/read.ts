// Reading a list by position.

import type { Bytes } from '../../bytes/bytes';
import { command } from '../../spec/command';
import { requireInteger } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asList } from '../../spec/narrow';

export const llen = command({
  name: 'llen',
  group: 'list',
  summary: 'Returns how many elements a list has.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO')],
  syntax: 'key',
  run(ctx, argv) {
    return asList(ctx.keys.read(argv[1] as Bytes))?.size ?? 0;
  },
});

export const lindex = command({
  name: 'lindex',
  group: 'list',
  summary: 'Returns the element at an index; a negative index counts from the right.',
  since: '1.0.0',
  complexity: 'O(N), N being the distance from the nearer end',
  arity: 3,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key index:integer',
  run(ctx, argv) {
    const list = asList(ctx.keys.read(argv[1] as Bytes));
    // The index is only judged when there is a list, as in Redis.
    return list?.at(requireInteger(argv[2])) ?? null;
  },
});

/**
 * Redis' range of two indexes, ends included and negative ones counted from the end, as a start and a count within
 * `size` elements.
 */
export function rangeWithin(size: number, first: number, last: number): { start: number; count: number } {
  const start = first < 0 ? Math.max(0, size + first) : first;
  const end = Math.min(last < 0 ? size + last : last, size - 1);
  return { start, count: Math.max(0, end - start + 1) };
}

export const lrange = command({
  name: 'lrange',
  group: 'list',
  summary: 'Returns the elements between two indexes.',
  since: '1.0.0',
  complexity: 'O(S+N), S being the distance of the start from the nearer end and N the number of elements returned',
  arity: 4,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key start:integer stop:integer',
  run(ctx, argv) {
    const first = requireInteger(argv[2]);
    const last = requireInteger(argv[3]);
    const list = asList(ctx.keys.read(argv[1] as Bytes));
    if (!list) return [];
    const { start, count } = rangeWithin(list.size, first, last);
    return list.range(start, count);
  },
});
