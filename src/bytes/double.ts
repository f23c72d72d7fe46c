// Double-precision floats as Redis reads and prints them.

import { DOUBLE, parseFloatTo } from './binary-float';
import { ascii, type Bytes } from './bytes';

const NUMERIC = /^[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)$/;
/** A digit other than 0 before any exponent. */
const NOT_ZERO = /^[+-]?[0.]*[1-9]/;

/**
 * What C's strtod accepts of a whole string, without leading spaces and without NaN, which Redis refuses. Overflow of a
 * finite numeral to infinity and underflow of one that is not zero to zero are refused too (ERANGE). Undefined when it
 * is not a float.
 */
export function parseDouble(text: Bytes | string): number | undefined {
  if (!NUMERIC.test(text)) return parseUnusual(text);
  const value = Number(text);
  if (value === 0) return NOT_ZERO.test(text) ? undefined : value;
  return Number.isFinite(value) ? value : undefined;
}

/** Infinities and hexadecimal floats. */
function parseUnusual(text: string): number | undefined {
  const value = parseFloatTo(DOUBLE, text);
  if (value === undefined) return undefined;
  if (value === 'inf') return Infinity;
  if (value === '-inf') return -Infinity;
  if (value.mantissa === 0n) return text.startsWith('-') ? -0 : 0;
  return scaleExactly(Number(value.mantissa), value.exponent);
}

/** mantissa * 2^exponent for a result that is a double, in two steps where 2^exponent alone would not be one. */
export function scaleExactly(mantissa: number, exponent: number): number {
  return exponent < -1000 ? mantissa * 2 ** -1000 * 2 ** (exponent + 1000) : mantissa * 2 ** exponent;
}

/** Half of the int64 range: Redis prints integral doubles up to here as integers (util.c, double2ll). */
const INTEGRAL_LIMIT = 2 ** 62;

/**
 * The shortest decimal that reads back as the same double, laid out as Redis 7.2 and later lay it out (util.c d2string:
 * integers in full, then fpconv's rules for when an exponent is used).
 */
export function formatDouble(value: number): Bytes {
  if (Number.isInteger(value) && Math.abs(value) <= INTEGRAL_LIMIT) {
    if (value === 0) return ascii(Object.is(value, -0) ? '-0' : '0');
    return ascii(Number.isSafeInteger(value) ? `${value}` : `${BigInt(value)}`);
  }
  if (!Number.isFinite(value)) return ascii(Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf');
  // "d.ddde±x" has exactly the shortest round-trip digits.
  const [mantissa = '', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  return ascii((value < 0 ? '-' : '') + layOut(digits, exponent));
}

function layOut(digits: string, exponent: number): string {
  const trailing = exponent - (digits.length - 1);
  const magnitude = Math.abs(exponent);
  if (trailing >= 0 && magnitude < digits.length + 7) return digits + '0'.repeat(trailing);
  if (trailing < 0 && (trailing > -7 || magnitude < 4)) {
    const offset = digits.length + trailing;
    if (offset <= 0) return `0.${'0'.repeat(-offset)}${digits}`;
    return `${digits.slice(0, offset)}.${digits.slice(offset)}`;
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${magnitude}`;
}

const SIGNIFICANT_DIGITS_17 = 17;
/** More digits than a double has at the exponents where the 18th digit can be the last. */
const EXACT_FRACTION_DIGITS = 60;

/** C's `%.17g`, as DEBUG DIGEST and RDB files have it. */
export function formatDouble17g(value: number): Bytes {
  if (Number.isSafeInteger(value)) return ascii(Object.is(value, -0) ? '-0' : `${value}`);
  if (!Number.isFinite(value)) return ascii(Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf');
  const magnitude = Math.abs(value);
  const [mantissa = '', exponentText = '0'] = roundedTo17(magnitude).split('e');
  const exponent = Number(exponentText);
  const digits = mantissa.replace('.', '').replace(/0+$/, '');
  let text: string;
  if (exponent < -4 || exponent >= SIGNIFICANT_DIGITS_17) {
    const power = `${Math.abs(exponent)}`.padStart(2, '0');
    text = `${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ''}e${exponent < 0 ? '-' : '+'}${power}`;
  } else if (exponent < 0) text = `0.${'0'.repeat(-exponent - 1)}${digits}`;
  else if (digits.length <= exponent + 1) text = digits.padEnd(exponent + 1, '0');
  else text = `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
  return ascii(value < 0 ? `-${text}` : text);
}

/** 17 digits in exponent form. JavaScript rounds a tie up, C to the even digit. */
function roundedTo17(magnitude: number): string {
  const rounded = magnitude.toExponential(SIGNIFICANT_DIGITS_17 - 1);
  const exact = magnitude.toExponential(EXACT_FRACTION_DIGITS);
  const [mantissa = '', exponent = '0'] = exact.split('e');
  const kept = mantissa.slice(0, SIGNIFICANT_DIGITS_17 + 1);
  const tie = /^50*$/.test(mantissa.slice(SIGNIFICANT_DIGITS_17 + 1));
  const even = kept.charCodeAt(kept.length - 1) % 2 === 0;
  return tie && even ? `${kept}e${exponent}` : rounded;
}
