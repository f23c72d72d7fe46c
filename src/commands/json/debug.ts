// JSON.DEBUG.

import { ascii, type Bytes } from '../../bytes/bytes';
import { redisError, wrongArity } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { forEachChild, isInt64, isJsonArray, isJsonNumber, isJsonObject, type JsonNode } from '../../types/json/node';
import { reading } from './declare';
import { pathAt, readDocument } from './shared';

const UNKNOWN = redisError('ERR unknown subcommand - try `JSON.DEBUG HELP`');
const HELP: readonly Bytes[] = [ascii('MEMORY <key> [path] - reports memory usage'), ascii('HELP                - this message')];

export const jsonDebug = command({
  ...reading,
  name: 'json.debug',
  summary: 'Tells how much memory the values at a path take in RedisJSON.',
  arity: -2,
  keys: [{ flags: ['RO', 'access'], begin: { keyword: 'MEMORY', from: 1 }, find: { last: 0, step: 1, limit: 0 } }],
  syntax: '<MEMORY key [path] | HELP>',
  difference:
    'JSON.DEBUG MEMORY answers what RedisJSON would need for the value if it were read anew; MEMORY USAGE estimates what it takes here.',
  run(ctx, argv) {
    const subcommand = argv[1]?.toUpperCase();
    if (subcommand === 'HELP') return [...HELP];
    if (subcommand !== 'MEMORY') throw UNKNOWN;
    if (argv.length < 3 || argv.length > 4) throw wrongArity('json.debug');
    return memoryAt(ctx, argv);
  },
});

function memoryAt(ctx: Context, argv: readonly Bytes[]): Reply {
  const path = pathAt(argv, 3);
  const document = readDocument(ctx, argv[2] as Bytes);
  if (path.legacy) return document === undefined ? 0 : NODE_BYTES + foreignMemory(path.first(document));
  return document === undefined ? [] : path.nodes(document).map((node) => NODE_BYTES + foreignMemory(node));
}

/** Of RedisJSON's nodes (the Rust crate ijson): a pointer each, and what it points to. */
const NODE_BYTES = 8;
const LARGE_NUMBER_BYTES = 16;
const MIDDLE_NUMBER_BYTES = 4;
const LEAST_CAPACITY = 4;

function foreignMemory(node: JsonNode): number {
  if (typeof node === 'string') return node.length;
  if (isJsonNumber(node)) return numberMemory(node);
  if (!isJsonArray(node) && !isJsonObject(node)) return 0;
  let bytes = 0;
  let size = 0;
  forEachChild(node, (part, child) => {
    bytes += foreignMemory(child) + (typeof part === 'string' ? part.length : 0);
    size++;
  });
  if (size === 0) return 0;
  // Containers grow by doubling. A member is a name, a node and a slot of the hash table.
  const capacity = Math.max(LEAST_CAPACITY, 2 ** Math.ceil(Math.log2(size)));
  return bytes + (capacity * (isJsonArray(node) ? 1 : 3) + 2) * NODE_BYTES;
}

/** Small integers are in tables that all documents share. */
function numberMemory(node: JsonNode): number {
  if (!isInt64(node)) return LARGE_NUMBER_BYTES;
  if (node >= -128 && node < 384) return 0;
  return node >= -8388608 && node < 8388608 ? MIDDLE_NUMBER_BYTES : LARGE_NUMBER_BYTES;
}
