// What the JSON commands have in common: their paths, the document of a key, RedisJSON's errors.

import { ascii, type Bytes, isUtf8, own } from '../../bytes/bytes';
import { redisError, shown } from '../../protocol/errors';
import type { ErrorReply } from '../../protocol/reply';
import type { Context } from '../../spec/context';
import { requireInteger } from '../../spec/cursor';
import { JsonDocument } from '../../types/json/document';
import { type JsonNode, jsonTypeOf, type Location, MAX_NESTING, nestingOf } from '../../types/json/node';
import { JsonFault, parseJson } from '../../types/json/parse';
import { PathFault, parsePath, type Step } from '../../types/json/path';
import { locationOf, type Match, SelectionFault, select } from '../../types/json/select';
import type { Value } from '../../types/value';

// Some texts have no code in front: they are RedisJSON's.
const WRONG_KEY_TYPE = redisError('Existing key has wrong Redis type');
const NOT_UTF8 = redisError("Couldn't parse as UTF-8 string");
const NOT_AN_INTEGER = redisError("Couldn't parse as integer");
const TOO_DEEP = redisError('ERR recursion limit exceeded');
export const NO_DOCUMENT = redisError("ERR could not perform this operation on a key that doesn't exist");
export const NEW_AT_ROOT = redisError('ERR new objects must be created at the root');

// ---- arguments

/** An argument that is text. */
export function requireText(arg: Bytes): Bytes {
  if (!isUtf8(arg)) throw NOT_UTF8;
  return arg;
}

/** A JSON value. `prefix`: RedisJSON marks faults of some arguments as errors and of others not. */
export function requireJson(arg: Bytes, prefix = ''): JsonNode {
  requireText(arg);
  try {
    return parseJson(arg);
  } catch (fault) {
    if (fault instanceof JsonFault) throw redisError(prefix + fault.text);
    throw fault;
  }
}

/** An index. */
export function requireIndex(arg: Bytes): number {
  return requireInteger(arg, NOT_AN_INTEGER);
}

// ---- paths

/** Paths that are kept as read. Longer ones are not used again and again. */
const MAX_CACHED_PATHS = 256;
const MAX_CACHED_PATH_BYTES = 256;
const compiled = new Map<Bytes, readonly Step[]>();

function stepsOf(path: Bytes): readonly Step[] {
  const known = compiled.get(path);
  if (known) return known;
  // Names in the steps are parts of it.
  const owned = own(path);
  let steps: readonly Step[];
  try {
    steps = parsePath(owned);
  } catch (fault) {
    if (fault instanceof PathFault) throw redisError(shown(fault.text));
    throw fault;
  }
  if (path.length > MAX_CACHED_PATH_BYTES) return steps;
  if (compiled.size >= MAX_CACHED_PATHS) compiled.clear();
  compiled.set(owned, steps);
  return steps;
}

/**
 * A path argument. Those of RedisJSON 1, without `$`, stand for the same path with it, but are answered with one value
 * and not with an array. A path is read when it is used: where there is no document it may say what it likes.
 */
export class PathArgument {
  /** As JSONPath. */
  readonly path: Bytes;
  readonly legacy: boolean;

  constructor(readonly original: Bytes) {
    this.legacy = !/^\$(?:$|[.[])/.test(original);
    if (!this.legacy) this.path = original;
    else if (original === '.') this.path = ascii('$');
    else this.path = ascii(original.startsWith('.') ? `$${original}` : `$.${original}`);
  }

  get isRoot(): boolean {
    return this.path === '$';
  }

  get steps(): readonly Step[] {
    return stepsOf(this.path);
  }

  /** All that it selects of a document. */
  matches(document: JsonDocument): Match[] {
    return selected(document, this.steps);
  }

  nodes(document: JsonDocument): JsonNode[] {
    return this.matches(document).map(({ node }) => node);
  }

  locations(document: JsonDocument): Location[] {
    return this.matches(document).map(locationOf);
  }

  /** Where the last step begins from. */
  parents(document: JsonDocument): Location[] {
    return selected(document, this.steps.slice(0, -1)).map(locationOf);
  }

  /** The first node that it selects; an error when there is none. */
  first(document: JsonDocument): JsonNode {
    const [match] = this.matches(document);
    if (match === undefined) throw missingPath(this.path);
    return match.node;
  }
}

function selected(document: JsonDocument, steps: readonly Step[]): Match[] {
  try {
    return select(document.root, steps);
  } catch (fault) {
    if (fault instanceof SelectionFault) throw redisError(fault.text);
    throw fault;
  }
}

/** The path at `index`, or the root in the old form when there is none. */
export function pathAt(argv: readonly Bytes[], index: number): PathArgument {
  return new PathArgument(requireText(argv[index] ?? ascii('.')));
}

export function missingPath(path: Bytes): ErrorReply {
  return redisError(`ERR Path '${shown(path)}' does not exist`);
}

export function missingPathOr(path: Bytes, or: string): ErrorReply {
  return redisError(`ERR Path '${shown(path)}' does not exist or ${or}`);
}

export function wrongNode(expected: string, found: JsonNode): ErrorReply {
  return redisError(`WRONGTYPE wrong type of path value - expected ${expected} but found ${jsonTypeOf(found)}`);
}

// ---- documents

function asDocument(value: Value | undefined): JsonDocument | undefined {
  if (value === undefined || value instanceof JsonDocument) return value;
  throw WRONG_KEY_TYPE;
}

export function readDocument(ctx: Context, key: Bytes): JsonDocument | undefined {
  return asDocument(ctx.keys.read(key));
}

export function lookupDocument(ctx: Context, key: Bytes): JsonDocument | undefined {
  return asDocument(ctx.keys.write(key));
}

/** The document of a key, to change it; an error when there is none. */
export function requireDocument(ctx: Context, key: Bytes): JsonDocument {
  const document = lookupDocument(ctx, key);
  if (document === undefined) throw NO_DOCUMENT;
  return document;
}

/** Throws when a node would be nested too deep below `depth` containers. */
export function requireShallow(depth: number, node: JsonNode): void {
  if (depth + nestingOf(node) > MAX_NESTING) throw TOO_DEEP;
}
