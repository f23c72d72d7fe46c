// Numbers of Lua to text and back: `%.14g` and strtod, which is what LUA_NUMBER_FMT and lua_str2number are in Redis.

import { DOUBLE, roundTo } from '../bytes/binary-float';
import { ascii, type Bytes } from '../bytes/bytes';
import { scaleExactly } from '../bytes/double';
import { type Decimal, layOutScientific, significantDigits } from './decimal';

const DIGITS = 14;
/** Below this doubles have fewer digits than usual, which only {@link significantDigits} knows. */
const SMALLEST_NORMAL = 2 ** -1022;
/** Integers below this need no more than {@link DIGITS} digits. */
const PLAIN_INTEGERS = 10 ** DIGITS;

/**
 * C's `%.14g`. NaN is `-nan`: that is what x86-64 makes of 0/0 and of every other operation without a result, and what
 * scripts see there. The sign of a NaN is not known here.
 */
export function formatNumber(value: number): Bytes {
  if (Number.isInteger(value) && value < PLAIN_INTEGERS && value > -PLAIN_INTEGERS) {
    return ascii(value === 0 && Object.is(value, -0) ? '-0' : `${value}`);
  }
  if (!Number.isFinite(value)) return ascii(Number.isNaN(value) ? '-nan' : value > 0 ? 'inf' : '-inf');
  const text = layOutGeneral(rounded(value), DIGITS);
  return ascii(value < 0 ? `-${text}` : text);
}

/**
 * To 14 digits. JavaScript rounds a tie up and C to the even digit. A tie has 15 digits, the last one a 5, and then they
 * are its shortest representation: only what looks like that is computed exactly.
 */
function rounded(value: number): Decimal {
  if (Math.abs(value) < SMALLEST_NORMAL) return significantDigits(value, DIGITS);
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const digits = mantissa.replace(/[-.]/g, '');
  if (digits.length <= DIGITS) return { digits, exponent: Number(exponent) };
  if (digits.length === DIGITS + 1 && digits.endsWith('5')) return significantDigits(value, DIGITS);
  const [kept = '', power = '0'] = value.toExponential(DIGITS - 1).split('e');
  return { digits: kept.replace(/[-.]/g, ''), exponent: Number(power) };
}

/** As `%g` chooses the form, without trailing zeros. `precision` is at least 1. */
export function layOutGeneral({ digits: rounded, exponent }: Decimal, precision: number): string {
  const digits = rounded.replace(/0+$/, '') || '0';
  if (exponent < -4 || exponent >= precision) return layOutScientific(digits, exponent);
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, '0');
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

// Each of these reads a text in one way only: there is nothing to try again, however long it is.
const DECIMAL = /^[ \t-\r]*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)[ \t-\r]*$/;
const HEXADECIMAL = /^[ \t-\r]*([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?\d+))?[ \t-\r]*$/;
const NAMED = /^[ \t-\r]*([+-]?)(?:(inf(?:inity)?)|nan(?:\([0-9a-zA-Z_]*\))?)[ \t-\r]*$/i;
const FEW_DIGITS = /^\d{1,15}$/;

/**
 * The number that a text is (luaO_str2d): decimal or hexadecimal as strtod reads it, infinities and NaN included, with
 * white space around it. What follows a NUL does not count. Undefined when it is not a number.
 */
export function parseNumber(text: Bytes): number | undefined {
  if (FEW_DIGITS.test(text)) return Number(text);
  const end = text.indexOf('\0');
  const visible = end < 0 ? text : text.slice(0, end);
  const decimal = DECIMAL.exec(visible);
  if (decimal) return Number(decimal[1]);
  const hexadecimal = HEXADECIMAL.exec(visible);
  if (hexadecimal) return parseHexadecimal(hexadecimal);
  const named = NAMED.exec(visible);
  if (!named) return undefined;
  if (named[2] === undefined) return NaN;
  return named[1] === '-' ? -Infinity : Infinity;
}

function parseHexadecimal([, sign, whole = '', fraction = '', exponent = '0']: RegExpExecArray): number | undefined {
  const digits = (whole + fraction).replace(/^0+/, '');
  if (whole + fraction === '') return undefined;
  const magnitude = digits === '' ? 0 : magnitudeOf(digits, Number(exponent) - 4 * fraction.length);
  return sign === '-' ? -magnitude : magnitude;
}

/** digits * 2^power. An exponent of any size ends up as zero or infinity before a number of that size is made. */
function magnitudeOf(digits: string, power: number): number {
  const bits = digits.length * 4 + power;
  if (bits < DOUBLE.minExponent) return 0;
  if (bits > DOUBLE.limitExponent + 4) return Infinity;
  const value = roundTo(DOUBLE, BigInt(`0x${digits}`), power);
  return typeof value === 'string' ? Infinity : scaleExactly(Number(value.mantissa), value.exponent);
}
