// Conversions of C's printf, as glibc does them: what string.format is made of.

import { significantDigits, toFixedPoint, toScientific } from '../decimal';
import { layOutGeneral } from '../number';

/** What is between the `%` and the letter of a conversion. */
export interface Conversion {
  readonly flags: string;
  readonly width: number;
  /** Undefined when there is none. */
  readonly precision: number | undefined;
}

const DEFAULT_PRECISION = 6;
/** From here on JavaScript's toFixed answers with an exponent. */
const TO_FIXED_LIMIT = 1e21;

/** Fills up to the width: with spaces on the left, or on the right when there is a `-`. */
export function pad(text: string, { flags, width }: Conversion): string {
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width);
}

/** %d. */
export function printSigned(value: bigint, conversion: Conversion): string {
  const { flags } = conversion;
  const sign = value < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  return layOut(sign, leastDigits(`${value < 0n ? -value : value}`, conversion), conversion, conversion.precision === undefined);
}

/** %o, %u and %x. */
export function printUnsigned(value: bigint, base: 8 | 10 | 16, conversion: Conversion): string {
  const alternative = conversion.flags.includes('#');
  let digits = leastDigits(value.toString(base), conversion);
  if (base === 8 && alternative && !digits.startsWith('0')) digits = `0${digits}`;
  const prefix = base === 16 && alternative && value !== 0n ? '0x' : '';
  return layOut(prefix, digits, conversion, conversion.precision === undefined);
}

function leastDigits(digits: string, { precision }: Conversion): string {
  if (precision === undefined) return digits;
  return precision === 0 && digits === '0' ? '' : digits.padStart(precision, '0');
}

/** %e, %f and %g. NaN is negative: see {@link formatNumber}. */
export function printDouble(value: number, letter: 'e' | 'f' | 'g', conversion: Conversion): string {
  const { flags, precision = DEFAULT_PRECISION } = conversion;
  const negative = value < 0 || Object.is(value, -0) || Number.isNaN(value);
  const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  if (!Number.isFinite(value)) return layOut(sign, Number.isNaN(value) ? 'nan' : 'inf', conversion, false);
  return layOut(sign, magnitude(Math.abs(value), letter, precision, flags.includes('#')), conversion, true);
}

function magnitude(value: number, letter: 'e' | 'f' | 'g', precision: number, alternative: boolean): string {
  if (letter === 'f') {
    const fixed = fixedPoint(value, precision);
    return alternative && precision === 0 ? `${fixed}.` : fixed;
  }
  if (letter === 'e') {
    const scientific = toScientific(value, precision);
    return alternative && precision === 0 ? scientific.replace('e', '.e') : scientific;
  }
  const count = Math.max(precision, 1);
  const rounded = significantDigits(value, count);
  return alternative ? layOutAllDigits(value, rounded.exponent, count) : layOutGeneral(rounded, count);
}

/** JavaScript rounds a tie up and C to the even digit. A tie has exactly one more binary digit after the point. */
function fixedPoint(value: number, precision: number): string {
  const mayBeTie = Number.isInteger(value * 2 ** (precision + 1));
  return mayBeTie || value >= TO_FIXED_LIMIT ? toFixedPoint(value, precision) : value.toFixed(precision);
}

/** %#g keeps the point and the zeros after it. */
function layOutAllDigits(value: number, exponent: number, count: number): string {
  if (exponent < -4 || exponent >= count) return magnitude(value, 'e', count - 1, true);
  return magnitude(value, 'f', count - 1 - exponent, true);
}

/** The sign or prefix stays in front of the zeros that fill. */
function layOut(prefix: string, digits: string, conversion: Conversion, zeros: boolean): string {
  const { flags, width } = conversion;
  if (!zeros || !flags.includes('0') || flags.includes('-')) return pad(prefix + digits, conversion);
  return prefix + digits.padStart(width - prefix.length, '0');
}
