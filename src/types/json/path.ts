// JSONPath in RedisJSON's dialect, read into steps.
//
// Why not a library: those on npm select from plain JavaScript objects, where 1 and 1.0 are the same and integers end at
// 2^53, most of them compile filters to code with eval, which the Workers runtime does not have, and none reads this
// dialect (`=~`, `$.[0]`, names without quotes such as `a-b` or `$a`, no filter functions). Recorded in November 2026.
//
//   $.name  $["name"]  $['a','b']  $.*  $[*]  $..name  $[0]  $[0,-1]  $[1:5:2]  $[?(@.a > 1 && @.b =~ "x.*" || !…)]

import type { Bytes } from '../../bytes/bytes';
import { JsonDouble, type JsonNode } from './node';

export type Step =
  /** The node itself and everything below it. */
  | { readonly kind: 'descend' }
  | { readonly kind: 'all' }
  | { readonly kind: 'names'; readonly names: readonly Bytes[] }
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  | { readonly kind: 'range'; readonly start: number; readonly end: number | undefined; readonly step: number }
  | { readonly kind: 'filter'; readonly filter: Filter };

/** Alternatives of conditions that must all be true. */
export type Filter = readonly (readonly Condition[])[];
export type Condition =
  | { readonly kind: 'group'; readonly filter: Filter }
  | { readonly kind: 'exists'; readonly term: Term }
  | { readonly kind: 'compare'; readonly operator: Operator; readonly left: Term; readonly right: Term };
export type Operator = '>=' | '>' | '<=' | '<' | '==' | '!=' | '=~';
export type Term =
  | { readonly kind: 'literal'; readonly node: JsonNode }
  /** `@…` or `$…`. */
  | { readonly kind: 'path'; readonly fromRoot: boolean; readonly steps: readonly Step[] };

/** A path that cannot be read. */
export class PathFault {
  constructor(readonly text: string) {}
}

const LITERAL = /[A-Za-z0-9\-_`~+#%$^/:]+/y;
const NUMBER = /-?(?:[1-9]\d*|\d)/y;
const STEP = /[1-9]\d*/y;
const DECIMAL = /-?(?:[1-9]\d*|\d)(?:\.\d+)?/y;
const DOUBLE_QUOTED = /"((?:[^"\\]|\\["\\])*)"/y;
const SINGLE_QUOTED = /'((?:[^'\\]|\\['\\])*)'/y;
const OPERATOR = />=|>|<=|<|==|!=|=~/y;
const WORD = /true|false|null/y;
const ESCAPED = /\\(.)/gs;

/** Filters and brackets inside of each other: more than anyone writes, less than what fills the stack. */
const MAX_FILTER_NESTING = 32;

/** The steps of a path that begins with `$`. Throws a {@link PathFault}. */
export function parsePath(path: Bytes): readonly Step[] {
  return new PathParser(path).whole();
}

class PathParser {
  private at = 0;
  private nesting = 0;

  constructor(private readonly path: Bytes) {}

  whole(): readonly Step[] {
    if (!this.take('$')) throw this.fault("'$'");
    const steps = this.steps();
    this.skip();
    if (this.at < this.path.length) throw this.fault("<string>, '*', '..', '[', EOI");
    return steps;
  }

  /** As many steps as follow `$` or `@`. */
  private steps(): readonly Step[] {
    const steps: Step[] = [];
    // The first name needs no dot.
    const name = this.match(LITERAL);
    if (name !== undefined) steps.push({ kind: 'names', names: [name] });
    else if (this.take('*')) steps.push({ kind: 'all' });
    while (this.step(steps));
    return steps;
  }

  private step(steps: Step[]): boolean {
    if (this.take('..')) {
      steps.push({ kind: 'descend' });
      if (this.take('[')) steps.push(this.bracket());
      else steps.push(this.named());
      return true;
    }
    if (this.take('.')) {
      if (this.take('[')) steps.push(this.bracket());
      else steps.push(this.named());
      return true;
    }
    if (!this.take('[')) return false;
    steps.push(this.bracket());
    return true;
  }

  /** What follows a dot. */
  private named(): Step {
    if (this.take('*')) return { kind: 'all' };
    const name = this.match(LITERAL);
    if (name === undefined) throw this.fault("<string>, '*'");
    return { kind: 'names', names: [name] };
  }

  /** What follows `[`, with the closing one. */
  private bracket(): Step {
    const step = this.inBrackets();
    if (!this.take(']')) throw this.fault("']'");
    return step;
  }

  private inBrackets(): Step {
    if (this.take('*')) return { kind: 'all' };
    if (this.take('?')) return { kind: 'filter', filter: this.nested(() => this.filter()) };
    const text = this.string();
    if (text !== undefined) {
      const names = [text];
      while (this.take(',')) names.push(this.string() ?? this.missing("'<string>[,<string>,...]'"));
      return { kind: 'names', names };
    }
    const first = this.match(NUMBER);
    if (this.take(':')) return this.range(first);
    if (first === undefined) throw this.fault("'<number>[,<number>,...]', '<string>[,<string>,...]', ['start:end:steps'], '*', '?'");
    const indexes = [Number(first)];
    while (this.take(',')) indexes.push(Number(this.match(NUMBER) ?? this.missing("'<number>'")));
    return { kind: 'indexes', indexes };
  }

  /** What follows the first colon. */
  private range(start: Bytes | undefined): Step {
    const end = this.match(NUMBER);
    const step = this.take(':') ? this.match(STEP) : undefined;
    return { kind: 'range', start: Number(start ?? 0), end: end === undefined ? undefined : Number(end), step: Number(step ?? 1) };
  }

  // ---- filters

  private filter(): Filter {
    const alternatives: Condition[][] = [[this.condition()]];
    for (;;) {
      if (this.take('&&')) alternatives.at(-1)?.push(this.condition());
      else if (this.take('||')) alternatives.push([this.condition()]);
      else return alternatives;
    }
  }

  private condition(): Condition {
    if (this.take('(')) {
      const filter = this.nested(() => this.filter());
      if (!this.take(')')) throw this.fault("and, or, ')'");
      return { kind: 'group', filter };
    }
    const left = this.term();
    const operator = this.match(OPERATOR);
    if (operator === undefined) return { kind: 'exists', term: left };
    return { kind: 'compare', operator: operator as string as Operator, left, right: this.term() };
  }

  private term(): Term {
    if (this.take('@')) return { kind: 'path', fromRoot: false, steps: this.steps() };
    if (this.take('$')) return { kind: 'path', fromRoot: true, steps: this.steps() };
    const text = this.string();
    if (text !== undefined) return { kind: 'literal', node: text };
    const numeral = this.match(DECIMAL);
    if (numeral !== undefined) return { kind: 'literal', node: numberOf(numeral) };
    const word = this.match(WORD);
    if (word === undefined) throw this.fault('<term>');
    return { kind: 'literal', node: word === ('null' as Bytes) ? null : word === ('true' as Bytes) };
  }

  private nested<T>(read: () => T): T {
    if (++this.nesting > MAX_FILTER_NESTING) throw this.fault('fewer brackets inside of each other');
    const result = read();
    this.nesting--;
    return result;
  }

  // ---- words

  private skip(): void {
    while (this.path[this.at] === ' ') this.at++;
  }

  private take(word: string): boolean {
    this.skip();
    if (!this.path.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  private match(pattern: RegExp): Bytes | undefined {
    this.skip();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.path);
    if (!found) return undefined;
    this.at = pattern.lastIndex;
    return found[0] as Bytes;
  }

  private string(): Bytes | undefined {
    this.skip();
    const pattern = this.path[this.at] === '"' ? DOUBLE_QUOTED : SINGLE_QUOTED;
    return this.match(pattern)?.slice(1, -1).replace(ESCAPED, '$1') as Bytes | undefined;
  }

  // ---- faults

  private missing(expected: string): never {
    throw this.fault(expected);
  }

  private fault(expected: string): PathFault {
    const [before, after] = [this.path.slice(0, this.at), this.path.slice(this.at)];
    const shown = after === '' ? `"${before} <<<<----"` : `"${before} ---->>>> ${after}"`;
    return new PathFault(`Error occurred on position ${this.at}, ${shown}, expected one of the following: ${expected}.`);
  }
}

function numberOf(numeral: Bytes): JsonNode {
  if (numeral.includes('.')) return new JsonDouble(Number(numeral));
  const value = BigInt(numeral);
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  return value >= -(2n ** 63n) && value < 2n ** 63n ? value : new JsonDouble(number);
}

/** A path that leads to one location only. */
export function writeLocation(location: readonly (Bytes | number)[]): Bytes {
  return `$${location.map((part) => (typeof part === 'number' ? `[${part}]` : `["${part.replace(/["\\]/g, '\\$&')}"]`)).join('')}` as Bytes;
}
