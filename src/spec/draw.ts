// What HRANDFIELD, SRANDMEMBER and ZRANDMEMBER have in common: the count with its option, and drawing places at random.

import type { Bytes } from '../bytes/bytes';
import { redisError, SYNTAX } from '../protocol/errors';
import { MAX_REPEATED_DRAWS } from '../protocol/limits';
import type { Random } from './context';
import { Cursor, requireInt64 } from './cursor';

const COUNT_OUT_OF_RANGE = redisError('ERR value is out of range');
const COUNT_BELOW_RANGE = redisError('ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807');
const MOST_NEGATIVE = -9223372036854775807n;
/** With values the reply is twice as long, and its length must still be a 64-bit number. */
const MOST_WITH_VALUES = 4611686018427387903n;

export interface DrawCount {
  /** Positive: so many different ones. Negative: so many draws, each from all. */
  readonly count: number;
  readonly withValues: boolean;
}

/** Reads `count [option]` from the third argument on. */
export function readDrawCount(argv: readonly Bytes[], option: 'WITHVALUES' | 'WITHSCORES' | undefined): DrawCount {
  const count = requireInt64(argv[2]);
  if (count < MOST_NEGATIVE) throw COUNT_BELOW_RANGE;
  const cursor = new Cursor(argv, 3);
  const withValues = option !== undefined && cursor.keyword(option);
  if (!cursor.done) throw SYNTAX;
  if (withValues && (count > MOST_WITH_VALUES || count < -MOST_WITH_VALUES)) throw COUNT_OUT_OF_RANGE;
  if (count < -MAX_REPEATED_DRAWS) throw COUNT_OUT_OF_RANGE;
  return { count: Number(count), withValues };
}

/** Places below `size`: different ones for a positive count, with repetitions for a negative one. */
export function drawPlaces(random: Random, size: number, count: number): number[] {
  if (count >= 0) return distinctPlaces(random, size, count);
  const places: number[] = [];
  for (let i = 0; i < -count; i++) places.push(random.below(size));
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
