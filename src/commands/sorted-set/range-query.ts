// What all commands that return or store a range share: the options, the two ends, and the walk that they amount to.

import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX } from '../../protocol/errors';
import { DoubleReply, PairsReply, type Reply } from '../../protocol/reply';
import type { Context } from '../../spec/context';
import { Cursor, requireInteger } from '../../spec/cursor';
import { asZSet } from '../../spec/narrow';
import type { NameBound, ScoreBound, Span, ZSetValue } from '../../types/zset';
import { requireNameBound, requireScoreBound } from './bounds';

const LIMIT_NEEDS_BY = redisError('ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX');
const SCORES_WITH_BY_LEX = redisError('ERR syntax error, WITHSCORES not supported in combination with BYLEX');

export type RangeBy = 'rank' | 'score' | 'name';

/** What a command has settled by its name; what is left open can be chosen with an option. */
export interface RangeForm {
  readonly by?: RangeBy;
  readonly reverse?: boolean;
  /** The result is stored with its scores: there is no WITHSCORES. */
  readonly store?: boolean;
}

type Bounds =
  | { readonly by: 'rank'; readonly start: number; readonly stop: number }
  | { readonly by: 'score'; readonly min: ScoreBound; readonly max: ScoreBound }
  | { readonly by: 'name'; readonly min: NameBound; readonly max: NameBound };

export interface RangeQuery {
  readonly bounds: Bounds;
  readonly reverse: boolean;
  /** Members to pass over, and how many to take at most; a negative count takes all. */
  readonly offset: number;
  readonly count: number;
  readonly withScores: boolean;
}

/** Reads the two ends at `at` of `argv` and all options behind them. */
export function readRangeQuery(argv: readonly Bytes[], at: number, form: RangeForm): RangeQuery {
  const cursor = new Cursor(argv, at + 2);
  let { by, reverse } = form;
  let withScores = false;
  let offset = 0;
  let count = -1;
  while (!cursor.done) {
    if (!form.store && cursor.keyword('WITHSCORES')) withScores = true;
    else if (cursor.option('LIMIT', 2)) {
      offset = cursor.integer();
      count = cursor.integer();
    } else if (reverse === undefined && cursor.keyword('REV')) reverse = true;
    else if (by === undefined && cursor.keyword('BYLEX')) by = 'name';
    else if (by === undefined && cursor.keyword('BYSCORE')) by = 'score';
    else throw SYNTAX;
  }
  by ??= 'rank';
  reverse ??= false;
  if (count !== -1 && by === 'rank') throw LIMIT_NEEDS_BY;
  if (withScores && by === 'name') throw SCORES_WITH_BY_LEX;
  // A LIMIT that takes everything is allowed here too, and then skips nothing.
  if (by === 'rank') offset = 0;
  return { bounds: readBounds(argv[at] as Bytes, argv[at + 1] as Bytes, by, reverse), reverse, offset, count, withScores };
}

/** A range of scores or names that is walked downwards is given from its upper end. */
function readBounds(first: Bytes, second: Bytes, by: RangeBy, reverse: boolean): Bounds {
  if (by === 'rank') return { by, start: requireInteger(first), stop: requireInteger(second) };
  const [min, max] = reverse ? [second, first] : [first, second];
  if (by === 'score') return { by, min: requireScoreBound(min), max: requireScoreBound(max) };
  return { by, min: requireNameBound(min), max: requireNameBound(max) };
}

/** Visits the members that a query asks for, in its order. */
export function walkRange(zset: ZSetValue, query: RangeQuery, visit: (member: Bytes, score: number) => void): void {
  const { start, end } = spanOf(zset, query);
  const { offset, reverse } = query;
  // A negative offset skips everything.
  if (offset < 0) return;
  const most = end - start - offset;
  const count = query.count < 0 ? most : Math.min(query.count, most);
  zset.walk(reverse ? end - 1 - offset : start + offset, count, reverse, visit);
}

function spanOf(zset: ZSetValue, { bounds, reverse }: RangeQuery): Span {
  if (bounds.by === 'score') return zset.spanOfScores(bounds.min, bounds.max);
  if (bounds.by === 'name') return zset.spanOfNames(bounds.min, bounds.max);
  const span = zset.spanOfRanks(bounds.start, bounds.stop);
  // Ranks that are counted from the highest score.
  return reverse ? { start: zset.size - span.end, end: zset.size - span.start } : span;
}

/** Runs a range command whose key and two ends are its first arguments. */
export function replyRange(ctx: Context, argv: readonly Bytes[], form: RangeForm): Reply {
  const query = readRangeQuery(argv, 2, form);
  const zset = asZSet(ctx.keys.read(argv[1] as Bytes));
  const items: Reply[] = [];
  if (!zset) return items;
  if (!query.withScores) {
    walkRange(zset, query, (member) => items.push(member));
    return items;
  }
  walkRange(zset, query, (member, score) => items.push(member, new DoubleReply(score)));
  return new PairsReply(items);
}
