import type { Bytes } from '../../bytes/bytes';
import { command } from '../../spec/command';
import { keyAt } from '../../spec/keys';
import { asZSet } from '../../spec/narrow';
import type { Span } from '../../types/zset';
import { requireNameBound, requireScoreBound } from './bounds';

export const zcard = command({
  name: 'zcard',
  group: 'sorted-set',
  summary: 'Counts the members of a sorted set.',
  since: '1.2.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO')],
  syntax: 'key',
  run(ctx, argv) {
    return asZSet(ctx.keys.read(argv[1] as Bytes))?.size ?? 0;
  },
});

export const zcount = command({
  name: 'zcount',
  group: 'sorted-set',
  summary: 'Counts the members whose scores are in a range.',
  since: '2.0.0',
  complexity: 'O(log(N)) where N is the size of the sorted set.',
  arity: 4,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key min:double max:double',
  run(ctx, argv) {
    const min = requireScoreBound(argv[2] as Bytes);
    const max = requireScoreBound(argv[3] as Bytes);
    const zset = asZSet(ctx.keys.read(argv[1] as Bytes));
    return zset ? sizeOf(zset.spanOfScores(min, max)) : 0;
  },
});

export const zlexcount = command({
  name: 'zlexcount',
  group: 'sorted-set',
  summary: 'Counts the members in a range by name, in a sorted set whose scores are all equal.',
  since: '2.8.9',
  complexity: 'O(log(N)) where N is the size of the sorted set.',
  arity: 4,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key min max',
  run(ctx, argv) {
    const min = requireNameBound(argv[2] as Bytes);
    const max = requireNameBound(argv[3] as Bytes);
    const zset = asZSet(ctx.keys.read(argv[1] as Bytes));
    return zset ? sizeOf(zset.spanOfNames(min, max)) : 0;
  },
});

function sizeOf({ start, end }: Span): number {
  return Math.max(end - start, 0);
}
