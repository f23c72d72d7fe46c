// tonumber with a base.

import type { Bytes } from '../../bytes/bytes';

const UNSIGNED_MAX = 2n ** 64n - 1n;

/** C's strtoul of a whole text, white space around it allowed: an overflow is the largest number, a sign wraps around. */
export function strtoul(text: Bytes, base: number): number | undefined {
  const match = /^[ \t\n\v\f\r]*([+-]?)(.*?)[ \t\n\v\f\r]*$/s.exec(text);
  const [, sign = '', written = ''] = match ?? [];
  const digits = base === 16 ? written.replace(/^0[xX](?=[0-9a-fA-F])/, '') : written;
  if (digits === '') return undefined;
  let value = 0n;
  for (const digit of digits.toLowerCase()) {
    const worth = /[0-9a-z]/.test(digit) ? Number.parseInt(digit, 36) : base;
    if (worth >= base) return undefined;
    value = value * BigInt(base) + BigInt(worth);
    if (value > UNSIGNED_MAX * 37n) value = UNSIGNED_MAX + 1n;
  }
  if (value > UNSIGNED_MAX) return Number(UNSIGNED_MAX);
  return Number(sign === '-' ? BigInt.asUintN(64, -value) : value);
}
