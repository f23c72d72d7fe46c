// Arithmetic that JavaScript's operators do not do as C does it.

/** Lua's `%`: the result has the sign of the divisor. As luai_nummod: a - floor(a / b) * b, so that infinities give NaN. */
export function modulo(left: number, right: number): number {
  return left - Math.floor(left / right) * right;
}

/** C's pow: 1 to any power is 1, and so is -1 to an infinite one; JavaScript says NaN. */
export function power(left: number, right: number): number {
  if (left === 1 || (left === -1 && (right === Infinity || right === -Infinity))) return 1;
  return left ** right;
}
