// Strings and booleans: JSON.STRLEN, JSON.STRAPPEND and JSON.TOGGLE.

import { ascii, type Bytes, own } from '../../bytes/bytes';
import { redisError, shown, wrongArity } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { JsonNode } from '../../types/json/node';
import { locationOf } from '../../types/json/select';
import { changing, growing, reading } from './declare';
import {
  missingPathOr,
  NO_DOCUMENT,
  PathArgument,
  pathAt,
  readDocument,
  requireDocument,
  requireJson,
  requireText,
  wrongNode,
} from './shared';

export const jsonStrlen = command({
  ...reading,
  name: 'json.strlen',
  summary: 'Returns the lengths in bytes of the strings at a path.',
  arity: -2,
  syntax: 'key [path]',
  run(ctx, argv) {
    if (argv.length > 3) throw wrongArity('json.strlen');
    const path = pathAt(argv, 2);
    const document = readDocument(ctx, argv[1] as Bytes);
    if (!path.legacy) {
      if (document === undefined) throw NO_DOCUMENT;
      return path.nodes(document).map((node) => (typeof node === 'string' ? node.length : null));
    }
    if (document === undefined) return null;
    const node = path.first(document);
    if (typeof node !== 'string') throw wrongNode('string', node);
    return node.length;
  },
});

export const jsonStrappend = command({
  ...growing,
  name: 'json.strappend',
  summary: 'Appends a string to the strings at a path and returns their new lengths.',
  arity: -3,
  syntax: 'key [path] value',
  run(ctx, argv) {
    if (argv.length > 4) throw wrongArity('json.strappend');
    const key = argv[1] as Bytes;
    const path = new PathArgument(argv.length === 3 ? ascii('.') : requireText(argv[2] as Bytes));
    const value = requireText(argv.at(-1) as Bytes);
    const document = requireDocument(ctx, key);
    const matches = path.matches(document);
    // RedisJSON looks at the value only when there is something to append it to.
    const some = matches.some(({ node }) => typeof node === 'string');
    const suffix = some ? requireString(value) : '';
    const lengths = matches.map((match) => {
      const location = locationOf(match);
      const node = document.at(location);
      if (typeof node !== 'string') return null;
      document.put(location, own(ascii(`${node}${suffix}`)));
      return node.length + suffix.length;
    });
    if (some) ctx.keys.changed(key, 'json.strappend');
    if (!path.legacy) return lengths;
    return lastOf(lengths) ?? fail(path, 'not a string');
  },
});

function requireString(value: Bytes): Bytes {
  const node: JsonNode = requireJson(value, 'ERR ');
  if (typeof node === 'string') return node;
  throw redisError(`WRONGTYPE wrong type of path value - expected string but found ${shown(value)}`);
}

export const jsonToggle = command({
  ...changing,
  name: 'json.toggle',
  flags: ['write', 'denyoom'],
  summary: 'Turns the booleans at a path around and returns what they are now.',
  since: '2.0.0',
  arity: 3,
  syntax: 'key path',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const path = new PathArgument(requireText(argv[2] as Bytes));
    const document = requireDocument(ctx, key);
    const results = path.locations(document).map((location) => {
      const node = document.at(location);
      if (typeof node !== 'boolean') return null;
      document.put(location, !node);
      return !node;
    });
    const last = lastOf(results);
    if (last !== undefined) ctx.keys.changed(key, 'json.toggle');
    if (!path.legacy) return results.map((result) => (result === null ? null : Number(result)));
    return last === undefined ? fail(path, 'not a bool') : ascii(String(last));
  },
});

/** An old path changes all that it leads to and answers with the last one. */
function lastOf<T>(results: readonly (T | null)[]): T | undefined {
  return results.findLast((result): result is T => result !== null);
}

function fail(path: PathArgument, or: string): Reply {
  throw missingPathOr(path.path, or);
}
