// Where a number ends that has anything after it, as C's strtod finds it.

import type { Bytes } from '../../bytes/bytes';

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const OPENING = 0x28;
const CLOSING = 0x29;
const UNDERSCORE = 0x5f;
/** Makes an ASCII letter lower case. */
const LOWER = 0x20;
const E = 0x65;
const P = 0x70;
const X = 0x78;

/** The index after the numeral at `start`, as strtod finds it; `start` itself when there is none. No space is skipped. */
export function numeralEnd(text: Bytes, start: number): number {
  const first = text.charCodeAt(start);
  const digits = first === PLUS || first === MINUS ? start + 1 : start;
  const code = text.charCodeAt(digits);
  if (code === ZERO && (text.charCodeAt(digits + 1) | LOWER) === X) {
    const end = fractionEnd(text, digits + 2, isHexDigit);
    return end === digits + 2 ? digits + 1 : exponentEnd(text, end, P);
  }
  if (isDigit(code) || code === POINT) {
    const end = fractionEnd(text, digits, isDigit);
    return end === digits ? start : exponentEnd(text, end, E);
  }
  return wordEnd(text, digits) ?? start;
}

/** Digits, a point and digits; `start` when there is no digit at all. */
function fractionEnd(text: Bytes, start: number, accepts: (code: number) => boolean): number {
  let at = start;
  while (accepts(text.charCodeAt(at))) at++;
  let digits = at - start;
  if (text.charCodeAt(at) !== POINT) return at;
  const fraction = at + 1;
  at = fraction;
  while (accepts(text.charCodeAt(at))) at++;
  digits += at - fraction;
  return digits > 0 ? at : start;
}

/** An exponent that has no digits is not part of the numeral. */
function exponentEnd(text: Bytes, start: number, letter: number): number {
  if ((text.charCodeAt(start) | LOWER) !== letter) return start;
  const sign = text.charCodeAt(start + 1);
  const digits = sign === PLUS || sign === MINUS ? start + 2 : start + 1;
  let at = digits;
  while (isDigit(text.charCodeAt(at))) at++;
  return at === digits ? start : at;
}

/** `inf`, `infinity`, `nan`, `nan(anything)`, in any case. */
function wordEnd(text: Bytes, start: number): number | undefined {
  const word = text.slice(start, start + 'infinity'.length).toLowerCase();
  if (word === 'infinity') return start + word.length;
  if (word.startsWith('inf')) return start + 3;
  if (!word.startsWith('nan')) return undefined;
  const end = start + 3;
  if (text.charCodeAt(end) !== OPENING) return end;
  let at = end + 1;
  while (isWordChar(text.charCodeAt(at))) at++;
  return text.charCodeAt(at) === CLOSING ? at + 1 : end;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 0x39;
}

function isHexDigit(code: number): boolean {
  const lower = code | LOWER;
  return isDigit(code) || (lower >= 0x61 && lower <= 0x66);
}

function isWordChar(code: number): boolean {
  const lower = code | LOWER;
  return isDigit(code) || code === UNDERSCORE || (lower >= 0x61 && lower <= 0x7a);
}
