// Binary floating point of any precision, exactly, on BigInt: what C's strtod family reads, rounded to a format to the
// nearest value, ties to even. Serves the numbers that JavaScript has no type for (long double) and no syntax for
// (hexadecimal floats).

/** A binary floating-point format. Values are mantissa * 2^exponent with a mantissa of at most `precision` bits. */
export interface FloatFormat {
  readonly precision: number;
  /** The exponent of the smallest subnormal value, with mantissa 1. */
  readonly minExponent: number;
  /** Every finite value is below 2^limitExponent. */
  readonly limitExponent: number;
}

/** IEEE double. */
export const DOUBLE: FloatFormat = { precision: 53, minExponent: -1074, limitExponent: 1024 };
/** The 80-bit format of x87, which is `long double` where Redis usually runs. */
export const X87_EXTENDED: FloatFormat = { precision: 64, minExponent: -16445, limitExponent: 16384 };

/** mantissa * 2^exponent. A zero has mantissa 0 and exponent 0; its sign is not kept. */
export interface BinaryFloat {
  /** Signed. */
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** A float, or an infinity. */
export type FloatOrInfinity = BinaryFloat | 'inf' | '-inf';

const ZERO: BinaryFloat = { mantissa: 0n, exponent: 0 };

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const HEXADECIMAL = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?\d+))?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** Bits of a number that is not negative. */
function bitLength(value: bigint): number {
  const digits = value.toString(16);
  return digits.length * 4 - Math.clz32(Number.parseInt(digits[0] as string, 16)) + 28;
}

/**
 * mantissa * 2^exponent in `format`, rounded to nearest, ties to even; infinite when it is too large. Deterministic and
 * exact however long the mantissa is.
 */
export function roundTo(format: FloatFormat, mantissa: bigint, exponent: number): FloatOrInfinity {
  if (mantissa === 0n) return ZERO;
  const negative = mantissa < 0n;
  let rest = negative ? -mantissa : mantissa;
  let scale = exponent;
  const excess = Math.max(bitLength(rest) - format.precision, format.minExponent - scale);
  if (excess > 0) {
    rest = shiftRightToEven(rest, excess);
    scale += excess;
  }
  if (rest === 0n) return ZERO;
  if (bitLength(rest) + scale > format.limitExponent) return negative ? '-inf' : 'inf';
  return { mantissa: negative ? -rest : rest, exponent: scale };
}

/** value / 2^bits, rounded to nearest, ties to even; for a value that is not negative. */
export function shiftRightToEven(value: bigint, bits: number): bigint {
  const shift = BigInt(bits);
  const quotient = value >> shift;
  const remainder = value - (quotient << shift);
  const half = 1n << (shift - 1n);
  return remainder > half || (remainder === half && (quotient & 1n) === 1n) ? quotient + 1n : quotient;
}

/**
 * The whole of `text` as strtod reads it: decimal, hexadecimal, `inf`. Undefined where strtod would stop early, for NaN,
 * and, as Redis has it, for a numeral that is finite but overflows or is not zero but underflows to zero.
 */
export function parseFloatTo(format: FloatFormat, text: string): FloatOrInfinity | undefined {
  const decimal = DECIMAL.exec(text);
  if (decimal) return parseDecimal(format, decimal);
  const hexadecimal = HEXADECIMAL.exec(text);
  if (hexadecimal) return parseHexadecimal(format, hexadecimal);
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === '-' ? '-inf' : 'inf';
  return undefined;
}

function parseDecimal(format: FloatFormat, match: RegExpExecArray): BinaryFloat | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return whole + fraction === '' ? undefined : ZERO;
  const power = Number(exponent) - fraction.length;
  // Far outside of the format either way: refused before a power of ten of any size is computed.
  const magnitude = digits.length + power;
  if (magnitude > format.limitExponent || magnitude < format.minExponent) return undefined;
  const mantissa = BigInt(digits);
  if (power >= 0) return finite(roundTo(format, signed(sign, mantissa * 10n ** BigInt(power)), 0));
  const divisor = 10n ** BigInt(-power);
  // Two bits more than the format keeps, and one that says whether anything was left: enough to round correctly.
  const shift = Math.max(0, bitLength(divisor) - bitLength(mantissa) + format.precision + 2);
  const scaled = mantissa << BigInt(shift);
  const quotient = scaled / divisor;
  const sticky = quotient * divisor === scaled ? 0n : 1n;
  return finite(roundTo(format, signed(sign, quotient * 2n + sticky), -shift - 1));
}

function parseHexadecimal(format: FloatFormat, match: RegExpExecArray): BinaryFloat | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  if (digits === '') return undefined;
  const mantissa = BigInt(`0x${digits}`);
  if (mantissa === 0n) return ZERO;
  const power = Number(exponent) - 4 * fraction.length;
  const magnitude = bitLength(mantissa) + power;
  if (magnitude > format.limitExponent || magnitude < format.minExponent) return undefined;
  return finite(roundTo(format, signed(sign, mantissa), power));
}

function signed(sign: string | undefined, value: bigint): bigint {
  return sign === '-' ? -value : value;
}

/** A numeral that is not zero must have come out as a number that is not zero. */
function finite(value: FloatOrInfinity): BinaryFloat | undefined {
  return typeof value === 'string' || value.mantissa === 0n ? undefined : value;
}
