// Random programs of Lua that end: all kinds of statements and expressions.

import type { Random } from '../../src/spec/context';
import { PIECES, type Writer } from './lua-objects';

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const BINARY = ['+', '-', '*', '/', '%', '^', '..', '==', '~=', '<', '<=', '>', '>=', 'and', 'or'];
const CONSTANTS = [
  'nil',
  'true',
  'false',
  '0',
  '1',
  '2',
  '-1',
  '0.5',
  '1e3',
  '255',
  "'x'",
  "'10'",
  "' 7 '",
  "''",
  '"a\\065\\n"',
  '[[y\nz]]',
];
const CALLS = ['tostring', 'tonumber', 'type', 'select', 'rawequal', 'unpack', 'next', 'assert', 'error', 'pcall', 'rawget', 'rawset'];

export class Programs {
  /** How many of each kind were written. */
  readonly written = new Map<string, number>();
  private depth = 0;
  private loops = 0;

  private readonly writer: Writer = {
    pick: (choices) => this.pick(choices),
    name: () => this.pick(NAMES),
    value: () => this.expression(1),
    list: () => this.list(),
    block: (size) => this.block(size),
    body: () => this.body(),
    fresh: () => `n${this.loops++}`,
    gap: () => this.pick([' ', ' ', '\n']),
  };

  /** @param pieces what lua-objects.ts has, too */
  constructor(
    private readonly random: Random,
    private readonly pieces = false,
  ) {}

  program(): string {
    // What goes wrong ends one of its parts.
    const parts = Array.from({ length: 8 }, () => `try(function() ${this.block(3)} end)`);
    return `local ${NAMES.join(', ')}, log = 1, 'x', {}, 2.5, nil, {}
local function try(f) local ok, e = pcall(f) log[#log + 1] = ok or e end
${parts.join('\n')}
return log, ${NAMES.join(', ')}`;
  }

  private pick<T>(choices: readonly T[]): T {
    return choices[this.random.below(choices.length)] as T;
  }

  private note(kind: string): void {
    this.written.set(kind, (this.written.get(kind) ?? 0) + 1);
  }

  private block(size: number): string {
    const lines: string[] = [];
    for (let count = 1 + this.random.below(size); count > 0; count--) lines.push(this.statement());
    return lines.join(this.pick(['\n', ' ', '; ']));
  }

  private statement(): string {
    if (this.depth > 3) return this.assignment();
    this.depth++;
    const kinds = ['assign', 'assign', 'local', 'if', 'while', 'repeat', 'for', 'each', 'function', 'call', 'do', 'field', 'several'];
    const pieces = this.pieces && this.random.below(2) === 0;
    const kind = pieces ? this.pick(Object.keys(PIECES)) : this.pick(kinds);
    this.note(kind);
    const text = pieces ? (PIECES[kind] as (writer: Writer) => string)(this.writer) : this.write(kind);
    this.depth--;
    return text;
  }

  private assignment(): string {
    return `${this.pick(NAMES)} = ${this.expression(2)}`;
  }

  private write(kind: string): string {
    switch (kind) {
      case 'local':
        return `local ${this.pick(NAMES)}, ${this.pick(NAMES)} = ${this.list()}`;
      case 'if':
        return `if ${this.expression(2)} then ${this.block(2)} elseif ${this.expression(1)} then ${this.block(2)} else ${this.block(2)} end`;
      case 'while':
        return this.counted((count) => `while ${count} < 4 and (${this.expression(1)}) do ${count} = ${count} + 1 ${this.body()} end`);
      case 'repeat':
        return this.counted(
          (count) => `repeat local r = ${this.expression(1)} ${count} = ${count} + 1 ${this.body()} until ${count} > 3 or r`,
        );
      case 'for':
        return `for ${this.pick(NAMES)} = ${this.pick(['1', '3', "'2'", 'nil'])}, ${this.pick(['3', '1', '2.5', "'2'", '{}'])}, ${this.pick(['1', '-1', '0.5', '2'])} do ${this.body()} end`;
      case 'each':
        return `for ${this.pick(NAMES)}, ${this.pick(NAMES)} in ${this.pick(['pairs', 'ipairs'])}({${this.list()}}) do ${this.body()} end`;
      case 'function':
        return `local function f(${this.pick(['', 'a', 'a, b', '...', 'a, ...'])}) ${this.block(2)} return ${this.list()} end ${this.pick(NAMES)} = ${this.pick(['f', 'f()', `(f(${this.list()}))`])}`;
      case 'call':
        return `${this.pick(NAMES)} = {pcall(${this.pick(CALLS)}, ${this.list()})}`;
      case 'do':
        return `do local ${this.pick(NAMES)} = ${this.expression(1)} ${this.block(2)} end`;
      case 'field':
        return `${this.pick(NAMES)} = {} ${this.pick(NAMES)}.x = ${this.expression(1)}`;
      case 'several':
        return `${this.pick(NAMES)}, ${this.pick(NAMES)} = ${this.list()}`;
      default:
        return this.assignment();
    }
  }

  /** A loop that its own counter ends. */
  private counted(loop: (counter: string) => string): string {
    const counter = `n${this.loops++}`;
    return `local ${counter} = 0 ${loop(counter)}`;
  }

  private body(): string {
    const broken = this.random.below(4) === 0 ? ` if ${this.expression(1)} then break end` : '';
    return this.block(2) + broken;
  }

  private list(): string {
    return Array.from({ length: 1 + this.random.below(3) }, () => this.expression(1)).join(', ');
  }

  private expression(depth: number): string {
    const kind = depth === 0 ? this.pick(['constant', 'name']) : this.pick(EXPRESSIONS);
    this.note(kind);
    switch (kind) {
      case 'name':
        return this.pick(NAMES);
      case 'binary':
        return `${this.expression(depth - 1)} ${this.pick(BINARY)} ${this.expression(depth - 1)}`;
      case 'parentheses':
        return `(${this.expression(depth - 1)})`;
      case 'unary':
        return `${this.pick(['not ', '- ', '#'])}${this.expression(depth - 1)}`;
      case 'table':
        return `{${this.expression(depth - 1)}, x = ${this.expression(depth - 1)}, [${this.pick(["'y'", '2', '1'])}] = ${this.expression(depth - 1)}}`;
      case 'index':
        return `${this.pick(NAMES)}${this.pick(['.x', '[1]', "['y']", '[2]'])}`;
      case 'method':
        return `${this.pick(NAMES)}:${this.pick(['upper', 'len', 'rep'])}(${this.pick(['', '2'])})`;
      case 'invoke':
        return `${this.pick(CALLS.slice(0, 3))}(${this.expression(depth - 1)})`;
      case 'closure':
        return `(function(...) local s = ... ; ${this.pick(NAMES)} = s return ${this.expression(depth - 1)} end)(${this.expression(depth - 1)})`;
      default:
        return this.pick(CONSTANTS);
    }
  }
}

const EXPRESSIONS = [
  ...['constant', 'constant', 'constant', 'name', 'name', 'name', 'binary', 'binary', 'binary', 'binary', 'parentheses', 'unary', 'table'],
  ...['index', 'method', 'invoke', 'closure'],
];
