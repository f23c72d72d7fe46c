// Changes inside of a list.

import type { Bytes } from '../../bytes/bytes';
import { NO_SUCH_KEY, OUT_OF_RANGE, SYNTAX } from '../../protocol/errors';
import { OK } from '../../protocol/reply';
import { command } from '../../spec/command';
import { requireInteger } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asList } from '../../spec/narrow';
import type { ListValue } from '../../types/list';
import { rangeWithin } from './read';

export const lset = command({
  name: 'lset',
  group: 'list',
  summary: 'Replaces the element at an index.',
  since: '1.0.0',
  complexity: 'O(N), N being the distance from the nearer end',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'update')],
  syntax: 'key index:integer element',
  run(ctx, argv) {
    const [, key, index, element] = argv as [Bytes, Bytes, Bytes, Bytes];
    const list = asList(ctx.keys.write(key));
    if (!list) throw NO_SUCH_KEY;
    if (!list.set(requireInteger(index), element)) throw OUT_OF_RANGE;
    ctx.keys.changed(key, 'lset');
    return OK;
  },
});

function indexOf(list: ListValue, element: Bytes): number {
  let index = 0;
  let found = false;
  list.ascend(0, (other) => {
    found = other === element;
    if (!found) index++;
    return !found;
  });
  return found ? index : -1;
}

export const linsert = command({
  name: 'linsert',
  group: 'list',
  summary: 'Inserts an element before or after the first occurrence of another.',
  since: '2.2.0',
  complexity: 'O(N), N being the number of elements from the left to that occurrence',
  arity: 5,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'insert')],
  syntax: 'key <BEFORE | AFTER> pivot element',
  run(ctx, argv) {
    const [, key, where, pivot, element] = argv as [Bytes, Bytes, Bytes, Bytes, Bytes];
    const after = where.toLowerCase() === 'after';
    if (!after && where.toLowerCase() !== 'before') throw SYNTAX;
    const list = asList(ctx.keys.write(key));
    if (!list) return 0;
    const index = indexOf(list, pivot);
    if (index < 0) return -1;
    list.insert(after ? index + 1 : index, element);
    ctx.keys.changed(key, 'linsert');
    return list.size;
  },
});

export const lrem = command({
  name: 'lrem',
  group: 'list',
  summary: 'Removes occurrences of an element: all of them, or some from the left or, with a negative count, the right.',
  since: '1.0.0',
  complexity: 'O(N), N being the length of the list',
  arity: 4,
  flags: ['write'],
  keys: [keyAt(1, 'RW', 'delete')],
  syntax: 'key count:integer element',
  run(ctx, argv) {
    const [, key, countArgument, element] = argv as [Bytes, Bytes, Bytes, Bytes];
    const count = requireInteger(countArgument);
    const list = asList(ctx.keys.write(key));
    if (!list) return 0;
    const limit = count === 0 ? Number.POSITIVE_INFINITY : Math.abs(count);
    const removed = list.remove(element, limit, count < 0 ? 'right' : 'left');
    if (removed > 0) ctx.keys.changed(key, 'lrem');
    return removed;
  },
});

export const ltrim = command({
  name: 'ltrim',
  group: 'list',
  summary: 'Keeps the elements between two indexes and removes the others. A list without elements is deleted.',
  since: '1.0.0',
  complexity: 'O(N), N being the number of elements removed',
  arity: 4,
  flags: ['write'],
  keys: [keyAt(1, 'RW', 'delete')],
  syntax: 'key start:integer stop:integer',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const first = requireInteger(argv[2]);
    const last = requireInteger(argv[3]);
    const list = asList(ctx.keys.write(key));
    if (!list) return OK;
    const { start, count } = rangeWithin(list.size, first, last);
    // Nothing is removed, but whoever watches the key is told all the same, as in Redis.
    if (count === list.size) {
      ctx.keys.unchanged(key, 'ltrim');
      return OK;
    }
    list.removeRange(start + count, list.size);
    list.removeRange(0, count === 0 ? list.size : start);
    ctx.keys.changed(key, 'ltrim');
    return OK;
  },
});
