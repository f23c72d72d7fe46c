// Looking into containers: JSON.ARRLEN, JSON.ARRINDEX, JSON.OBJLEN and JSON.OBJKEYS.

import type { Bytes } from '../../bytes/bytes';
import { wrongArity } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import { identical, isJsonArray, isJsonObject, type JsonNode, type JsonObject } from '../../types/json/node';
import { reading } from './declare';
import {
  missingPath,
  missingPathOr,
  NO_DOCUMENT,
  PathArgument,
  pathAt,
  readDocument,
  requireIndex,
  requireJson,
  requireText,
  wrongNode,
} from './shared';

export const jsonArrlen = command({
  ...reading,
  name: 'json.arrlen',
  summary: 'Returns the lengths of the arrays at a path.',
  arity: -2,
  syntax: 'key [path]',
  run(ctx, argv) {
    if (argv.length > 3) throw wrongArity('json.arrlen');
    const path = pathAt(argv, 2);
    const document = readDocument(ctx, argv[1] as Bytes);
    if (document === undefined) {
      if (path.legacy) return null;
      throw NO_DOCUMENT;
    }
    const nodes = path.nodes(document);
    if (!path.legacy) return nodes.map((node) => (isJsonArray(node) ? node.length : null));
    const [first] = nodes;
    if (first === undefined) throw missingPath(path.original);
    if (!isJsonArray(first)) throw missingPathOr(path.original, 'not an array');
    return first.length;
  },
});

export const jsonArrindex = command({
  ...reading,
  name: 'json.arrindex',
  summary: 'Returns the index of the first element that is a value, in each array at a path; -1 where there is none.',
  complexity: 'O(N) where N is the size of the array, or of the document for a path with more than one match',
  arity: -4,
  syntax: 'key path value [start:integer [stop:integer]]',
  run(ctx, argv) {
    if (argv.length > 6) throw wrongArity('json.arrindex');
    const path = new PathArgument(requireText(argv[2] as Bytes));
    const start = argv[4] === undefined ? 0 : requireIndex(argv[4]);
    const stop = argv[5] === undefined ? 0 : requireIndex(argv[5]);
    const document = readDocument(ctx, argv[1] as Bytes);
    const sought = requireJson(argv[3] as Bytes, 'ERR ');
    if (document === undefined) throw missingPath(path.original);
    if (!path.legacy) return path.nodes(document).map((node) => indexIn(node, sought, start, stop));
    const node = path.first(document);
    if (!isJsonArray(node)) throw wrongNode('array', node);
    return indexIn(node, sought, start, stop);
  },
});

/** Null where there is no array. A `stop` of 0 is the end, as it was before RedisJSON had a stop. */
function indexIn(node: JsonNode, sought: JsonNode, start: number, stop: number): Reply {
  if (!isJsonArray(node)) return null;
  const { length } = node;
  const first = start < 0 ? Math.max(length + start, 0) : Math.min(start, length - 1);
  const end = stop === 0 ? length : stop < 0 ? Math.max(length + stop, 0) : Math.min(stop, length);
  for (let i = Math.max(first, 0); i < end; i++) if (identical(node[i] as JsonNode, sought)) return i;
  return -1;
}

export const jsonObjlen = command({
  ...reading,
  name: 'json.objlen',
  summary: 'Returns how many members the objects at a path have.',
  arity: -2,
  syntax: 'key [path]',
  run(ctx, argv) {
    if (argv.length > 3) throw wrongArity('json.objlen');
    const path = pathAt(argv, 2);
    const document = readDocument(ctx, argv[1] as Bytes);
    if (!path.legacy) {
      if (document === undefined) throw missingPathOr(path.path, 'not an object');
      return path.nodes(document).map((node) => (isJsonObject(node) ? node.size : null));
    }
    if (document === undefined) return null;
    const [first] = path.nodes(document);
    if (first === undefined) return null;
    if (!isJsonObject(first)) throw wrongNode('object', first);
    return first.size;
  },
});

export const jsonObjkeys = command({
  ...reading,
  name: 'json.objkeys',
  summary: 'Returns the names of the members of the objects at a path.',
  complexity: 'O(N) where N is the number of members, or the size of the document for a path with more than one match',
  arity: -2,
  syntax: 'key [path]',
  run(ctx, argv) {
    if (argv.length > 3) throw wrongArity('json.objkeys');
    const path = pathAt(argv, 2);
    const document = readDocument(ctx, argv[1] as Bytes);
    if (!path.legacy) {
      if (document === undefined) throw NO_DOCUMENT;
      return path.nodes(document).map((node) => (isJsonObject(node) ? namesOf(node) : null));
    }
    if (document === undefined) return null;
    const [first] = path.nodes(document);
    if (first === undefined) return null;
    if (!isJsonObject(first)) throw missingPathOr(path.path, 'not an object');
    return namesOf(first);
  },
});

function namesOf(object: JsonObject): Reply[] {
  return Array.from({ length: object.size }, (_, place) => object.keyAt(place));
}
