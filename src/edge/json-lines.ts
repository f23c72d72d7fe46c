// Command lines out of a JSON body: `["SET","key",1]`, or an array of such arrays.
//
// Not JSON.parse, for one reason: a number must reach Redis with the digits that were sent. 12345678901234567890 and
// 1.50 are other numbers, or other texts, once they have been doubles. (A reviver with access to the source is ten
// times slower than JSON.parse; this scanner is about as fast.)

import { type Bytes, fromText, isAscii } from '../bytes/bytes';
import { MAX_ARGUMENTS, MAX_PIPELINE_COMMANDS } from '../protocol/limits';
import { BadRequest } from './bad-request';

const QUOTE = 34;
const COMMA = 44;
const OPEN = 91;
const CLOSE = 93;
const BRACE = 123;
const LETTER_F = 102;
const LETTER_N = 110;
const LETTER_T = 116;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const NOT_BLANK = /[^ \t\n\r]/g;
/** A string must not hold these unescaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const CONTROL = /[\u0000-\u001f]/;

/** The body of one command. Throws a {@link BadRequest}. */
export function readLine(body: string): Bytes[] {
  const scanner = new Scanner(body);
  const line = scanner.line();
  scanner.end();
  return line;
}

/** The body of a pipeline or a transaction. Throws a {@link BadRequest}. */
export function readLines(body: string): Bytes[][] {
  const scanner = new Scanner(body);
  const lines = scanner.lines();
  scanner.end();
  return lines;
}

class Scanner {
  private at = 0;
  /** All ASCII: strings are already their bytes. */
  private readonly ascii: boolean;
  /** Strings have to be searched for control characters. */
  private readonly suspect: boolean;
  /** Where the next backslash and the next quote are, as of the last look: never looked for twice. */
  private slash: number;
  private quote = -1;

  constructor(private readonly text: string) {
    if (text === '') throw new BadRequest('ERR the request body is empty');
    this.ascii = isAscii(text as Bytes);
    this.suspect = CONTROL.test(text);
    this.slash = this.next('\\', 0);
  }

  lines(): Bytes[][] {
    this.open('ERR expected an array of commands, each a JSON array');
    const lines: Bytes[][] = [];
    if (this.closes()) return lines;
    do {
      if (lines.length >= MAX_PIPELINE_COMMANDS) throw new BadRequest(`ERR too many commands. Limit: ${MAX_PIPELINE_COMMANDS}`, 413);
      lines.push(this.line());
    } while (this.continues());
    return lines;
  }

  line(): Bytes[] {
    this.open('ERR expected a JSON array: the command and its arguments');
    if (this.closes()) throw new BadRequest('ERR empty command');
    const line: Bytes[] = [];
    do {
      if (line.length >= MAX_ARGUMENTS) throw new BadRequest(`ERR too many arguments. Limit: ${MAX_ARGUMENTS}`, 413);
      line.push(this.argument());
    } while (this.continues());
    return line;
  }

  /** Nothing but blanks may be left. */
  end(): void {
    if (!Number.isNaN(this.peek())) throw this.malformed();
  }

  private argument(): Bytes {
    const code = this.peek();
    switch (code) {
      case QUOTE:
        return this.string();
      case LETTER_T:
        return this.word('true');
      case LETTER_F:
        return this.word('false');
      case LETTER_N:
        this.word('null');
        throw new BadRequest('ERR null args are not supported');
      case OPEN:
      case BRACE:
        throw new BadRequest(`ERR unsupported arg type: "${this.text[this.at]}": an argument is a string, a number or a boolean`);
      default:
        return this.number();
    }
  }

  private string(): Bytes {
    const start = this.at + 1;
    let end = this.nextQuote(start);
    let escaped = false;
    while (this.nextSlash(escaped ? this.slash + 2 : start) < end) {
      escaped = true;
      end = this.nextQuote(this.slash + 2);
    }
    if (end === Number.POSITIVE_INFINITY) throw this.malformed();
    this.at = end + 1;
    if (escaped) return this.unescape(this.text.slice(start - 1, end + 1));
    const plain = this.text.slice(start, end);
    if (this.suspect && CONTROL.test(plain)) throw this.malformed();
    return this.ascii ? (plain as Bytes) : fromText(plain);
  }

  private unescape(literal: string): Bytes {
    try {
      return fromText(JSON.parse(literal) as string);
    } catch {
      throw this.malformed();
    }
  }

  private number(): Bytes {
    NUMBER.lastIndex = this.at;
    const literal = NUMBER.exec(this.text)?.[0];
    if (literal === undefined) throw this.malformed();
    this.at += literal.length;
    return literal as Bytes;
  }

  private word(word: string): Bytes {
    if (!this.text.startsWith(word, this.at)) throw this.malformed();
    this.at += word.length;
    return word as Bytes;
  }

  private open(expected: string): void {
    if (this.peek() !== OPEN) throw new BadRequest(expected);
    this.at++;
  }

  /** Steps over the end of an array that has no elements. */
  private closes(): boolean {
    if (this.peek() !== CLOSE) return false;
    this.at++;
    return true;
  }

  /** Steps over a comma, or over the end of the array. */
  private continues(): boolean {
    const code = this.peek();
    if (code !== COMMA && code !== CLOSE) throw this.malformed();
    this.at++;
    return code === COMMA;
  }

  /** The next char that is not a blank; NaN at the end. */
  private peek(): number {
    const code = this.text.charCodeAt(this.at);
    if (code > 32) return code;
    NOT_BLANK.lastIndex = this.at;
    this.at = NOT_BLANK.test(this.text) ? NOT_BLANK.lastIndex - 1 : this.text.length;
    return this.text.charCodeAt(this.at);
  }

  private nextSlash(from: number): number {
    if (this.slash < from) this.slash = this.next('\\', from);
    return this.slash;
  }

  private nextQuote(from: number): number {
    if (this.quote < from) this.quote = this.next('"', from);
    return this.quote;
  }

  private next(char: string, from: number): number {
    const index = this.text.indexOf(char, from);
    return index < 0 ? Number.POSITIVE_INFINITY : index;
  }

  private malformed(): BadRequest {
    return new BadRequest(`ERR the request body is not valid JSON (near position ${this.at})`);
  }
}
