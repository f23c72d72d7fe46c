// JSON nodes as replies, where they are not sent as text.

import { BooleanReply, DoubleReply, MapReply, type Reply, Status } from '../../protocol/reply';
import { isJsonArray, isJsonObject, JsonDouble, type JsonNode } from '../../types/json/node';
import { writeJson } from '../../types/json/write';

/** The formats of JSON.GET and JSON.ARRPOP: text, or values of RESP3, down to the leaves or only where they are scalars. */
export type ReplyFormat = 'STRING' | 'STRINGS' | 'EXPAND1' | 'EXPAND';

const FORMATS: readonly string[] = ['STRING', 'STRINGS', 'EXPAND1', 'EXPAND'];

/** As RedisJSON reads it: upper case only. */
export function formatNamed(name: string): ReplyFormat | undefined {
  return FORMATS.includes(name) ? (name as ReplyFormat) : undefined;
}

/** A node as a value of RESP3. */
export function expanded(node: JsonNode, format: 'EXPAND1' | 'EXPAND'): Reply {
  if (typeof node === 'boolean') return new BooleanReply(node);
  if (node instanceof JsonDouble) return new DoubleReply(node.value);
  if (node === null || typeof node === 'number' || typeof node === 'bigint') return node;
  if (format === 'EXPAND1') return writeJson(node);
  if (isJsonArray(node)) return node.map((child) => expanded(child, format));
  if (!isJsonObject(node)) return node;
  const items: Reply[] = [];
  for (let place = 0; place < node.size; place++) items.push(node.keyAt(place), expanded(node.valueAt(place), format));
  return new MapReply(items);
}

const ARRAY = new Status('[');
const OBJECT = new Status('{');

/** A node as JSON.RESP answers it: containers as arrays that begin with their bracket. */
export function asResp(node: JsonNode): Reply {
  if (typeof node === 'boolean') return new Status(String(node));
  if (node instanceof JsonDouble) return new DoubleReply(node.value);
  if (isJsonArray(node)) return [ARRAY, ...node.map(asResp)];
  if (!isJsonObject(node)) return node;
  const items: Reply[] = [OBJECT];
  for (let place = 0; place < node.size; place++) items.push(node.keyAt(place), asResp(node.valueAt(place)));
  return items;
}
