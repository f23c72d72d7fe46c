// Source text to tokens, with one token of look-ahead. Bytes above 0x7f are not letters (the C locale's isalpha).

import { ascii, type Bytes } from '../bytes/bytes';
import { SYNTAX_NAME_LIMIT, shownChunk } from './chunk-name';
import { LuaError } from './error';
import { parseNumber } from './number';
import { CONCAT, DOTS, EOS, EQ, GE, LE, NAME, NE, NUMBER, RESERVED, STRING, tokenText } from './tokens';

const LETTER = 1;
const DIGIT = 2;
const SPACE = 4;
const NEWLINE = 8;

const CLASSES = new Uint8Array(256);
for (let c = 0; c < 256; c++) {
  const char = String.fromCharCode(c);
  if (/[A-Za-z_]/.test(char)) CLASSES[c] = LETTER;
  else if (/[0-9]/.test(char)) CLASSES[c] = DIGIT;
  else if (char === '\n' || char === '\r') CLASSES[c] = NEWLINE;
  else if (/[ \t\v\f]/.test(char)) CLASSES[c] = SPACE;
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

const ESCAPE = /\\(\d{1,3}|\r\n|\n\r|[\s\S])/g;

const QUOTE = 34;
const APOSTROPHE = 39;
const MINUS = 45;
const DOT = 46;
const EQUALS = 61;
const OPEN = 91;
const BACKSLASH = 92;
const CLOSE = 93;

export class Lexer {
  /** The current token, and what it means when it is a name, a string or a number. */
  token = EOS;
  text: Bytes = ascii('');
  number = 0;
  /** Where the lexer is, and the line of the token before the current one. */
  line = 1;
  lastLine = 1;
  private at = 0;
  /** Where the element that is being read starts, for messages. */
  private start = 0;
  private ahead = EOS;
  private aheadText: Bytes = ascii('');
  private aheadNumber = 0;

  constructor(
    private readonly source: Bytes,
    private readonly chunkName: string,
  ) {}

  next(): void {
    this.lastLine = this.line;
    if (this.ahead === EOS) {
      this.token = this.read();
      return;
    }
    this.token = this.ahead;
    this.text = this.aheadText;
    this.number = this.aheadNumber;
    this.ahead = EOS;
  }

  /** The token after the current one. */
  peek(): number {
    const { text, number } = this;
    this.ahead = this.read();
    this.aheadText = this.text;
    this.aheadNumber = this.number;
    this.text = text;
    this.number = number;
    return this.ahead;
  }

  /** A message about the current token. */
  failNear(message: string): never {
    this.fail(message, this.token);
  }

  /** @param near a token, or 0 for a message that does not show one */
  fail(message: string, near: number): never {
    const where = `${shownChunk(this.chunkName, SYNTAX_NAME_LIMIT)}:${this.line}: ${message}`;
    throw new LuaError(ascii(near === 0 ? where : `${where} near '${this.shown(near)}'`));
  }

  private shown(token: number): string {
    if (token !== NAME && token !== STRING && token !== NUMBER) return tokenText(token);
    const text = this.source.slice(this.start, this.at);
    const read = /^["']/.test(text) ? text.replace(ESCAPE, (_, escaped: string) => unescaped(escaped)) : text;
    // It is a text of C: a NUL ends it.
    return read.split('\0', 1)[0] as string;
  }

  /** The byte there, or -1 at the end. */
  private code(at: number): number {
    return at < this.source.length ? this.source.charCodeAt(at) : -1;
  }

  private read(): number {
    const { source } = this;
    const { length } = source;
    for (;;) {
      if (this.at >= length) return EOS;
      this.start = this.at;
      const char = source.charCodeAt(this.at);
      switch (CLASSES[char]) {
        case SPACE:
          this.at++;
          continue;
        case NEWLINE:
          this.newline();
          continue;
        case LETTER:
          return this.name();
        case DIGIT:
          return this.numeral();
        default:
          if (char === MINUS && this.code(this.at + 1) === MINUS) {
            this.comment();
            continue;
          }
          return this.symbol(char);
      }
    }
  }

  /** One line further: `\r\n` and `\n\r` are one end of line. */
  private newline(): void {
    const first = this.source.charCodeAt(this.at++);
    const second = this.code(this.at);
    if (second !== first && (second === 10 || second === 13)) this.at++;
    this.line++;
  }

  private name(): number {
    const { source } = this;
    const { length } = source;
    let end = this.at + 1;
    while (end < length && ((CLASSES[source.charCodeAt(end)] as number) & (LETTER | DIGIT)) !== 0) end++;
    this.at = end;
    this.text = source.slice(this.start, end) as Bytes;
    return RESERVED.get(this.text) ?? NAME;
  }

  private numeral(): number {
    const { source } = this;
    let end = this.at;
    const classAt = () => (end < source.length ? (CLASSES[source.charCodeAt(end)] as number) : 0);
    while (classAt() === DIGIT || this.code(end) === DOT) end++;
    if (source[end] === 'e' || source[end] === 'E') {
      end++;
      if (source[end] === '+' || source[end] === '-') end++;
    }
    while ((classAt() & (LETTER | DIGIT)) !== 0) end++;
    this.at = end;
    const value = parseNumber(source.slice(this.start, end) as Bytes);
    if (value === undefined) this.fail('malformed number', NUMBER);
    this.number = value;
    return NUMBER;
  }

  private symbol(char: number): number {
    const next = this.code(this.at + 1);
    switch (char) {
      case QUOTE:
      case APOSTROPHE:
        return this.quoted(char);
      case OPEN: {
        const level = this.bracketLevel(this.at);
        if (level >= 0) {
          this.text = this.long(level, 'unfinished long string');
          return STRING;
        }
        if (level !== -1) {
          this.at += -level;
          this.fail('invalid long string delimiter', STRING);
        }
        break;
      }
      case DOT:
        return this.dots(next);
      case EQUALS:
        return this.pair(next, EQ, char);
      case 60:
        return this.pair(next, LE, char);
      case 62:
        return this.pair(next, GE, char);
      case 126:
        return this.pair(next, NE, char);
    }
    this.at++;
    return char;
  }

  /** A character that means something else when `=` follows it. */
  private pair(next: number, together: number, alone: number): number {
    this.at += next === EQUALS ? 2 : 1;
    return next === EQUALS ? together : alone;
  }

  private dots(next: number): number {
    if (next !== DOT) {
      if (next >= 0 && CLASSES[next] === DIGIT) return this.numeral();
      this.at++;
      return DOT;
    }
    const three = this.code(this.at + 2) === DOT;
    this.at += three ? 3 : 2;
    return three ? DOTS : CONCAT;
  }

  private comment(): void {
    this.at += 2;
    if (this.code(this.at) === OPEN) {
      const level = this.bracketLevel(this.at);
      if (level >= 0) {
        this.long(level, 'unfinished long comment');
        return;
      }
    }
    while (this.at < this.source.length && CLASSES[this.source.charCodeAt(this.at)] !== NEWLINE) this.at++;
  }

  /** How many `=` are between two brackets of the same kind from `at` on; when it is no such pair, minus one less that. */
  private bracketLevel(at: number): number {
    const bracket = this.code(at);
    let end = at + 1;
    while (this.code(end) === EQUALS) end++;
    const count = end - at - 1;
    return this.code(end) === bracket ? count : -count - 1;
  }

  /** What is between `[==[` and `]==]`. Every end of line in it becomes `\n`. */
  private long(level: number, unfinished: string): Bytes {
    const { source } = this;
    this.at += level + 2;
    let text = '';
    if (CLASSES[this.code(this.at)] === NEWLINE) this.newline();
    for (let from = this.at; ; ) {
      const char = this.code(this.at);
      if (char === -1) this.fail(unfinished, EOS);
      if (char === CLOSE) {
        const found = this.bracketLevel(this.at);
        if (found === level) {
          text += source.slice(from, this.at);
          this.at += level + 2;
          return text as Bytes;
        }
        this.at += found >= 0 ? found + 1 : -found;
      } else if (char === OPEN && level === 0 && this.bracketLevel(this.at) === 0) {
        this.at += 2;
        this.fail('nesting of [[...]] is deprecated', OPEN);
      } else if (CLASSES[char] === NEWLINE) {
        text += `${source.slice(from, this.at)}\n`;
        this.newline();
        from = this.at;
      } else this.at++;
    }
  }

  private quoted(quote: number): number {
    const { source } = this;
    let text = '';
    let from = ++this.at;
    for (;;) {
      const char = this.code(this.at);
      if (char === quote) break;
      if (char === -1) this.fail('unfinished string', EOS);
      if (CLASSES[char] === NEWLINE) this.fail('unfinished string', STRING);
      if (char !== BACKSLASH) this.at++;
      else {
        text += source.slice(from, this.at) + this.escape();
        from = this.at;
      }
    }
    this.text = (text + source.slice(from, this.at)) as Bytes;
    this.at++;
    return STRING;
  }

  private escape(): string {
    const char = this.source[this.at + 1];
    if (char === '\n' || char === '\r') {
      this.at++;
      this.newline();
      return '\n';
    }
    const escaped = /^\d{1,3}|^[\s\S]|^/.exec(this.source.slice(this.at + 1, this.at + 4))?.[0] as string;
    const text = unescaped(escaped);
    // Messages show what comes before it.
    if (text.charCodeAt(0) > 255) this.fail('escape sequence too large', STRING);
    this.at += 1 + escaped.length;
    return text;
  }
}

/** What follows a backslash. */
function unescaped(escaped: string): string {
  if (/^\d/.test(escaped)) return String.fromCharCode(Number(escaped));
  return ESCAPES[escaped] ?? (/^[\r\n]/.test(escaped) ? '\n' : escaped);
}
