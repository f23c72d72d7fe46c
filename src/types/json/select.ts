// What a JSONPath selects of a document, in RedisJSON's order: a node before what is below it, children in their order.

import { type Bytes, toText } from '../../bytes/bytes';
import { alike, childOf, compareNumbers, forEachChild, isJsonArray, isJsonNumber, type JsonNode, type Location } from './node';
import type { Condition, Filter, Operator, Step, Term } from './path';
import { matchesPattern } from './pattern';

/** How a node was come to; undefined for the root. */
interface Trail {
  readonly parent: Trail | undefined;
  readonly part: Bytes | number;
}

export interface Match {
  readonly node: JsonNode;
  readonly trail: Trail | undefined;
}

/** A path that takes too long. */
export class SelectionFault {
  readonly text = `ERR the path visits more than ${MAX_VISITS} values`;
}

/**
 * Most nodes that one selection visits. Each `..` of a path may visit everything below each node that the one before it
 * came to, so a short path can keep a shard busy for hours.
 */
const MAX_VISITS = 4_000_000;
/** Steps of a pattern on a text that take as long as a visit. */
const STEPS_PER_VISIT = 16;

/** All that `steps` select. Throws a {@link SelectionFault}. */
export function select(root: JsonNode, steps: readonly Step[]): Match[] {
  const selection = new Selection(root);
  selection.follow(steps, 0, root, undefined);
  return selection.matches;
}

export function locationOf({ trail }: Match): Location {
  const parts: (Bytes | number)[] = [];
  for (let at = trail; at !== undefined; at = at.parent) parts.push(at.part);
  return parts.reverse();
}

class Selection {
  matches: Match[] = [];
  private visits = 0;

  constructor(private readonly root: JsonNode) {}

  follow(steps: readonly Step[], at: number, node: JsonNode, trail: Trail | undefined): void {
    this.visit(1);
    const step = steps[at];
    if (step === undefined) {
      this.matches.push({ node, trail });
      return;
    }
    const next = at + 1;
    const into = (part: Bytes | number, child: JsonNode | undefined) => {
      if (child !== undefined) this.follow(steps, next, child, { parent: trail, part });
    };
    switch (step.kind) {
      case 'descend':
        this.follow(steps, next, node, trail);
        forEachChild(node, (part, child) => this.follow(steps, at, child, { parent: trail, part }));
        break;
      case 'all':
        forEachChild(node, into);
        break;
      case 'names':
        for (const name of step.names) into(name, childOf(node, name));
        break;
      case 'indexes':
        if (!isJsonArray(node)) break;
        for (const index of step.indexes) {
          const place = placeOf(index, node.length);
          into(place, node[place]);
        }
        break;
      case 'range':
        if (!isJsonArray(node)) break;
        for (let i = placeOf(step.start, node.length); i < placeOf(step.end ?? node.length, node.length); i += step.step) into(i, node[i]);
        break;
      case 'filter':
        forEachChild(node, (part, child) => {
          if (this.passes(step.filter, child)) into(part, child);
        });
    }
  }

  private passes(filter: Filter, node: JsonNode): boolean {
    return filter.some((conditions) => conditions.every((condition) => this.holds(condition, node)));
  }

  private holds(condition: Condition, node: JsonNode): boolean {
    if (condition.kind === 'group') return this.passes(condition.filter, node);
    if (condition.kind === 'exists') return this.nodesOf(condition.term, node).length > 0;
    const left = this.nodesOf(condition.left, node);
    const right = this.nodesOf(condition.right, node);
    // Of several values one is enough, and what is not equal is unequal, be it only because it is not there.
    const { operator } = condition;
    const some = (test: (a: JsonNode, b: JsonNode) => boolean) => left.some((a) => right.some((b) => test(a, b)));
    if (operator === '==') return some(alike);
    if (operator === '!=') return !some(alike);
    if (operator === '=~') return some((text, pattern) => this.matchesText(text, pattern));
    return some((a, b) => ordered(operator, a, b));
  }

  private matchesText(text: JsonNode, pattern: JsonNode): boolean {
    if (!isText(text) || !isText(pattern)) return false;
    return matchesPattern(toText(pattern), toText(text), (steps) => this.visit(steps / STEPS_PER_VISIT));
  }

  private visit(count: number): void {
    this.visits += count;
    if (this.visits > MAX_VISITS) throw new SelectionFault();
  }

  /** The values of a term: one for a literal. */
  private nodesOf(term: Term, current: JsonNode): readonly JsonNode[] {
    if (term.kind === 'literal') return [term.node];
    const start = term.fromRoot ? this.root : current;
    if (term.steps.length === 0) return [start];
    const outer = this.matches;
    this.matches = [];
    this.follow(term.steps, 0, start, undefined);
    const nodes = this.matches.map(({ node }) => node);
    this.matches = outer;
    return nodes;
  }
}

/** Where an index is that may count from the end: the first element for one before it, after the last for one beyond. */
function placeOf(index: number, length: number): number {
  return index >= 0 ? Math.min(index, length) : Math.max(index + length, 0);
}

function isText(node: JsonNode): node is Bytes {
  return typeof node === 'string';
}

/** Numbers, strings, booleans and null have an order among their kind, anything else has none. */
function ordered(operator: Operator, a: JsonNode, b: JsonNode): boolean {
  let order: number;
  if (isJsonNumber(a) && isJsonNumber(b)) order = compareNumbers(a, b);
  else if (isText(a) && isText(b)) order = a < b ? -1 : a > b ? 1 : 0;
  else if (typeof a === 'boolean' && typeof b === 'boolean') order = Number(a) - Number(b);
  else if (a === null && b === null) order = 0;
  else return false;
  switch (operator) {
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    default:
      return order <= 0;
  }
}

// ---- order of changes

/** Deeper locations before those above them, later elements before earlier ones: a change then moves none that is to come. */
export function forChanging(a: Location, b: Location): number {
  for (let i = 0; ; i++) {
    const [x, y] = [a[i], b[i]];
    if (x === undefined || y === undefined) return x === y ? 0 : x === undefined ? 1 : -1;
    if (x === y) continue;
    if (typeof x === 'number' && typeof y === 'number') return y - x;
    if (typeof x === 'string' && typeof y === 'string') return x < y ? -1 : 1;
    return typeof x === 'string' ? -1 : 1;
  }
}

/** Each location once, without those below another one. In the order in which they can be removed. */
export function topmost(locations: readonly Location[]): Location[] {
  const sorted = [...locations].sort(forChanging).reverse();
  const kept: Location[] = [];
  // What is below a location follows it.
  for (const location of sorted) if (!isWithin(location, kept.at(-1))) kept.push(location);
  return kept.reverse();
}

function isWithin(location: Location, above: Location | undefined): boolean {
  return above?.every((part, i) => part === location[i]) ?? false;
}
