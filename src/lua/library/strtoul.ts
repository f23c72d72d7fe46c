// tonumber with a base.

import type { Bytes } from '../../bytes/bytes';

const UNSIGNED_MAX = 2n ** 64n - 1n;
const START = /^[ \t-\r]*([+-]?)/;
const SPACE = /[ \t-\r]*/y;

/** C's strtoul of a whole text, white space around it allowed: an overflow is the largest number, a sign wraps around. */
export function strtoul(text: Bytes, base: number): number | undefined {
  const [before = '', sign = ''] = START.exec(text) ?? [];
  let at = before.length;
  if (base === 16 && /^0[xX][0-9a-fA-F]/.test(text.slice(at, at + 3))) at += 2;
  const first = at;
  let value = 0n;
  for (; at < text.length; at++) {
    const digit = text[at] as string;
    const worth = /[0-9a-zA-Z]/.test(digit) ? Number.parseInt(digit, 36) : base;
    if (worth >= base) break;
    if (value <= UNSIGNED_MAX) value = value * BigInt(base) + BigInt(worth);
  }
  if (at === first || !endsAt(text, at)) return undefined;
  if (value > UNSIGNED_MAX) return Number(UNSIGNED_MAX);
  return Number(sign === '-' ? BigInt.asUintN(64, -value) : value);
}

/** Nothing but white space follows, up to the end or to the NUL that ends a text of C. */
function endsAt(text: Bytes, at: number): boolean {
  SPACE.lastIndex = at;
  SPACE.exec(text);
  return SPACE.lastIndex === text.length || text[SPACE.lastIndex] === '\0';
}
