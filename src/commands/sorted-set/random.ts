import type { Bytes } from '../../bytes/bytes';
import { MAX_REPEATED_DRAWS } from '../../protocol/limits';
import { DoubleReply, PairsReply, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import { drawPlaces, readDrawCount } from '../../spec/draw';
import { keyAt } from '../../spec/keys';
import { asZSet } from '../../spec/narrow';

export const zrandmember = command({
  name: 'zrandmember',
  group: 'sorted-set',
  summary: 'Returns random members of a sorted set: different ones for a positive count, with repetitions for a negative one.',
  since: '6.2.0',
  complexity: 'O(N) where N is the number of members returned.',
  arity: -2,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  syntax: 'key [count:integer [WITHSCORES]]',
  difference: `A count below -${MAX_REPEATED_DRAWS} is refused as out of range.`,
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    if (argv.length === 2) {
      const zset = asZSet(ctx.keys.read(key));
      return zset ? zset.memberAt(ctx.random.below(zset.size)) : null;
    }
    const { count, withValues } = readDrawCount(argv, 'WITHSCORES');
    const zset = asZSet(ctx.keys.read(key));
    if (!zset) return [];
    const places = drawPlaces(ctx.random, zset.size, count);
    if (!withValues) return places.map((place) => zset.memberAt(place));
    const items: Reply[] = [];
    for (const place of places) items.push(zset.memberAt(place), new DoubleReply(zset.scoreAt(place)));
    return new PairsReply(items);
  },
});
