// Statements of Lua, compiled as they are read.

import type { Bytes } from '../bytes/bytes';
import { CLOSE, FORLOOP, FORPREP, type FunctionCode, LOADK, MOVE, TAILCALL, TFORLOOP } from './code';
import { Expression, goIfTrue, setOneReturn, setReturns, store, toAnyRegister, toNextRegister } from './expression';
import { ExpressionParser } from './expression-parser';
import { type Block, NO_JUMP } from './function-state';
import * as T from './tokens';

const COMMA = 44;
const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const PERIOD = 46;

/** One of several targets of an assignment, the last one first. */
interface Target {
  readonly before: Target | undefined;
  readonly variable: Expression;
}

/**
 * Throws a LuaError with Lua's message when the source is not a chunk of Lua.
 * @param levels calls that are going on, one inside the other: in C they and what nests in the source are on one stack
 */
export function parseChunk(source: Bytes, chunkName: string, levels: number): FunctionCode {
  return new Parser(source, chunkName, levels).main();
}

class Parser extends ExpressionParser {
  main(): FunctionCode {
    this.state.variadic = true;
    this.lexer.next();
    this.chunk();
    this.check(T.EOS);
    return this.state.finish();
  }

  protected chunk(): void {
    this.enterLevel();
    for (let last = false; !last && !this.blockEnds(); ) {
      last = this.statement();
      this.accept(SEMICOLON);
      this.state.freeRegister = this.state.activeCount;
    }
    this.leaveLevel();
  }

  private blockEnds(): boolean {
    const { token } = this.lexer;
    return token === T.ELSE || token === T.ELSEIF || token === T.END || token === T.UNTIL || token === T.EOS;
  }

  private inBlock(): void {
    this.state.enterBlock(false);
    this.chunk();
    this.state.leaveBlock();
  }

  /** True when it has to be the last one of its block. */
  private statement(): boolean {
    const { line, token } = this.lexer;
    switch (token) {
      case T.IF:
        this.ifStatement(line);
        return false;
      case T.WHILE:
        this.whileStatement(line);
        return false;
      case T.DO:
        this.lexer.next();
        this.inBlock();
        this.expectMatch(T.END, T.DO, line);
        return false;
      case T.FOR:
        this.forStatement(line);
        return false;
      case T.REPEAT:
        this.repeatStatement(line);
        return false;
      case T.FUNCTION:
        this.functionStatement(line);
        return false;
      case T.LOCAL:
        this.lexer.next();
        if (this.accept(T.FUNCTION)) this.localFunction();
        else this.localStatement();
        return false;
      case T.RETURN:
        this.returnStatement();
        return true;
      case T.BREAK:
        this.lexer.next();
        this.breakStatement();
        return true;
      default:
        this.expressionStatement();
        return false;
    }
  }

  /** The jumps that are taken when it is false. */
  private condition(): number {
    const e = this.expression();
    if (e.kind === 'nil') e.kind = 'false';
    goIfTrue(this.state, e);
    return e.whenFalse;
  }

  private ifStatement(line: number): void {
    const { state } = this;
    let escapes = NO_JUMP;
    let otherwise = this.testThenBlock();
    while (this.lexer.token === T.ELSEIF) {
      escapes = state.joinJumps(state.jump(), escapes);
      state.patchHere(otherwise);
      otherwise = this.testThenBlock();
    }
    if (this.lexer.token === T.ELSE) {
      escapes = state.joinJumps(state.jump(), escapes);
      state.patchHere(otherwise);
      this.lexer.next();
      this.inBlock();
    } else escapes = state.joinJumps(escapes, otherwise);
    state.patchHere(escapes);
    this.expectMatch(T.END, T.IF, line);
  }

  private testThenBlock(): number {
    this.lexer.next();
    const otherwise = this.condition();
    this.expect(T.THEN);
    this.inBlock();
    return otherwise;
  }

  private whileStatement(line: number): void {
    const { state } = this;
    this.lexer.next();
    const start = state.label();
    const exit = this.condition();
    state.enterBlock(true);
    this.expect(T.DO);
    this.inBlock();
    state.patch(state.jump(), start);
    this.expectMatch(T.END, T.WHILE, line);
    state.leaveBlock();
    state.patchHere(exit);
  }

  private repeatStatement(line: number): void {
    const { state } = this;
    const start = state.label();
    state.enterBlock(true);
    const scope = state.enterBlock(false);
    this.lexer.next();
    this.chunk();
    this.expectMatch(T.UNTIL, T.REPEAT, line);
    const again = this.condition();
    if (scope.captured) {
      this.breakStatement();
      state.patchHere(again);
      state.leaveBlock();
      state.patch(state.jump(), start);
    } else {
      state.leaveBlock();
      state.patch(again, start);
    }
    state.leaveBlock();
  }

  private breakStatement(): void {
    const { state } = this;
    let captured = false;
    let block: Block | undefined = state.block;
    for (; block && !block.loop; block = block.outer) captured ||= block.captured;
    if (!block) this.lexer.failNear('no loop to break');
    if (captured) state.emit(CLOSE, block.variables, 0, 0);
    block.breaks = state.joinJumps(state.jump(), block.breaks);
  }

  private forStatement(line: number): void {
    this.state.enterBlock(true);
    this.lexer.next();
    const name = this.name();
    if (this.lexer.token === EQUALS) this.numericFor(name, line);
    else if (this.lexer.token === COMMA || this.lexer.token === T.IN) this.genericFor(name);
    else this.lexer.failNear("'=' or 'in' expected");
    this.expectMatch(T.END, T.FOR, line);
    this.state.leaveBlock();
  }

  private numericFor(name: Bytes, line: number): void {
    const { state } = this;
    const base = state.freeRegister;
    this.declareAll(['(for index)', '(for limit)', '(for step)', name]);
    this.expect(EQUALS);
    toNextRegister(state, this.expression());
    this.expect(COMMA);
    toNextRegister(state, this.expression());
    if (this.accept(COMMA)) toNextRegister(state, this.expression());
    else {
      state.emit(LOADK, state.freeRegister, state.constant(1), 0);
      state.reserve(1);
    }
    this.forBody(base, line, 1, true);
  }

  private genericFor(first: Bytes): void {
    const { state } = this;
    const base = state.freeRegister;
    this.declareAll(['(for generator)', '(for state)', '(for control)', first]);
    let count = 4;
    while (this.accept(COMMA)) state.declare(this.name(), count++);
    this.expect(T.IN);
    const { line } = this.lexer;
    const e = new Expression();
    this.adjust(3, this.list(e), e);
    // To call the generator.
    state.checkRegisters(3);
    this.forBody(base, line, count - 3, false);
  }

  private declareAll(names: readonly string[]): void {
    names.forEach((name, at) => {
      this.state.declare(name as Bytes, at);
    });
  }

  private forBody(base: number, line: number, variables: number, numeric: boolean): void {
    const { state } = this;
    state.activate(3);
    this.expect(T.DO);
    const prepare = numeric ? state.emit(FORPREP, base, NO_JUMP, 0) : state.jump();
    state.enterBlock(false);
    state.activate(variables);
    state.reserve(variables);
    this.inBlock();
    state.leaveBlock();
    state.patchHere(prepare);
    const end = numeric ? state.emit(FORLOOP, base, NO_JUMP, 0) : state.emit(TFORLOOP, base, 0, variables);
    state.fixLine(line);
    state.patch(numeric ? end : state.jump(), prepare + 1);
  }

  private functionStatement(line: number): void {
    const { state } = this;
    this.lexer.next();
    const variable = this.variable();
    while (this.lexer.token === PERIOD) this.field(variable);
    const method = this.lexer.token === COLON;
    if (method) this.field(variable);
    store(state, variable, this.functionBody(method, line));
    state.fixLine(line);
  }

  private localFunction(): void {
    const { state } = this;
    state.declare(this.name(), 0);
    const variable = new Expression().set('local', state.freeRegister);
    state.reserve(1);
    state.activate(1);
    store(state, variable, this.functionBody(false, this.lexer.line));
    // It has its name from here on only.
    state.variable(state.activeCount - 1).start = state.pc;
  }

  private localStatement(): void {
    let count = 0;
    do this.state.declare(this.name(), count++);
    while (this.accept(COMMA));
    const e = new Expression();
    this.adjust(count, this.accept(EQUALS) ? this.list(e) : 0, e);
    this.state.activate(count);
  }

  private returnStatement(): void {
    const { state } = this;
    this.lexer.next();
    if (this.blockEnds() || this.lexer.token === SEMICOLON) {
      state.emitReturn(0, 0);
      return;
    }
    const e = new Expression();
    const count = this.list(e);
    if (e.isOpen) {
      setReturns(state, e, -1);
      if (e.kind === 'call' && count === 1) state.setOperation(e.info, TAILCALL);
      state.emitReturn(state.activeCount, -1);
    } else if (count === 1) state.emitReturn(toAnyRegister(state, e), 1);
    else {
      toNextRegister(state, e);
      state.emitReturn(state.activeCount, count);
    }
  }

  private expressionStatement(): void {
    const variable = this.primary();
    if (variable.kind === 'call') this.state.setOperand(variable.info, 3, 1);
    else this.assignment({ before: undefined, variable }, 1);
  }

  private assignment(target: Target, count: number): void {
    const { state } = this;
    const { kind } = target.variable;
    if (kind !== 'local' && kind !== 'upvalue' && kind !== 'global' && kind !== 'indexed') this.lexer.failNear('syntax error');
    let value = new Expression();
    if (this.accept(COMMA)) {
      const variable = this.primary();
      if (variable.kind === 'local') this.keepSafe(target, variable);
      state.checkLimit(count, this.levelsLeft, 'variables in assignment');
      this.assignment({ before: target, variable }, count + 1);
    } else {
      this.expect(EQUALS);
      const values = this.list(value);
      if (values === count) {
        setOneReturn(state, value);
        store(state, target.variable, value);
        return;
      }
      this.adjust(count, values, value);
      if (values > count) state.freeRegister -= values - count;
    }
    value = new Expression().set('register', state.freeRegister - 1);
    store(state, target.variable, value);
  }

  /** A local variable that is assigned to, and is the table or the key of another target, is copied for that. */
  private keepSafe(targets: Target, local: Expression): void {
    const { state } = this;
    const copy = state.freeRegister;
    let conflict = false;
    for (let at: Target | undefined = targets; at; at = at.before) {
      const { variable } = at;
      if (variable.kind !== 'indexed') continue;
      if (variable.info === local.info) {
        conflict = true;
        variable.info = copy;
      }
      if (variable.aux === local.info) {
        conflict = true;
        variable.aux = copy;
      }
    }
    if (!conflict) return;
    state.emit(MOVE, copy, local.info, 0);
    state.reserve(1);
  }

  private adjust(variables: number, values: number, last: Expression): void {
    const { state } = this;
    let extra = variables - values;
    if (last.isOpen) {
      extra = Math.max(extra + 1, 0);
      setReturns(state, last, extra);
      if (extra > 1) state.reserve(extra - 1);
      return;
    }
    if (last.kind !== 'void') toNextRegister(state, last);
    if (extra <= 0) return;
    const register = state.freeRegister;
    state.reserve(extra);
    state.loadNil(register, extra);
  }
}
