// JSON text to nodes, with serde_json's limits and its texts of errors. JSON.parse would be shorter, but see node.ts.

import { ascii, type Bytes, fromText, own } from '../../bytes/bytes';
import { INT64_MIN, UINT64_MAX } from '../../bytes/integer';
import { DenseMap } from '../../structures/dense-map';
import { JsonDouble, type JsonNode, type JsonObject, MAX_NESTING } from './node';

/** Text that is no JSON. A value without a stack: clients send it as they like. */
export class JsonFault {
  constructor(readonly text: string) {}
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they end what can be taken as it is
const PLAIN = /[^"\\\x00-\x1f]*/y;
const DIGITS = /\d*/y;
const HEX = /^[0-9a-fA-F]{4}$/;
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** 15 digits are always exact as a number. */
const EXACT_DIGITS = 15;

/** The one value that a text is. Throws a {@link JsonFault}. The text is UTF-8, which the caller has checked. */
export function parseJson(text: Bytes): JsonNode {
  return new Parser(text).whole();
}

class Parser {
  private at = 0;
  private nesting = 0;

  constructor(private readonly text: Bytes) {}

  whole(): JsonNode {
    const node = this.value();
    if (!Number.isNaN(this.skip())) throw this.fault('trailing characters');
    return node;
  }

  private value(): JsonNode {
    const code = this.skip();
    switch (code) {
      case 34:
        this.at++;
        return this.string();
      case 91:
        return this.array();
      case 123:
        return this.object();
      case 110:
        return this.word('null', null);
      case 116:
        return this.word('true', true);
      case 102:
        return this.word('false', false);
      default:
        if (code === 45 || isDigit(code)) return this.number();
        throw Number.isNaN(code) ? this.fault('EOF while parsing a value') : this.fault('expected value');
    }
  }

  /** The code of the next char that is no space, which it stands at then; NaN at the end. */
  private skip(): number {
    let code = this.text.charCodeAt(this.at);
    while (code === 32 || code === 10 || code === 13 || code === 9) code = this.text.charCodeAt(++this.at);
    return code;
  }

  private word<T extends JsonNode>(word: string, node: T): T {
    for (let i = 1; i < word.length; i++) {
      const char = this.text[this.at + i];
      if (char === word[i]) continue;
      this.at = Math.min(this.at + i, this.text.length);
      throw char === undefined ? this.fault('EOF while parsing a value') : this.fault('expected ident');
    }
    this.at += word.length;
    return node;
  }

  private enter(): void {
    if (++this.nesting > MAX_NESTING) throw this.fault('recursion limit exceeded');
    this.at++;
  }

  private array(): JsonNode {
    this.enter();
    const nodes: JsonNode[] = [];
    for (let code = this.skip(); code !== 93; code = this.skip()) {
      if (Number.isNaN(code)) throw this.fault('EOF while parsing a list');
      if (nodes.length > 0) {
        if (code !== 44) throw this.fault('expected `,` or `]`');
        this.at++;
        if (this.skip() === 93) throw this.fault('trailing comma');
      }
      nodes.push(this.value());
    }
    this.at++;
    this.nesting--;
    return nodes;
  }

  private object(): JsonNode {
    this.enter();
    const members: JsonObject = new DenseMap();
    for (let code = this.skip(); code !== 125; code = this.skip()) {
      if (Number.isNaN(code)) throw this.fault('EOF while parsing an object');
      if (members.size > 0) {
        if (code !== 44) throw this.fault('expected `,` or `}`');
        this.at++;
        code = this.skip();
        if (code === 125) throw this.fault('trailing comma');
        if (Number.isNaN(code)) throw this.fault('EOF while parsing a value');
      }
      if (code !== 34) throw this.fault('key must be a string');
      this.at++;
      const name = this.string();
      const colon = this.skip();
      if (colon !== 58) throw Number.isNaN(colon) ? this.fault('EOF while parsing an object') : this.fault('expected `:`');
      this.at++;
      members.set(name, this.value());
    }
    this.at++;
    this.nesting--;
    return members;
  }

  // ---- strings

  /** What follows an opening quote. */
  private string(): Bytes {
    let text = '';
    for (;;) {
      PLAIN.lastIndex = this.at;
      PLAIN.test(this.text);
      const plain = this.text.slice(this.at, PLAIN.lastIndex);
      this.at += plain.length;
      text += plain;
      const code = this.text.charCodeAt(this.at);
      if (Number.isNaN(code)) throw this.fault('EOF while parsing a string');
      if (code < 32) throw this.fault('control character (\\u0000-\\u001F) found while parsing a string');
      this.at++;
      if (code === 34) return own(ascii(text));
      text += this.escape();
    }
  }

  /** What follows a backslash. */
  private escape(): string {
    const char = this.text[this.at++];
    if (char === undefined) throw this.faultBefore('EOF while parsing a string');
    if (char !== 'u') return ESCAPES[char] ?? this.refuse('invalid escape');
    const first = this.hexadecimal();
    if (first >= 0xdc00 && first <= 0xdfff) throw this.faultBefore('lone leading surrogate in hex escape');
    if (first < 0xd800 || first > 0xdfff) return fromText(String.fromCharCode(first));
    if (this.text[this.at] !== '\\' || this.text[this.at + 1] !== 'u') throw this.fault('unexpected end of hex escape');
    this.at += 2;
    const second = this.hexadecimal();
    if (second < 0xdc00 || second > 0xdfff) throw this.faultBefore('lone leading surrogate in hex escape');
    return fromText(String.fromCharCode(first, second));
  }

  private hexadecimal(): number {
    const digits = this.text.slice(this.at, this.at + 4);
    this.at += digits.length;
    if (digits.length < 4) throw this.faultBefore('EOF while parsing a string');
    if (!HEX.test(digits)) throw this.faultBefore('invalid escape');
    return Number.parseInt(digits, 16);
  }

  // ---- numbers

  private number(): JsonNode {
    const start = this.at;
    if (this.text[this.at] === '-') this.at++;
    const zero = this.text[this.at] === '0';
    const integral = this.digits();
    // A zero in front of other digits: the fault is at the second one.
    if (zero && integral > 1) {
      this.at -= integral - 1;
      throw this.fault('invalid number');
    }
    let float = false;
    if (this.text[this.at] === '.') {
      float = true;
      this.at++;
      this.digits();
    }
    const code = this.text.charCodeAt(this.at) | 32;
    if (code === 101) {
      float = true;
      this.at++;
      const sign = this.text[this.at];
      if (sign === '+' || sign === '-') this.at++;
      this.digits();
    }
    const numeral = this.text.slice(start, this.at);
    const integer = float ? undefined : integerOf(numeral);
    if (integer !== undefined) return integer;
    const value = Number(numeral);
    return Number.isFinite(value) ? new JsonDouble(value) : this.refuse('number out of range');
  }

  /** Passes over digits, one at least. Returns how many they are. */
  private digits(): number {
    DIGITS.lastIndex = this.at;
    DIGITS.test(this.text);
    const count = DIGITS.lastIndex - this.at;
    if (count === 0) throw this.at >= this.text.length ? this.fault('EOF while parsing a value') : this.fault('invalid number');
    this.at += count;
    return count;
  }

  // ---- faults

  private refuse(what: string): never {
    throw this.faultBefore(what);
  }

  /** A fault of the char that it stands at. */
  private fault(what: string): JsonFault {
    return this.faultAt(what, Math.min(this.at + 1, this.text.length));
  }

  /** A fault of what it has just passed. */
  private faultBefore(what: string): JsonFault {
    return this.faultAt(what, Math.min(this.at, this.text.length));
  }

  private faultAt(what: string, end: number): JsonFault {
    const before = this.text.slice(0, end);
    const lineStart = before.lastIndexOf('\n') + 1;
    const line = lineStart === 0 ? 1 : before.split('\n').length;
    return new JsonFault(`${what} at line ${line} column ${end - lineStart}`);
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Integers of 64 bits, signed or not, stay integers. Undefined for larger ones and -0, which are floats. */
function integerOf(numeral: string): number | bigint | undefined {
  if (numeral.length <= EXACT_DIGITS) {
    const value = +numeral;
    return Object.is(value, -0) ? undefined : value;
  }
  const value = BigInt(numeral);
  if (value < INT64_MIN || value > UINT64_MAX) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
