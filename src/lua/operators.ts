// Operators that are being compiled: `not`, the unary and the binary ones, which are told of their left side before the
// right side is read.

import { modulo, power } from './arithmetic';
import { ADD, CONCAT, DIV, EQ, LE, LEN, LT, MOD, MUL, NOT, POW, SUB, UNM } from './code';
import {
  discharge,
  dischargeToAny,
  Expression,
  freeExpression,
  goIfFalse,
  goIfTrue,
  invertJump,
  toAnyRegister,
  toNextRegister,
  toOperand,
  toValue,
} from './expression';
import type { FunctionState } from './function-state';

function negate(state: FunctionState, e: Expression): void {
  discharge(state, e);
  switch (e.kind) {
    case 'nil':
    case 'false':
      e.kind = 'true';
      break;
    case 'constant':
    case 'number':
    case 'true':
      e.kind = 'false';
      break;
    case 'jump':
      invertJump(state, e);
      break;
    default:
      dischargeToAny(state, e);
      freeExpression(state, e);
      e.info = state.emit(NOT, 0, e.info, 0);
      e.kind = 'relocatable';
  }
  const { whenTrue, whenFalse } = e;
  e.whenTrue = whenFalse;
  e.whenFalse = whenTrue;
  state.dropValues(e.whenFalse);
  state.dropValues(e.whenTrue);
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '^' | '..' | '==' | '~=' | '<' | '<=' | '>' | '>=' | 'and' | 'or';

const ARITHMETIC: Readonly<Partial<Record<BinaryOperator, number>>> = { '+': ADD, '-': SUB, '*': MUL, '/': DIV, '%': MOD, '^': POW };

/** The value of an operation on two numerals; undefined where it is left to run time. */
function folded(operation: number, left: number, right: number): number | undefined {
  switch (operation) {
    case ADD:
      return left + right;
    case SUB:
      return left - right;
    case MUL:
      return left * right;
    case DIV:
      return right === 0 ? undefined : left / right;
    case MOD:
      return right === 0 ? undefined : modulo(left, right);
    case POW:
      return power(left, right);
    case UNM:
      return -left;
    default:
      return undefined;
  }
}

function emitArithmetic(state: FunctionState, operation: number, left: Expression, right: Expression): void {
  if (left.isNumeral && right.isNumeral) {
    const value = folded(operation, left.number, right.number);
    if (value !== undefined && !Number.isNaN(value)) {
      left.number = value;
      return;
    }
  }
  const second = operation === UNM || operation === LEN ? 0 : toOperand(state, right);
  const first = toOperand(state, left);
  // The higher register is freed first.
  if (first > second) {
    freeExpression(state, left);
    freeExpression(state, right);
  } else {
    freeExpression(state, right);
    freeExpression(state, left);
  }
  left.info = state.emit(operation, 0, first, second);
  left.kind = 'relocatable';
}

/** `>` and `>=` are `<` and `<=` the other way round (`swapped`); both sides are evaluated in order all the same. */
function emitComparison(
  state: FunctionState,
  operation: number,
  holds: number,
  left: Expression,
  right: Expression,
  swapped = false,
): void {
  const first = toOperand(state, left);
  const second = toOperand(state, right);
  freeExpression(state, right);
  freeExpression(state, left);
  left.info = state.conditionalJump(operation, holds, swapped ? second : first, swapped ? first : second);
  left.kind = 'jump';
}

export function prefix(state: FunctionState, operator: 'not' | '-' | '#', e: Expression): void {
  if (operator === 'not') {
    negate(state, e);
    return;
  }
  if (operator === '#' || !e.isNumeral) toAnyRegister(state, e);
  const none = new Expression().set('number', 0);
  emitArithmetic(state, operator === '#' ? LEN : UNM, e, none);
}

/** After the left side has been read. */
export function infix(state: FunctionState, operator: BinaryOperator, e: Expression): void {
  if (operator === 'and') goIfTrue(state, e);
  else if (operator === 'or') goIfFalse(state, e);
  else if (operator === '..') toNextRegister(state, e);
  else if (ARITHMETIC[operator] === undefined || !e.isNumeral) toOperand(state, e);
}

/** After both sides have been read: the result is in `left`. */
export function postfix(state: FunctionState, operator: BinaryOperator, left: Expression, right: Expression): void {
  switch (operator) {
    case 'and':
      discharge(state, right);
      right.whenFalse = state.joinJumps(right.whenFalse, left.whenFalse);
      left.assign(right);
      return;
    case 'or':
      discharge(state, right);
      right.whenTrue = state.joinJumps(right.whenTrue, left.whenTrue);
      left.assign(right);
      return;
    case '..':
      concatenate(state, left, right);
      return;
    case '==':
      emitComparison(state, EQ, 1, left, right);
      return;
    case '~=':
      emitComparison(state, EQ, 0, left, right);
      return;
    case '<':
      emitComparison(state, LT, 1, left, right);
      return;
    case '<=':
      emitComparison(state, LE, 1, left, right);
      return;
    case '>':
      emitComparison(state, LT, 1, left, right, true);
      return;
    case '>=':
      emitComparison(state, LE, 1, left, right, true);
      return;
    default:
      emitArithmetic(state, ARITHMETIC[operator] as number, left, right);
  }
}

/** All of a chain `a .. b .. c` is one instruction. */
function concatenate(state: FunctionState, left: Expression, right: Expression): void {
  toValue(state, right);
  if (right.kind === 'relocatable' && state.operation(right.info) === CONCAT) {
    freeExpression(state, left);
    state.setOperand(right.info, 2, left.info);
    left.kind = 'relocatable';
    left.info = right.info;
  } else {
    toNextRegister(state, right);
    emitArithmetic(state, CONCAT, left, right);
  }
}
