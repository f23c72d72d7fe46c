// Regular expressions on bytes: the extended syntax of POSIX, as ARGREP has it, with the escapes that are common beside it
// (\d, \w, \s, \b, \x41). Alternatives are followed side by side, so a match takes time in proportion to the text and the
// expression, whatever the expression is. JavaScript's own would take some of them for ever.
//
// An expression becomes a program: an instruction reads one byte of a set, or is a fork, a jump or a condition on the place.

import type { Bytes } from './bytes';

/** What {m,n} may repeat, as POSIX has it, and how long a program may get. */
const MAX_REPEAT = 255;
const MAX_INSTRUCTIONS = 20_000;
const MAX_NESTING = 250;

export class RegexError extends Error {}
/** A reference to an earlier group, which this kind of matching cannot have. */
export class BackreferenceError extends RegexError {}

/** Bytes that an instruction takes: 1 where it does. */
type ByteSet = Uint8Array;

type Instruction =
  | { readonly kind: 'bytes'; readonly set: ByteSet }
  | { readonly kind: 'fork'; first: number; second: number }
  | { readonly kind: 'place'; readonly holds: (text: Bytes, at: number) => boolean }
  | { readonly kind: 'match' };

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
const ESCAPED_SETS: Readonly<Record<string, ByteSet>> = {
  d: setOf(/[0-9]/),
  s: setOf(/[ \t-\r]/),
  w: WORD,
};
const ESCAPED_BYTES: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 };

function setOf(test: RegExp): ByteSet {
  return Uint8Array.from({ length: 256 }, (_, code) => (test.test(String.fromCharCode(code)) ? 1 : 0));
}

function single(code: number): ByteSet {
  const set = new Uint8Array(256);
  set[code] = 1;
  return set;
}

function isWord(text: Bytes, at: number): boolean {
  return at >= 0 && at < text.length && WORD[text.charCodeAt(at)] === 1;
}

const PLACES: Readonly<Record<string, (text: Bytes, at: number) => boolean>> = {
  b: (text, at) => isWord(text, at - 1) !== isWord(text, at),
  B: (text, at) => isWord(text, at - 1) === isWord(text, at),
  '<': (text, at) => !isWord(text, at - 1) && isWord(text, at),
  '>': (text, at) => isWord(text, at - 1) && !isWord(text, at),
};

/** A compiled expression. */
export class Regex {
  private readonly program: Instruction[] = [];
  private at = 0;
  private depth = 0;
  /** Instructions that are under way at a place, and the round in which each was last added. */
  private readonly marks: Uint32Array;
  private round = 0;

  /** Throws a RegexError for an expression that is none. */
  constructor(
    private readonly source: Bytes,
    private readonly ignoreCase = false,
  ) {
    this.alternatives();
    if (this.at < source.length) throw new RegexError('unmatched )');
    this.emit({ kind: 'match' });
    this.marks = new Uint32Array(this.program.length);
  }

  /** Whether some part of the text matches. */
  test(text: Bytes): boolean {
    let current: number[] = [];
    for (let at = 0; at <= text.length; at++) {
      // A match may begin at each place.
      this.round++;
      for (const index of current) this.marks[index] = this.round;
      if (this.follow(0, text, at, current)) return true;
      if (at === text.length) return false;
      const code = text.charCodeAt(at);
      const next: number[] = [];
      this.round++;
      for (const index of current) {
        const instruction = this.program[index] as Instruction;
        if (instruction.kind === 'bytes' && instruction.set[code] === 1 && this.follow(index + 1, text, at + 1, next)) return true;
      }
      current = next;
    }
    return false;
  }

  /** Adds the byte instructions that can be reached from one without reading. True when that reaches the end. */
  private follow(start: number, text: Bytes, at: number, into: number[]): boolean {
    const open = [start];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (this.marks[index] === this.round) continue;
      this.marks[index] = this.round;
      const instruction = this.program[index] as Instruction;
      if (instruction.kind === 'match') return true;
      if (instruction.kind === 'bytes') into.push(index);
      else if (instruction.kind === 'fork') open.push(instruction.second, instruction.first);
      else if (instruction.holds(text, at)) open.push(index + 1);
    }
    return false;
  }

  // ---- reading the expression

  private emit(instruction: Instruction): void {
    if (this.program.length >= MAX_INSTRUCTIONS) throw new RegexError('too large');
    this.program.push(instruction);
  }

  private get next(): string | undefined {
    return this.source[this.at];
  }

  /** Puts a fork in front of what was emitted from `start` on; jumps inside move along. */
  private insertFork(start: number): { first: number; second: number } {
    const fork = { kind: 'fork' as const, first: start + 1, second: start + 1 };
    this.emit(fork);
    this.program.pop();
    for (let i = start; i < this.program.length; i++) {
      const instruction = this.program[i] as Instruction;
      if (instruction.kind !== 'fork') continue;
      if (instruction.first >= start) instruction.first++;
      if (instruction.second >= start) instruction.second++;
    }
    this.program.splice(start, 0, fork);
    return fork;
  }

  private alternatives(): void {
    if (++this.depth > MAX_NESTING) throw new RegexError('nested too deeply');
    const start = this.program.length;
    const ends: { first: number; second: number }[] = [];
    this.sequence();
    while (this.next === '|') {
      this.at++;
      const fork = this.insertFork(start);
      const end = { kind: 'fork' as const, first: 0, second: 0 };
      this.emit(end);
      ends.push(end);
      fork.second = this.program.length;
      this.sequence();
    }
    for (const end of ends) end.first = end.second = this.program.length;
    this.depth--;
  }

  private sequence(): void {
    while (this.next !== undefined && this.next !== '|' && this.next !== ')') {
      const start = this.program.length;
      this.atom();
      this.repetitions(start);
    }
  }

  private atom(): void {
    const char = this.source[this.at++] as string;
    switch (char) {
      case '(':
        this.alternatives();
        if (this.next !== ')') throw new RegexError('missing )');
        this.at++;
        return;
      case '[':
        this.emit({ kind: 'bytes', set: this.folded(this.bracket()) });
        return;
      case '.':
        this.emit({ kind: 'bytes', set: new Uint8Array(256).fill(1) });
        return;
      case '^':
        this.emit({ kind: 'place', holds: (_text, at) => at === 0 });
        return;
      case '$':
        this.emit({ kind: 'place', holds: (text, at) => at === text.length });
        return;
      case '\\':
        this.escape();
        return;
      case '*':
      case '+':
      case '?':
        throw new RegexError('nothing to repeat');
      default:
        this.emit({ kind: 'bytes', set: this.folded(single(char.charCodeAt(0))) });
    }
  }

  private escape(): void {
    const char = this.source[this.at++];
    if (char === undefined) throw new RegexError('trailing backslash');
    if (char >= '1' && char <= '9') throw new BackreferenceError('backreference');
    const place = PLACES[char];
    if (place) {
      this.emit({ kind: 'place', holds: place });
      return;
    }
    const set = ESCAPED_SETS[char.toLowerCase()];
    if (set) this.emit({ kind: 'bytes', set: char >= 'a' ? set : set.map((bit) => 1 - bit) });
    else
      this.emit({
        kind: 'bytes',
        set: this.folded(single(char === 'x' ? this.hexadecimal() : (ESCAPED_BYTES[char] ?? char.charCodeAt(0)))),
      });
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
        for (let code = 0; code < 256; code++) if (test.test(String.fromCharCode(code))) set[code] = 1;
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
    return negated ? this.folded(set).map((bit) => 1 - bit) : set;
  }

  /** Both cases of each letter, where case does not count. */
  private folded(set: ByteSet): ByteSet {
    if (!this.ignoreCase) return set;
    for (let code = 65; code <= 90; code++) if (set[code] === 1 || set[code + 32] === 1) set[code] = set[code + 32] = 1;
    return set;
  }

  // ---- repetition

  private repetitions(start: number): void {
    for (;;) {
      const char = this.next;
      if (char === '*') this.repeat(start, 0, undefined);
      else if (char === '+') this.repeat(start, 1, undefined);
      else if (char === '?') this.repeat(start, 0, 1);
      else if (char === '{') {
        this.counted(start);
        continue;
      } else return;
      this.at++;
    }
  }

  private counted(start: number): void {
    const [all, low = '', comma, high = ''] = /^\{(\d{0,3})(,?)(\d{0,3})\}/.exec(this.source.slice(this.at, this.at + 9)) ?? [];
    if (all === undefined || (low === '' && high === '')) throw new RegexError('bad {}');
    const least = Number(low);
    const most = comma === '' ? least : high === '' ? undefined : Number(high);
    if (least > MAX_REPEAT || (most !== undefined && (most > MAX_REPEAT || most < least))) throw new RegexError('bad {}');
    this.at += all.length;
    this.repeat(start, least, most);
  }

  /** Repeats what was emitted from `start` on. */
  private repeat(start: number, least: number, most: number | undefined): void {
    const body = this.program.splice(start);
    for (let i = 0; i < least; i++) this.append(body, start);
    if (most === undefined) {
      const fork = { kind: 'fork' as const, first: this.program.length + 1, second: 0 };
      const loop = this.program.length;
      this.emit(fork);
      this.append(body, start);
      this.emit({ kind: 'fork', first: loop, second: loop });
      fork.second = this.program.length;
      return;
    }
    const forks: { first: number; second: number }[] = [];
    for (let i = least; i < most; i++) {
      const fork = { kind: 'fork' as const, first: this.program.length + 1, second: 0 };
      this.emit(fork);
      forks.push(fork);
      this.append(body, start);
    }
    for (const fork of forks) fork.second = this.program.length;
  }

  /** Emits instructions that once stood from `from` on at the end, and moves their jumps along. */
  private append(body: readonly Instruction[], from: number): void {
    const shift = this.program.length - from;
    for (const instruction of body) {
      if (instruction.kind !== 'fork') this.emit(instruction);
      else this.emit({ kind: 'fork', first: instruction.first + shift, second: instruction.second + shift });
    }
  }
}
