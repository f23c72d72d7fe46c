// The commands of sorted sets that wait for a member: BZPOPMIN, BZPOPMAX and BZMPOP.

import type { Bytes } from '../../bytes/bytes';
import type { Reply } from '../../protocol/reply';
import { requireTimeout, takeOrWait } from '../../spec/blocking';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { countedKeysAt, keysFrom } from '../../spec/keys';
import { asZSet } from '../../spec/narrow';
import { type End, POP, pop, popWithKey, readMultiplePop } from './pop';

function popFrom(end: End) {
  return (ctx: Context, argv: readonly Bytes[]): Reply => {
    const deadline = requireTimeout(argv[argv.length - 1], ctx.now);
    return takeOrWait(ctx, {
      keys: argv.slice(1, -1),
      deadline,
      type: 'zset',
      narrow: asZSet,
      take(now, key, zset) {
        const couples = pop(now, key, zset, end, 1);
        now.effect(POP[end], key);
        return [key, ...couples.flat()];
      },
    });
  };
}

const popOne = {
  group: 'sorted-set',
  since: '5.0.0',
  complexity: 'O(log(N)) where N is the size of the sorted set.',
  arity: -3,
  flags: ['write', 'noscript', 'fast', 'blocking'],
  keys: [keysFrom(1, -2, 1, 'RW', 'access', 'delete')],
  syntax: 'key [key ...] timeout:double',
  history: [['6.0.0', 'The timeout may have a fraction.']],
  sharding: 'first',
} as const;

export const bzpopmin = command({
  ...popOne,
  name: 'bzpopmin',
  summary: 'Removes and returns the member with the lowest score from the first sorted set that has any; waits for one when none has.',
  run: popFrom('min'),
});

export const bzpopmax = command({
  ...popOne,
  name: 'bzpopmax',
  summary: 'Removes and returns the member with the highest score from the first sorted set that has any; waits for one when none has.',
  run: popFrom('max'),
});

export const bzmpop = command({
  name: 'bzmpop',
  group: 'sorted-set',
  summary:
    'Removes and returns the members with the lowest or highest scores from the first sorted set that has any; waits for some when none has.',
  since: '7.0.0',
  complexity: 'O(K)+O(M*log(N)) where K is the number of keys, N the size of the sorted set and M the number of members removed.',
  arity: -5,
  flags: ['write', 'blocking'],
  keys: [countedKeysAt(2, 'RW', 'access', 'delete')],
  syntax: 'timeout:double numkeys:integer key [key ...] <MIN | MAX> [COUNT count:integer]',
  sharding: 'first',
  run(ctx, argv) {
    const { keys, end, count } = readMultiplePop(argv, 2);
    const deadline = requireTimeout(argv[1], ctx.now);
    return takeOrWait(ctx, {
      keys,
      deadline,
      type: 'zset',
      narrow: asZSet,
      take: (now, key, zset) => popWithKey(now, key, zset, end, count),
    });
  },
});
