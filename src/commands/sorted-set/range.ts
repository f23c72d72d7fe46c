import type { Bytes } from '../../bytes/bytes';
import { command } from '../../spec/command';
import { keyAt } from '../../spec/keys';
import { asZSet } from '../../spec/narrow';
import { readRangeQuery, replyRange, walkRange } from './range-query';
import { storeSorted } from './store';

export const zrange = command({
  name: 'zrange',
  group: 'sorted-set',
  summary: 'Returns the members in a range of ranks, scores or names.',
  since: '1.2.0',
  complexity: 'O(log(N)+M) where N is the size of the sorted set and M the number of members returned.',
  arity: -4,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  history: [['6.2.0', 'Options `REV`, `BYSCORE`, `BYLEX` and `LIMIT`.']],
  syntax: 'key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset:integer count:integer] [WITHSCORES]',
  run(ctx, argv) {
    return replyRange(ctx, argv, {});
  },
});

export const zrangestore = command({
  name: 'zrangestore',
  group: 'sorted-set',
  summary: 'Stores a range of the members of a sorted set in another key.',
  since: '6.2.0',
  complexity: 'O(log(N)+M) where N is the size of the sorted set and M the number of members stored.',
  arity: -5,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'OW', 'update'), keyAt(2, 'RO', 'access')],
  syntax: 'dst:key src:key min max [BYSCORE | BYLEX] [REV] [LIMIT offset:integer count:integer]',
  run(ctx, argv) {
    const query = readRangeQuery(argv, 3, { store: true });
    const zset = asZSet(ctx.keys.read(argv[2] as Bytes));
    const scores: number[] = [];
    const names: Bytes[] = [];
    if (zset) {
      walkRange(zset, query, (member, score) => {
        scores.push(score);
        names.push(member);
      });
    }
    if (query.reverse) {
      scores.reverse();
      names.reverse();
    }
    return storeSorted(ctx, argv[1] as Bytes, scores, names, 'zrangestore');
  },
});
