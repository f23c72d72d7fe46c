// Removing values: JSON.DEL, JSON.FORGET and JSON.CLEAR.

import type { Bytes } from '../../bytes/bytes';
import { wrongArity } from '../../protocol/errors';
import { type CommandSpec, command } from '../../spec/command';
import { DenseMap } from '../../structures/dense-map';
import { isJsonArray, isJsonNumber, isJsonObject, type JsonNode, sizeOf, toDouble } from '../../types/json/node';
import { locationOf, topmost } from '../../types/json/select';
import { changing } from './declare';
import { lookupDocument, pathAt, requireDocument } from './shared';

function removal(name: string, summary: string): CommandSpec {
  return command({
    ...changing,
    name,
    summary,
    complexity: 'O(N) where N is the size of what is removed, or of the document for a path with more than one match',
    arity: -2,
    syntax: 'key [path]',
    run(ctx, argv) {
      if (argv.length > 3) throw wrongArity(name);
      const key = argv[1] as Bytes;
      const path = pathAt(argv, 2);
      const document = lookupDocument(ctx, key);
      if (document === undefined) return 0;
      let removed = 1;
      if (!path.isRoot) {
        removed = 0;
        for (const location of topmost(path.locations(document))) if (document.remove(location)) removed++;
        if (removed === 0) return 0;
      }
      // A document of which nothing is left goes with it.
      if (path.isRoot || sizeOf(document.root) === 0) ctx.keys.remove(key, 'json.del');
      else ctx.keys.changed(key, 'json.del');
      return removed;
    },
  });
}

export const jsonDel = removal('json.del', 'Removes the JSON values at a path. A document that has become empty is deleted.');
export const jsonForget = removal('json.forget', 'Removes the JSON values at a path, as JSON.DEL does.');

export const jsonClear = command({
  ...changing,
  name: 'json.clear',
  summary: 'Empties the containers at a path and sets the numbers there to 0.',
  since: '2.0.0',
  arity: -2,
  syntax: 'key [path]',
  run(ctx, argv) {
    if (argv.length > 3) throw wrongArity('json.clear');
    const key = argv[1] as Bytes;
    const path = pathAt(argv, 2);
    const document = requireDocument(ctx, key);
    const locations = path
      .matches(document)
      .filter(({ node }) => isClearable(node))
      .map(locationOf);
    let cleared = 0;
    // A container that is emptied takes matches inside of it along.
    for (const location of locations) {
      const node = document.at(location);
      if (node !== undefined && document.put(location, emptyOf(node))) cleared++;
    }
    if (cleared > 0) ctx.keys.changed(key, 'json.clear');
    return cleared;
  },
});

function isClearable(node: JsonNode): boolean {
  return isJsonNumber(node) ? toDouble(node) !== 0 : (sizeOf(node) ?? 0) > 0;
}

function emptyOf(node: JsonNode): JsonNode {
  if (isJsonArray(node)) return [];
  return isJsonObject(node) ? new DenseMap() : 0;
}
