// Regular expressions as automata, whatever syntax they are read from and whatever they take: bytes, chars. All ways through
// an expression are followed at once (Thompson's construction), so a search takes no more steps than the length of the text
// times that of the program. A matcher that goes back and tries again can be kept busy for ever by a dozen chars.

/** A text, symbol by symbol. */
type Text<S> = ArrayLike<S>;

type Test<S> = (symbol: S) => boolean;
export type Place<S> = (text: Text<S>, at: number) => boolean;

type Instruction<S> =
  | { readonly kind: 'take'; readonly test: Test<S> }
  | { readonly kind: 'place'; readonly holds: Place<S> }
  /** Goes on at both. */
  | { readonly kind: 'fork'; readonly a: number; readonly b: number }
  | { readonly kind: 'match' };

/** The program of an expression has more instructions than it may have: `a{1000}{1000}` is short and would take all memory. */
export class ProgramTooLarge extends Error {}

class Program<S> {
  readonly instructions: Instruction<S>[] = [];
  constructor(private readonly limit: number) {}

  /** Returns its address. */
  emit(instruction: Instruction<S>): number {
    if (this.instructions.length >= this.limit) throw new ProgramTooLarge();
    return this.instructions.push(instruction) - 1;
  }
}

/** A part of an expression that can be laid out several times, from an address on. */
export type Piece<S> = (program: Program<S>) => unknown;

/** In the place of a fork whose targets are not known yet. */
const LATER = { kind: 'match' } as const;

/** Takes one symbol. */
export function taking<S>(test: Test<S>): Piece<S> {
  return (program) => program.emit({ kind: 'take', test });
}

/** Takes nothing, and goes on where a condition on the place is true. */
export function holding<S>(holds: Place<S>): Piece<S> {
  return (program) => program.emit({ kind: 'place', holds });
}

export function sequence<S>(pieces: readonly Piece<S>[]): Piece<S> {
  return (program) => {
    for (const piece of pieces) piece(program);
  };
}

export function either<S>(a: Piece<S>, b: Piece<S>): Piece<S> {
  return (program) => {
    const { instructions } = program;
    const start = program.emit(LATER);
    a(program);
    const end = program.emit(LATER);
    instructions[start] = { kind: 'fork', a: start + 1, b: end + 1 };
    b(program);
    instructions[end] = { kind: 'fork', a: instructions.length, b: instructions.length };
  };
}

/** @param most may be infinite */
export function repeat<S>(piece: Piece<S>, least: number, most: number): Piece<S> {
  return (program) => {
    const { instructions } = program;
    for (let i = 0; i < least; i++) {
      const before = instructions.length;
      piece(program);
      // Nothing, however often: it takes time only.
      if (instructions.length === before) return;
    }
    if (most === Number.POSITIVE_INFINITY) {
      const start = program.emit(LATER);
      piece(program);
      const end = program.emit({ kind: 'fork', a: start, b: start });
      instructions[start] = { kind: 'fork', a: start + 1, b: end + 1 };
      return;
    }
    const starts: number[] = [];
    for (let i = least; i < most; i++) {
      starts.push(program.emit(LATER));
      piece(program);
    }
    for (const start of starts) instructions[start] = { kind: 'fork', a: start + 1, b: instructions.length };
  };
}

export class Automaton<S> {
  private readonly program: readonly Instruction<S>[];

  /** @param limit most instructions; beyond it ProgramTooLarge is thrown */
  constructor(expression: Piece<S>, limit: number) {
    const program = new Program<S>(limit);
    expression(program);
    program.emit({ kind: 'match' });
    this.program = program.instructions;
  }

  /** Instructions. */
  get length(): number {
    return this.program.length;
  }

  /** Whether any part of a text matches. */
  matches(text: Text<S>): boolean {
    const seen = new Uint32Array(this.program.length);
    let current: number[] = [];
    for (let at = 0; ; at++) {
      const here: number[] = [];
      // One more way begins at each place.
      current.push(0);
      for (const address of current) if (this.follow(address, text, at, seen, here)) return true;
      if (at >= text.length) return false;
      current = [];
      for (const address of here) {
        const instruction = this.program[address];
        if (instruction?.kind === 'take' && instruction.test(text[at] as S)) current.push(address + 1);
      }
    }
  }

  /**
   * Notes where symbols are taken that can be reached without taking one. True when the end is reached.
   * @param seen by instruction: the place where it was last reached, plus one
   */
  private follow(from: number, text: Text<S>, at: number, seen: Uint32Array, here: number[]): boolean {
    const open = [from];
    for (let address = open.pop(); address !== undefined; address = open.pop()) {
      if (seen[address] === at + 1) continue;
      seen[address] = at + 1;
      const instruction = this.program[address] as Instruction<S>;
      if (instruction.kind === 'match') return true;
      if (instruction.kind === 'take') here.push(address);
      else if (instruction.kind === 'fork') open.push(instruction.a, instruction.b);
      else if (instruction.holds(text, at)) open.push(address + 1);
    }
    return false;
  }
}
