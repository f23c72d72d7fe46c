// The arithmetic of INCRBYFLOAT and HINCRBYFLOAT. Redis computes in C's `long double`, which on x86-64 is the 80-bit
// format of x87, and prints 17 decimals without trailing zeros. JavaScript's doubles would differ in the last digits,
// so the same is done here exactly, on BigInt.

import { type BinaryFloat, type FloatOrInfinity, parseFloatTo, roundTo, shiftRightToEven, X87_EXTENDED } from './binary-float';
import { ascii, type Bytes } from './bytes';

/** Redis copies a numeral into a buffer of this size with its terminator; a longer one is not a float (util.h). */
export const MAX_NUMERAL_BYTES = 5 * 1024 - 1;
const DECIMALS = 17;
const SCALE = 10n ** BigInt(DECIMALS);

export type LongDouble = FloatOrInfinity;

/** Redis' string2ld: what strtold accepts of a whole string, infinities included. Undefined when it is not a float. */
export function parseLongDouble(text: Bytes): LongDouble | undefined {
  return text.length > MAX_NUMERAL_BYTES ? undefined : parseFloatTo(X87_EXTENDED, text);
}

/** a + b rounded once, or undefined when that is infinite or not a number. */
export function sumLongDouble(a: LongDouble, b: LongDouble): BinaryFloat | undefined {
  if (typeof a === 'string' || typeof b === 'string') return undefined;
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  const rounded = roundTo(X87_EXTENDED, sum, exponent);
  return typeof rounded === 'string' ? undefined : rounded;
}

/** a - b rounded once, or undefined when that is infinite. */
export function differenceLongDouble(a: BinaryFloat, b: BinaryFloat): BinaryFloat | undefined {
  return sumLongDouble(a, { mantissa: -b.mantissa, exponent: b.exponent });
}

/** Below 0, 0 or above 0, as a is to b. */
export function compareLongDouble(a: BinaryFloat, b: BinaryFloat): number {
  const exponent = Math.min(a.exponent, b.exponent);
  const difference = (a.mantissa << BigInt(a.exponent - exponent)) - (b.mantissa << BigInt(b.exponent - exponent));
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** LDBL_MAX, and its negation. */
export const LONG_DOUBLE_MAX: BinaryFloat = { mantissa: 2n ** 64n - 1n, exponent: 16384 - 64 };
export const LONG_DOUBLE_MIN: BinaryFloat = { mantissa: 1n - 2n ** 64n, exponent: 16384 - 64 };

/** Redis' ld2string for people: 17 decimals, rounded half to even, trailing zeros removed, never `-0`. */
export function formatLongDouble({ mantissa, exponent }: BinaryFloat): Bytes {
  if (exponent >= 0) return ascii((mantissa << BigInt(exponent)).toString());
  const negative = mantissa < 0n;
  const scaled = shiftRightToEven((negative ? -mantissa : mantissa) * SCALE, -exponent);
  if (scaled === 0n) return ascii('0');
  const digits = scaled.toString().padStart(DECIMALS + 1, '0');
  const whole = digits.slice(0, -DECIMALS);
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  return ascii(`${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`);
}

/**
 * current + increment as Redis computes and prints it, or why there is none. The three reasons are never the text of a
 * number.
 */
export function addLongDouble(current: Bytes, increment: Bytes): Bytes | 'invalid-current' | 'invalid-increment' | 'not-finite' {
  const a = parseLongDouble(current);
  if (a === undefined) return 'invalid-current';
  const b = parseLongDouble(increment);
  if (b === undefined) return 'invalid-increment';
  const sum = sumLongDouble(a, b);
  return sum === undefined ? 'not-finite' : formatLongDouble(sum);
}
