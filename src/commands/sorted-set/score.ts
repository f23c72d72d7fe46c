import type { Bytes } from '../../bytes/bytes';
import { wrongArity } from '../../protocol/errors';
import { DoubleReply, NULL_ARRAY, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asZSet } from '../../spec/narrow';
import type { ZSetValue } from '../../types/zset';

export const zscore = command({
  name: 'zscore',
  group: 'sorted-set',
  summary: 'Returns the score of a member.',
  since: '1.2.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key member',
  run(ctx, argv) {
    return scoreReply(asZSet(ctx.keys.read(argv[1] as Bytes)), argv[2] as Bytes);
  },
});

export const zmscore = command({
  name: 'zmscore',
  group: 'sorted-set',
  summary: 'Returns the scores of several members.',
  since: '6.2.0',
  complexity: 'O(N) where N is the number of members asked for.',
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key member [member ...]',
  run(ctx, argv) {
    const zset = asZSet(ctx.keys.read(argv[1] as Bytes));
    return argv.slice(2).map((member) => scoreReply(zset, member));
  },
});

function scoreReply(zset: ZSetValue | undefined, member: Bytes): Reply {
  const score = zset?.score(member);
  return score === undefined ? null : new DoubleReply(score);
}

export const zrank = command({
  name: 'zrank',
  group: 'sorted-set',
  summary: 'Returns the rank of a member, counted from the lowest score.',
  since: '2.0.0',
  complexity: 'O(log(N)) where N is the size of the sorted set.',
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  history: [['7.2.0', 'Option `WITHSCORE`.']],
  syntax: 'key member [WITHSCORE]',
  run(ctx, argv) {
    return rank(ctx, argv, false);
  },
});

export const zrevrank = command({
  name: 'zrevrank',
  group: 'sorted-set',
  summary: 'Returns the rank of a member, counted from the highest score.',
  since: '2.0.0',
  complexity: 'O(log(N)) where N is the size of the sorted set.',
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  history: [['7.2.0', 'Option `WITHSCORE`.']],
  syntax: 'key member [WITHSCORE]',
  run(ctx, argv) {
    return rank(ctx, argv, true);
  },
});

function rank(ctx: Context, argv: readonly Bytes[], fromHighest: boolean): Reply {
  if (argv.length > 4) throw wrongArity(fromHighest ? 'zrevrank' : 'zrank');
  const cursor = new Cursor(argv, 3);
  const withScore = cursor.keyword('WITHSCORE');
  cursor.end();
  const member = argv[2] as Bytes;
  const zset = asZSet(ctx.keys.read(argv[1] as Bytes));
  const fromLowest = zset?.rank(member);
  if (!zset || fromLowest === undefined) return withScore ? NULL_ARRAY : null;
  const position = fromHighest ? zset.size - 1 - fromLowest : fromLowest;
  return withScore ? [position, scoreReply(zset, member)] : position;
}
