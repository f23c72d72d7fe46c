// Reading values: JSON.GET, JSON.MGET, JSON.RESP and JSON.TYPE.

import { ascii, type Bytes, EMPTY } from '../../bytes/bytes';
import { redisError, wrongArity } from '../../protocol/errors';
import { ErrorReply, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keysFrom } from '../../spec/keys';
import { DenseMap } from '../../structures/dense-map';
import { JsonDocument } from '../../types/json/document';
import { type JsonNode, type JsonObject, jsonTypeOf } from '../../types/json/node';
import { type JsonLayout, writeJson } from '../../types/json/write';
import { reading } from './declare';
import { asResp, expanded, formatNamed, type ReplyFormat } from './reply';
import { missingPath, PathArgument, pathAt, readDocument, requireText } from './shared';

const WRONG_FORMAT = redisError('ERR wrong reply format');
const NO_FORMAT = redisError('ERR FORMAT argument is not supported on RESP2');

/** Longer arguments than any option are paths without further look. */
const LONGEST_OPTION = 8;

interface GetArguments {
  readonly paths: readonly PathArgument[];
  readonly layout: JsonLayout | undefined;
  readonly format: ReplyFormat;
}

/** Options may stand between the paths, as in RedisJSON. */
function readGet(ctx: Context, argv: readonly Bytes[]): GetArguments {
  const paths: PathArgument[] = [];
  const layout: { indent?: Bytes; newline?: Bytes; space?: Bytes } = {};
  let format: ReplyFormat = 'STRING';
  for (let i = 2; i < argv.length; i++) {
    const arg = requireText(argv[i] as Bytes);
    const option = arg.length > LONGEST_OPTION ? '' : arg.toLowerCase();
    const next = (): Bytes => {
      const value = argv[++i];
      if (value === undefined) throw wrongArity('json.get');
      return requireText(value);
    };
    if (option === 'format') {
      if (ctx.client.protocol === 2 && paths.length === 0) throw NO_FORMAT;
      const named = formatNamed(next());
      if (named === undefined || named === 'STRINGS') throw WRONG_FORMAT;
      format = named;
    } else if (option === 'indent' || option === 'newline' || option === 'space') layout[option] = next();
    // RedisJSON 1 had NOESCAPE, which RedisJSON 2 takes and does not need: it escapes nothing that it does not have to.
    else if (option !== 'noescape') paths.push(new PathArgument(arg));
  }
  const { indent = EMPTY, newline = EMPTY, space = EMPTY } = layout;
  const plain = layout.indent === undefined && layout.newline === undefined && layout.space === undefined;
  if (paths.length === 0) paths.push(new PathArgument(ascii('.')));
  return { paths, layout: plain ? undefined : { indent, newline, space }, format };
}

export const jsonGet = command({
  ...reading,
  name: 'json.get',
  summary: 'Returns the JSON values at paths as text.',
  complexity: 'O(N) where N is the size of the value, or of the document for a path with more than one match',
  arity: -2,
  syntax: 'key [INDENT indent] [NEWLINE newline] [SPACE space] [FORMAT format] [path [path ...]]',
  difference:
    'JSON.GET with several paths answers an object whose members are in the order of the paths; in RedisJSON they are in none. What an error says of a path that cannot be read is in words of our own.',
  run(ctx, argv) {
    const { paths, layout, format } = readGet(ctx, argv);
    const document = readDocument(ctx, argv[1] as Bytes);
    if (document === undefined) return null;
    if (ctx.client.protocol === 3 && (format === 'EXPAND' || format === 'EXPAND1')) {
      return paths.map((path) => path.nodes(document).map((node) => expanded(node, format)));
    }
    const legacy = paths.every((path) => path.legacy);
    const [only] = paths as [PathArgument];
    if (paths.length === 1) return writeJson(legacy ? only.first(document) : only.nodes(document), layout);
    return writeJson(byPath(document, paths, legacy), layout);
  },
});

/** What each of several paths selects: the first match when all are of the old form, else a list of all. */
function byPath(document: JsonDocument, paths: readonly PathArgument[], legacy: boolean): JsonObject {
  const results: JsonObject = new DenseMap();
  for (const path of paths) {
    const nodes = path.nodes(document);
    const [first] = nodes;
    if (legacy && first === undefined) throw missingPath(path.original);
    results.set(path.original, legacy ? (first as JsonNode) : nodes);
  }
  return results;
}

export const jsonMget = command({
  ...reading,
  name: 'json.mget',
  summary: 'Returns the JSON values at a path of several keys.',
  complexity: 'O(M*N) where M is the number of keys and N the size of a value',
  arity: -3,
  keys: [keysFrom(1, -2, 1, 'RO', 'access')],
  syntax: 'key [key ...] path',
  sharding: { split: 'scatter' },
  run(ctx, argv) {
    const path = new PathArgument(requireText(argv.at(-1) as Bytes));
    const replies: Reply[] = [];
    for (let i = 1; i < argv.length - 1; i++) replies.push(textOrNull(ctx, argv[i] as Bytes, path));
    return replies;
  },
});

/** Null whatever may be wrong with one of the keys. */
function textOrNull(ctx: Context, key: Bytes, path: PathArgument): Reply {
  const value = ctx.keys.read(key);
  if (!(value instanceof JsonDocument)) return null;
  try {
    return writeJson(path.legacy ? path.first(value) : path.nodes(value));
  } catch (fault) {
    if (fault instanceof ErrorReply) return null;
    throw fault;
  }
}

export const jsonResp = command({
  ...reading,
  name: 'json.resp',
  summary: 'Returns a JSON value as replies of the Redis protocol.',
  arity: -2,
  syntax: 'key [path]',
  run(ctx, argv) {
    if (argv.length > 3) throw wrongArity('json.resp');
    const path = pathAt(argv, 2);
    const document = readDocument(ctx, argv[1] as Bytes);
    if (document === undefined) return null;
    return path.legacy ? asResp(path.first(document)) : path.nodes(document).map(asResp);
  },
});

export const jsonType = command({
  ...reading,
  name: 'json.type',
  summary: 'Names the types of the JSON values at a path.',
  arity: -2,
  syntax: 'key [path]',
  run(ctx, argv) {
    if (argv.length > 3) throw wrongArity('json.type');
    const path = pathAt(argv, 2);
    const types = typesOf(readDocument(ctx, argv[1] as Bytes), path);
    // In RESP3 the whole answer is in an array, also that of an old path.
    return ctx.client.protocol === 3 ? [types] : types;
  },
});

function typesOf(document: JsonDocument | undefined, path: PathArgument): Reply {
  if (document === undefined) return null;
  if (!path.legacy) return path.nodes(document).map((node) => ascii(jsonTypeOf(node)));
  try {
    return ascii(jsonTypeOf(path.first(document)));
  } catch (fault) {
    // A path that is not there or cannot be read has no type.
    if (fault instanceof ErrorReply) return null;
    throw fault;
  }
}
