// How COMMAND and COMMAND INFO describe a declaration: Redis' array of ten.

import { ascii } from '../../../bytes/bytes';
import { MapReply, type Reply, SetReply, Status } from '../../../protocol/reply';
import { aclCategoriesOf } from '../../../spec/acl';
import { type AnyCommandSpec, type Flag, isContainer } from '../../../spec/command';
import type { KeyFlag, KeySpec } from '../../../spec/keys';

/** The flags that Redis shows, in its order (server.c addReplyFlagsForCommand); the others stay inside. */
const SHOWN_FLAGS: readonly Flag[] = [
  'write',
  'readonly',
  'denyoom',
  'admin',
  'pubsub',
  'noscript',
  'blocking',
  'loading',
  'stale',
  'skip_monitor',
  'skip_slowlog',
  'asking',
  'fast',
  'no_auth',
  'no_mandatory_keys',
  'no_async_loading',
  'no_multi',
  'movablekeys',
  'allow_busy',
];

const KEY_FLAGS: readonly KeyFlag[] = [
  'RO',
  'RW',
  'OW',
  'RM',
  'access',
  'update',
  'insert',
  'delete',
  'not_key',
  'incomplete',
  'variable_flags',
];

export function describeInfo(spec: AnyCommandSpec): Reply {
  const range = legacyRange(spec.keys ?? []);
  const flags = new Set<Flag>(spec.flags);
  if (range.movable) flags.add('movablekeys');
  return [
    ascii(spec.name),
    spec.arity,
    statuses(SHOWN_FLAGS.filter((flag) => flags.has(flag))),
    range.first,
    range.last,
    range.step,
    statuses(aclCategoriesOf(spec).map((category) => `@${category}`)),
    new SetReply((spec.tips ?? []).map(ascii)),
    new SetReply((spec.keys ?? []).map(describeKeySpec)),
    // Redis begins an empty set here, and an array where there are any.
    isContainer(spec) ? spec.subcommands.map(describeInfo) : new SetReply([]),
  ];
}

export function keyFlagsReply(flags: readonly KeyFlag[]): Reply {
  return statuses(KEY_FLAGS.filter((flag) => flags.includes(flag)));
}

export function statuses(words: readonly string[]): SetReply {
  return new SetReply(words.map((word) => new Status(word)));
}

/** A map from names that are ASCII. */
export function mapOf(fields: Readonly<Record<string, Reply>>): MapReply {
  return new MapReply(Object.entries(fields).flatMap(([name, value]) => [ascii(name), value]));
}

const UNKNOWN = { type: 'unknown', spec: mapOf({}) };

function describeBegin(begin: KeySpec['begin']): { type: string; spec: Reply } {
  if ('unknown' in begin) return UNKNOWN;
  if ('index' in begin) return { type: 'index', spec: mapOf({ index: begin.index }) };
  return { type: 'keyword', spec: mapOf({ keyword: ascii(begin.keyword), startfrom: begin.from }) };
}

function describeFind(find: KeySpec['find']): { type: string; spec: Reply } {
  if ('locate' in find) return UNKNOWN;
  if ('keynum' in find) return { type: 'keynum', spec: mapOf({ keynumidx: find.keynum, firstkey: find.first, keystep: find.step }) };
  return { type: 'range', spec: mapOf({ lastkey: find.last, keystep: find.step, limit: find.limit }) };
}

function describeKeySpec({ notes, flags, begin, find }: KeySpec): Reply {
  const beginSearch = describeBegin(begin);
  const findKeys = describeFind(find);
  return mapOf({
    ...(notes === undefined ? {} : { notes: ascii(notes) }),
    flags: keyFlagsReply(flags),
    begin_search: mapOf({ type: ascii(beginSearch.type), spec: beginSearch.spec }),
    find_keys: mapOf({ type: ascii(findKeys.type), spec: findKeys.spec }),
  });
}

interface LegacyRange {
  first: number;
  last: number;
  step: number;
  /** The range does not say all: clients must ask COMMAND GETKEYS. */
  movable: boolean;
}

/**
 * First key, last key and step, as clients from before key specs read them: adjoining ranges are joined, whatever does
 * not fit is left out and marks the command as one with movable keys (server.c populateCommandLegacyRangeSpec).
 */
function legacyRange(specs: readonly KeySpec[]): LegacyRange {
  const result: LegacyRange = { first: 0, last: 0, step: 0, movable: specs.some((spec) => spec.flags.includes('incomplete')) };
  let previousLast = 0;
  for (const { begin, find } of specs) {
    const plain = 'index' in begin && 'last' in find;
    const alone = specs.length === 1;
    if (!plain || (!alone && (find.step !== 1 || (previousLast !== 0 && previousLast !== begin.index - 1)))) {
      result.movable = true;
      continue;
    }
    const last = find.last >= 0 ? begin.index + find.last : find.last;
    result.first = result.first === 0 ? begin.index : Math.min(result.first, begin.index);
    result.last = furthest(result.last, last);
    result.step = find.step;
    previousLast = result.last;
  }
  return result;
}

/** A negative last key counts from the end of the line and so is further than any other. */
function furthest(a: number, b: number): number {
  if (a < 0 || b < 0) return a < 0 && b < 0 ? Math.max(a, b) : Math.min(a, b);
  return Math.max(a, b);
}
