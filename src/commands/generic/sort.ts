// SORT and SORT_RO.

import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX, WRONG_TYPE } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { type KeySpec, keyAt, keysWhere } from '../../spec/keys';
import { ListValue } from '../../types/list';
import { SetValue } from '../../types/set';
import type { Value } from '../../types/value';
import { ZSetValue } from '../../types/zset';
import { sortElements } from './sort-order';
import { SortPattern } from './sort-pattern';

const MAY_DIFFER = 'denied in Cluster mode when keys formed by the pattern may be in different slots.';
const BY_DENIED = redisError(`ERR BY option of SORT ${MAY_DIFFER}`);
const GET_DENIED = redisError(`ERR GET option of SORT ${MAY_DIFFER}`);

interface Options {
  by: SortPattern | undefined;
  /** Off once any BY names a pattern without `*`: the elements stay as they are. */
  sorting: boolean;
  alpha: boolean;
  descending: boolean;
  offset: number;
  /** Negative: all. */
  count: number;
  readonly get: SortPattern[];
  destination: Bytes | undefined;
}

function readOptions(ctx: Context, argv: readonly Bytes[], mayStore: boolean): Options {
  const options: Options = {
    by: undefined,
    sorting: true,
    alpha: false,
    descending: false,
    offset: 0,
    count: -1,
    get: [],
    destination: undefined,
  };
  const args = new Cursor(argv, 2);
  while (!args.done) {
    if (args.keyword('ASC')) options.descending = false;
    else if (args.keyword('DESC')) options.descending = true;
    else if (args.keyword('ALPHA')) options.alpha = true;
    else if (args.option('LIMIT', 2)) {
      options.offset = args.integer();
      options.count = args.integer();
    } else if (mayStore && args.option('STORE')) options.destination = args.next();
    else if (args.option('BY')) {
      options.by = new SortPattern(args.next());
      if (!options.by.isVariable) options.sorting = false;
      if (options.by.mayBeElsewhere(ctx)) throw BY_DENIED;
    } else if (args.option('GET')) {
      const pattern = new SortPattern(args.next());
      if (pattern.mayBeElsewhere(ctx)) throw GET_DENIED;
      options.get.push(pattern);
    } else throw SYNTAX;
  }
  return options;
}

type Sortable = ListValue | SetValue | ZSetValue;

function asSortable(value: Value | undefined): Sortable | undefined {
  if (value === undefined || value instanceof ListValue || value instanceof SetValue || value instanceof ZSetValue) return value;
  throw WRONG_TYPE;
}

/** All elements in the order that the value has, or downwards. A set has none: there the members' own makes a result the same everywhere. */
function elementsOf(value: Sortable, start: number, count: number, downwards: boolean): Bytes[] {
  if (value instanceof SetValue) return value.members().sort();
  if (value instanceof ListValue) return downwards ? value.range(value.size - start - count, count).reverse() : value.range(start, count);
  const members: Bytes[] = [];
  value.walk(downwards ? value.size - 1 - start : start, count, downwards, (member) => members.push(member));
  return members;
}

/** The elements that are asked for, in their order. */
function select(ctx: Context, value: Sortable, options: Options): Bytes[] {
  const { size } = value;
  const start = Math.min(Math.max(options.offset, 0), size);
  const count = options.count < 0 ? size - start : Math.min(options.count, size - start);
  const { by, alpha, descending, sorting } = options;
  if (sorting) return sortElements(ctx, elementsOf(value, 0, size, false), { by, alpha, descending }).slice(start, start + count);
  if (!(value instanceof SetValue)) return elementsOf(value, start, count, descending);
  if (options.destination === undefined && !ctx.inScript) return value.members().slice(start, start + count);
  // What is stored, or a script is told, must not depend on how a set happens to lie in memory.
  return sortElements(ctx, value.members(), { by: undefined, alpha: true, descending }).slice(start, start + count);
}

/** What is answered or stored for the selected elements. */
function results(ctx: Context, elements: Bytes[], get: readonly SortPattern[]): (Bytes | null)[] {
  if (get.length === 0) return elements;
  return elements.flatMap((element) => get.map((pattern) => pattern.lookup(ctx, element) ?? null));
}

function store(ctx: Context, destination: Bytes, items: readonly (Bytes | null)[]): number {
  if (items.length === 0) ctx.keys.remove(destination);
  else {
    const list = new ListValue(ctx.limits);
    for (const item of items) list.push('right', item ?? ('' as Bytes));
    ctx.keys.set(destination, list, 'sortstore');
  }
  return items.length;
}

function run(ctx: Context, argv: readonly Bytes[], mayStore: boolean): Reply {
  const options = readOptions(ctx, argv, mayStore);
  const value = asSortable(ctx.keys.read(argv[1] as Bytes));
  const items = value === undefined ? [] : results(ctx, select(ctx, value, options), options.get);
  return options.destination === undefined ? items : store(ctx, options.destination, items);
}

/** How many words follow these options; any other word is taken to stand alone. */
const WORDS_AFTER: Readonly<Record<string, number>> = { LIMIT: 2, GET: 1, BY: 1 };

/** The key after the last STORE, which counts. */
function destinationIndexes(argv: readonly Bytes[]): number[] {
  let found: number[] = [];
  for (let i = 2; i < argv.length; i++) {
    const word = (argv[i] as Bytes).toUpperCase();
    if (word === 'STORE' && i + 1 < argv.length) found = [i + 1];
    i += WORDS_AFTER[word] ?? 0;
  }
  return found;
}

const PATTERN_NOTES =
  "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort";
const STORE_NOTES = "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array";

const sorted = keyAt(1, 'RO', 'access');
const patterns: KeySpec = keysWhere(() => [], PATTERN_NOTES, 'RO', 'access');
const shared = {
  group: 'generic',
  complexity: 'O(N+M*log(N)), N being the number of elements and M the number of those returned; O(N) when they are not sorted.',
  arity: -2,
  categories: ['set', 'sortedset', 'list', 'dangerous'],
} as const;
const OPTIONS_SYNTAX = 'key [BY pattern@1] [LIMIT offset:integer count:integer] [GET pattern@1 [GET pattern@1 ...]] [ASC | DESC] [ALPHA]';

export const sort = command({
  ...shared,
  name: 'sort',
  summary: 'Returns the elements of a list, a set or a sorted set in order, or stores them in a key.',
  since: '1.0.0',
  flags: ['write', 'denyoom'],
  keys: [sorted, patterns, keysWhere(destinationIndexes, STORE_NOTES, 'OW', 'update')],
  syntax: `${OPTIONS_SYNTAX} [STORE destination:key@2]`,
  difference:
    'With several shards, patterns of `SORT` and `SORT_RO` (`BY`, `GET`) must have a hash tag of the same shard before their `*`; with one, any will do.',
  run: (ctx, argv) => run(ctx, argv, true),
});

export const sortRo = command({
  ...shared,
  name: 'sort_ro',
  summary: 'Returns the elements of a list, a set or a sorted set in order.',
  since: '7.0.0',
  flags: ['readonly'],
  keys: [sorted, patterns],
  syntax: OPTIONS_SYNTAX,
  run: (ctx, argv) => run(ctx, argv, false),
});
