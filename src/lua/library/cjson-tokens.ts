// The tokens of JSON as lua-cjson reads them: numbers as C's strtod does, strings without any check of their UTF-8, and
// nothing at all after a NUL.

import { ascii, type Bytes } from '../../bytes/bytes';
import { parseNumber } from '../number';
import { numeralEnd } from './numerals';

export const Token = {
  objectBegin: 0,
  objectEnd: 1,
  arrayBegin: 2,
  arrayEnd: 3,
  string: 4,
  number: 5,
  boolean: 6,
  null: 7,
  colon: 8,
  comma: 9,
  end: 10,
  error: 11,
} as const;

export type Token = (typeof Token)[keyof typeof Token];

/** As messages call them; of an error {@link JsonReader.fault} says more. */
const TOKEN_NAMES = [
  'T_OBJ_BEGIN',
  'T_OBJ_END',
  'T_ARR_BEGIN',
  'T_ARR_END',
  'T_STRING',
  'T_NUMBER',
  'T_BOOLEAN',
  'T_NULL',
  'T_COLON',
  'T_COMMA',
  'T_END',
] as const;

const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const POINT = 0x2e;
const U = 0x75;
/** Makes an ASCII letter lower case. */
const LOWER = 0x20;

/** An integer of so many digits is exact in a double while it is read. */
const EXACT_DIGITS = 15;

/** What the char after a backslash stands for. */
const ESCAPED: ReadonlyMap<number, string> = new Map(
  ['""', '\\\\', '//', 'b\b', 't\t', 'n\n', 'f\f', 'r\r'].map((pair) => [pair.charCodeAt(0), pair.charAt(1)]),
);

/** Words that are tokens. A char that begins one and goes on otherwise is an invalid token. */
const WORDS: readonly (readonly [word: string, token: Token, truth: boolean])[] = [
  ['true', Token.boolean, true],
  ['false', Token.boolean, false],
  ['null', Token.null, false],
];

export class JsonReader {
  /** After what has been read. */
  at = 0;
  /** Where the last token starts; of an error, where it was found. */
  start = 0;
  /** Of the last string, number or boolean. */
  text = ascii('');
  number = 0;
  truth = false;
  /** Of the last error, what was found. */
  private fault = '';

  constructor(
    private readonly json: Bytes,
    /** NaN, infinities and hexadecimal numerals are read. */
    private readonly invalidNumbers: boolean,
  ) {}

  /** What messages call a token that was just read. */
  nameOf(token: Token): string {
    return token === Token.error ? this.fault : (TOKEN_NAMES[token] as string);
  }

  next(): Token {
    const { json } = this;
    let code = json.charCodeAt(this.at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = json.charCodeAt(++this.at);
    this.start = this.at;
    switch (code) {
      case QUOTE:
        return this.string();
      case 0x2c:
        return this.punctuation(Token.comma);
      case 0x3a:
        return this.punctuation(Token.colon);
      case 0x7b:
        return this.punctuation(Token.objectBegin);
      case 0x7d:
        return this.punctuation(Token.objectEnd);
      case 0x5b:
        return this.punctuation(Token.arrayBegin);
      case 0x5d:
        return this.punctuation(Token.arrayEnd);
      case 0:
        return Token.end;
    }
    if ((code >= ZERO && code <= NINE) || code === MINUS) return this.integer();
    return Number.isNaN(code) ? Token.end : this.word(code);
  }

  private punctuation(token: Token): Token {
    this.at++;
    return token;
  }

  private error(fault: string): Token {
    this.start = this.at;
    this.fault = fault;
    return Token.error;
  }

  private word(code: number): Token {
    for (const [word, token, truth] of WORDS) {
      if (!this.json.startsWith(word, this.at)) continue;
      this.at += word.length;
      this.truth = truth;
      return token;
    }
    if (!this.invalidNumbers) return this.error('invalid token');
    const infiniteOrNan = code === PLUS || /^(?:inf|nan)/i.test(this.json.slice(this.at, this.at + 3));
    return infiniteOrNan ? this.numeral() : this.error('invalid token');
  }

  /** Most numbers: decimal integers. All others are left to {@link numeral}. */
  private integer(): Token {
    const { json } = this;
    const negative = json.charCodeAt(this.at) === MINUS;
    const digits = negative ? this.at + 1 : this.at;
    let at = digits;
    let value = 0;
    let code = json.charCodeAt(at);
    const leadingZero = code === ZERO;
    while (code >= ZERO && code <= NINE && at - digits < EXACT_DIGITS) {
      value = value * 10 + code - ZERO;
      code = json.charCodeAt(++at);
    }
    const plain = at > digits && code !== POINT && !isDigitOrLetter(code);
    if (!plain || (leadingZero && at > digits + 1)) {
      return !this.invalidNumbers && this.isInvalid(digits) ? this.error('invalid number') : this.numeral();
    }
    this.at = at;
    this.number = negative ? -value : value;
    return Token.number;
  }

  /** What strtod reads and JSON does not have, as far as lua-cjson looks. */
  private isInvalid(digits: number): boolean {
    const following = this.json.charCodeAt(digits + 1);
    if (this.json.charCodeAt(digits) === ZERO) return (following | LOWER) === 0x78 || (following >= ZERO && following <= NINE);
    return /^(?:inf|nan)/i.test(this.json.slice(digits, digits + 3));
  }

  private numeral(): Token {
    const end = numeralEnd(this.json, this.at);
    const value = parseNumber(this.json.slice(this.at, end) as Bytes);
    if (value === undefined) return this.error('invalid number');
    this.number = value;
    this.at = end;
    return Token.number;
  }

  private string(): Token {
    const { json } = this;
    let from = this.at + 1;
    let text = '';
    this.at = from;
    for (;;) {
      const code = json.charCodeAt(this.at);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        text += json.slice(from, this.at);
        const escaped = this.escape();
        if (escaped === undefined) return Token.error;
        text += escaped;
        from = this.at;
      } else if (code > 0) this.at++;
      else return this.error('unexpected end of string');
    }
    const rest = json.slice(from, this.at++);
    this.text = (text === '' ? rest : text + rest) as Bytes;
    return Token.string;
  }

  /** What a backslash and what follows it stand for; undefined after an error. */
  private escape(): string | undefined {
    const code = this.json.charCodeAt(this.at + 1);
    if (code === U) return this.unicode();
    const escaped = ESCAPED.get(code);
    if (escaped === undefined) this.error('invalid escape code');
    else this.at += 2;
    return escaped;
  }

  private unicode(): string | undefined {
    const first = hex4(this.json, this.at + 2);
    const length = isSurrogate(first) ? 12 : 6;
    const codePoint = length === 12 ? this.surrogatePair(first) : first;
    if (codePoint < 0) {
      this.error('invalid unicode escape code');
      return undefined;
    }
    this.at += length;
    return utf8(codePoint);
  }

  /** The code point of two surrogates; negative when they are not a pair. */
  private surrogatePair(high: number): number {
    if (high & 0x400 || !this.json.startsWith('\\u', this.at + 6)) return -1;
    const low = hex4(this.json, this.at + 8);
    return low < 0 || (low & 0xfc00) !== 0xdc00 ? -1 : (((high & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000;
  }
}

function isSurrogate(unit: number): boolean {
  return unit >= 0 && (unit & 0xf800) === 0xd800;
}

function isDigitOrLetter(code: number): boolean {
  const lower = code | LOWER;
  return (code >= ZERO && code <= NINE) || (lower >= 0x61 && lower <= 0x7a);
}

/** Four hexadecimal digits; negative when they are not. */
function hex4(text: Bytes, at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i++) {
    const code = text.charCodeAt(i);
    const lower = code | LOWER;
    if (code >= ZERO && code <= NINE) value = value * 16 + code - ZERO;
    else if (lower >= 0x61 && lower <= 0x66) value = value * 16 + lower - 0x57;
    else return -1;
  }
  return value;
}

/** One char for each byte. */
function utf8(codePoint: number): string {
  if (codePoint < 0x80) return String.fromCharCode(codePoint);
  const last = 0x80 | (codePoint & 0x3f);
  if (codePoint < 0x800) return String.fromCharCode(0xc0 | (codePoint >> 6), last);
  const middle = 0x80 | ((codePoint >> 6) & 0x3f);
  if (codePoint < 0x10000) return String.fromCharCode(0xe0 | (codePoint >> 12), middle, last);
  return String.fromCharCode(0xf0 | (codePoint >> 18), 0x80 | ((codePoint >> 12) & 0x3f), middle, last);
}
