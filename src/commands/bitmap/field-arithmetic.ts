// Integers of a given width, and what becomes of a result that does not fit. Exact over 64 bits, as Redis' arithmetic in
// C is, with the one place where that wraps by accident.

export interface FieldType {
  readonly signed: boolean;
  readonly bits: number;
}

/** Wrap around, stop at the limit, or do nothing. */
export type Overflow = 'wrap' | 'sat' | 'fail';

/** What is stored, or undefined when nothing is, because it does not fit. */
export type Outcome = bigint | undefined;

/** The signed integer that the lowest bits of a value are. */
export function signedOf(value: bigint, bits: number): bigint {
  return BigInt.asIntN(bits, value);
}

function wrapped(value: bigint, { signed, bits }: FieldType): bigint {
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

function limitsOf({ signed, bits }: FieldType): { min: bigint; max: bigint } {
  const width = BigInt(bits);
  return signed ? { min: -(1n << (width - 1n)), max: (1n << (width - 1n)) - 1n } : { min: 0n, max: (1n << width) - 1n };
}

function settled(value: bigint, beyond: 'above' | 'below', type: FieldType, overflow: Overflow): Outcome {
  if (overflow === 'fail') return undefined;
  if (overflow === 'wrap') return wrapped(value, type);
  const { min, max } = limitsOf(type);
  return beyond === 'above' ? max : min;
}

/** The sum of what a field holds and an increment. */
export function incremented(value: bigint, increment: bigint, type: FieldType, overflow: Overflow): Outcome {
  const sum = value + increment;
  const { min, max } = limitsOf(type);
  if (sum > max) return settled(sum, 'above', type, overflow);
  if (sum < min) return settled(sum, 'below', type, overflow);
  return sum;
}

/** A signed 64-bit integer that is put into a field. */
export function stored(value: bigint, type: FieldType, overflow: Overflow): Outcome {
  const { min, max } = limitsOf(type);
  // A negative number is a huge one for Redis where the field is unsigned.
  if (!type.signed && value < 0n) return settled(value, 'above', type, overflow);
  if (value > max) return settled(value, 'above', type, overflow);
  // Redis takes a number for too large when it is so far below that the distance to the maximum leaves 64 bits.
  if (value < min) return settled(value, BigInt.asIntN(64, max - value) < 0n ? 'above' : 'below', type, overflow);
  return value;
}
