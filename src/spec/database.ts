// Database numbers. A Kedge database is a name of its own and not a number, so there is only 0.

import type { Bytes } from '../bytes/bytes';
import { redisError } from '../protocol/errors';
import { requireInteger } from './cursor';

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
const NOT_AN_INT32 = redisError(`ERR value is out of range, value must between ${INT32_MIN} and ${INT32_MAX}`);
const NO_SUCH_DATABASE = redisError('ERR DB index is out of range');

/** Accepts 0; throws what Redis answers for a number that is none or names a database that it does not have. */
export function requireDatabase(arg: Bytes): void {
  const index = requireInteger(arg);
  if (index < INT32_MIN || index > INT32_MAX) throw NOT_AN_INT32;
  if (index !== 0) throw NO_SUCH_DATABASE;
}
