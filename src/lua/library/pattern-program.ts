// Patterns of Lua, compiled: one instruction for each item. Errors are instructions too, because a pattern that is
// malformed is so only for those who get there: ("a"):find("b[") finds nothing and does not complain.

import type { Bytes } from '../../bytes/bytes';

/** What an instruction does. */
export const END = 0;
/** One character of a class, as often as `repeat` says. */
export const SINGLE = 1;
export const OPEN_CAPTURE = 2;
export const POSITION_CAPTURE = 3;
export const CLOSE_CAPTURE = 4;
/** The text of the capture that the digit `char` names. */
export const BACK_REFERENCE = 5;
/** From the character `char` to the `other` that balances it. */
export const BALANCE = 6;
/** Between a character that is not of the class and one that is. */
export const FRONTIER = 7;
export const END_OF_TEXT = 8;
export const FAILURE = 9;

/** How often a character may occur. */
export const ONCE = 0;
export const OPTIONAL = 1;
export const STAR = 2;
export const PLUS = 3;
export const SHORTEST = 4;

/** Which characters match, by code. */
type CharacterClass = Uint8Array;

export interface Instruction {
  readonly kind: number;
  readonly repeat: number;
  /** A code: of the only character that matches, when there is no class. */
  readonly char: number;
  readonly other: number;
  readonly characters: CharacterClass | undefined;
  readonly message: string;
}

const PERCENT = 0x25;
const OPENING = 0x28;
const CLOSING = 0x29;
const DASH = 0x2d;
const POINT = 0x2e;
const BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const CARET = 0x5e;
const DOLLAR = 0x24;
const LOWER_B = 0x62;
const LOWER_F = 0x66;

const REPEATS: Readonly<Record<string, number>> = { '?': OPTIONAL, '*': STAR, '+': PLUS, '-': SHORTEST };

const ANY: CharacterClass = new Uint8Array(256).fill(1);

/** The classes of C's ctype.h in the C locale, which is what Redis runs scripts in. */
const LETTER_CLASSES = new Map<number, CharacterClass>();
for (const [letter, members] of Object.entries({
  a: /[A-Za-z]/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the class of control characters.
  c: /[\0-\x1f\x7f]/,
  d: /[0-9]/,
  l: /[a-z]/,
  p: /[!-/:-@[-`{-~]/,
  s: /[\t-\r ]/,
  u: /[A-Z]/,
  w: /[0-9A-Za-z]/,
  x: /[0-9A-Fa-f]/,
  z: /\0/,
})) {
  const plain = Uint8Array.from({ length: 256 }, (_, code) => (members.test(String.fromCharCode(code)) ? 1 : 0));
  LETTER_CLASSES.set(letter.charCodeAt(0), plain);
  LETTER_CLASSES.set(
    letter.toUpperCase().charCodeAt(0),
    plain.map((member) => 1 - member),
  );
}

const MISSING_BRACKET = "malformed pattern (missing ']')";

/** @param pattern without the `^` that anchors it. What follows a NUL does not count. */
export function compilePattern(pattern: Bytes): readonly Instruction[] {
  const end = pattern.indexOf('\0');
  return new PatternCompiler((end < 0 ? pattern : pattern.slice(0, end)) as Bytes).compile();
}

function instruction(kind: number, fields: Partial<Instruction> = {}): Instruction {
  return {
    kind,
    repeat: fields.repeat ?? ONCE,
    char: fields.char ?? 0,
    other: fields.other ?? 0,
    characters: fields.characters,
    message: fields.message ?? '',
  };
}

class PatternCompiler {
  private at = 0;

  constructor(private readonly pattern: Bytes) {}

  compile(): readonly Instruction[] {
    const program: Instruction[] = [];
    while (this.at < this.pattern.length) {
      const next = this.item();
      program.push(next);
      if (next.kind === FAILURE) return program;
    }
    program.push(instruction(END));
    return program;
  }

  /** The code at an offset from here; NaN after the end. */
  private code(offset: number): number {
    return this.pattern.charCodeAt(this.at + offset);
  }

  private item(): Instruction {
    switch (this.code(0)) {
      case OPENING:
        if (this.code(1) === CLOSING) return this.skip(2, instruction(POSITION_CAPTURE));
        return this.skip(1, instruction(OPEN_CAPTURE));
      case CLOSING:
        return this.skip(1, instruction(CLOSE_CAPTURE));
      case DOLLAR:
        return this.at === this.pattern.length - 1 ? this.skip(1, instruction(END_OF_TEXT)) : this.single();
      case PERCENT:
        return this.escape();
      default:
        return this.single();
    }
  }

  private skip(count: number, result: Instruction): Instruction {
    this.at += count;
    return result;
  }

  private escape(): Instruction {
    const letter = this.code(1);
    if (letter === LOWER_B) {
      if (this.at + 4 > this.pattern.length) return instruction(FAILURE, { message: 'unbalanced pattern' });
      return this.skip(4, instruction(BALANCE, { char: this.code(2), other: this.code(3) }));
    }
    if (letter === LOWER_F) {
      this.at += 2;
      if (this.code(0) !== BRACKET) return instruction(FAILURE, { message: "missing '[' after '%f' in pattern" });
      const characters = this.set();
      return characters ? instruction(FRONTIER, { characters }) : instruction(FAILURE, { message: MISSING_BRACKET });
    }
    if (letter >= 0x30 && letter <= 0x39) return this.skip(2, instruction(BACK_REFERENCE, { char: letter }));
    return this.single();
  }

  /** A character or a class, and how often. */
  private single(): Instruction {
    const code = this.code(0);
    if (code === BRACKET) {
      const characters = this.set();
      if (!characters) return instruction(FAILURE, { message: MISSING_BRACKET });
      return instruction(SINGLE, { characters, repeat: this.repeat() });
    }
    if (code === POINT) {
      this.at++;
      return instruction(SINGLE, { characters: ANY, repeat: this.repeat() });
    }
    if (code !== PERCENT) {
      this.at++;
      return instruction(SINGLE, { char: code, repeat: this.repeat() });
    }
    const char = this.code(1);
    if (Number.isNaN(char)) return instruction(FAILURE, { message: "malformed pattern (ends with '%')" });
    this.at += 2;
    return instruction(SINGLE, { char, characters: LETTER_CLASSES.get(char), repeat: this.repeat() });
  }

  private repeat(): number {
    const repeat = REPEATS[this.pattern.charAt(this.at)];
    if (repeat === undefined) return ONCE;
    this.at++;
    return repeat;
  }

  /** From `[` to `]`; undefined when it does not end. The first character may be a `]` that does not end it. */
  private set(): CharacterClass | undefined {
    const members = new Uint8Array(256);
    const negated = this.code(1) === CARET;
    let at = this.at + (negated ? 2 : 1);
    const close = this.setEnd(at);
    if (close < 0) return undefined;
    while (at < close) {
      const code = this.pattern.charCodeAt(at);
      const next = this.pattern.charCodeAt(at + 1);
      if (code === PERCENT) {
        const letters = LETTER_CLASSES.get(next);
        if (letters) for (let i = 0; i < 256; i++) members[i] = (members[i] as number) | (letters[i] as number);
        else members[next] = 1;
        at += 2;
      } else if (next === DASH && at + 2 < close) {
        const last = this.pattern.charCodeAt(at + 2);
        for (let i = code; i <= last; i++) members[i] = 1;
        at += 3;
      } else {
        members[code] = 1;
        at++;
      }
    }
    this.at = close + 1;
    return negated ? members.map((member) => 1 - member) : members;
  }

  /** Where the `]` of a set is whose first member is at `first`, or -1. */
  private setEnd(first: number): number {
    const { pattern } = this;
    let at = first;
    do {
      if (at >= pattern.length) return -1;
      at += pattern.charCodeAt(at) === PERCENT && at + 1 < pattern.length ? 2 : 1;
    } while (pattern.charCodeAt(at) !== CLOSING_BRACKET);
    return at;
  }
}
