import type { Bytes } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import { MAX_REPEATED_DRAWS } from '../../protocol/limits';
import { DoubleReply, PairsReply, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Random } from '../../spec/context';
import { Cursor, requireInt64 } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asZSet } from '../../spec/narrow';
import type { ZSetValue } from '../../types/zset';

const COUNT_OUT_OF_RANGE = redisError('ERR value is out of range');
const COUNT_BELOW_RANGE = redisError('ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807');
const MOST_NEGATIVE = -9223372036854775807n;
/** With scores the reply is twice as long, and its length must still be a 64-bit number. */
const MOST_WITH_SCORES = 4611686018427387903n;

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
    if (argv.length === 2) {
      const zset = asZSet(ctx.keys.read(argv[1] as Bytes));
      return zset ? zset.memberAt(ctx.random.below(zset.size)) : null;
    }
    const { count, withScores } = readCount(argv);
    const zset = asZSet(ctx.keys.read(argv[1] as Bytes));
    if (!zset || count === 0) return [];
    const places = count < 0 ? repeatedPlaces(ctx.random, zset.size, -count) : distinctPlaces(ctx.random, zset.size, count);
    return replyAt(zset, places, withScores);
  },
});

function readCount(argv: readonly Bytes[]): { count: number; withScores: boolean } {
  const count = requireInt64(argv[2]);
  if (count < MOST_NEGATIVE) throw COUNT_BELOW_RANGE;
  const cursor = new Cursor(argv, 3);
  const withScores = cursor.keyword('WITHSCORES');
  cursor.end();
  if (withScores && (count > MOST_WITH_SCORES || count < -MOST_WITH_SCORES)) throw COUNT_OUT_OF_RANGE;
  if (count < -MAX_REPEATED_DRAWS) throw COUNT_OUT_OF_RANGE;
  return { count: Number(count), withScores };
}

function repeatedPlaces(random: Random, size: number, count: number): number[] {
  const places: number[] = [];
  for (let i = 0; i < count; i++) places.push(random.below(size));
  return places;
}

/**
 * The first `count` places of a random permutation, or all places. It is a Fisher-Yates shuffle that stops early and
 * keeps only what has moved, so it takes O(count) however large the set is.
 */
function distinctPlaces(random: Random, size: number, count: number): number[] {
  const places: number[] = [];
  const moved = new Map<number, number>();
  for (let i = 0; i < size && i < count; i++) {
    const drawn = i + random.below(size - i);
    places.push(moved.get(drawn) ?? drawn);
    moved.set(drawn, moved.get(i) ?? i);
  }
  return places;
}

function replyAt(zset: ZSetValue, places: readonly number[], withScores: boolean): Reply {
  if (!withScores) return places.map((place) => zset.memberAt(place));
  const items: Reply[] = [];
  for (const place of places) items.push(zset.memberAt(place), new DoubleReply(zset.scoreAt(place)));
  return new PairsReply(items);
}
