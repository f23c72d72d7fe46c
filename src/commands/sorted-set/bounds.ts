// The ends of ranges by score (`1.5`, `(1.5`, `-inf`) and by member (`[a`, `(a`, `-`, `+`) as arguments.

import { ascii, type Bytes } from '../../bytes/bytes';
import { parseDouble } from '../../bytes/double';
import { redisError } from '../../protocol/errors';
import type { NameBound, ScoreBound } from '../../types/zset';

const NOT_A_SCORE_RANGE = redisError('ERR min or max is not a float');
const NOT_A_NAME_RANGE = redisError('ERR min or max not valid string range item');

/** Redis reads these floats with plain strtod on a C string, which is more lenient than it is with scores. */
const LEADING_SPACE = /^[ \t\n\v\f\r]+/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Reads one end of a range of scores. */
export function requireScoreBound(arg: Bytes): ScoreBound {
  const exclusive = arg.startsWith('(');
  const score = parseLeniently(exclusive ? arg.slice(1) : arg);
  if (score === undefined) throw NOT_A_SCORE_RANGE;
  return { score, exclusive };
}

/**
 * As Redis' zslParseRange reads a float: nothing at all is 0, leading spaces and whatever follows a NUL are passed over,
 * and a number that is too large or too small for a double is infinite or 0.
 */
function parseLeniently(text: string): number | undefined {
  const nul = text.indexOf('\0');
  const whole = nul < 0 ? text : text.slice(0, nul);
  if (whole === '') return 0;
  const number = ascii(whole.replace(LEADING_SPACE, ''));
  return parseDouble(number) ?? (DECIMAL.test(number) ? Number(number) : undefined);
}

/** Reads one end of a range of members. */
export function requireNameBound(arg: Bytes): NameBound {
  if (arg === '-') return 'least';
  if (arg === '+') return 'greatest';
  const exclusive = arg.startsWith('(');
  if (!exclusive && !arg.startsWith('[')) throw NOT_A_NAME_RANGE;
  return { name: ascii(arg.slice(1)), exclusive };
}
