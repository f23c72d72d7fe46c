// Regular expressions on bytes: the extended syntax of POSIX, as ARGREP has it, with the escapes that are common beside it
// (\d, \w, \s, \b, \x41).

import { type Bytes, toBuffer } from '../bytes/bytes';
import { Automaton, either, holding, type Piece, type Place, ProgramTooLarge, repeat, sequence, taking } from './automaton';

/** What {m,n} may repeat, as POSIX has it, and how long a program may get. */
const MAX_REPEAT = 255;
const MAX_INSTRUCTIONS = 20_000;
const MAX_NESTING = 250;

export class RegexError extends Error {}
/** A reference to an earlier group, which this kind of matching cannot have. */
export class BackreferenceError extends RegexError {}

/** By byte: 1 where it belongs to the set. */
type ByteSet = Uint8Array;

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what the class is about
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t-\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};
const WORD = setOf(/[0-9A-Za-z_]/);
const ESCAPED_SETS: Readonly<Record<string, ByteSet>> = { d: setOf(/[0-9]/), s: setOf(/[ \t-\r]/), w: WORD };
const ESCAPED_BYTES: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 };

function setOf(test: RegExp): ByteSet {
  return Uint8Array.from({ length: 256 }, (_, code) => (test.test(String.fromCharCode(code)) ? 1 : 0));
}

function opposite(set: ByteSet): ByteSet {
  return set.map((bit) => 1 - bit);
}

function isWord(text: ArrayLike<number>, at: number): boolean {
  return at >= 0 && at < text.length && WORD[text[at] as number] === 1;
}

const PLACES: Readonly<Record<string, Place<number>>> = {
  b: (text, at) => isWord(text, at - 1) !== isWord(text, at),
  B: (text, at) => isWord(text, at - 1) === isWord(text, at),
  '<': (text, at) => !isWord(text, at - 1) && isWord(text, at),
  '>': (text, at) => isWord(text, at - 1) && !isWord(text, at),
};

/** A compiled expression. */
export class Regex {
  private readonly automaton: Automaton<number>;

  /** Throws a RegexError for an expression that is none. */
  constructor(source: Bytes, ignoreCase = false) {
    try {
      this.automaton = new Automaton(new Reader(source, ignoreCase).whole(), MAX_INSTRUCTIONS);
    } catch (thrown) {
      throw thrown instanceof ProgramTooLarge ? new RegexError('too large') : thrown;
    }
  }

  /** Whether some part of the text matches. */
  test(text: Bytes): boolean {
    return this.automaton.matches(toBuffer(text));
  }
}

class Reader {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly source: Bytes,
    private readonly ignoreCase: boolean,
  ) {}

  whole(): Piece<number> {
    const piece = this.alternatives();
    if (this.at < this.source.length) throw new RegexError('unmatched )');
    return piece;
  }

  private get next(): string | undefined {
    return this.source[this.at];
  }

  private alternatives(): Piece<number> {
    if (++this.depth > MAX_NESTING) throw new RegexError('nested too deeply');
    let piece = this.sequence();
    while (this.next === '|') {
      this.at++;
      piece = either(piece, this.sequence());
    }
    this.depth--;
    return piece;
  }

  private sequence(): Piece<number> {
    const pieces: Piece<number>[] = [];
    while (this.next !== undefined && this.next !== '|' && this.next !== ')') pieces.push(this.repeated(this.atom()));
    return sequence(pieces);
  }

  private atom(): Piece<number> {
    const char = this.source[this.at++] as string;
    switch (char) {
      case '(':
        return this.group();
      case '[':
        return one(this.folded(this.bracket()));
      case '.':
        return taking(() => true);
      case '^':
        return holding((_text, at) => at === 0);
      case '$':
        return holding((text, at) => at === text.length);
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
        throw new RegexError('nothing to repeat');
      default:
        return this.literal(char.charCodeAt(0));
    }
  }

  private group(): Piece<number> {
    const piece = this.alternatives();
    if (this.next !== ')') throw new RegexError('missing )');
    this.at++;
    return piece;
  }

  private escape(): Piece<number> {
    const char = this.source[this.at++];
    if (char === undefined) throw new RegexError('trailing backslash');
    if (char >= '1' && char <= '9') throw new BackreferenceError('backreference');
    const place = PLACES[char];
    if (place) return holding(place);
    const set = ESCAPED_SETS[char.toLowerCase()];
    if (set) return one(char >= 'a' ? set : opposite(set));
    return this.literal(char === 'x' ? this.hexadecimal() : (ESCAPED_BYTES[char] ?? char.charCodeAt(0)));
  }

  private hexadecimal(): number {
    const [all, braced, plain] = /^(?:\{([0-9a-fA-F]{1,2})\}|([0-9a-fA-F]{1,2}))/.exec(this.source.slice(this.at, this.at + 4)) ?? [];
    if (all === undefined) throw new RegexError('bad \\x');
    this.at += all.length;
    return Number.parseInt((braced ?? plain) as string, 16);
  }

  private bracket(): ByteSet {
    const set = new Uint8Array(256);
    const negated = this.next === '^';
    if (negated) this.at++;
    for (let first = true; first || this.next !== ']'; first = false) {
      if (this.next === undefined) throw new RegexError('missing ]');
      const named = /^\[:([a-z]+):\]/.exec(this.source.slice(this.at, this.at + 12));
      if (named) {
        const test = CLASSES[named[1] as string];
        if (!test) throw new RegexError('unknown class');
        setOf(test).forEach((bit, code) => {
          if (bit === 1) set[code] = 1;
        });
        this.at += named[0].length;
        continue;
      }
      const low = this.source.charCodeAt(this.at++);
      let high = low;
      if (this.next === '-' && this.at + 1 < this.source.length && this.source[this.at + 1] !== ']') {
        high = this.source.charCodeAt(this.at + 1);
        this.at += 2;
        if (high < low) throw new RegexError('bad range');
      }
      set.fill(1, low, high + 1);
    }
    this.at++;
    return negated ? opposite(this.folded(set)) : set;
  }

  private literal(code: number): Piece<number> {
    const set = new Uint8Array(256);
    set[code] = 1;
    return one(this.folded(set));
  }

  /** Both cases of each letter, where case does not count. */
  private folded(set: ByteSet): ByteSet {
    if (!this.ignoreCase) return set;
    for (let code = 65; code <= 90; code++) if (set[code] === 1 || set[code + 32] === 1) set[code] = set[code + 32] = 1;
    return set;
  }

  private repeated(atom: Piece<number>): Piece<number> {
    let piece = atom;
    for (;;) {
      const char = this.next;
      if (char === '{') {
        piece = this.counted(piece);
        continue;
      }
      if (char !== '*' && char !== '+' && char !== '?') return piece;
      this.at++;
      piece = repeat(piece, char === '+' ? 1 : 0, char === '?' ? 1 : Number.POSITIVE_INFINITY);
    }
  }

  private counted(piece: Piece<number>): Piece<number> {
    const [all, low = '', comma, high = ''] = /^\{(\d{0,3})(,?)(\d{0,3})\}/.exec(this.source.slice(this.at, this.at + 9)) ?? [];
    if (all === undefined || (low === '' && high === '')) throw new RegexError('bad {}');
    const least = Number(low);
    const most = comma === '' ? least : high === '' ? Number.POSITIVE_INFINITY : Number(high);
    if (least > MAX_REPEAT || most < least || (most > MAX_REPEAT && high !== '')) throw new RegexError('bad {}');
    this.at += all.length;
    return repeat(piece, least, most);
  }
}

function one(set: ByteSet): Piece<number> {
  return taking((code) => set[code] === 1);
}
