// Double-precision floats as Redis reads and prints them.

import { ascii, type Bytes } from './bytes';

const NUMERIC = /^[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)$/;
const HEXADECIMAL = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?\d+))?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/**
 * What C's strtod accepts of a whole string, without leading spaces and without NaN, which Redis refuses. Overflow to
 * infinity of a finite numeral is refused too (ERANGE). Undefined when it is not a float.
 */
export function parseDouble(text: Bytes | string): number | undefined {
  if (NUMERIC.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  return parseHexadecimal(text);
}

function parseHexadecimal(text: string): number | undefined {
  const match = HEXADECIMAL.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const mantissa = Number(BigInt(`0x${whole}${fraction}`));
  const value = mantissa * 2 ** (Number(exponent) - 4 * fraction.length);
  if (!Number.isFinite(value)) return undefined;
  return sign === '-' ? -value : value;
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
