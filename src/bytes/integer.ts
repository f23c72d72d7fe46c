// Signed 64-bit integers as Redis reads, adds and prints them. A result is a number while it is exact as one, else a
// bigint, so that the common case costs nothing and the rest is still exact over the full range.

import type { Bytes } from './bytes';

export type Int64 = number | bigint;

export const INT64_MAX = 9223372036854775807n;
export const INT64_MIN = -9223372036854775808n;
export const UINT64_MAX = 18446744073709551615n;

/** 15 digits are always exact as a number. */
const EXACT_DIGITS = 15;

/** As a number where that is exact. */
export function narrow(value: bigint): Int64 {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}

/** All of `text` from `start` is digits, with no leading zero unless it is the only one. */
function isCanonicalDigits(text: string, start: number): boolean {
  const length = text.length;
  if (length <= start) return false;
  const first = text.charCodeAt(start);
  if (first === 48) return length === start + 1;
  for (let i = start; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/**
 * Redis' string2ll: the canonical decimal form of a signed 64-bit integer and nothing else (no sign `+`, no leading
 * zeros, no `-0`, no spaces). Undefined when it is not one.
 */
export function parseInt64(text: Bytes | string): Int64 | undefined {
  const negative = text.charCodeAt(0) === 45;
  const start = negative ? 1 : 0;
  const digits = text.length - start;
  if (digits > 19 || !isCanonicalDigits(text, start)) return undefined;
  if (negative && text.charCodeAt(1) === 48) return undefined;
  if (digits <= EXACT_DIGITS) return +text;
  const value = BigInt(text);
  if (value > INT64_MAX || value < INT64_MIN) return undefined;
  return narrow(value);
}

/** Canonical decimal form of an unsigned 64-bit integer, as SCAN cursors are. */
export function parseUint64(text: Bytes | string): bigint | undefined {
  if (text.length > 20 || !isCanonicalDigits(text, 0)) return undefined;
  const value = BigInt(text);
  return value > UINT64_MAX ? undefined : value;
}

/** a + b, or undefined when the sum leaves the signed 64-bit range. */
export function addInt64(a: Int64, b: Int64): Int64 | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const sum = BigInt(a) + BigInt(b);
  if (sum > INT64_MAX || sum < INT64_MIN) return undefined;
  return narrow(sum);
}

/** -a, or undefined for the one value that has no negation in 64 bits. */
export function negateInt64(a: Int64): Int64 | undefined {
  if (typeof a === 'number') return a === 0 ? 0 : -a;
  return a === INT64_MIN ? undefined : narrow(-a);
}
