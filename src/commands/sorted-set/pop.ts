import { ascii, type Bytes } from '../../bytes/bytes';
import { MUST_BE_POSITIVE, redisError, SYNTAX } from '../../protocol/errors';
import { DoubleReply, NULL_ARRAY, PairsReply, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor, requireInteger } from '../../spec/cursor';
import { countedKeysAt, keyAt } from '../../spec/keys';
import { asZSet } from '../../spec/narrow';
import type { ZSetValue } from '../../types/zset';

const NO_KEYS = redisError('ERR numkeys should be greater than 0');
const NO_COUNT = redisError('ERR count should be greater than 0');

export type End = 'min' | 'max';

export const POP: Readonly<Record<End, Bytes>> = { min: ascii('ZPOPMIN'), max: ascii('ZPOPMAX') };

const popOne = {
  group: 'sorted-set',
  since: '5.0.0',
  complexity: 'O(log(N)*M) where N is the size of the sorted set and M the number of members removed.',
  arity: -2,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete')],
  syntax: 'key [count:integer]',
} as const;

export const zpopmin = command({
  ...popOne,
  name: 'zpopmin',
  summary: 'Removes and returns the members with the lowest scores.',
  run: (ctx, argv) => popFromOne(ctx, argv, 'min'),
});

export const zpopmax = command({
  ...popOne,
  name: 'zpopmax',
  summary: 'Removes and returns the members with the highest scores.',
  run: (ctx, argv) => popFromOne(ctx, argv, 'max'),
});

export const zmpop = command({
  name: 'zmpop',
  group: 'sorted-set',
  summary: 'Removes and returns the members with the lowest or highest scores from the first of several sorted sets that has any.',
  since: '7.0.0',
  complexity: 'O(K)+O(M*log(N)) where K is the number of keys, N the size of the sorted set and M the number of members removed.',
  arity: -4,
  flags: ['write'],
  keys: [countedKeysAt(1, 'RW', 'access', 'delete')],
  syntax: 'numkeys:integer key [key ...] <MIN | MAX> [COUNT count:integer]',
  run(ctx, argv) {
    const { keys, end, count } = readMultiplePop(argv, 1);
    for (const key of keys) {
      const zset = asZSet(ctx.keys.write(key));
      if (!zset) continue;
      return popWithKey(ctx, key, zset, end, count);
    }
    return NULL_ARRAY;
  },
});

interface MultiplePop {
  readonly keys: readonly Bytes[];
  readonly end: End;
  readonly count: number;
}

/** `numkeys key [key ...] <MIN | MAX> [COUNT count]` from argument `index` on. */
export function readMultiplePop(argv: readonly Bytes[], index: number): MultiplePop {
  const keyCount = requireInteger(argv[index], NO_KEYS, 1);
  if (keyCount + index + 1 >= argv.length) throw SYNTAX;
  const cursor = new Cursor(argv, index + 1);
  const keys = cursor.take(keyCount);
  const end = readEnd(cursor);
  const count = cursor.option('COUNT') ? cursor.integer(NO_COUNT, 1) : 1;
  cursor.end();
  return { keys, end, count };
}

/** What ZMPOP takes and answers, with its effect. */
export function popWithKey(ctx: Context, key: Bytes, zset: ZSetValue, end: End, count: number): Reply {
  const couples = pop(ctx, key, zset, end, count);
  ctx.effect(POP[end], key, ascii(`${couples.length}`));
  return [key, couples];
}

function readEnd(cursor: Cursor): End {
  if (cursor.keyword('MIN')) return 'min';
  if (cursor.keyword('MAX')) return 'max';
  throw SYNTAX;
}

/** With a count RESP3 answers with one array for each member; without, the answer is flat in both protocols. */
function popFromOne(ctx: Context, argv: readonly Bytes[], end: End): Reply {
  if (argv.length > 3) throw SYNTAX;
  const key = argv[1] as Bytes;
  const count = argv.length === 3 ? requireInteger(argv[2], MUST_BE_POSITIVE, 0) : 1;
  const zset = asZSet(ctx.keys.write(key));
  if (!zset || count === 0) return [];
  const items = pop(ctx, key, zset, end, count).flat();
  return argv.length === 3 ? new PairsReply(items) : items;
}

/** Removes up to `count` members, at least one, from an end. Returns [member, score] couples. */
export function pop(ctx: Context, key: Bytes, zset: ZSetValue, end: End, count: number): [Bytes, DoubleReply][] {
  const { size } = zset;
  const taken = Math.min(count, size);
  const couples: [Bytes, DoubleReply][] = [];
  const downwards = end === 'max';
  zset.walk(downwards ? size - 1 : 0, taken, downwards, (member, score) => couples.push([member, new DoubleReply(score)]));
  zset.removeSpan(downwards ? { start: size - taken, end: size } : { start: 0, end: taken });
  ctx.keys.changed(key, downwards ? 'zpopmax' : 'zpopmin');
  return couples;
}
