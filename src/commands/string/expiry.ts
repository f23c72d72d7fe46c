// The expire times of SET, SETEX, PSETEX and GETEX.

import { ascii, type Bytes } from '../../bytes/bytes';
import { addInt64, INT64_MAX, type Int64 } from '../../bytes/integer';
import { invalidExpire, SYNTAX } from '../../protocol/errors';
import { type Cursor, requireInt64 } from '../../spec/cursor';

/** How an option states a time: from now or since 1970, in seconds or in milliseconds. */
export type ExpireUnit = 'EX' | 'PX' | 'EXAT' | 'PXAT';

/** A time as the client gave it, not read yet: Redis complains about the syntax of all options first. */
export interface ExpireOption {
  readonly unit: ExpireUnit;
  readonly time: Bytes;
}

const UNITS: readonly ExpireUnit[] = ['EX', 'PX', 'EXAT', 'PXAT'];

/**
 * Takes EX, PX, EXAT or PXAT with its value when the cursor is there. The same unit may come again, and the last one
 * counts; another one is a syntax error, as in Redis.
 */
export function takeExpireOption(cursor: Cursor, former: ExpireOption | undefined): ExpireOption | undefined {
  for (const unit of UNITS) {
    if (!cursor.option(unit)) continue;
    if (former && former.unit !== unit) throw SYNTAX;
    return { unit, time: cursor.next() };
  }
  return undefined;
}

/** Exact over 64 bits, since the journal records it; the keyspace rounds what lies beyond 2^53. */
export interface ExactDeadline {
  readonly ms: number;
  readonly text: Bytes;
}

const MAX_SECONDS = INT64_MAX / 1000n;
/** Below this many seconds the milliseconds are exact as a number. */
const SAFE_SECONDS = 9_000_000_000_000;

/** The moment that an option means, in Unix milliseconds. Throws Redis' errors, which name the command. */
export function requireDeadline({ unit, time }: ExpireOption, now: number, command: string): ExactDeadline {
  const value = requireInt64(time);
  const seconds = unit === 'EX' || unit === 'EXAT';
  if (value <= 0 || (seconds && value > MAX_SECONDS)) throw invalidExpire(command);
  let ms: Int64 | undefined = value;
  if (seconds) ms = typeof value === 'number' && value <= SAFE_SECONDS ? value * 1000 : BigInt(value) * 1000n;
  if (unit === 'EX' || unit === 'PX') ms = addInt64(ms, now);
  if (ms === undefined) throw invalidExpire(command);
  return { ms: Number(ms), text: ascii(`${ms}`) };
}
