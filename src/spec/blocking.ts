// What a command that waits asks of the engine, and the argument that says for how long.

import { type Bytes, own } from '../bytes/bytes';
import { type LongDouble, parseLongDouble } from '../bytes/long-double';
import { redisError } from '../protocol/errors';
import { NULL_ARRAY, type Reply } from '../protocol/reply';
import { type TypeName, typeOf, type Value } from '../types/value';
import type { Context } from './context';
import { requireInteger } from './cursor';

/** A command that found nothing, and waits for its keys to change. What it holds is kept meanwhile: own it. */
export interface BlockRequest {
  /** It wakes when any of these changes. */
  readonly keys: readonly Bytes[];
  /** Unix milliseconds, or Infinity: it never gives up. */
  readonly deadline: number;
  /**
   * Tries again after `key` has changed; undefined: go on waiting. Runs as a unit of its own. What it changes it names by
   * {@link Context.effect}. A Redis error that it throws or returns is the answer.
   */
  readonly serve: (ctx: Context, key: Bytes) => Reply | undefined;
  /** The answer where nothing may wait (MULTI, scripts), and at the time-out unless {@link timedOut} is another. */
  readonly nothing: Reply;
  readonly timedOut?: Reply;
  /** Whether serving `key`, which is there, would answer. Looks only; without it, one has to try. */
  readonly ready?: (ctx: Context, key: Bytes) => boolean;
  /** Tries again also when the key has gone, which cannot help one that waits for an element. */
  readonly onRemoval?: boolean;
  /** When it tries again though no key has changed: Unix milliseconds, or Infinity. Asked when it begins to wait and after every try. */
  readonly retryAt?: (ctx: Context) => number;
  /** Called when it has begun to wait. It then waits for no key, but until it is told the reply, later and not at once. */
  readonly until?: (answered: (reply: Reply) => void) => void;
}

/** A command that takes from the first of its keys that holds a collection of its type, and else waits for one. */
interface Taking<V extends Value> {
  readonly keys: readonly Bytes[];
  readonly deadline: number;
  readonly type: TypeName;
  /** Narrows what a key holds when the command begins; a value of another type is an error then, but not later. */
  readonly narrow: (value: Value | undefined) => V | undefined;
  readonly take: (ctx: Context, key: Bytes, value: V) => Reply;
}

export function takeOrWait<V extends Value>(ctx: Context, { keys, deadline, type, narrow, take }: Taking<V>): Reply {
  if (!ctx.watching) {
    for (const key of keys) {
      const value = narrow(ctx.keys.write(key));
      if (value !== undefined) return take(ctx, key, value);
    }
  }
  const ready = (later: Context, key: Bytes): boolean => {
    const value = later.keys.peek(key);
    return value !== undefined && typeOf(value) === type;
  };
  return ctx.block({
    keys: keys.map(own),
    deadline,
    nothing: NULL_ARRAY,
    ready,
    serve: (later, key) => (ready(later, key) ? take(later, key, narrow(later.keys.write(key)) as V) : undefined),
  });
}

const NOT_A_FLOAT = redisError('ERR timeout is not a float or out of range');
const NOT_AN_INTEGER = redisError('ERR timeout is not an integer or out of range');
const NEGATIVE = redisError('ERR timeout is negative');
const OUT_OF_RANGE = redisError('ERR timeout is out of range');

const INT64_MAX = 2 ** 63;

/** The deadline of a timeout in seconds, with fractions; 0 never ends (timeout.c getTimeoutFromObjectOrReply). */
export function requireTimeout(arg: Bytes | undefined, now: number): number {
  const seconds = arg === undefined ? undefined : parseLongDouble(arg);
  if (seconds === undefined) throw NOT_A_FLOAT;
  return deadlineAfter(Math.ceil(numberOf(seconds) * 1000), now);
}

/** The same of a timeout in whole milliseconds. */
export function requireTimeoutMs(arg: Bytes | undefined, now: number): number {
  return deadlineAfter(requireInteger(arg, NOT_AN_INTEGER), now);
}

function numberOf(value: LongDouble): number {
  if (typeof value === 'string') return value === 'inf' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return Number(value.mantissa) * 2 ** value.exponent;
}

function deadlineAfter(ms: number, now: number): number {
  if (ms < 0) throw NEGATIVE;
  // As Redis since 7.2; 7.0 lets the number overflow.
  if (ms + now >= INT64_MAX) throw OUT_OF_RANGE;
  return ms === 0 ? Number.POSITIVE_INFINITY : now + ms;
}
