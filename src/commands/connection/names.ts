// Names that clients give themselves. CLIENT LIST shows them in lines that are split at spaces.

import { type Bytes, own } from '../../bytes/bytes';
import { redisError, shown } from '../../protocol/errors';

const NOT_PRINTABLE = /[^!-~]/;
const BAD_NAME = redisError('ERR Client names cannot contain spaces, newlines or special characters.');

/** A connection's name, which may be empty. */
export function requireName(arg: Bytes): Bytes {
  if (NOT_PRINTABLE.test(arg)) throw BAD_NAME;
  return own(arg);
}

/** The value of a CLIENT SETINFO attribute. */
export function requireAttribute(name: Bytes, arg: Bytes): Bytes {
  if (NOT_PRINTABLE.test(arg)) throw redisError(`ERR ${shown(name)} cannot contain spaces, newlines or special characters.`);
  return own(arg);
}
