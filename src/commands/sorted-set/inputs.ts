// The arguments that unions, intersections and differences share: counted keys, weights, the aggregate, WITHSCORES.

import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX, WRONG_TYPE } from '../../protocol/errors';
import { DoubleReply, PairsReply, type Reply } from '../../protocol/reply';
import type { Context } from '../../spec/context';
import { type Cursor, requireInteger } from '../../spec/cursor';
import { SetValue } from '../../types/set';
import { ZSetValue } from '../../types/zset';
import { AGGREGATES, type Aggregate, inOrder, type Source, type Weighted } from './combine';

const NOT_A_WEIGHT = redisError('ERR weight value is not a float');

const NOTHING: Source = {
  size: 0,
  memberAt: nowhere,
  scoreAt: nowhere,
  score: () => undefined,
};

function nowhere(): never {
  throw new RangeError('nothing has no members');
}

/** A set, whose members all have score 1. */
class SetSource implements Source {
  constructor(private readonly set: SetValue) {}
  get size(): number {
    return this.set.size;
  }
  memberAt(place: number): Bytes {
    return this.set.memberAt(place);
  }
  scoreAt(): number {
    return 1;
  }
  score(member: Bytes): number | undefined {
    return this.set.has(member) ? 1 : undefined;
  }
}

function sourceOf(ctx: Context, key: Bytes): Source {
  const value = ctx.keys.read(key);
  if (value === undefined) return NOTHING;
  if (value instanceof ZSetValue) return value;
  if (value instanceof SetValue) return new SetSource(value);
  throw WRONG_TYPE;
}

/**
 * Reads `numkeys key [key ...]` at the cursor and looks the keys up: as in Redis a wrong type is reported before a
 * mistake in the options. `command` is the name in the error for a count below 1.
 */
export function readSources(ctx: Context, cursor: Cursor, command: string): Source[] {
  const count = requireInteger(cursor.next());
  if (count < 1) throw redisError(`ERR at least 1 input key is needed for '${command}' command`);
  return cursor.take(count).map((key) => sourceOf(ctx, key));
}

export interface CombineOptions {
  readonly inputs: readonly Weighted[];
  readonly aggregate: Aggregate;
  readonly withScores: boolean;
}

/** Reads WEIGHTS and AGGREGATE, and WITHSCORES unless the result is stored, up to the end of the arguments. */
export function readCombineOptions(cursor: Cursor, sources: readonly Source[], store: boolean): CombineOptions {
  let inputs = sources.map((source) => ({ source, weight: 1 }));
  let aggregate = AGGREGATES.SUM;
  let withScores = false;
  while (!cursor.done) {
    if (cursor.option('WEIGHTS', sources.length)) inputs = sources.map((source) => ({ source, weight: cursor.double(NOT_A_WEIGHT) }));
    else if (cursor.option('AGGREGATE')) aggregate = readAggregate(cursor);
    else if (!store && cursor.keyword('WITHSCORES')) withScores = true;
    else throw SYNTAX;
  }
  return { inputs, aggregate, withScores };
}

function readAggregate(cursor: Cursor): Aggregate {
  for (const name of ['SUM', 'MIN', 'MAX', 'COUNT'] as const) if (cursor.keyword(name)) return AGGREGATES[name];
  throw SYNTAX;
}

/** Members in order, with their scores when they are asked for. */
export function replyInOrder(result: ReadonlyMap<Bytes, number>, withScores: boolean): Reply {
  const { scores, names } = inOrder(result);
  if (!withScores) return names;
  const items: Reply[] = [];
  for (let i = 0; i < names.length; i++) items.push(names[i] as Bytes, new DoubleReply(scores[i] as number));
  return new PairsReply(items);
}
