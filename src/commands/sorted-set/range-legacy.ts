// The range commands of before 6.2, each of which is one form of ZRANGE.

import { command } from '../../spec/command';
import { keyAt } from '../../spec/keys';
import { replyRange } from './range-query';

const COMPLEXITY = 'O(log(N)+M) where N is the size of the sorted set and M the number of members returned.';

export const zrevrange = command({
  name: 'zrevrange',
  group: 'sorted-set',
  summary: 'Returns the members in a range of ranks that are counted from the highest score.',
  since: '1.2.0',
  complexity: COMPLEXITY,
  arity: -4,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` argument' },
  syntax: 'key start:integer stop:integer [WITHSCORES]',
  run(ctx, argv) {
    return replyRange(ctx, argv, { by: 'rank', reverse: true });
  },
});

export const zrangebyscore = command({
  name: 'zrangebyscore',
  group: 'sorted-set',
  summary: 'Returns the members in a range of scores.',
  since: '1.0.5',
  complexity: COMPLEXITY,
  arity: -4,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  history: [['2.0.0', 'Option `WITHSCORES`.']],
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYSCORE` argument' },
  syntax: 'key min:double max:double [WITHSCORES] [LIMIT offset:integer count:integer]',
  run(ctx, argv) {
    return replyRange(ctx, argv, { by: 'score', reverse: false });
  },
});

export const zrevrangebyscore = command({
  name: 'zrevrangebyscore',
  group: 'sorted-set',
  summary: 'Returns the members in a range of scores, from the highest score down.',
  since: '2.2.0',
  complexity: COMPLEXITY,
  arity: -4,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  history: [['2.1.6', '`min` and `max` may be exclusive.']],
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYSCORE` arguments' },
  syntax: 'key max:double min:double [WITHSCORES] [LIMIT offset:integer count:integer]',
  run(ctx, argv) {
    return replyRange(ctx, argv, { by: 'score', reverse: true });
  },
});

export const zrangebylex = command({
  name: 'zrangebylex',
  group: 'sorted-set',
  summary: 'Returns the members in a range by name, of a sorted set whose scores are all equal.',
  since: '2.8.9',
  complexity: COMPLEXITY,
  arity: -4,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYLEX` argument' },
  syntax: 'key min max [LIMIT offset:integer count:integer]',
  run(ctx, argv) {
    return replyRange(ctx, argv, { by: 'name', reverse: false });
  },
});

export const zrevrangebylex = command({
  name: 'zrevrangebylex',
  group: 'sorted-set',
  summary: 'Returns the members in a range by name, from the last down, of a sorted set whose scores are all equal.',
  since: '2.8.9',
  complexity: COMPLEXITY,
  arity: -4,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYLEX` arguments' },
  syntax: 'key max min [LIMIT offset:integer count:integer]',
  run(ctx, argv) {
    return replyRange(ctx, argv, { by: 'name', reverse: true });
  },
});
