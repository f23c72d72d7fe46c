// Changing arrays: JSON.ARRAPPEND, JSON.ARRINSERT, JSON.ARRPOP and JSON.ARRTRIM.

import { ascii, type Bytes } from '../../bytes/bytes';
import { parseInt64 } from '../../bytes/integer';
import { redisError, wrongArity } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import type { JsonDocument } from '../../types/json/document';
import { copyNode, isJsonArray, type JsonArray, type JsonNode, type Location } from '../../types/json/node';
import { forChanging, locationOf } from '../../types/json/select';
import { writeJson } from '../../types/json/write';
import { changing, growing } from './declare';
import { expanded, formatNamed } from './reply';
import { missingPathOr, PathArgument, pathAt, requireDocument, requireIndex, requireJson, requireShallow, requireText } from './shared';

const OUT_OF_BOUNDS = redisError('ERR index out of bounds');
const WRONG_FORMAT = redisError('ERR wrong reply format');
const NO_FORMAT = redisError('ERR FORMAT argument is not supported on RESP2');
const FORMAT_OF_OLD_PATH = redisError('Legacy paths are supported only with FORMAT STRINGS');

/** An array that a path leads to, with the place of its answer among all. */
interface Found {
  readonly location: Location;
  readonly index: number;
}

interface Change {
  readonly path: PathArgument;
  readonly event: string;
  /** How an old path that leads to no array is named in the error. */
  readonly named: Bytes;
  /** Looks whether the change can be made of an array, and throws if not. */
  readonly check?: (array: JsonArray, location: Location) => void;
  /** Changes an array, and with it its length, if there is anything to change. */
  readonly apply: (document: JsonDocument, location: Location, array: JsonArray) => Reply;
}

/**
 * Changes all arrays that a path leads to. Deeper ones and later ones go first, so that no change moves an array that is
 * still to come; the answers are in the order of the path, and of an old path only the last change is answered.
 */
function changeArrays(ctx: Context, key: Bytes, change: Change): Reply {
  const { path } = change;
  const document = requireDocument(ctx, key);
  const matches = path.matches(document);
  const found: Found[] = [];
  for (const [index, match] of matches.entries()) if (isJsonArray(match.node)) found.push({ location: locationOf(match), index });
  if (path.legacy && found.length === 0) throw missingPathOr(change.named, 'not an array');
  for (const { location } of found) change.check?.(document.at(location) as JsonArray, location);
  found.sort((a, b) => forChanging(a.location, b.location));
  const replies: Reply[] = matches.map(() => null);
  let last: Reply = null;
  let changed = false;
  for (const { location, index } of found) {
    const array = document.at(location) as JsonArray;
    const { length } = array;
    last = change.apply(document, location, array);
    replies[index] = last;
    changed ||= array.length !== length;
  }
  if (changed) ctx.keys.changed(key, change.event);
  return path.legacy ? last : replies;
}

function requireNodes(argv: readonly Bytes[], from: number): JsonNode[] {
  return argv.slice(from).map((arg) => requireJson(arg));
}

function insertion(nodes: readonly JsonNode[], placeIn: (array: JsonArray) => number): Pick<Change, 'check' | 'apply'> {
  return {
    check(array, location) {
      const place = placeIn(array);
      if (place < 0 || place > array.length) throw OUT_OF_BOUNDS;
      for (const node of nodes) requireShallow(location.length + 1, node);
    },
    apply(document, location, array) {
      document.splice(location, placeIn(array), 0, nodes.map(copyNode));
      return array.length;
    },
  };
}

export const jsonArrappend = command({
  ...growing,
  name: 'json.arrappend',
  summary: 'Appends values to the arrays at a path and returns their new lengths.',
  arity: -4,
  syntax: 'key path value [value ...]',
  run(ctx, argv) {
    const path = new PathArgument(requireText(argv[2] as Bytes));
    const nodes = requireNodes(argv, 3);
    return changeArrays(ctx, argv[1] as Bytes, {
      path,
      event: 'json.arrappend',
      named: path.original,
      ...insertion(nodes, (array) => array.length),
    });
  },
});

export const jsonArrinsert = command({
  ...growing,
  name: 'json.arrinsert',
  summary: 'Inserts values into the arrays at a path, before an index, and returns their new lengths.',
  complexity: 'O(N) where N is the size of the array, or of the document for a path with more than one match',
  arity: -5,
  syntax: 'key path index:integer value [value ...]',
  run(ctx, argv) {
    const path = new PathArgument(requireText(argv[2] as Bytes));
    const index = requireIndex(argv[3] as Bytes);
    const nodes = requireNodes(argv, 4);
    return changeArrays(ctx, argv[1] as Bytes, {
      path,
      event: 'json.arrinsert',
      named: path.path,
      ...insertion(nodes, (array) => (index < 0 ? array.length + index : index)),
    });
  },
});

export const jsonArrpop = command({
  ...changing,
  name: 'json.arrpop',
  summary: 'Removes an element of each array at a path, the last one by default, and returns it.',
  complexity:
    'O(N) where N is the size of the array for an index that is not the last one, or of the document for a path with more than one match',
  arity: -2,
  syntax: 'key [FORMAT format] [path [index:integer]]',
  run(ctx, argv) {
    const { format, next } = readFormat(ctx, argv);
    if (argv.length > next + 2) throw wrongArity('json.arrpop');
    const path = pathAt(argv, next);
    // RedisJSON takes what is no integer for the last element.
    const index = Number(parseInt64(argv[next + 1] ?? '') ?? -1);
    if (path.legacy && format !== 'STRINGS') throw FORMAT_OF_OLD_PATH;
    const popped = changeArrays(ctx, argv[1] as Bytes, {
      path,
      event: 'json.arrpop',
      named: path.path,
      apply(document, location, array) {
        if (array.length === 0) return null;
        const place = index < 0 ? Math.max(array.length + index, 0) : Math.min(index, array.length - 1);
        const [node] = document.splice(location, place, 1, []) as [JsonNode];
        return format === 'STRINGS' ? writeJson(node) : expanded(node, format);
      },
    });
    // Formats are for clients of RESP3, which the journal is not.
    if (format !== 'STRINGS') ctx.effect(ascii('JSON.ARRPOP'), argv[1] as Bytes, path.path, ascii(`${index}`));
    return popped;
  },
});

type PopFormat = 'STRINGS' | 'EXPAND1' | 'EXPAND';

/** FORMAT, if it is not the path itself, and where the arguments go on. */
function readFormat(ctx: Context, argv: readonly Bytes[]): { format: PopFormat; next: number } {
  if (argv.length < 4 || argv[2]?.toUpperCase() !== 'FORMAT') return { format: 'STRINGS', next: 2 };
  const format = formatNamed(argv[3] as Bytes);
  if (format === undefined || format === 'STRING') throw WRONG_FORMAT;
  if (ctx.client.protocol === 2) throw NO_FORMAT;
  return { format, next: 4 };
}

export const jsonArrtrim = command({
  ...changing,
  name: 'json.arrtrim',
  summary: 'Trims the arrays at a path to the elements from one index to another, and returns their new lengths.',
  complexity: 'O(N) where N is the size of the array, or of the document for a path with more than one match',
  arity: 5,
  syntax: 'key path start:integer stop:integer',
  run(ctx, argv) {
    const path = new PathArgument(requireText(argv[2] as Bytes));
    const start = requireIndex(argv[3] as Bytes);
    const stop = requireIndex(argv[4] as Bytes);
    return changeArrays(ctx, argv[1] as Bytes, {
      path,
      event: 'json.arrtrim',
      named: path.path,
      apply(document, location, array) {
        const { length } = array;
        const first = start < 0 ? Math.max(length + start, 0) : start;
        const end = (stop < 0 ? Math.max(length + stop, 0) : Math.min(stop, length - 1)) + 1;
        if (first >= end) document.splice(location, 0, length, []);
        else {
          document.splice(location, end, length - end, []);
          document.splice(location, 0, first, []);
        }
        return array.length;
      },
    });
  },
});
