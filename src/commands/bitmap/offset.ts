// Bit offsets, and the ranges of BITCOUNT and BITPOS.

import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX } from '../../protocol/errors';
import { MAX_BULK_BYTES } from '../../protocol/limits';
import { Cursor, requireInteger } from '../../spec/cursor';

const NOT_AN_OFFSET = redisError('ERR bit offset is not an integer or out of range');

/** The offset of a bit, which has to be within the longest value. */
export function requireBitOffset(arg: Bytes | undefined): number {
  return requireInteger(arg, NOT_AN_OFFSET, 0, MAX_BULK_BYTES * 8 - 1);
}

/** As {@link requireBitOffset}, where `#n` also means the offset of the n-th field of `bits` bits. */
export function requireFieldOffset(arg: Bytes, bits: number): number {
  if (!arg.startsWith('#')) return requireBitOffset(arg);
  const offset = requireInteger(arg.slice(1) as Bytes, NOT_AN_OFFSET) * bits;
  if (offset < 0 || offset >= MAX_BULK_BYTES * 8) throw NOT_AN_OFFSET;
  return offset;
}

/** A range as it was given: negative ends count from the end of the string. */
export interface BitRange {
  readonly start: number;
  /** Undefined: to the end. */
  readonly end: number | undefined;
  readonly unit: 'bit' | 'byte';
}

export const WHOLE_STRING: BitRange = { start: 0, end: undefined, unit: 'byte' };

/** `BYTE` or `BIT` as the last argument, at `at`; without it the unit is the byte. */
export function readUnit(argv: readonly Bytes[], at: number): 'bit' | 'byte' {
  const cursor = new Cursor(argv, at);
  if (cursor.done || cursor.keyword('BYTE')) return 'byte';
  if (cursor.keyword('BIT')) return 'bit';
  throw SYNTAX;
}

/** The first and the last bit of a range in a string of `length` bytes, or undefined when it is empty. */
export function bitsOfRange({ start, end = -1, unit }: BitRange, length: number): { first: number; last: number } | undefined {
  const total = unit === 'bit' ? length * 8 : length;
  const from = Math.max(start < 0 ? total + start : start, 0);
  const to = Math.min(Math.max(end < 0 ? total + end : end, 0), total - 1);
  if (from > to) return undefined;
  return unit === 'bit' ? { first: from, last: to } : { first: from * 8, last: to * 8 + 7 };
}
