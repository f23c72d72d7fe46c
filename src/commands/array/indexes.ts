// Indexes as arguments: unsigned integers up to 2^64 - 2.

import type { Bytes } from '../../bytes/bytes';
import { narrow, parseUint64 } from '../../bytes/integer';
import { redisError } from '../../protocol/errors';
import type { Context } from '../../spec/context';
import { asArray } from '../../spec/narrow';
import { type ArrayValue, INDEX_END, type Index } from '../../types/array';

const INVALID_INDEX = redisError('ERR invalid array index');
const INDEX_OVERFLOW = redisError('ERR array index overflow');

/** Most indexes that a command walks over, whether there is anything or not, and answers with. */
export const MAX_ITEMS = 1_000_000;

export function requireIndex(arg: Bytes | undefined): Index {
  const index = arg === undefined ? undefined : parseUint64(arg);
  if (index === undefined || index >= INDEX_END) throw INVALID_INDEX;
  return narrow(index);
}

/** An index, or the one behind the last that there can be: where a cursor has come to the end. */
export function requireCursor(arg: Bytes | undefined): bigint {
  const index = arg === undefined ? undefined : parseUint64(arg);
  if (index === undefined || index > INDEX_END) throw INVALID_INDEX;
  return index;
}

/** index + offset. */
export function plus(index: Index, offset: number): Index {
  if (typeof index === 'number' && Number.isSafeInteger(index + offset)) return index + offset;
  const sum = BigInt(index) + BigInt(offset);
  if (sum >= INDEX_END) throw INDEX_OVERFLOW;
  return narrow(sum);
}

/** How many indexes a range has, both ends included. */
export function widthOf(low: Index, high: Index): bigint {
  return BigInt(high) - BigInt(low) + 1n;
}

/** The array at a key that is to be read. */
export function readArray(ctx: Context, key: Bytes | undefined): ArrayValue | undefined {
  return asArray(ctx.keys.read(key as Bytes));
}
