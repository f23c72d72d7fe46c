import type { Bytes } from '../../bytes/bytes';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { requireInteger } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asZSet } from '../../spec/narrow';
import type { Span, ZSetValue } from '../../types/zset';
import { requireNameBound, requireScoreBound } from './bounds';

export const zrem = command({
  name: 'zrem',
  group: 'sorted-set',
  summary: 'Removes members from a sorted set. Deletes the key when none is left.',
  since: '1.2.0',
  complexity: 'O(M*log(N)) where N is the size of the sorted set and M the number of members to remove.',
  arity: -3,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'delete')],
  history: [['2.4.0', 'Takes several members.']],
  syntax: 'key member [member ...]',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const zset = asZSet(ctx.keys.write(key));
    if (!zset) return 0;
    let removed = 0;
    for (let i = 2; i < argv.length && zset.size > 0; i++) if (zset.remove(argv[i] as Bytes)) removed++;
    if (removed > 0) ctx.keys.changed(key, 'zrem');
    return removed;
  },
});

export const zremrangebyrank = command({
  name: 'zremrangebyrank',
  group: 'sorted-set',
  summary: 'Removes the members in a range of ranks. Deletes the key when none is left.',
  since: '2.0.0',
  complexity: 'O(log(N)+M) where N is the size of the sorted set and M the number of members removed.',
  arity: 4,
  flags: ['write'],
  keys: [keyAt(1, 'RW', 'delete')],
  syntax: 'key start:integer stop:integer',
  run(ctx, argv) {
    const start = requireInteger(argv[2]);
    const stop = requireInteger(argv[3]);
    return removeRange(ctx, argv[1] as Bytes, 'zremrangebyrank', (zset) => zset.spanOfRanks(start, stop));
  },
});

export const zremrangebyscore = command({
  name: 'zremrangebyscore',
  group: 'sorted-set',
  summary: 'Removes the members in a range of scores. Deletes the key when none is left.',
  since: '1.2.0',
  complexity: 'O(log(N)+M) where N is the size of the sorted set and M the number of members removed.',
  arity: 4,
  flags: ['write'],
  keys: [keyAt(1, 'RW', 'delete')],
  syntax: 'key min:double max:double',
  run(ctx, argv) {
    const min = requireScoreBound(argv[2] as Bytes);
    const max = requireScoreBound(argv[3] as Bytes);
    return removeRange(ctx, argv[1] as Bytes, 'zremrangebyscore', (zset) => zset.spanOfScores(min, max));
  },
});

export const zremrangebylex = command({
  name: 'zremrangebylex',
  group: 'sorted-set',
  summary: 'Removes the members in a range by name, from a sorted set whose scores are all equal. Deletes the key when none is left.',
  since: '2.8.9',
  complexity: 'O(log(N)+M) where N is the size of the sorted set and M the number of members removed.',
  arity: 4,
  flags: ['write'],
  keys: [keyAt(1, 'RW', 'delete')],
  syntax: 'key min max',
  run(ctx, argv) {
    const min = requireNameBound(argv[2] as Bytes);
    const max = requireNameBound(argv[3] as Bytes);
    return removeRange(ctx, argv[1] as Bytes, 'zremrangebylex', (zset) => zset.spanOfNames(min, max));
  },
});

function removeRange(ctx: Context, key: Bytes, event: string, spanOf: (zset: ZSetValue) => Span): number {
  const zset = asZSet(ctx.keys.write(key));
  if (!zset) return 0;
  const removed = zset.removeSpan(spanOf(zset));
  if (removed > 0) ctx.keys.changed(key, event);
  return removed;
}
