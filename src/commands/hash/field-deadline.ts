// The times at which fields of a hash expire, as command lines state them.

import { ascii, type Bytes } from '../../bytes/bytes';
import { invalidExpire, redisError } from '../../protocol/errors';
import type { Context } from '../../spec/context';
import { requireInt64 } from '../../spec/cursor';
import { fieldsClause } from './fields';

const NEGATIVE = redisError('ERR invalid expire time, must be >= 0');
/** Redis keeps deadlines of fields in 48 bits and reserves two of them (HFE_MAX_ABS_TIME_MSEC). */
const MAX_DEADLINE_MS = 2 ** 46 - 1;
const MAX_SECONDS = Math.floor(MAX_DEADLINE_MS / 1000);

/** How a time is given. */
export interface TimeForm {
  readonly inSeconds: boolean;
  /** From now, and not since 1970. */
  readonly relative: boolean;
}

/** The moment that an argument means, in Unix milliseconds. Throws Redis' errors, which name the command. */
export function requireFieldDeadline(arg: Bytes, { inSeconds, relative }: TimeForm, now: number, command: string): number {
  // Rounding beyond 2^53 changes nothing: it is too large in any case.
  const time = Number(requireInt64(arg));
  if (time < 0) throw NEGATIVE;
  if (inSeconds && time > MAX_SECONDS) throw invalidExpire(command);
  const ms = inSeconds ? time * 1000 : time;
  const base = relative ? now : 0;
  if (ms > MAX_DEADLINE_MS - base) throw invalidExpire(command);
  return ms + base;
}

/** Records that fields of a key have this deadline now. */
export function recordDeadline(ctx: Context, key: Bytes, deadline: number, fields: readonly Bytes[]): void {
  ctx.effect(ascii('HPEXPIREAT'), key, ascii(`${deadline}`), ...fieldsClause(fields));
}

/** Records that fields of a key are gone. */
export function recordRemoval(ctx: Context, key: Bytes, fields: readonly Bytes[]): void {
  ctx.effect(ascii('HDEL'), key, ...fields);
}
