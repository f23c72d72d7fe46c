// Doubles in decimal, digit for digit as C's printf prints them: of every double the exact value is rounded, ties to the
// even digit. JavaScript's own methods round ties up and stop at 100 digits.

/** A finite double, without its sign: 0.d1d2d3… * 10^(exponent + 1), that is, `exponent` is the power of the first digit. */
export interface Decimal {
  /** No leading zero, but for zero itself, which is `0`. */
  readonly digits: string;
  readonly exponent: number;
}

const DOUBLE = new DataView(new ArrayBuffer(8));
const MANTISSA_BITS = 52;
const EXPONENT_BIAS = 1075;

/** All digits of a finite double. Its sign does not matter. */
function exactDecimal(value: number): Decimal {
  const magnitude = Math.abs(value);
  if (magnitude === 0) return { digits: '0', exponent: 0 };
  if (Number.isSafeInteger(magnitude)) {
    const digits = `${magnitude}`;
    return { digits, exponent: digits.length - 1 };
  }
  DOUBLE.setFloat64(0, magnitude);
  const bits = DOUBLE.getBigUint64(0);
  const biased = Number(bits >> BigInt(MANTISSA_BITS));
  const fraction = bits & ((1n << BigInt(MANTISSA_BITS)) - 1n);
  const mantissa = biased === 0 ? fraction : fraction | (1n << BigInt(MANTISSA_BITS));
  const power = Math.max(biased, 1) - EXPONENT_BIAS;
  if (power >= 0) {
    const digits = `${mantissa << BigInt(power)}`;
    return { digits, exponent: digits.length - 1 };
  }
  // m / 2^k is m * 5^k / 10^k.
  const digits = `${mantissa * 5n ** BigInt(-power)}`;
  return { digits, exponent: digits.length - 1 + power };
}

/** Keeps `count` digits (zero or fewer round to nothing or to a one), rounded half to even. */
function round({ digits, exponent }: Decimal, count: number): Decimal {
  if (count >= digits.length) return { digits, exponent };
  if (count < 0) return { digits: '0', exponent: 0 };
  const next = digits.charCodeAt(count) - 48;
  const even = count === 0 || digits.charCodeAt(count - 1) % 2 === 0;
  const up = next > 5 || (next === 5 && (!even || /[1-9]/.test(digits.slice(count + 1))));
  if (count === 0) return up ? { digits: '1', exponent: exponent + 1 } : { digits: '0', exponent: 0 };
  const kept = digits.slice(0, count);
  if (!up) return { digits: kept, exponent };
  const raised = `${BigInt(kept) + 1n}`;
  return { digits: raised.slice(0, count), exponent: exponent + raised.length - count };
}

/** The digits of a finite double, rounded to so many significant ones; fewer when it has no more. */
export function significantDigits(value: number, count: number): Decimal {
  return round(exactDecimal(value), count);
}

/** Magnitude of a finite double with so many digits after the point: `%.*f`. */
export function toFixedPoint(value: number, precision: number): string {
  const exact = exactDecimal(value);
  const { digits, exponent } = round(exact, exact.exponent + 1 + precision);
  const whole = exponent < 0 ? '0' : digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  if (precision === 0) return whole;
  const fraction = exponent < 0 ? '0'.repeat(-exponent - 1) + digits : digits.slice(exponent + 1);
  return `${whole}.${fraction.padEnd(precision, '0')}`;
}

/** Magnitude of a finite double as `%.*e` prints it. */
export function toScientific(value: number, precision: number): string {
  const { digits, exponent } = significantDigits(value, precision + 1);
  return layOutScientific(digits.padEnd(precision + 1, '0'), exponent);
}

/** d.ddde±xx, with at least two digits of exponent. */
export function layOutScientific(digits: string, exponent: number): string {
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const power = `${Math.abs(exponent)}`.padStart(2, '0');
  return `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
}
