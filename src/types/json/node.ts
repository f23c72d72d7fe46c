// The nodes of a JSON document. What JSON.parse gives would lose two things that RedisJSON keeps: whether a number was
// written as an integer, and integers beyond 2^53. So a float has a class of its own, and an integer is a number, or a
// bigint where a number is not exact.

import type { Bytes } from '../../bytes/bytes';
import { DenseMap } from '../../structures/dense-map';

/** A number with a fraction or an exponent, or one beyond 64 bits. Never infinite, never NaN. */
export class JsonDouble {
  constructor(readonly value: number) {}
}

export type JsonArray = JsonNode[];
/** Members in the order in which they came; a removal puts the last one in the free place, as RedisJSON's do. */
export type JsonObject = DenseMap<JsonNode>;
/** Strings are UTF-8. */
export type JsonNode = null | boolean | number | bigint | JsonDouble | Bytes | JsonArray | JsonObject;

/** Where a node is in its document: names of members and places in arrays, from the root down. */
export type Location = readonly (Bytes | number)[];

/**
 * Most containers inside of each other, of a document as of a value (serde_json's limit, and since RedisJSON 8.6 that of
 * documents too). It makes recursion over nodes safe.
 */
export const MAX_NESTING = 127;

export type JsonTypeName = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';

/** What JSON.TYPE answers. */
export function jsonTypeOf(node: JsonNode): JsonTypeName {
  if (node === null) return 'null';
  if (typeof node === 'string') return 'string';
  if (typeof node === 'boolean') return 'boolean';
  if (typeof node === 'number' || typeof node === 'bigint') return 'integer';
  if (node instanceof JsonDouble) return 'number';
  return Array.isArray(node) ? 'array' : 'object';
}

export function isJsonArray(node: JsonNode | undefined): node is JsonArray {
  return Array.isArray(node);
}

export function isJsonObject(node: JsonNode | undefined): node is JsonObject {
  return node instanceof DenseMap;
}

export function isJsonNumber(node: JsonNode | undefined): node is number | bigint | JsonDouble {
  return typeof node === 'number' || typeof node === 'bigint' || node instanceof JsonDouble;
}

/** Members or elements; undefined of a scalar. */
export function sizeOf(node: JsonNode): number | undefined {
  if (isJsonArray(node)) return node.length;
  return isJsonObject(node) ? node.size : undefined;
}

/** What is at a name or place of a container. */
export function childOf(node: JsonNode | undefined, part: Bytes | number): JsonNode | undefined {
  if (typeof part === 'number') return isJsonArray(node) ? node[part] : undefined;
  return isJsonObject(node) ? node.get(part) : undefined;
}

/** Calls `visit` with the name or place and the node of every child, in order. */
export function forEachChild(node: JsonNode, visit: (part: Bytes | number, child: JsonNode) => void): void {
  if (isJsonArray(node)) for (let i = 0; i < node.length; i++) visit(i, node[i] as JsonNode);
  else if (isJsonObject(node)) for (let place = 0; place < node.size; place++) visit(node.keyAt(place), node.valueAt(place));
}

/** Containers inside of each other: 0 for a scalar. */
export function nestingOf(node: JsonNode): number {
  if (!isJsonArray(node) && !isJsonObject(node)) return 0;
  let deepest = 0;
  forEachChild(node, (_, child) => {
    deepest = Math.max(deepest, nestingOf(child));
  });
  return deepest + 1;
}

/** An independent copy. */
export function copyNode(node: JsonNode): JsonNode {
  if (isJsonArray(node)) return node.map(copyNode);
  if (!isJsonObject(node)) return node;
  const copy: JsonObject = new DenseMap();
  for (let place = 0; place < node.size; place++) copy.append(node.keyAt(place), copyNode(node.valueAt(place)));
  return copy;
}

// ---- memory

/** Estimated bytes: a boxed number, a string beside its chars, an empty array, an empty object, a slot, a member beside its name. */
const NUMBER_MEMORY = 16;
const STRING_OVERHEAD = 24;
const ARRAY_MEMORY = 48;
const OBJECT_MEMORY = 144;
const SLOT_MEMORY = 8;
const MEMBER_OVERHEAD = 56;

/** Estimated bytes of a node beside the slot that holds it. A sum over nodes, so that a change only counts what it touches. */
export function memoryOf(node: JsonNode): number {
  if (typeof node === 'string') return STRING_OVERHEAD + node.length;
  if (isJsonArray(node)) {
    let bytes = ARRAY_MEMORY;
    for (const child of node) bytes += SLOT_MEMORY + memoryOf(child);
    return bytes;
  }
  if (isJsonObject(node)) {
    let bytes = OBJECT_MEMORY;
    for (let place = 0; place < node.size; place++) bytes += memberMemory(node.keyAt(place)) + memoryOf(node.valueAt(place));
    return bytes;
  }
  return isJsonNumber(node) ? NUMBER_MEMORY : 0;
}

/** Of an element of an array, beside its node. */
export const ELEMENT_MEMORY = SLOT_MEMORY;

/** Of a member of an object, beside its node. */
export function memberMemory(name: Bytes): number {
  return MEMBER_OVERHEAD + name.length;
}

// ---- comparison

/** As a float; exact or rounded. */
export function toDouble(node: number | bigint | JsonDouble): number {
  return node instanceof JsonDouble ? node.value : Number(node);
}

/** Integers beyond a signed 64-bit one are floats to RedisJSON wherever it computes or compares. */
const INT64_LIMIT = 2n ** 63n;

/** An integer within a signed 64-bit one. */
export function isInt64(node: JsonNode): node is number | bigint {
  return typeof node === 'number' || (typeof node === 'bigint' && node < INT64_LIMIT);
}

/** The same value and the same kind of number: 1 is not 1.0. `equalNumbers` says when two numbers are the same. */
function equal(a: JsonNode, b: JsonNode, equalNumbers: (a: JsonNode, b: JsonNode) => boolean): boolean {
  if (isJsonNumber(a)) return isJsonNumber(b) && equalNumbers(a, b);
  if (isJsonArray(a)) {
    return isJsonArray(b) && a.length === b.length && a.every((child, i) => equal(child, b[i] as JsonNode, equalNumbers));
  }
  if (isJsonObject(a)) {
    if (!isJsonObject(b) || a.size !== b.size) return false;
    for (let place = 0; place < a.size; place++) {
      const other = b.get(a.keyAt(place));
      if (other === undefined || !equal(a.valueAt(place), other, equalNumbers)) return false;
    }
    return true;
  }
  return a === b;
}

/** As JSON.ARRINDEX compares: an integer never equals a float. */
export function identical(a: JsonNode, b: JsonNode): boolean {
  return equal(a, b, (x, y) => {
    if (isInt64(x) || isInt64(y)) return x === y;
    return toDouble(x as JsonDouble) === toDouble(y as JsonDouble);
  });
}

/** As a filter compares: numbers by value, whatever their kind. */
export function alike(a: JsonNode, b: JsonNode): boolean {
  return equal(a, b, (x, y) => compareNumbers(x as number, y as number) === 0);
}

/** Negative, zero or positive. */
export function compareNumbers(a: number | bigint | JsonDouble, b: number | bigint | JsonDouble): number {
  const bothExact = isInt64(a) && isInt64(b);
  const [x, y] = bothExact ? [a, b] : [toDouble(a), toDouble(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
