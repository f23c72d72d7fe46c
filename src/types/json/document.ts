// A JSON document: a tree of nodes with its size kept up to date. All changes go through the few methods below, by
// location, so that each counts just what it removes and what it brings.

import { type Bytes, own } from '../../bytes/bytes';
import { DenseMap } from '../../structures/dense-map';
import {
  childOf,
  copyNode,
  ELEMENT_MEMORY,
  isJsonArray,
  isJsonObject,
  type JsonArray,
  type JsonNode,
  type JsonObject,
  type Location,
  memberMemory,
  memoryOf,
} from './node';
import { parseJson } from './parse';
import { writeJson } from './write';

/** Estimated bytes of a document beside its nodes. */
const BASE_MEMORY = 64;

export class JsonDocument {
  readonly type = 'ReJSON-RL' as const;
  private node: JsonNode;
  private bytes: number;

  constructor(root: JsonNode) {
    this.node = root;
    this.bytes = memoryOf(root);
  }

  get root(): JsonNode {
    return this.node;
  }

  /** Estimated bytes of memory. */
  get memory(): number {
    return BASE_MEMORY + this.bytes;
  }

  /** What OBJECT ENCODING answers: Redis says this of every value of a module. */
  encoding(): 'raw' {
    return 'raw';
  }

  /** An independent copy. */
  copy(): JsonDocument {
    return new JsonDocument(copyNode(this.node));
  }

  /** The stored form: the document as text. */
  encode(): Bytes {
    return writeJson(this.node);
  }

  static decode(data: Bytes): JsonDocument {
    return new JsonDocument(parseJson(data));
  }

  /** The node at a location, or undefined. */
  at(location: Location): JsonNode | undefined {
    let node: JsonNode | undefined = this.node;
    for (const part of location) node = childOf(node, part);
    return node;
  }

  /** Replaces what is at a location; false when nothing is there. */
  put(location: Location, node: JsonNode): boolean {
    const former = this.at(location);
    if (former === undefined) return false;
    this.bytes += memoryOf(node) - memoryOf(former);
    const part = location.at(-1);
    if (part === undefined) this.node = node;
    else if (typeof part === 'number') (this.parentOf(location) as JsonArray)[part] = node;
    else (this.parentOf(location) as JsonObject).set(part, node);
    return true;
  }

  /** Gives the object at a location a new member; false when there is no object, or it has that member. */
  add(location: Location, name: Bytes, node: JsonNode): boolean {
    const object = this.at(location);
    if (!isJsonObject(object) || object.has(name)) return false;
    this.addMember(object, name, node);
    return true;
  }

  /** Removes what is at a location, which is not the root; false when nothing is there. */
  remove(location: Location): boolean {
    const node = this.at(location);
    const part = location.at(-1);
    if (node === undefined || part === undefined) return false;
    const parent = this.parentOf(location);
    if (typeof part === 'number') this.splice(location.slice(0, -1), part, 1, []);
    else this.removeMember(parent as JsonObject, part);
    return true;
  }

  /** Replaces `count` elements of the array at a location, from `start` on. Returns those that were there. */
  splice(location: Location, start: number, count: number, nodes: readonly JsonNode[]): JsonNode[] {
    const array = this.at(location);
    if (!isJsonArray(array)) throw new Error('elements of something that is no array were replaced');
    const removed = array.splice(start, count);
    for (const node of removed) this.bytes -= ELEMENT_MEMORY + memoryOf(node);
    for (const node of nodes) this.bytes += ELEMENT_MEMORY + memoryOf(node);
    // Not with spread arguments, whose number is limited by the stack.
    const tail = array.splice(start);
    for (const node of nodes) array.push(node);
    for (const node of tail) array.push(node);
    return removed;
  }

  /** Merges a patch into what is at a location (RFC 7396); false when nothing is there. */
  merge(location: Location, patch: JsonNode): boolean {
    const current = this.at(location);
    if (current === undefined) return false;
    if (isJsonObject(patch) && isJsonObject(current)) this.mergeMembers(current, patch);
    else this.put(location, patched(patch));
    return true;
  }

  private mergeMembers(target: JsonObject, patch: JsonObject): void {
    for (let place = 0; place < patch.size; place++) {
      const name = patch.keyAt(place);
      const change = patch.valueAt(place);
      const current = target.get(name);
      if (change === null) this.removeMember(target, name);
      else if (current === undefined) this.addMember(target, name, patched(change));
      else if (isJsonObject(current) && isJsonObject(change)) this.mergeMembers(current, change);
      else {
        const node = patched(change);
        this.bytes += memoryOf(node) - memoryOf(current);
        target.set(name, node);
      }
    }
  }

  private addMember(object: JsonObject, name: Bytes, node: JsonNode): void {
    const owned = own(name);
    object.append(owned, node);
    this.bytes += memberMemory(owned) + memoryOf(node);
  }

  private removeMember(object: JsonObject, name: Bytes): void {
    const node = object.get(name);
    if (node === undefined) return;
    object.delete(name);
    this.bytes -= memberMemory(name) + memoryOf(node);
  }

  private parentOf(location: Location): JsonNode | undefined {
    return this.at(location.slice(0, -1));
  }
}

/** What a patch makes of something that is no object: a copy without members that are null. */
function patched(patch: JsonNode): JsonNode {
  if (!isJsonObject(patch)) return copyNode(patch);
  const object: JsonObject = new DenseMap();
  for (let place = 0; place < patch.size; place++) {
    const node = patch.valueAt(place);
    if (node !== null) object.append(patch.keyAt(place), patched(node));
  }
  return object;
}
