// Expressions of Lua, compiled as they are read.

import type { Bytes } from '../bytes/bytes';
import { CALL, CLOSURE, FIELDS_PER_FLUSH, GETUPVAL, MOVE, NEWTABLE, SETLIST, SETTABLE, VARARG } from './code';
import { discharge, Expression, setReturns, toAnyRegister, toIndexed, toMethod, toNextRegister, toOperand, toValue } from './expression';
import { FunctionState } from './function-state';
import { Lexer } from './lexer';
import { type BinaryOperator, infix, postfix, prefix } from './operators';
import * as T from './tokens';

const HASH = 35;
const PAREN_OPEN = 40;
const PAREN_CLOSE = 41;
const COMMA = 44;
const MINUS = 45;
const PERIOD = 46;
const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const BRACKET_OPEN = 91;
const BRACKET_CLOSE = 93;
const BRACE_OPEN = 123;
const BRACE_CLOSE = 125;

/** How deeply statements and expressions may nest (LUAI_MAXCCALLS). */
const MAX_LEVELS = 200;

interface Operator {
  readonly name: BinaryOperator;
  /** An operator that follows is done first when its left binding is above our right one. */
  readonly left: number;
  readonly right: number;
}

const OPERATORS: ReadonlyMap<number, Operator> = new Map(
  (
    [
      ['+'.charCodeAt(0), '+', 6, 6],
      ['-'.charCodeAt(0), '-', 6, 6],
      ['*'.charCodeAt(0), '*', 7, 7],
      ['/'.charCodeAt(0), '/', 7, 7],
      ['%'.charCodeAt(0), '%', 7, 7],
      ['^'.charCodeAt(0), '^', 10, 9],
      [T.CONCAT, '..', 5, 4],
      [T.NE, '~=', 3, 3],
      [T.EQ, '==', 3, 3],
      ['<'.charCodeAt(0), '<', 3, 3],
      [T.LE, '<=', 3, 3],
      ['>'.charCodeAt(0), '>', 3, 3],
      [T.GE, '>=', 3, 3],
      [T.AND, 'and', 2, 2],
      [T.OR, 'or', 1, 1],
    ] as const
  ).map(([token, name, left, right]) => [token, { name, left, right }]),
);
const UNARY_BINDING = 8;

/** A table constructor that is being read. */
interface Constructor {
  readonly table: Expression;
  /** The last element, which is not in a register yet. */
  item: Expression;
  elements: number;
  toStore: number;
}

/** Sizes are kept in a byte, three bits of which are an exponent: large ones are rounded up (luaO_int2fb). */
function reservable(count: number): number {
  let unit = 1;
  while (Math.ceil(count / unit) >= 16) unit *= 2;
  return Math.ceil(count / unit) * unit;
}

export abstract class ExpressionParser {
  protected readonly lexer: Lexer;
  protected state: FunctionState;
  constructor(
    source: Bytes,
    private readonly chunkName: string,
    private levels: number,
  ) {
    this.lexer = new Lexer(source, chunkName);
    this.state = new FunctionState(this.lexer, undefined, chunkName, 0);
  }

  protected abstract chunk(): void;

  protected enterLevel(): void {
    if (++this.levels > MAX_LEVELS) this.lexer.fail('chunk has too many syntax levels', 0);
  }

  protected leaveLevel(): void {
    this.levels--;
  }

  protected get levelsLeft(): number {
    return MAX_LEVELS - this.levels;
  }

  protected accept(token: number): boolean {
    if (this.lexer.token !== token) return false;
    this.lexer.next();
    return true;
  }

  private isAt(token: number): boolean {
    return this.lexer.token === token;
  }

  protected check(token: number): void {
    if (this.lexer.token !== token) this.lexer.failNear(`'${T.tokenText(token)}' expected`);
  }

  protected expect(token: number): void {
    this.check(token);
    this.lexer.next();
  }

  /** What closes something that was opened on the line. */
  protected expectMatch(token: number, opened: number, line: number): void {
    if (this.accept(token)) return;
    if (line === this.lexer.line) this.check(token);
    this.lexer.failNear(`'${T.tokenText(token)}' expected (to close '${T.tokenText(opened)}' at line ${line})`);
  }

  protected name(): Bytes {
    this.check(T.NAME);
    const name = this.lexer.text;
    this.lexer.next();
    return name;
  }

  private constantName(): Expression {
    return new Expression().set('constant', this.state.constant(this.name()));
  }

  protected variable(): Expression {
    const name = this.name();
    const e = new Expression();
    if (!this.resolve(this.state, name, e, true)) e.set('global', this.state.constant(name));
    return e;
  }

  /** False when no function around has such a variable. */
  private resolve(state: FunctionState | undefined, name: Bytes, e: Expression, innermost: boolean): boolean {
    if (!state) return false;
    const register = state.findVariable(name);
    if (register >= 0) {
      e.set('local', register);
      if (!innermost) state.capture(register);
      return true;
    }
    if (!this.resolve(state.outer, name, e, false)) return false;
    e.set('upvalue', state.upvalue(name, e.kind === 'local', e.info));
    return true;
  }

  /** Reads expressions; the last one is in `last`, the others are in registers. */
  protected list(last: Expression): number {
    let count = 1;
    last.assign(this.expression());
    while (this.accept(COMMA)) {
      toNextRegister(this.state, last);
      last.assign(this.expression());
      count++;
    }
    return count;
  }

  protected expression(): Expression {
    const e = new Expression();
    this.subexpression(e, 0);
    return e;
  }

  /** Reads operators that bind more than `limit`; the first one that does not is the result. */
  private subexpression(e: Expression, limit: number): Operator | undefined {
    this.enterLevel();
    const { token } = this.lexer;
    const unary = token === T.NOT ? 'not' : token === MINUS ? '-' : token === HASH ? '#' : undefined;
    if (unary) {
      this.lexer.next();
      this.subexpression(e, UNARY_BINDING);
      prefix(this.state, unary, e);
    } else this.simple(e);
    let operator = OPERATORS.get(this.lexer.token);
    while (operator && operator.left > limit) {
      this.lexer.next();
      infix(this.state, operator.name, e);
      const right = new Expression();
      const following = this.subexpression(right, operator.right);
      postfix(this.state, operator.name, e, right);
      operator = following;
    }
    this.leaveLevel();
    return operator;
  }

  private simple(e: Expression): void {
    switch (this.lexer.token) {
      case T.NUMBER:
        e.set('number', 0).number = this.lexer.number;
        break;
      case T.STRING:
        e.set('constant', this.state.constant(this.lexer.text));
        break;
      case T.NIL:
        e.set('nil', 0);
        break;
      case T.TRUE:
        e.set('true', 0);
        break;
      case T.FALSE:
        e.set('false', 0);
        break;
      case T.DOTS:
        if (!this.state.variadic) this.lexer.failNear("cannot use '...' outside a vararg function");
        this.state.needsArgTable = false;
        e.set('vararg', this.state.emit(VARARG, 0, 1, 0));
        break;
      case BRACE_OPEN:
        e.assign(this.tableConstructor());
        return;
      case T.FUNCTION:
        this.lexer.next();
        e.assign(this.functionBody(false, this.lexer.line));
        return;
      default:
        e.assign(this.primary());
        return;
    }
    this.lexer.next();
  }

  private prefixed(): Expression {
    if (this.lexer.token === T.NAME) return this.variable();
    if (this.lexer.token !== PAREN_OPEN) this.lexer.failNear('unexpected symbol');
    const { line } = this.lexer;
    this.lexer.next();
    const e = this.expression();
    this.expectMatch(PAREN_CLOSE, PAREN_OPEN, line);
    discharge(this.state, e);
    return e;
  }

  protected primary(): Expression {
    const e = this.prefixed();
    for (;;) {
      switch (this.lexer.token) {
        case PERIOD:
          this.field(e);
          break;
        case BRACKET_OPEN:
          toAnyRegister(this.state, e);
          toIndexed(this.state, e, this.bracketedKey());
          break;
        case COLON:
          this.lexer.next();
          toMethod(this.state, e, this.constantName());
          this.callArguments(e);
          break;
        case PAREN_OPEN:
        case T.STRING:
        case BRACE_OPEN:
          toNextRegister(this.state, e);
          this.callArguments(e);
          break;
        default:
          return e;
      }
    }
  }

  /** `.name` or `:name` */
  protected field(e: Expression): void {
    toAnyRegister(this.state, e);
    this.lexer.next();
    toIndexed(this.state, e, this.constantName());
  }

  private bracketedKey(): Expression {
    this.lexer.next();
    const key = this.expression();
    toValue(this.state, key);
    this.expect(BRACKET_CLOSE);
    return key;
  }

  private callArguments(callee: Expression): void {
    const { state } = this;
    const { line } = this.lexer;
    const last = this.argumentList(line);
    const base = callee.info;
    let count = -1;
    if (!last.isOpen) {
      if (last.kind !== 'void') toNextRegister(state, last);
      count = state.freeRegister - (base + 1);
    }
    callee.set('call', state.emit(CALL, base, count + 1, 2));
    state.fixLine(line);
    // The function and its arguments are gone, and unless it is changed one result is there.
    state.freeRegister = base + 1;
  }

  private argumentList(line: number): Expression {
    const last = new Expression();
    switch (this.lexer.token) {
      case PAREN_OPEN:
        if (line !== this.lexer.lastLine) this.lexer.failNear('ambiguous syntax (function call x new statement)');
        this.lexer.next();
        if (!this.isAt(PAREN_CLOSE)) {
          this.list(last);
          setReturns(this.state, last, -1);
        }
        this.expectMatch(PAREN_CLOSE, PAREN_OPEN, line);
        return last;
      case BRACE_OPEN:
        return this.tableConstructor();
      case T.STRING:
        last.set('constant', this.state.constant(this.lexer.text));
        this.lexer.next();
        return last;
      default:
        return this.lexer.failNear('function arguments expected');
    }
  }

  /** `{…}` */
  private tableConstructor(): Expression {
    const { state } = this;
    const { line } = this.lexer;
    const pc = state.emit(NEWTABLE, 0, 0, 0);
    const table = new Expression().set('relocatable', pc);
    const made: Constructor = { table, item: new Expression(), elements: 0, toStore: 0 };
    toNextRegister(state, table);
    this.expect(BRACE_OPEN);
    do {
      if (this.lexer.token === BRACE_CLOSE) break;
      this.storeItem(made);
      const { token } = this.lexer;
      if (token === BRACKET_OPEN || (token === T.NAME && this.lexer.peek() === EQUALS)) this.recordField(made);
      else {
        made.item = this.expression();
        made.elements++;
        made.toStore++;
      }
    } while (this.accept(COMMA) || this.accept(SEMICOLON));
    this.expectMatch(BRACE_CLOSE, BRACE_OPEN, line);
    this.storeLast(made);
    state.setOperand(pc, 2, reservable(made.elements));
    return table;
  }

  private recordField(made: Constructor): void {
    const { state } = this;
    const register = state.freeRegister;
    const key = this.lexer.token === T.NAME ? this.constantName() : this.bracketedKey();
    this.expect(EQUALS);
    const keyOperand = toOperand(state, key);
    const value = this.expression();
    state.emit(SETTABLE, made.table.info, keyOperand, toOperand(state, value));
    state.freeRegister = register;
  }

  private storeItem(made: Constructor): void {
    if (made.item.kind === 'void') return;
    toNextRegister(this.state, made.item);
    made.item.kind = 'void';
    if (made.toStore === FIELDS_PER_FLUSH) this.flush(made, made.toStore);
  }

  private storeLast(made: Constructor): void {
    if (made.toStore === 0) return;
    if (made.item.isOpen) {
      setReturns(this.state, made.item, -1);
      this.flush(made, 0);
      made.elements--;
      return;
    }
    if (made.item.kind !== 'void') toNextRegister(this.state, made.item);
    this.flush(made, made.toStore);
  }

  private flush(made: Constructor, count: number): void {
    this.state.emit(SETLIST, made.table.info, count, Math.floor((made.elements - 1) / FIELDS_PER_FLUSH) + 1);
    this.state.freeRegister = made.table.info + 1;
    made.toStore = 0;
  }

  protected functionBody(method: boolean, line: number): Expression {
    const outer = this.state;
    const state = new FunctionState(this.lexer, outer, this.chunkName, line);
    this.state = state;
    this.expect(PAREN_OPEN);
    if (method) {
      state.declare('self' as Bytes, 0);
      state.activate(1);
    }
    this.parameters();
    this.expect(PAREN_CLOSE);
    this.chunk();
    this.expectMatch(T.END, T.FUNCTION, line);
    const index = outer.addFunction(state.finish());
    this.state = outer;
    const e = new Expression().set('relocatable', outer.emit(CLOSURE, 0, index, 0));
    for (const source of state.upvalueSources) outer.emit(source.local ? MOVE : GETUPVAL, 0, source.index, 0);
    return e;
  }

  private parameters(): void {
    const { state, lexer } = this;
    let count = 0;
    if (lexer.token !== PAREN_CLOSE) {
      do {
        if (lexer.token === T.NAME) state.declare(this.name(), count++);
        else if (lexer.token === T.DOTS) {
          lexer.next();
          state.declare('arg' as Bytes, count++);
          state.variadic = true;
          state.needsArgTable = true;
          state.hasArgTable = true;
        } else lexer.failNear("<name> or '...' expected");
      } while (!state.variadic && this.accept(COMMA));
    }
    state.activate(count);
    state.parameters = state.activeCount - (state.hasArgTable ? 1 : 0);
    state.reserve(state.activeCount);
  }
}
