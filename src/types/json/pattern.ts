// Regular expressions for the `=~` of a filter, in the syntax of RedisJSON (the Rust crate `regex`) and as there in a time
// that is bounded by the length of the text times that of the pattern.
//
//   pattern   a|b  ab  (a) (?:a) (?P<n>a) (?i) (?-i:a) with the flags i, m, s  ·  a* a+ a? a{2} a{2,} a{2,5}, each also with ?
//   atoms     x .  [a-z] [^a-z] [[:alpha:]]  \d \w \s \p{Greek} and their opposites  \n \t \x41 \x{1F600}
//   places    ^ $ \A \z \b \B

import { Automaton, either, holding, type Piece, type Place, ProgramTooLarge, repeat, sequence, taking } from '../../structures/automaton';

const MAX_INSTRUCTIONS = 4000;
const MAX_GROUPS_INSIDE = 100;
const MAX_REPETITIONS = 1000;

class PatternFault {}

/** Patterns that are kept as read, and how long they may be for it. */
const MAX_CACHED = 64;
const MAX_CACHED_CHARS = 256;
const cache = new Map<string, Automaton<string> | undefined>();

/**
 * Whether the pattern occurs anywhere in a text. A pattern that cannot be read occurs nowhere.
 * @param spend is told how many steps it may take, and may refuse them by throwing
 */
export function matchesPattern(pattern: string, text: string, spend: (steps: number) => void = () => undefined): boolean {
  const automaton = compiled(pattern);
  if (automaton === undefined) return false;
  spend(automaton.length * text.length);
  return automaton.matches(Array.from(text));
}

function compiled(pattern: string): Automaton<string> | undefined {
  if (cache.has(pattern)) return cache.get(pattern);
  const automaton = compile(pattern);
  if (pattern.length > MAX_CACHED_CHARS) return automaton;
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(pattern, automaton);
  return automaton;
}

function compile(pattern: string): Automaton<string> | undefined {
  try {
    return new Automaton(new PatternParser(pattern).whole(), MAX_INSTRUCTIONS);
  } catch (fault) {
    if (fault instanceof PatternFault || fault instanceof ProgramTooLarge || fault instanceof SyntaxError) return undefined;
    throw fault;
  }
}

// ---- reading

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

const isWord = (char: string | undefined): boolean => char !== undefined && /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]/u.test(char);
const atWordEdge: Place<string> = (text, at) => isWord(text[at - 1]) !== isWord(text[at]);
const PLACES: Readonly<Record<string, Place<string>>> = {
  A: (_, at) => at === 0,
  z: (text, at) => at === text.length,
  b: atWordEdge,
  B: (text, at) => !atWordEdge(text, at),
};
/** As parts of a JavaScript class. */
const CLASSES: Readonly<Record<string, string>> = {
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  w: '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}',
  W: '[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}]',
  s: '\\p{White_Space}',
  S: '\\P{White_Space}',
};
const POSIX: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: 'A-Za-z0-9_',
  xdigit: 'A-Fa-f0-9',
};
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', a: '\x07' };

class PatternParser {
  private readonly chars: readonly string[];
  private at = 0;
  private inside = 0;
  private flags: Flags = { i: false, m: false, s: false };

  constructor(pattern: string) {
    this.chars = Array.from(pattern);
  }

  whole(): Piece<string> {
    const piece = this.alternatives();
    if (this.at < this.chars.length) throw new PatternFault();
    return piece;
  }

  private alternatives(): Piece<string> {
    if (++this.inside > MAX_GROUPS_INSIDE) throw new PatternFault();
    const flags = this.flags;
    let piece = this.sequence();
    while (this.take('|')) piece = either(piece, this.sequence());
    this.flags = flags;
    this.inside--;
    return piece;
  }

  private sequence(): Piece<string> {
    const pieces: Piece<string>[] = [];
    while (this.at < this.chars.length && this.chars[this.at] !== '|' && this.chars[this.at] !== ')') pieces.push(this.repeated());
    return sequence(pieces);
  }

  private repeated(): Piece<string> {
    let piece = this.atom();
    for (;;) {
      const range = this.repetition();
      if (range === undefined) return piece;
      // Which of several matches it prefers does not matter here.
      this.take('?');
      piece = repeat(piece, range[0], range[1]);
    }
  }

  private repetition(): readonly [number, number] | undefined {
    if (this.take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.take('?')) return [0, 1];
    if (!this.take('{')) return undefined;
    const least = this.number();
    const most = this.take(',') ? (this.chars[this.at] === '}' ? Number.POSITIVE_INFINITY : this.number()) : least;
    if (!this.take('}') || most < least || least > MAX_REPETITIONS) throw new PatternFault();
    if (most !== Number.POSITIVE_INFINITY && most > MAX_REPETITIONS) throw new PatternFault();
    return [least, most];
  }

  private number(): number {
    const start = this.at;
    while (/^\d$/.test(this.chars[this.at] ?? '')) this.at++;
    if (this.at === start) throw new PatternFault();
    return Number(this.chars.slice(start, this.at).join(''));
  }

  private atom(): Piece<string> {
    const char = this.next();
    const { m, s } = this.flags;
    switch (char) {
      case '(':
        return this.group();
      case '[':
        return this.one(this.bracket());
      case '.':
        return taking<string>(s ? () => true : (one) => one !== '\n');
      case '^':
        return holding(m ? (text, at) => at === 0 || text[at - 1] === '\n' : (_, at) => at === 0);
      case '$':
        return holding(m ? (text, at) => at === text.length || text[at] === '\n' : (text, at) => at === text.length);
      case '\\':
        return this.escaped();
      case '*':
      case '+':
      case '?':
      case '{':
        throw new PatternFault();
      default:
        return this.literal(char);
    }
  }

  private group(): Piece<string> {
    const outer = this.flags;
    if (this.take('?')) {
      if (this.take('P') || this.chars[this.at] === '<') this.groupName();
      // `(?i)` is for all that follows in the group around.
      else if (!this.setFlags()) return () => undefined;
    }
    const piece = this.alternatives();
    if (!this.take(')')) throw new PatternFault();
    this.flags = outer;
    return piece;
  }

  /** A name is of use only to one who asks for the group. `<=` and `<!` would look behind, and are none. */
  private groupName(): void {
    if (!this.take('<') || !/^[A-Za-z_]$/.test(this.next())) throw new PatternFault();
    while (!this.take('>')) this.next();
  }

  /** Flags up to a colon, or to the end of the group: false. */
  private setFlags(): boolean {
    let on = true;
    for (let char = this.next(); char !== ':'; char = this.next()) {
      if (char === ')') return false;
      if (char === '-') on = false;
      else if (char === 'i' || char === 'm' || char === 's') this.flags = { ...this.flags, [char]: on };
      else throw new PatternFault();
    }
    return true;
  }

  private escaped(): Piece<string> {
    const char = this.next();
    const place = PLACES[char];
    if (place) return holding(place);
    const part = this.classPart(char);
    if (part !== undefined) return this.one(`[${part}]`);
    return this.literal(this.escapedChar(char));
  }

  /** `\d` and its like as part of a class. */
  private classPart(char: string): string | undefined {
    if (char !== 'p' && char !== 'P') return CLASSES[char];
    let name = this.next();
    if (name === '{') {
      name = '';
      for (let one = this.next(); one !== '}'; one = this.next()) name += one;
    }
    if (!/^[\w=^]+$/.test(name)) throw new PatternFault();
    // A script needs no more than its name in Rust.
    const known = [name, `Script=${name}`].find((one) => isProperty(one));
    if (known === undefined) throw new PatternFault();
    return `\\${char}{${known}}`;
  }

  private escapedChar(char: string): string {
    const control = CONTROLS[char];
    if (control !== undefined) return control;
    if (char === 'x' || char === 'u' || char === 'U') return this.hexadecimal(char === 'x' ? 2 : char === 'u' ? 4 : 8);
    if (/^[A-Za-z0-9<>]$/.test(char)) throw new PatternFault();
    return char;
  }

  private hexadecimal(length: number): string {
    let digits = '';
    if (this.take('{')) while (!this.take('}')) digits += this.next();
    else while (digits.length < length) digits += this.next();
    const code = /^[0-9a-fA-F]{1,8}$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
    if (!(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) throw new PatternFault();
    return String.fromCodePoint(code);
  }

  /** What follows `[`, as a JavaScript class. */
  private bracket(): string {
    if (++this.inside > MAX_GROUPS_INSIDE) throw new PatternFault();
    let source = this.take('^') ? '[^' : '[';
    for (let first = true; first || !this.take(']'); first = false) {
      if (this.take('[')) source += this.take(':') ? this.posix() : this.bracket();
      else if (this.chars[this.at] === '&' && this.chars[this.at + 1] === '&') throw new PatternFault();
      else source += this.classItem();
    }
    this.inside--;
    return `${source}]`;
  }

  private posix(): string {
    const not = this.take('^') ? '^' : '';
    let name = '';
    for (let char = this.next(); char !== ':'; char = this.next()) name += char;
    const part = POSIX[name];
    if (part === undefined || !this.take(']')) throw new PatternFault();
    return `[${not}${part}]`;
  }

  private classItem(): string {
    const start = this.classChar();
    if (typeof start !== 'string') return start.part;
    if (this.chars[this.at] !== '-' || this.chars[this.at + 1] === ']') return unicode(start);
    this.at++;
    const end = this.classChar();
    if (typeof end !== 'string') throw new PatternFault();
    return `${unicode(start)}-${unicode(end)}`;
  }

  private classChar(): string | { readonly part: string } {
    const char = this.next();
    if (char !== '\\') return char;
    const escaped = this.next();
    const part = this.classPart(escaped);
    return part === undefined ? this.escapedChar(escaped) : { part };
  }

  private literal(char: string): Piece<string> {
    return this.flags.i ? this.one(`[${unicode(char)}]`) : taking((one) => one === char);
  }

  /** One char of a JavaScript class. */
  private one(source: string): Piece<string> {
    const expression = new RegExp(`^${source}$`, this.flags.i ? 'vi' : 'v');
    return taking((char) => expression.test(char));
  }

  private take(char: string): boolean {
    if (this.chars[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private next(): string {
    const char = this.chars[this.at++];
    if (char === undefined) throw new PatternFault();
    return char;
  }
}

function unicode(char: string): string {
  return `\\u{${(char.codePointAt(0) as number).toString(16)}}`;
}

function isProperty(name: string): boolean {
  try {
    return new RegExp(`\\p{${name}}`, 'v').flags === 'v';
  } catch {
    return false;
  }
}
