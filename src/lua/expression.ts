// Expressions that are being compiled: what is known of their value, and how it gets into a register. An expression is
// put off as long as possible, so that a variable is not copied and a constant becomes an operand.

import { GETGLOBAL, GETTABLE, GETUPVAL, LOADBOOL, LOADK, MOVE, NOT, SELF, SETGLOBAL, SETTABLE, SETUPVAL, TEST, TESTSET } from './code';
import { type FunctionState, NO_JUMP, NO_REGISTER } from './function-state';

export type ExpressionKind =
  | 'void'
  | 'nil'
  | 'true'
  | 'false'
  /** A constant: `info` is its index. */
  | 'constant'
  | 'number'
  /** Variables: `info` is the register, the upvalue, the constant of the name. */
  | 'local'
  | 'upvalue'
  | 'global'
  /** `info` is the register of the table, `aux` the operand of the key. */
  | 'indexed'
  /** `info` is a jump that is taken when the comparison holds. */
  | 'jump'
  /** `info` is an instruction whose register is still open. */
  | 'relocatable'
  /** `info` is the register. */
  | 'register'
  /** `info` is the instruction. */
  | 'call'
  | 'vararg';

export class Expression {
  kind: ExpressionKind = 'void';
  info = 0;
  aux = 0;
  number = 0;
  /** Jumps that are taken when it is true, and when it is false. */
  whenTrue = NO_JUMP;
  whenFalse = NO_JUMP;

  set(kind: ExpressionKind, info: number): this {
    this.kind = kind;
    this.info = info;
    this.whenTrue = NO_JUMP;
    this.whenFalse = NO_JUMP;
    return this;
  }

  assign(other: Expression): void {
    this.kind = other.kind;
    this.info = other.info;
    this.aux = other.aux;
    this.number = other.number;
    this.whenTrue = other.whenTrue;
    this.whenFalse = other.whenFalse;
  }

  get hasJumps(): boolean {
    return this.whenTrue !== this.whenFalse;
  }

  get isNumeral(): boolean {
    return this.kind === 'number' && this.whenTrue === NO_JUMP && this.whenFalse === NO_JUMP;
  }

  get isOpen(): boolean {
    return this.kind === 'call' || this.kind === 'vararg';
  }
}

/** The most constants that can be operands (MAXINDEXRK). */
const MAX_OPERAND_CONSTANT = 255;

export function setReturns(state: FunctionState, e: Expression, results: number): void {
  if (e.kind === 'call') state.setOperand(e.info, 3, results + 1);
  else if (e.kind === 'vararg') {
    state.setOperand(e.info, 2, results + 1);
    state.setOperand(e.info, 1, state.freeRegister);
    state.reserve(1);
  }
}

export function setOneReturn(state: FunctionState, e: Expression): void {
  if (e.kind === 'call') {
    e.kind = 'register';
    e.info = state.operand(e.info, 1);
  } else if (e.kind === 'vararg') {
    state.setOperand(e.info, 2, 2);
    e.kind = 'relocatable';
  }
}

/** A variable becomes a value. */
export function discharge(state: FunctionState, e: Expression): void {
  switch (e.kind) {
    case 'local':
      e.kind = 'register';
      return;
    case 'upvalue':
      e.info = state.emit(GETUPVAL, 0, e.info, 0);
      break;
    case 'global':
      e.info = state.emit(GETGLOBAL, 0, e.info, 0);
      break;
    case 'indexed':
      freeOperand(state, e.aux);
      freeOperand(state, e.info);
      e.info = state.emit(GETTABLE, 0, e.info, e.aux);
      break;
    case 'call':
    case 'vararg':
      setOneReturn(state, e);
      return;
    default:
      return;
  }
  e.kind = 'relocatable';
}

function freeOperand(state: FunctionState, operand: number): void {
  if (operand >= 0) state.free(operand);
}

export function freeExpression(state: FunctionState, e: Expression): void {
  if (e.kind === 'register') state.free(e.info);
}

function dischargeTo(state: FunctionState, e: Expression, register: number): void {
  discharge(state, e);
  switch (e.kind) {
    case 'nil':
      state.loadNil(register, 1);
      break;
    case 'true':
    case 'false':
      state.emit(LOADBOOL, register, e.kind === 'true' ? 1 : 0, 0);
      break;
    case 'constant':
      state.emit(LOADK, register, e.info, 0);
      break;
    case 'number':
      state.emit(LOADK, register, state.constant(e.number), 0);
      break;
    case 'relocatable':
      state.setOperand(e.info, 1, register);
      break;
    case 'register':
      if (register !== e.info) state.emit(MOVE, register, e.info, 0);
      break;
    default:
      return;
  }
  e.info = register;
  e.kind = 'register';
}

export function dischargeToAny(state: FunctionState, e: Expression): void {
  if (e.kind === 'register') return;
  state.reserve(1);
  dischargeTo(state, e, state.freeRegister - 1);
}

function loadBoolean(state: FunctionState, register: number, value: number, skips: number): number {
  state.label();
  return state.emit(LOADBOOL, register, value, skips);
}

function toRegister(state: FunctionState, e: Expression, register: number): void {
  dischargeTo(state, e, register);
  if (e.kind === 'jump') e.whenTrue = state.joinJumps(e.whenTrue, e.info);
  if (e.hasJumps) {
    let whenFalse = NO_JUMP;
    let whenTrue = NO_JUMP;
    if (state.needsValue(e.whenTrue) || state.needsValue(e.whenFalse)) {
      const over = e.kind === 'jump' ? NO_JUMP : state.jump();
      whenFalse = loadBoolean(state, register, 0, 1);
      whenTrue = loadBoolean(state, register, 1, 0);
      state.patchHere(over);
    }
    const after = state.label();
    state.patchList(e.whenFalse, after, register, whenFalse);
    state.patchList(e.whenTrue, after, register, whenTrue);
  }
  e.set('register', register);
}

export function toNextRegister(state: FunctionState, e: Expression): void {
  discharge(state, e);
  freeExpression(state, e);
  state.reserve(1);
  toRegister(state, e, state.freeRegister - 1);
}

export function toAnyRegister(state: FunctionState, e: Expression): number {
  discharge(state, e);
  if (e.kind === 'register') {
    if (!e.hasJumps) return e.info;
    if (e.info >= state.activeCount) {
      toRegister(state, e, e.info);
      return e.info;
    }
  }
  toNextRegister(state, e);
  return e.info;
}

export function toValue(state: FunctionState, e: Expression): void {
  if (e.hasJumps) toAnyRegister(state, e);
  else discharge(state, e);
}

/** A register or a constant. */
export function toOperand(state: FunctionState, e: Expression): number {
  toValue(state, e);
  switch (e.kind) {
    case 'number':
    case 'true':
    case 'false':
    case 'nil':
      if (state.constantCount > MAX_OPERAND_CONSTANT) break;
      e.info = state.constant(e.kind === 'nil' ? undefined : e.kind === 'number' ? e.number : e.kind === 'true');
      e.kind = 'constant';
      return -1 - e.info;
    case 'constant':
      if (e.info <= MAX_OPERAND_CONSTANT) return -1 - e.info;
  }
  return toAnyRegister(state, e);
}

export function store(state: FunctionState, variable: Expression, value: Expression): void {
  switch (variable.kind) {
    case 'local':
      freeExpression(state, value);
      toRegister(state, value, variable.info);
      return;
    case 'upvalue':
      state.emit(SETUPVAL, toAnyRegister(state, value), variable.info, 0);
      break;
    case 'global':
      state.emit(SETGLOBAL, toAnyRegister(state, value), variable.info, 0);
      break;
    default:
      state.emit(SETTABLE, variable.info, variable.aux, toOperand(state, value));
  }
  freeExpression(state, value);
}

/** `e:key`: the function and the object go into two registers. */
export function toMethod(state: FunctionState, e: Expression, key: Expression): void {
  toAnyRegister(state, e);
  freeExpression(state, e);
  const register = state.freeRegister;
  state.reserve(2);
  state.emit(SELF, register, e.info, toOperand(state, key));
  freeExpression(state, key);
  e.info = register;
  e.kind = 'register';
}

export function toIndexed(state: FunctionState, table: Expression, key: Expression): void {
  table.aux = toOperand(state, key);
  table.kind = 'indexed';
}

export function invertJump(state: FunctionState, e: Expression): void {
  const control = state.control(e.info);
  state.setOperand(control, 1, state.operand(control, 1) === 0 ? 1 : 0);
}

function jumpWhen(state: FunctionState, e: Expression, condition: number): number {
  if (e.kind === 'relocatable' && state.operation(e.info) === NOT) {
    const register = state.operand(e.info, 2);
    state.removeLast();
    return state.conditionalJump(TEST, register, 0, condition === 0 ? 1 : 0);
  }
  dischargeToAny(state, e);
  freeExpression(state, e);
  return state.conditionalJump(TESTSET, NO_REGISTER, e.info, condition);
}

/** Goes on when it is true, and jumps when it is false. */
export function goIfTrue(state: FunctionState, e: Expression): void {
  discharge(state, e);
  let jump = NO_JUMP;
  if (e.kind === 'jump') {
    invertJump(state, e);
    jump = e.info;
  } else if (e.kind !== 'constant' && e.kind !== 'number' && e.kind !== 'true') jump = jumpWhen(state, e, 0);
  e.whenFalse = state.joinJumps(jump, e.whenFalse);
  state.patchHere(e.whenTrue);
  e.whenTrue = NO_JUMP;
}

export function goIfFalse(state: FunctionState, e: Expression): void {
  discharge(state, e);
  let jump = NO_JUMP;
  if (e.kind === 'jump') jump = e.info;
  else if (e.kind !== 'nil' && e.kind !== 'false') jump = jumpWhen(state, e, 1);
  e.whenTrue = state.joinJumps(jump, e.whenTrue);
  state.patchHere(e.whenFalse);
  e.whenFalse = NO_JUMP;
}
