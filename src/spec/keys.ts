// Key specifications, as Redis 7 has them: where in a command line its keys are, and what is done to them. Slot
// routing, COMMAND GETKEYS and the read-only check all go through here.

import type { Bytes } from '../bytes/bytes';
import { parseInt64 } from '../bytes/integer';

/** RO/RW/OW/RM: read, read-write, overwrite, remove. The lower-case words say what happens to the value. */
export type KeyFlag = 'RO' | 'RW' | 'OW' | 'RM' | 'access' | 'update' | 'insert' | 'delete' | 'not_key' | 'incomplete' | 'variable_flags';

/** Where the search for keys begins. `unknown`: nowhere that this notation could say. */
export type BeginSearch = { readonly index: number } | { readonly keyword: string; readonly from: number } | { readonly unknown: true };

/**
 * How keys are found from there. `range`: `last` is relative to the first key, or counts from the end when negative;
 * `limit` as in Redis (a last of -1 with limit 2 takes half of the remaining). `keynum`: a count argument, then that
 * many keys. `locate`: the indexes of keys that only the command itself can find; to clients they are unknown.
 */
export type FindKeys =
  | { readonly last: number; readonly step: number; readonly limit: number }
  | { readonly keynum: number; readonly first: number; readonly step: number }
  | { readonly locate: (argv: readonly Bytes[]) => number[] };

export interface KeySpec {
  readonly flags: readonly KeyFlag[];
  readonly begin: BeginSearch;
  readonly find: FindKeys;
  readonly notes?: string;
  /** With `variable_flags`: what is done to the keys of one given command line. */
  readonly resolve?: (argv: readonly Bytes[]) => readonly KeyFlag[];
}

/** SET reads only with GET. */
const REPLACES: ReadonlySet<KeyFlag> = new Set(['OW', 'RM', 'variable_flags']);

/** One key at `index`. */
export function keyAt(index: number, ...flags: KeyFlag[]): KeySpec {
  return { flags, begin: { index }, find: { last: 0, step: 1, limit: 0 } };
}

/** Keys from `index` to `last` (negative counts from the end), every `step`-th argument. */
export function keysFrom(index: number, last: number, step: number, ...flags: KeyFlag[]): KeySpec {
  return { flags, begin: { index }, find: { last, step, limit: 0 } };
}

/** A count at `index`, then that many keys. */
export function countedKeysAt(index: number, ...flags: KeyFlag[]): KeySpec {
  return { flags, begin: { index }, find: { keynum: 0, first: 1, step: 1 } };
}

/** Whether the first argument is a key whose value is replaced or removed, as a rule without having been looked at. */
export function replacesFirstArgument(specs: readonly KeySpec[] | undefined): boolean {
  const [spec] = specs ?? [];
  return spec !== undefined && 'index' in spec.begin && spec.begin.index === 1 && spec.flags.some((flag) => REPLACES.has(flag));
}

/** Keys where `locate` finds them. */
export function keysWhere(locate: (argv: readonly Bytes[]) => number[], notes: string, ...flags: KeyFlag[]): KeySpec {
  return { flags, notes, begin: { unknown: true }, find: { locate } };
}

function beginOf(begin: BeginSearch, argv: readonly Bytes[]): number {
  if ('index' in begin) return begin.index;
  if ('unknown' in begin) return 0;
  const backwards = begin.from < 0;
  const word = begin.keyword.toLowerCase();
  let i = backwards ? argv.length + begin.from : begin.from;
  for (; backwards ? i > 0 : i < argv.length; i += backwards ? -1 : 1) {
    if ((argv[i] as string).toLowerCase() === word) return i + 1;
  }
  return 0;
}

/**
 * Indexes into `argv` of the keys that one spec names, in order. Undefined when the command line does not have the
 * keys that it says it has (the command itself will answer with its own error).
 */
export function keyIndexes(spec: KeySpec, argv: readonly Bytes[]): number[] | undefined {
  if ('locate' in spec.find) return spec.find.locate(argv);
  const begin = beginOf(spec.begin, argv);
  if (begin === 0) return [];
  let first: number;
  let last: number;
  let step: number;
  if ('keynum' in spec.find) {
    const count = parseInt64(argv[begin + spec.find.keynum] ?? '');
    if (typeof count !== 'number' || count < 0) return undefined;
    first = begin + spec.find.first;
    step = spec.find.step;
    last = first + (count - 1) * step;
  } else {
    first = begin;
    step = spec.find.step;
    if (spec.find.last >= 0) last = first + spec.find.last;
    else if (spec.find.limit === 0) last = argv.length + spec.find.last;
    else last = first + Math.floor((argv.length - first) / spec.find.limit) + spec.find.last;
  }
  const indexes: number[] = [];
  for (let i = first; i <= last; i += step) {
    if (i >= argv.length) return undefined;
    indexes.push(i);
  }
  return indexes;
}

/** Indexes of all keys of a command line, or undefined as in {@link keyIndexes}. */
export function allKeyIndexes(specs: readonly KeySpec[] | undefined, argv: readonly Bytes[]): number[] | undefined {
  if (!specs || specs.length === 0) return [];
  if (specs.length === 1) return keyIndexes(specs[0] as KeySpec, argv);
  const all: number[] = [];
  for (const spec of specs) {
    const some = keyIndexes(spec, argv);
    if (!some) return undefined;
    all.push(...some);
  }
  return all;
}
