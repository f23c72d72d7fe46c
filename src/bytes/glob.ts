// Glob patterns as KEYS, SCAN MATCH, PSUBSCRIBE and CONFIG GET have them (Redis util.c, stringmatchlen): `*`, `?`,
// `[a-z]`, `[^a]` and `\` before a char that is meant as itself.

import type { Bytes } from './bytes';

const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BACKSLASH = 0x5c;
const CARET = 0x5e;
const DASH = 0x2d;
/** Stars of one pattern that are looked at: with more before its end it matches nothing, as in Redis since 7.4.1. */
const STARS_MAX = 1000;

/**
 * Whether the whole of `text` matches. As in Redis, the text is looked at before the pattern: an empty text matches only
 * an empty pattern, not even `*` (KEYS and SCAN know that pattern by itself).
 *
 * After a mismatch only the last star is tried with a longer match: what follows an earlier star has already matched as
 * soon as it could, so a longer match there only leaves less for the rest. That bounds the time by
 * pattern length times text length.
 */
export function globMatch(pattern: Bytes, text: Bytes, ignoreCase = false): boolean {
  const patternLength = pattern.length;
  const textLength = text.length;
  let p = 0;
  let t = 0;
  let afterStar = -1;
  let starText = 0;
  let stars = 0;
  while (p < patternLength && t < textLength) {
    if (pattern.charCodeAt(p) === STAR) {
      do p++;
      while (p < patternLength && pattern.charCodeAt(p) === STAR);
      if (p === patternLength) return true;
      if (++stars > STARS_MAX) return false;
      afterStar = p;
      starText = t;
      continue;
    }
    if (matchesOne(pattern, p, text.charCodeAt(t), ignoreCase)) {
      p = endOfOne(pattern, p);
      t++;
      if (p < patternLength || t === textLength) continue;
      // The pattern is used up before the text is: only a longer match of the last star can help.
    }
    if (afterStar < 0) return false;
    p = afterStar;
    t = ++starText;
  }
  if (t < textLength || (textLength === 0 && patternLength > 0)) return false;
  while (p < patternLength && pattern.charCodeAt(p) === STAR) p++;
  return p === patternLength;
}

/** What all texts begin with that a pattern matches. It is the pattern itself when that matches no other text. */
export function literalStart(pattern: Bytes): Bytes {
  const end = pattern.search(/[*?[\\]/);
  return end < 0 ? pattern : (pattern.slice(0, end) as Bytes);
}

/** Whether the element at `p`, which is not a star, stands for this char. */
function matchesOne(pattern: Bytes, p: number, code: number, ignoreCase: boolean): boolean {
  const first = pattern.charCodeAt(p);
  if (first === QUESTION) return true;
  if (first === OPEN) return matchesClass(pattern, p + 1, code, ignoreCase);
  const literal = first === BACKSLASH && p + 1 < pattern.length ? pattern.charCodeAt(p + 1) : first;
  return same(literal, code, ignoreCase);
}

/** Where the element after the one at `p` begins. */
function endOfOne(pattern: Bytes, p: number): number {
  const first = pattern.charCodeAt(p);
  if (first === BACKSLASH) return Math.min(p + 2, pattern.length);
  if (first !== OPEN) return p + 1;
  let i = pattern.charCodeAt(p + 1) === CARET ? p + 2 : p + 1;
  while (i < pattern.length && pattern.charCodeAt(i) !== CLOSE) i = endOfItem(pattern, i);
  return Math.min(i + 1, pattern.length);
}

/** Where the item of a class after the one at `i` begins: an escaped char, a range, or a single char. */
function endOfItem(pattern: Bytes, i: number): number {
  if (pattern.charCodeAt(i) === BACKSLASH && i + 1 < pattern.length) return i + 2;
  return isRange(pattern, i) ? i + 3 : i + 1;
}

/** The item at `i` is a range. Any char ends it, `]` and `\` too. */
function isRange(pattern: Bytes, i: number): boolean {
  return i + 2 < pattern.length && pattern.charCodeAt(i + 1) === DASH;
}

/** A class whose first char is at `start`. One without its `]` ends with the pattern. An escaped char keeps its case. */
function matchesClass(pattern: Bytes, start: number, code: number, ignoreCase: boolean): boolean {
  const negated = pattern.charCodeAt(start) === CARET;
  let i = negated ? start + 1 : start;
  for (; i < pattern.length && pattern.charCodeAt(i) !== CLOSE; i = endOfItem(pattern, i)) {
    const first = pattern.charCodeAt(i);
    let matches: boolean;
    if (first === BACKSLASH && i + 1 < pattern.length) matches = pattern.charCodeAt(i + 1) === code;
    else if (isRange(pattern, i)) matches = inRange(signed(first), signed(pattern.charCodeAt(i + 2)), signed(code), ignoreCase);
    else matches = same(first, code, ignoreCase);
    if (matches) return !negated;
  }
  return negated;
}

/** Ends in the wrong order are swapped, before and not after their case is dropped. */
function inRange(start: number, end: number, code: number, ignoreCase: boolean): boolean {
  const low = Math.min(start, end);
  const high = Math.max(start, end);
  if (!ignoreCase) return code >= low && code <= high;
  const folded = lowerSigned(code);
  return folded >= lowerSigned(low) && folded <= lowerSigned(high);
}

/** Redis compares the ends of a range as signed chars. */
function signed(code: number): number {
  return code > 127 ? code - 256 : code;
}

/** What C's tolower gives for a signed char: other negative values than -1 (EOF) come back unsigned. */
function lowerSigned(code: number): number {
  return code < -1 ? code + 256 : lowerCase(code);
}

function same(a: number, b: number, ignoreCase: boolean): boolean {
  return a === b || (ignoreCase && lowerCase(a) === lowerCase(b));
}

function lowerCase(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 32 : code;
}
