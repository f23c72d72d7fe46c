// What SCAN, HSCAN, SSCAN and ZSCAN have in common: the cursor, and the options MATCH and COUNT.

import type { Bytes } from '../bytes/bytes';
import { globMatch } from '../bytes/glob';
import { UINT64_MAX } from '../bytes/integer';
import { redisError, SYNTAX } from '../protocol/errors';
import type { Cursor } from './cursor';

const INVALID_CURSOR = redisError('ERR invalid cursor');
/** What C's strtoul takes of a whole string, up to a zero byte; nothing at all counts as zero. */
const UNSIGNED = /^([+-]?)(\d+)(?:\0|$)/;
const DEFAULT_COUNT = 10;

/** A cursor as Redis 7.0 reads it: an unsigned 64-bit number, where a minus sign wraps around. */
export function requireScanCursor(arg: Bytes): bigint {
  if (arg === '' || arg.startsWith('\0')) return 0n;
  const match = UNSIGNED.exec(arg);
  if (!match) throw INVALID_CURSOR;
  const value = BigInt(match[2] as string);
  if (value > UINT64_MAX) throw INVALID_CURSOR;
  return match[1] === '-' ? BigInt.asUintN(64, -value) : value;
}

export class ScanOptions {
  count = DEFAULT_COUNT;
  private pattern: Bytes | undefined;

  /** Takes MATCH or COUNT with its value from the arguments; false when something else stands there. */
  take(cursor: Cursor): boolean {
    if (cursor.option('COUNT')) {
      this.count = cursor.integer();
      if (this.count < 1) throw SYNTAX;
    } else if (cursor.option('MATCH')) {
      const pattern = cursor.next();
      this.pattern = pattern === '*' ? undefined : pattern;
    } else return false;
    return true;
  }

  matches(text: Bytes): boolean {
    return this.pattern === undefined || globMatch(this.pattern, text);
  }
}
