// A function that is being compiled: its instructions, constants, registers, variables and pending jumps. Jumps whose
// target is not known yet form lists: each one holds the distance to the next one of its list.

import type { Bytes } from '../bytes/bytes';
import {
  CLOSE,
  EQ,
  type FunctionCode,
  GETFIELD,
  GETTABLE,
  JMP,
  LE,
  LOADNIL,
  type LocalVariable,
  LT,
  RETURN,
  SETFIELD,
  SETTABLE,
  STRIDE,
  TEST,
  TESTSET,
  TFORLOOP,
} from './code';
import type { Lexer } from './lexer';
import type { LuaValue } from './value';

/** The end of a list of jumps. */
export const NO_JUMP = -1;
/** The register that a TESTSET is given until it is known where its value goes. */
export const NO_REGISTER = 255;

const MAX_REGISTERS = 250;
const MAX_LOCALS = 200;
const MAX_UPVALUES = 60;
const MAX_JUMP = 131071;
const MAX_CONSTANTS = 262143;
/** The most local variables that a function may ever declare (SHRT_MAX). */
const MAX_DECLARED = 32767;
const BYTES_PER_INSTRUCTION = 24;
const BYTES_PER_CONSTANT = 24;

/** A block of statements, the innermost one first. */
export interface Block {
  readonly outer: Block | undefined;
  /** Jumps out of it by `break`; a loop only. */
  breaks: number;
  readonly variables: number;
  /** A variable of it is an upvalue of some function. */
  captured: boolean;
  readonly loop: boolean;
}

/** How a function finds an upvalue when it is made: a register of the function around it, or an upvalue of that. */
interface UpvalueSource {
  readonly local: boolean;
  readonly index: number;
}

/** One pointer for each text: then the usual comparison of a constant with a key of a table is one of pointers. */
function interned(text: Bytes): Bytes {
  for (const key in { [text]: 0 }) return key as Bytes;
  return text;
}

/** Longer strings are hardly ever keys. */
const INTERNED_LENGTH = 40;

export class FunctionState {
  readonly code: number[] = [];
  readonly lines: number[] = [];
  /** The next instruction. */
  pc = 0;
  freeRegister = 0;
  block: Block | undefined;
  parameters = 0;
  variadic = false;
  hasArgTable = false;
  needsArgTable = false;
  readonly upvalues: Bytes[] = [];
  readonly upvalueSources: UpvalueSource[] = [];
  private readonly functions: FunctionCode[] = [];
  private readonly constants: LuaValue[] = [];
  private readonly constantIndex = new Map<LuaValue, number>();
  private readonly locals: LocalVariable[] = [];
  /** The variables that are visible, outermost first, as indexes of {@link locals}. */
  private readonly active: number[] = [];
  activeCount = 0;
  /** The last position that something jumps to: instructions before it and after it cannot be joined. */
  private lastTarget = -1;
  /** Jumps to the next instruction. */
  private pending = NO_JUMP;
  private registers = 2;
  private size = 0;

  constructor(
    private readonly lexer: Lexer,
    readonly outer: FunctionState | undefined,
    private readonly chunkName: string,
    readonly lineDefined: number,
  ) {}

  // Instructions

  emit(operation: number, a: number, b: number, c: number): number {
    this.settlePending();
    this.code.push(operation, a, b, c);
    this.lines.push(this.lexer.lastLine);
    return this.pc++;
  }

  operation(pc: number): number {
    return this.code[pc * STRIDE] as number;
  }

  /** An operand: 1 is A, 2 is B, 3 is C. */
  operand(pc: number, which: 1 | 2 | 3): number {
    return this.code[pc * STRIDE + which] as number;
  }

  setOperation(pc: number, operation: number): void {
    this.code[pc * STRIDE] = operation;
  }

  setOperand(pc: number, which: 1 | 2 | 3, value: number): void {
    this.code[pc * STRIDE + which] = value;
  }

  /** Takes the last instruction back. */
  removeLast(): void {
    this.pc--;
    this.code.length -= STRIDE;
    this.lines.pop();
  }

  fixLine(line: number): void {
    this.lines[this.pc - 1] = line;
  }

  loadNil(from: number, count: number): void {
    const to = from + count - 1;
    if (this.pc > this.lastTarget) {
      // Registers are nil when a function starts.
      if (this.pc === 0) {
        if (from >= this.activeCount) return;
      } else if (this.operation(this.pc - 1) === LOADNIL) {
        const last = this.operand(this.pc - 1, 2);
        if (this.operand(this.pc - 1, 1) <= from && from <= last + 1) {
          if (to > last) this.setOperand(this.pc - 1, 2, to);
          return;
        }
      }
    }
    this.emit(LOADNIL, from, to, 0);
  }

  emitReturn(first: number, count: number): void {
    this.emit(RETURN, first, count + 1, 0);
  }

  // Jumps

  jump(): number {
    const pending = this.pending;
    this.pending = NO_JUMP;
    return this.joinJumps(this.emit(JMP, 0, NO_JUMP, 0), pending);
  }

  conditionalJump(operation: number, a: number, b: number, c: number): number {
    this.emit(operation, a, b, c);
    return this.jump();
  }

  /** Something will jump to the next instruction. */
  label(): number {
    this.lastTarget = this.pc;
    return this.pc;
  }

  /** Two lists as one. The first one is walked: it should be the shorter one. */
  joinJumps(first: number, second: number): number {
    if (second === NO_JUMP) return first;
    if (first === NO_JUMP) return second;
    let last = first;
    for (let next = this.nextJump(last); next !== NO_JUMP; next = this.nextJump(last)) last = next;
    this.setJump(last, second);
    return first;
  }

  patch(list: number, target: number): void {
    if (target === this.pc) this.patchHere(list);
    else this.patchList(list, target, NO_REGISTER, target);
  }

  patchHere(list: number): void {
    this.label();
    this.pending = this.joinJumps(this.pending, list);
  }

  /** Jumps that carry a value put it into the register and go to `valueTarget`, others go to `target`. */
  patchList(list: number, valueTarget: number, register: number, target: number): void {
    for (let at = list; at !== NO_JUMP; ) {
      const next = this.nextJump(at);
      this.setJump(at, this.patchTest(at, register) ? valueTarget : target);
      at = next;
    }
  }

  /** A jump of the list does not carry a value, or the inverted one. */
  needsValue(list: number): boolean {
    for (let at = list; at !== NO_JUMP; at = this.nextJump(at)) if (this.operation(this.control(at)) !== TESTSET) return true;
    return false;
  }

  dropValues(list: number): void {
    for (let at = list; at !== NO_JUMP; at = this.nextJump(at)) this.patchTest(at, NO_REGISTER);
  }

  /** The instruction that decides about a jump: the one before it, or the jump itself. */
  control(jump: number): number {
    if (jump === 0) return jump;
    const before = this.operation(jump - 1);
    const decides = before === EQ || before === LT || before === LE || before === TEST || before === TESTSET || before === TFORLOOP;
    return decides ? jump - 1 : jump;
  }

  private patchTest(jump: number, register: number): boolean {
    const test = this.control(jump);
    if (this.operation(test) !== TESTSET) return false;
    const source = this.operand(test, 2);
    if (register !== NO_REGISTER && register !== source) this.setOperand(test, 1, register);
    else {
      this.setOperation(test, TEST);
      this.setOperand(test, 1, source);
      this.setOperand(test, 2, 0);
    }
    return true;
  }

  private nextJump(jump: number): number {
    const distance = this.operand(jump, 2);
    return distance === NO_JUMP ? NO_JUMP : jump + 1 + distance;
  }

  private setJump(jump: number, target: number): void {
    const distance = target - (jump + 1);
    if (Math.abs(distance) > MAX_JUMP) this.lexer.failNear('control structure too long');
    this.setOperand(jump, 2, distance);
  }

  private settlePending(): void {
    if (this.pending === NO_JUMP) return;
    const list = this.pending;
    this.pending = NO_JUMP;
    this.patchList(list, this.pc, NO_REGISTER, this.pc);
  }

  // Registers and constants

  checkRegisters(count: number): void {
    const needed = this.freeRegister + count;
    if (needed <= this.registers) return;
    if (needed >= MAX_REGISTERS) this.lexer.failNear('function or expression too complex');
    this.registers = needed;
  }

  reserve(count: number): void {
    this.checkRegisters(count);
    this.freeRegister += count;
  }

  free(register: number): void {
    if (register >= this.activeCount) this.freeRegister--;
  }

  constant(value: LuaValue): number {
    const known = this.constantIndex.get(value);
    if (known !== undefined) return known;
    const index = this.constants.length;
    if (index > MAX_CONSTANTS) this.lexer.fail('constant table overflow', 0);
    const kept = typeof value === 'string' && value.length <= INTERNED_LENGTH ? interned(value) : value;
    this.constantIndex.set(kept, index);
    this.constants.push(kept);
    this.size += BYTES_PER_CONSTANT + (typeof value === 'string' ? value.length : 0);
    return index;
  }

  get constantCount(): number {
    return this.constants.length;
  }

  addFunction(code: FunctionCode): number {
    this.size += code.size;
    return this.functions.push(code) - 1;
  }

  // Variables

  /** Declares one; it is visible after {@link activate}. `ahead` is how many were declared since the last time. */
  declare(name: Bytes, ahead: number): void {
    this.checkLimit(this.activeCount + ahead + 1, MAX_LOCALS, 'local variables');
    if (this.locals.length >= MAX_DECLARED) this.lexer.fail('too many local variables', 0);
    this.active[this.activeCount + ahead] = this.locals.push({ name, start: 0, end: 0 }) - 1;
  }

  activate(count: number): void {
    for (let i = 0; i < count; i++) this.variable(this.activeCount++).start = this.pc;
  }

  deactivate(to: number): void {
    while (this.activeCount > to) this.variable(--this.activeCount).end = this.pc;
  }

  /** A visible variable by the register that it is in. */
  variable(register: number): LocalVariable {
    return this.locals[this.active[register] as number] as LocalVariable;
  }

  findVariable(name: Bytes): number {
    for (let register = this.activeCount - 1; register >= 0; register--) if (this.variable(register).name === name) return register;
    return -1;
  }

  /** The upvalue that refers to a variable of the function around this one. */
  upvalue(name: Bytes, local: boolean, index: number): number {
    for (let i = 0; i < this.upvalueSources.length; i++) {
      const source = this.upvalueSources[i] as UpvalueSource;
      if (source.local === local && source.index === index) return i;
    }
    this.checkLimit(this.upvalues.length + 1, MAX_UPVALUES, 'upvalues');
    this.upvalueSources.push({ local, index });
    return this.upvalues.push(name) - 1;
  }

  /** The variable in the register is an upvalue of a function: its block has to close it. */
  capture(register: number): void {
    let block = this.block;
    while (block && block.variables > register) block = block.outer;
    if (block) block.captured = true;
  }

  checkLimit(value: number, limit: number, what: string): void {
    if (value <= limit) return;
    const where = this.lineDefined === 0 ? 'main function' : `function at line ${this.lineDefined}`;
    this.lexer.fail(`${where} has more than ${limit} ${what}`, 0);
  }

  // Blocks

  enterBlock(loop: boolean): Block {
    this.block = { outer: this.block, breaks: NO_JUMP, variables: this.activeCount, captured: false, loop };
    return this.block;
  }

  leaveBlock(): void {
    const block = this.block as Block;
    this.block = block.outer;
    this.deactivate(block.variables);
    if (block.captured) this.emit(CLOSE, block.variables, 0, 0);
    this.freeRegister = this.activeCount;
    this.patchHere(block.breaks);
  }

  finish(): FunctionCode {
    this.deactivate(0);
    this.emitReturn(0, 0);
    return {
      chunkName: this.chunkName,
      lineDefined: this.lineDefined,
      instructions: packed(this.code, this.constants),
      constants: this.constants,
      functions: this.functions,
      lines: Int32Array.from(this.lines),
      parameters: this.parameters,
      variadic: this.variadic,
      argTable: this.needsArgTable,
      registers: this.registers,
      locals: this.locals,
      upvalues: this.upvalues,
      size: this.size + this.code.length * (BYTES_PER_INSTRUCTION / STRIDE),
    };
  }
}

/** Finished code of instructions (see code.ts). */
function packed(code: readonly number[], constants: readonly LuaValue[]): Int32Array {
  const packed = new Int32Array(code.length);
  const isName = (operand: number) => operand < 0 && typeof constants[~operand] === 'string';
  for (let at = 0; at < code.length; at += STRIDE) {
    let operation = code[at] as number;
    if (operation === GETTABLE && isName(code[at + 3] as number)) operation = GETFIELD;
    if (operation === SETTABLE && isName(code[at + 2] as number)) operation = SETFIELD;
    packed[at] = operation | ((code[at + 1] as number) << 8);
    packed[at + 1] = code[at + 2] as number;
    packed[at + 2] = code[at + 3] as number;
  }
  return packed;
}
