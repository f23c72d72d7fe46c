// Storing values: JSON.SET, JSON.MSET and JSON.MERGE.

import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX, wrongArity } from '../../protocol/errors';
import { OK, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { keysFrom } from '../../spec/keys';
import { JsonDocument } from '../../types/json/document';
import { copyNode, type JsonNode, type Location } from '../../types/json/node';
import type { Step } from '../../types/json/path';
import { topmost } from '../../types/json/select';
import { growing } from './declare';
import { lookupDocument, NEW_AT_ROOT, PathArgument, requireJson, requireShallow, requireText } from './shared';

const NOT_STATIC = redisError('Err wrong static path');
const NO_NAME = redisError('Err path must end with object key to set');
const NO_ELEMENT = redisError('ERR array index out of range');

/** Where a value is to go: over what is there, or as a new member of the object there. */
interface Target {
  readonly location: Location;
  readonly member: Bytes | undefined;
}

/** What a path says about values that are there, or about one that is to be made. */
type Only = 'existing' | 'missing' | undefined;

function targetsOf(document: JsonDocument, path: PathArgument, only: Only, pick = topmost): Target[] {
  if (only !== 'missing') {
    const locations = path.locations(document);
    if (locations.length > 0) return pick(locations).map((location) => ({ location, member: undefined }));
  }
  return only === 'existing' ? [] : newTargets(document, path);
}

/** A path to a value that is not there must lead to one place, and its last step must be a name. */
function newTargets(document: JsonDocument, path: PathArgument): Target[] {
  const { steps } = path;
  if (!steps.every(isSingle)) throw NOT_STATIC;
  const last = steps.at(-1);
  if (last === undefined) throw NO_NAME;
  if (last.kind !== 'names') {
    if (path.locations(document).length === 0) throw NO_ELEMENT;
    return [];
  }
  const [member] = last.names as [Bytes];
  return path.parents(document).map((location) => ({ location, member }));
}

function isSingle(step: Step): boolean {
  return (step.kind === 'names' && step.names.length === 1) || (step.kind === 'indexes' && step.indexes.length === 1);
}

function requireRoom(targets: readonly Target[], node: JsonNode): void {
  for (const { location, member } of targets) requireShallow(location.length + (member === undefined ? 0 : 1), node);
}

/** Puts copies of a value to where it is to go. True when that changed anything. */
function store(document: JsonDocument, targets: readonly Target[], node: JsonNode): boolean {
  let changed = false;
  for (const { location, member } of targets) {
    const copy = targets.length === 1 ? node : copyNode(node);
    const done = member === undefined ? document.put(location, copy) : document.add(location, member, copy);
    changed ||= done;
  }
  return changed;
}

export const jsonSet = command({
  ...growing,
  name: 'json.set',
  summary: 'Sets the JSON value at a path. A new document begins at the root.',
  complexity:
    'O(M+N) where M is the size of what is replaced and N that of the new value; the size of the document for more than one match',
  arity: -4,
  syntax: 'key path value [NX | XX]',
  difference:
    'A JSON document has at most 127 arrays and objects inside of each other, as in RedisJSON since 8.8, and a path that visits more than 4,000,000 values is given up.',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const path = new PathArgument(requireText(argv[2] as Bytes));
    const cursor = new Cursor(argv, 4);
    let only: Only;
    while (!cursor.done) {
      if (only !== undefined) throw SYNTAX;
      if (cursor.keyword('NX')) only = 'missing';
      else if (cursor.keyword('XX')) only = 'existing';
      else throw SYNTAX;
    }
    const document = lookupDocument(ctx, key);
    const node = requireJson(argv[3] as Bytes);
    if (document === undefined && only === 'existing') return null;
    if (path.isRoot) return document !== undefined && only === 'missing' ? null : setRoot(ctx, key, document, node, 'json.set');
    if (document === undefined) throw NEW_AT_ROOT;
    const targets = targetsOf(document, path, only);
    requireRoom(targets, node);
    if (!store(document, targets, node)) return null;
    ctx.keys.changed(key, 'json.set');
    return OK;
  },
});

function setRoot(ctx: Context, key: Bytes, document: JsonDocument | undefined, node: JsonNode, event: string): Reply {
  if (document === undefined) ctx.keys.set(key, new JsonDocument(node), event);
  else {
    // The key keeps its deadline: it is the document that changes.
    document.put([], node);
    ctx.keys.changed(key, event);
  }
  return OK;
}

export const jsonMset = command({
  ...growing,
  name: 'json.mset',
  summary: 'Sets JSON values of several keys at their paths, all of them or, where an argument is wrong, none.',
  since: '2.6.0',
  complexity: 'O(K*(M+N)) where K is the number of keys, M the size of what is replaced and N that of the new value',
  arity: -4,
  keys: [keysFrom(1, -1, 3, 'RW', 'update')],
  syntax: 'key path value [key path value ...]',
  run(ctx, argv) {
    if (argv.length % 3 !== 1) throw wrongArity('json.mset');
    const changes: (() => void)[] = [];
    for (let i = 1; i < argv.length; i += 3) changes.push(laterSet(ctx, argv[i] as Bytes, argv[i + 1] as Bytes, argv[i + 2] as Bytes));
    for (const change of changes) change();
    return OK;
  },
});

/** Reads one of several values and finds out where it goes, before any of them is stored. */
function laterSet(ctx: Context, key: Bytes, pathText: Bytes, value: Bytes): () => void {
  const document = lookupDocument(ctx, key);
  const path = new PathArgument(requireText(pathText));
  if (path.isRoot) {
    const node = requireJson(value);
    return () => {
      setRoot(ctx, key, lookupDocument(ctx, key), node, 'json.mset');
    };
  }
  if (document === undefined) throw NEW_AT_ROOT;
  const targets = targetsOf(document, path, undefined);
  const node = requireJson(value);
  requireRoom(targets, node);
  return () => {
    // A value before this one may have taken the place away: then nothing is stored.
    if (store(document, targets, node)) ctx.keys.changed(key, 'json.mset');
  };
}

export const jsonMerge = command({
  ...growing,
  name: 'json.merge',
  summary: 'Merges a JSON value into those at a path: members are added or replaced, and removed where they are null.',
  since: '2.6.0',
  complexity:
    'O(M+N) where M is the size of the original value and N that of the new one; the size of the document for more than one match',
  arity: 4,
  syntax: 'key path value',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const path = new PathArgument(requireText(argv[2] as Bytes));
    const document = lookupDocument(ctx, key);
    const patch = requireJson(argv[3] as Bytes);
    if (document === undefined) {
      if (!path.isRoot) throw NEW_AT_ROOT;
      return setRoot(ctx, key, undefined, patch, 'json.merge');
    }
    const targets = targetsOf(document, path, undefined, (locations) => [...locations]);
    requireRoom(targets, patch);
    let changed = false;
    for (const { location, member } of targets) {
      // One match may be inside another, which has replaced it.
      const done = member === undefined ? document.merge(location, patch) : document.add(location, member, copyNode(patch));
      changed ||= done;
    }
    if (!changed) return null;
    ctx.keys.changed(key, 'json.merge');
    return OK;
  },
});
