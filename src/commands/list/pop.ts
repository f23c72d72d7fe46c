// Taking elements from the ends of a list.

import type { Bytes } from '../../bytes/bytes';
import { MUST_BE_POSITIVE, redisError, SYNTAX, wrongArity } from '../../protocol/errors';
import { NULL_ARRAY, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor, requireInteger } from '../../spec/cursor';
import { countedKeysAt, keyAt } from '../../spec/keys';
import { asList } from '../../spec/narrow';
import type { ListValue, Side } from '../../types/list';
import { POPPED, requireSide } from './side';

const NUMKEYS_TOO_SMALL = redisError('ERR numkeys should be greater than 0');
const COUNT_TOO_SMALL = redisError('ERR count should be greater than 0');

interface MultiplePop {
  readonly keys: readonly Bytes[];
  readonly side: Side;
  readonly count: number;
}

/** `numkeys key [key ...] <LEFT | RIGHT> [COUNT count]` */
export function readMultiplePop(cursor: Cursor): MultiplePop {
  const keys = cursor.take(cursor.integer(NUMKEYS_TOO_SMALL, 1));
  const side = requireSide(cursor.next());
  let count: number | undefined;
  while (!cursor.done) {
    if (count !== undefined || !cursor.option('COUNT')) throw SYNTAX;
    count = cursor.integer(COUNT_TOO_SMALL, 1);
  }
  return { keys, side, count: count ?? 1 };
}

/** Takes up to `count` elements, at least one, in the order in which single pops would give them. */
export function popMany(ctx: Context, key: Bytes, list: ListValue, side: Side, count: number): Bytes[] {
  const taken = Math.min(count, list.size);
  const start = side === 'left' ? 0 : list.size - taken;
  const elements = list.range(start, taken);
  if (side === 'right') elements.reverse();
  list.removeRange(start, taken);
  ctx.keys.changed(key, POPPED[side]);
  return elements;
}

function popFrom(side: Side) {
  return (ctx: Context, argv: readonly Bytes[]): Reply => {
    if (argv.length > 3) throw wrongArity(POPPED[side]);
    const key = argv[1] as Bytes;
    const count = argv.length === 3 ? requireInteger(argv[2], MUST_BE_POSITIVE, 0) : undefined;
    const list = asList(ctx.keys.write(key));
    if (!list) return count === undefined ? null : NULL_ARRAY;
    if (count === 0) return [];
    if (count !== undefined) return popMany(ctx, key, list, side, count);
    const element = list.pop(side) ?? null;
    ctx.keys.changed(key, POPPED[side]);
    return element;
  };
}

const common = {
  group: 'list',
  since: '1.0.0',
  complexity: 'O(N), N being the number of elements taken',
  arity: -2,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete')],
  syntax: 'key [count:integer]',
  history: [['6.2.0', 'Takes a count.']],
} as const;

export const lpop = command({
  ...common,
  name: 'lpop',
  summary: 'Takes the first element of a list, or several. A list without elements is deleted.',
  run: popFrom('left'),
});

export const rpop = command({
  ...common,
  name: 'rpop',
  summary: 'Takes the last element of a list, or several. A list without elements is deleted.',
  run: popFrom('right'),
});

export const lmpop = command({
  name: 'lmpop',
  group: 'list',
  summary: 'Takes elements from an end of the first list that has any. A list without elements is deleted.',
  since: '7.0.0',
  complexity: 'O(N+M), N being the number of keys and M that of the elements taken',
  arity: -4,
  flags: ['write'],
  keys: [countedKeysAt(1, 'RW', 'access', 'delete')],
  syntax: 'numkeys:integer key [key ...] <LEFT | RIGHT> [COUNT count:integer]',
  run(ctx, argv) {
    const { keys, side, count } = readMultiplePop(new Cursor(argv, 1));
    for (const key of keys) {
      const list = asList(ctx.keys.write(key));
      if (list) return [key, popMany(ctx, key, list, side, count)];
    }
    return NULL_ARRAY;
  },
});
