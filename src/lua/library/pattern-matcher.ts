// Runs a compiled pattern over a text. Where C's matcher calls itself, this one notes on a stack what is left to try: no
// pattern is too deep for it. Work is taken off the script's budget, so that a pattern that tries too much is stopped.

import type { Bytes } from '../../bytes/bytes';
import type { LuaHost, LuaValue } from '../value';
import { cut } from './library';
import {
  BACK_REFERENCE,
  BALANCE,
  CLOSE_CAPTURE,
  END,
  END_OF_TEXT,
  FAILURE,
  FRONTIER,
  type Instruction,
  ONCE,
  OPEN_CAPTURE,
  OPTIONAL,
  PLUS,
  POSITION_CAPTURE,
  SHORTEST,
  SINGLE,
  STAR,
} from './pattern-program';

/** LUA_MAXCAPTURES. */
const MAX_CAPTURES = 32;
/** Instead of the length of a capture. */
const UNFINISHED = -1;
const POSITION = -2;

/** Steps that are taken off the budget at once. */
const STEPS_AT_ONCE = 1000;
/** Characters that are passed over in a row, or compared, in one step. */
const CHARACTERS_A_STEP = 8;

/** What is left to try. Each has four places on the stack: this, where to go on in the program and in the text, a count. */
const SKIP = 0;
const FEWER = 1;
const MORE = 2;
const REOPEN = 3;
const FORGET = 4;
const PLACES = 4;

const FIRST_DIGIT = 0x31;

function matches(item: Instruction, code: number): boolean {
  return item.characters === undefined ? item.char === code : item.characters[code] === 1;
}

/** The character, not to be left out, that a pattern starts with, after any captures that open there. */
function leadOf(program: readonly Instruction[]): Instruction | undefined {
  let index = 0;
  while (index < MAX_CAPTURES && (program[index] as Instruction).kind === OPEN_CAPTURE) index++;
  const first = program[index] as Instruction;
  return first.kind === SINGLE && (first.repeat === ONCE || first.repeat === PLUS) ? first : undefined;
}

export class Matcher {
  /** Captures of the last match. */
  private level = 0;
  private readonly starts: number[] = [];
  private readonly lengths: number[] = [];
  private readonly stack: number[] = [];
  private top = 0;
  private steps = 0;
  /** Where the last match ended. */
  end = -1;
  /** Where it is in the text and in the program. */
  private at = 0;
  private next = 0;

  /** What every match starts with, when that is known. */
  private readonly lead: Instruction | undefined;

  constructor(
    private readonly program: readonly Instruction[],
    private readonly text: Bytes,
    private readonly host: LuaHost,
  ) {
    this.lead = leadOf(program);
  }

  /** Where the first match starts that starts at `first` or after it, or -1. */
  search(first: number): number {
    const { text, lead } = this;
    for (let start = first; start <= text.length; start++) {
      if (lead !== undefined) {
        const from = start;
        while (start < text.length && !matches(lead, text.charCodeAt(start))) start++;
        this.steps += Math.floor((start - from) / CHARACTERS_A_STEP);
      }
      if (this.match(start)) return start;
    }
    return -1;
  }

  /** Whether there is a match that starts at `start`. */
  match(start: number): boolean {
    const { program } = this;
    this.level = 0;
    this.at = start;
    this.next = 0;
    this.top = 0;
    for (;;) {
      if (++this.steps >= STEPS_AT_ONCE) this.pay();
      const item = program[this.next++] as Instruction;
      if (item.kind === END) {
        this.end = this.at;
        return true;
      }
      const passed = item.kind === SINGLE ? this.single(item) : this.special(item);
      if (!passed && !this.backtrack()) return false;
    }
  }

  /** Takes the steps so far off the budget. Call it when done. */
  pay(): void {
    this.host.spend(this.steps);
    this.steps = 0;
  }

  /** Captures of the last match, the first of which is the whole match when the pattern has none. */
  captures(start: number): LuaValue[] {
    return this.level === 0 ? [this.whole(start)] : this.explicitCaptures();
  }

  /** The text of the last match, which started at `start`. */
  whole(start: number): Bytes {
    return cut(this.text, start, this.end);
  }

  explicitCaptures(): LuaValue[] {
    const values: LuaValue[] = [];
    for (let i = 0; i < this.level; i++) values.push(this.capture(i, 0));
    return values;
  }

  /** @param index from 0 on */
  capture(index: number, start: number): Bytes | number {
    if (index >= this.level) {
      if (index > 0) this.host.fail('invalid capture index');
      return this.whole(start);
    }
    const from = this.starts[index] as number;
    const length = this.lengths[index] as number;
    if (length === UNFINISHED) this.host.fail('unfinished capture');
    return length === POSITION ? from + 1 : cut(this.text, from, from + length);
  }

  private single(item: Instruction): boolean {
    const { text } = this;
    const first = this.at < text.length && matches(item, text.charCodeAt(this.at));
    switch (item.repeat) {
      case ONCE:
        if (first) this.at++;
        return first;
      case OPTIONAL:
        if (first) this.later(SKIP, this.next, this.at++, 0);
        return true;
      case SHORTEST:
        if (first) this.later(MORE, this.next, this.at, 0);
        return true;
      default:
        return first ? this.longest(item) : item.repeat === STAR;
    }
  }

  /** As many as there are, the first of which is there. */
  private longest(item: Instruction): boolean {
    const { text } = this;
    const least = item.repeat === PLUS ? this.at + 1 : this.at;
    let end = this.at + 1;
    while (end < text.length && matches(item, text.charCodeAt(end))) end++;
    this.steps += Math.floor((end - this.at) / CHARACTERS_A_STEP);
    if (end > least) this.later(FEWER, this.next, least, end - least);
    this.at = end;
    return true;
  }

  private special(item: Instruction): boolean {
    switch (item.kind) {
      case OPEN_CAPTURE:
        return this.open(UNFINISHED);
      case POSITION_CAPTURE:
        return this.open(POSITION);
      case CLOSE_CAPTURE:
        return this.close();
      case BACK_REFERENCE:
        return this.backReference(item.char);
      case BALANCE:
        return this.balance(item.char, item.other);
      case FRONTIER:
        // The text ends with a NUL, and another one is before it.
        return !matches(item, this.codeAt(this.at - 1)) && matches(item, this.codeAt(this.at));
      case END_OF_TEXT:
        return this.at === this.text.length;
      case FAILURE:
        return this.host.fail(item.message);
      default:
        throw new Error(`no instruction ${item.kind}`);
    }
  }

  private codeAt(index: number): number {
    return index >= 0 && index < this.text.length ? this.text.charCodeAt(index) : 0;
  }

  private open(length: number): boolean {
    if (this.level >= MAX_CAPTURES) this.host.fail('too many captures');
    this.starts[this.level] = this.at;
    this.lengths[this.level] = length;
    this.level++;
    this.later(FORGET, 0, 0, 0);
    return true;
  }

  /** The innermost capture that is open. */
  private close(): boolean {
    for (let i = this.level - 1; i >= 0; i--) {
      if (this.lengths[i] !== UNFINISHED) continue;
      this.lengths[i] = this.at - (this.starts[i] as number);
      this.later(REOPEN, 0, 0, i);
      return true;
    }
    return this.host.fail('invalid pattern capture');
  }

  private backReference(digit: number): boolean {
    const index = digit - FIRST_DIGIT;
    const length = index < 0 || index >= this.level ? UNFINISHED : (this.lengths[index] as number);
    if (length === UNFINISHED) this.host.fail('invalid capture index');
    if (length === POSITION || length > this.text.length - this.at) return false;
    const start = this.starts[index] as number;
    this.steps += Math.floor(length / CHARACTERS_A_STEP);
    if (!this.text.startsWith(this.text.slice(start, start + length), this.at)) return false;
    this.at += length;
    return true;
  }

  private balance(opening: number, closing: number): boolean {
    const { text } = this;
    if (this.codeAt(this.at) !== opening) return false;
    let open = 1;
    let at = this.at + 1;
    for (; at < text.length && open > 0; at++) {
      const code = text.charCodeAt(at);
      if (code === closing) open--;
      else if (code === opening) open++;
    }
    this.steps += Math.floor((at - this.at) / CHARACTERS_A_STEP);
    this.at = at;
    return open === 0;
  }

  private later(what: number, next: number, at: number, count: number): void {
    const { stack, top } = this;
    stack[top] = what;
    stack[top + 1] = next;
    stack[top + 2] = at;
    stack[top + 3] = count;
    this.top = top + PLACES;
  }

  /** Goes back to the last thing that is left to try. False when there is none. */
  private backtrack(): boolean {
    const { stack } = this;
    for (let top = this.top - PLACES; top >= 0; top -= PLACES) {
      const at = stack[top + 2] as number;
      const count = stack[top + 3] as number;
      this.next = stack[top + 1] as number;
      switch (stack[top]) {
        case SKIP:
          this.top = top;
          this.at = at;
          return true;
        case FEWER:
          this.top = count === 1 ? top : top + PLACES;
          stack[top + 3] = count - 1;
          this.at = at + count - 1;
          return true;
        case MORE:
          this.top = top + PLACES;
          if (this.oneMore(top, at)) return true;
          break;
        case REOPEN:
          this.lengths[count] = UNFINISHED;
          break;
        case FORGET:
          this.level--;
          break;
      }
    }
    return false;
  }

  private oneMore(top: number, at: number): boolean {
    const item = this.program[this.next - 1] as Instruction;
    if (at >= this.text.length || !matches(item, this.text.charCodeAt(at))) return false;
    this.at = at + 1;
    this.stack[top + 2] = at + 1;
    return true;
  }
}
