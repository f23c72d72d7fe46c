// The entries of a stream, by id, in nodes of the sizes that Redis gives its own (t_stream.c streamAppendItem). A node is
// what storage writes and reads at once, what `~` trims at once, and what a change copies at most.
//
// A deleted entry leaves its node, which still counts it: it has used up its room there.

import { type Bytes, own } from '../../bytes/bytes';
import type { EncodingLimits } from '../limits';
import type { Packer, Unpacker } from '../packer';
import { type PartForm, Parts } from '../parts';
import type { SegmentSource } from '../segments';
import { msOf, type StreamId, sequenceOf } from './id';
import { packId, unpackId } from './id-form';
import { EMPTY_LISTPACK_BYTES, elementBytes, integerBytes } from './listpack-size';

/** No node is larger, whatever the setting says. */
const MAX_NODE_BYTES = 2 ** 30;

/** Estimated bytes, measured in V8: of an entry, and of a field or a value beside its chars. Most entries share their fields. */
const ENTRY_MEMORY = 60;
const STRING_MEMORY = 20;

/** Fields and values alternate. */
export type Pairs = readonly Bytes[];

interface Node {
  /** The fields of its first entry: those of the same shape share them. */
  readonly names: readonly Bytes[];
  readonly ids: StreamId[];
  readonly pairs: Pairs[];
}

interface NodeHead {
  /** The id of the first entry that it ever had. */
  readonly first: StreamId;
  /** The greatest id that it ever had. */
  last: StreamId;
  /** Entries deleted from it. */
  dead: number;
  /** Estimated bytes of memory of its entries. */
  memory: number;
}

/** What to remove from the beginning of a stream. */
export interface Trim {
  /** As many entries stay, or all with at least this id. */
  readonly to: number | { readonly minId: StreamId };
  /** Whole nodes only. */
  readonly approximate: boolean;
  /** At most so many entries, where 0 is no limit. */
  readonly limit: number;
}

/** What hangs on entries that are trimmed. */
export interface TrimRules {
  /** An entry that is still in use stays. */
  readonly inUse?: (id: StreamId) => boolean;
  /** Told of every entry that goes. */
  readonly onRemoved?: (id: StreamId) => void;
}

/** Family 0: nodes in the order of their ids. */
const FORM: PartForm<Node, NodeHead> = {
  family: 0,
  pack({ names, ids, pairs }, packer) {
    packer.count(names.length);
    for (const name of names) packer.string(name);
    let before = 0;
    for (let i = 0; i < ids.length; i++) {
      before = packId(packer, ids[i] as StreamId, before);
      packPairs(packer, names, pairs[i] as Pairs);
    }
  },
  unpack(unpacker, count) {
    const names: Bytes[] = [];
    for (let left = unpacker.count(); left > 0; left--) names.push(unpacker.string());
    const node: Node = { names, ids: [], pairs: [] };
    let before = 0;
    for (let left = count; left > 0; left--) {
      const { id, ms } = unpackId(unpacker, before);
      before = ms;
      node.ids.push(id);
      node.pairs.push(unpackPairs(unpacker, names));
    }
    return node;
  },
  join: () => {
    throw new Error('nodes of a stream are never joined');
  },
  packBound({ first, last, dead, memory }, packer) {
    packer.string(first).string(last).count(dead).count(memory);
  },
  unpackBound: (unpacker) => ({ first: unpacker.string(), last: unpacker.string(), dead: unpacker.count(), memory: unpacker.count() }),
};

/** 0 and the values where the fields are those of the node, else the number of fields and all of them. */
function packPairs(packer: Packer, names: readonly Bytes[], pairs: Pairs): void {
  const same = hasFields(pairs, names);
  packer.count(same ? 0 : pairs.length / 2);
  for (let i = same ? 1 : 0; i < pairs.length; i += same ? 2 : 1) packer.string(pairs[i] as Bytes);
}

function unpackPairs(unpacker: Unpacker, names: readonly Bytes[]): Pairs {
  const fields = unpacker.count();
  const pairs: Bytes[] = [];
  if (fields === 0) for (const name of names) pairs.push(name, unpacker.string());
  else for (let left = fields * 2; left > 0; left--) pairs.push(unpacker.string());
  return pairs;
}

function hasFields(pairs: Pairs, names: readonly Bytes[]): boolean {
  if (pairs.length !== names.length * 2) return false;
  for (let i = 0; i < names.length; i++) if (pairs[i * 2] !== names[i]) return false;
  return true;
}

function memoryOf(pairs: Pairs): number {
  return ENTRY_MEMORY + charsOf(pairs) + pairs.length * STRING_MEMORY;
}

function charsOf(pairs: Pairs): number {
  let chars = 0;
  for (const one of pairs) chars += one.length;
  return chars;
}

export type VisitNode = (first: StreamId, names: readonly Bytes[], ids: readonly StreamId[], pairs: readonly Pairs[]) => void;

export class Entries {
  private readonly nodes: Parts<Node, NodeHead>;

  constructor(
    private readonly limits: EncodingLimits,
    public length = 0,
    /** Estimated bytes of memory. */
    public memory = 0,
    source?: SegmentSource,
  ) {
    this.nodes = new Parts(FORM, source);
  }

  get parts(): Parts<Node, NodeHead> {
    return this.nodes;
  }

  /** Bytes that Redis' nodes would take, and ours nearly. */
  get bytes(): number {
    let bytes = 0;
    for (const part of this.nodes.all) bytes += part.bytes;
    return bytes;
  }

  get nodeCount(): number {
    return this.nodes.length;
  }

  /** The ids by which the nodes are found. */
  nodeIds(): StreamId[] {
    return this.nodes.all.map(({ bound }) => bound.first);
  }

  /** Visits the nodes in order: the id and the fields that the first entry of each had, and the entries that are left in it. */
  forEachNode(visit: VisitNode): void {
    for (let at = 0; at < this.nodes.length; at++) this.visitNode(at, visit);
  }

  visitNode(at: number, visit: VisitNode): void {
    const { names, ids, pairs } = this.nodes.content(at);
    visit(this.nodes.at(at).bound.first, names, ids, pairs);
  }

  // ---- changing

  /** Adds an entry with a greater id than any before. */
  append(id: StreamId, pairs: Pairs): void {
    const chars = charsOf(pairs);
    const { nodes } = this;
    let at = nodes.length - 1;
    if (at < 0 || this.isFull(at, chars)) at = this.open(id, pairs);
    const { names, ids, pairs: all } = nodes.content(at);
    const { bound, count } = nodes.at(at);
    const same = hasFields(pairs, names);
    ids.push(id);
    all.push(pairs.map((one, i) => (same && i % 2 === 0 ? (names[i / 2] as Bytes) : own(one))));
    bound.last = id;
    bound.memory += memoryOf(pairs);
    this.memory += memoryOf(pairs);
    this.length++;
    nodes.touch(at, 1, entryBytes(id, bound.first, pairs, same) + integerBytes(count + 1) - integerBytes(count));
  }

  private isFull(at: number, chars: number): boolean {
    const { streamNodeMaxBytes, streamNodeMaxEntries } = this.limits;
    const { bytes, count, bound } = this.nodes.at(at);
    const maxBytes = streamNodeMaxBytes === 0 ? MAX_NODE_BYTES : Math.min(streamNodeMaxBytes, MAX_NODE_BYTES);
    if (bytes + chars >= maxBytes) return true;
    return streamNodeMaxEntries > 0 && count + bound.dead >= streamNodeMaxEntries;
  }

  /** A new last node for an entry; returns where it is. */
  private open(first: StreamId, pairs: Pairs): number {
    const { nodes } = this;
    const at = nodes.length;
    const names: Bytes[] = [];
    let bytes = EMPTY_LISTPACK_BYTES + integerBytes(0) * 3 + integerBytes(pairs.length / 2);
    for (let i = 0; i < pairs.length; i += 2) {
      names.push(own(pairs[i] as Bytes));
      bytes += elementBytes(pairs[i] as Bytes);
    }
    const id = at === 0 ? 0 : nodes.at(at - 1).id + 1;
    nodes.insert(at, id, { first, last: first, dead: 0, memory: 0 }, { names, ids: [], pairs: [] }, 0, bytes);
    return at;
  }

  /** False when there is no such entry. */
  delete(id: StreamId): boolean {
    const at = this.nodeOf(id);
    const place = this.placeIn(at, id);
    if (place < 0) return false;
    this.deleteFrom(at, place, 1);
    if (this.nodes.at(at).count === 0) this.nodes.drop(at);
    return true;
  }

  /** Removes entries from the beginning. Returns how many. */
  trim({ to, approximate, limit }: Trim, { inUse, onRemoved }: TrimRules = {}): number {
    const { nodes } = this;
    const before = this.length;
    const minId = typeof to === 'number' ? undefined : to.minId;
    const maxLength = typeof to === 'number' ? to : 0;
    const enough = (): boolean => minId === undefined && this.length <= maxLength;
    for (let at = 0; at < nodes.length && !enough(); ) {
      const { bound, count } = nodes.at(at);
      if (limit > 0 && before - this.length + count > limit) break;
      const whole = minId === undefined ? this.length - count >= maxLength : bound.last < minId;
      if (!whole && approximate) break;
      if (whole && !inUse) {
        if (onRemoved) nodes.content(at).ids.forEach(onRemoved);
        this.dropNode(at);
        continue;
      }
      if (minId !== undefined && bound.first >= minId) break;
      this.trimWithin(at, minId, maxLength, { ...(inUse && { inUse }), ...(onRemoved && { onRemoved }) });
      // Only entries that are in use can have stayed in a node that was to go.
      if (whole && nodes.at(at).count === 0) nodes.drop(at);
      else at++;
      if (!inUse) break;
    }
    return before - this.length;
  }

  /** Removes entries of one node, from its beginning. */
  private trimWithin(at: number, minId: StreamId | undefined, maxLength: number, { inUse, onRemoved }: TrimRules): void {
    const { ids } = this.nodes.content(at);
    for (let place = 0; place < ids.length; ) {
      const id = ids[place] as StreamId;
      if (minId === undefined ? this.length <= maxLength : id >= minId) return;
      if (inUse?.(id)) {
        place++;
        continue;
      }
      let end = place + 1;
      // Many at once where none can be in use: a removal moves all that follow.
      if (!inUse) {
        const spare = minId === undefined ? this.length - maxLength : Number.POSITIVE_INFINITY;
        while (end < ids.length && end - place < spare && (minId === undefined || (ids[end] as StreamId) < minId)) end++;
      }
      if (onRemoved) ids.slice(place, end).forEach(onRemoved);
      this.deleteFrom(at, place, end - place);
    }
  }

  private deleteFrom(at: number, place: number, count: number): void {
    const { bound, count: live } = this.nodes.at(at);
    const node = this.nodes.content(at);
    node.ids.splice(place, count);
    let memory = 0;
    for (const pairs of node.pairs.splice(place, count)) memory += memoryOf(pairs);
    const counters = integerBytes(live - count) + integerBytes(bound.dead + count) - integerBytes(live) - integerBytes(bound.dead);
    bound.dead += count;
    bound.memory -= memory;
    this.memory -= memory;
    this.length -= count;
    this.nodes.touch(at, -count, counters);
  }

  private dropNode(at: number): void {
    const { count, bound } = this.nodes.at(at);
    this.length -= count;
    this.memory -= bound.memory;
    this.nodes.drop(at);
  }

  // ---- reading

  has(id: StreamId): boolean {
    return this.get(id) !== undefined;
  }

  get(id: StreamId): Pairs | undefined {
    const at = this.nodeOf(id);
    const place = this.placeIn(at, id);
    return place < 0 ? undefined : this.nodes.content(at).pairs[place];
  }

  /** The least and the greatest id of any entry; undefined without one. */
  get first(): StreamId | undefined {
    for (let at = 0; at < this.nodes.length; at++) if (this.nodes.at(at).count > 0) return this.nodes.content(at).ids[0];
    return undefined;
  }
  get last(): StreamId | undefined {
    for (let at = this.nodes.length - 1; at >= 0; at--) if (this.nodes.at(at).count > 0) return this.nodes.content(at).ids.at(-1);
    return undefined;
  }

  /** Visits entries from `start` up to `end`, both included, until `visit` returns false. They must not change meanwhile. */
  ascend(start: StreamId, end: StreamId, visit: (id: StreamId, pairs: Pairs) => boolean): void {
    const { nodes } = this;
    for (let at = Math.max(this.nodeOf(start), 0); at < nodes.length; at++) {
      const { bound, count } = nodes.at(at);
      if (bound.first > end) return;
      if (bound.last < start || count === 0) continue;
      const { ids, pairs } = nodes.content(at);
      for (let place = countBefore(ids, start); place < ids.length; place++) {
        const id = ids[place] as StreamId;
        if (id > end || !visit(id, pairs[place] as Pairs)) return;
      }
    }
  }

  /** As {@link ascend}, from `end` down to `start`. */
  descend(start: StreamId, end: StreamId, visit: (id: StreamId, pairs: Pairs) => boolean): void {
    const { nodes } = this;
    for (let at = this.nodeOf(end); at >= 0; at--) {
      const { bound, count } = nodes.at(at);
      if (bound.last < start) return;
      if (count === 0) continue;
      const { ids, pairs } = nodes.content(at);
      for (let place = countUpTo(ids, end) - 1; place >= 0; place--) {
        const id = ids[place] as StreamId;
        if (id < start || !visit(id, pairs[place] as Pairs)) return;
      }
    }
  }

  // ---- as a whole

  copy(): Entries {
    const copy = new Entries(this.limits, this.length, this.memory);
    this.nodes.all.forEach(({ id, bound, count, bytes }, at) => {
      const { names, ids, pairs } = this.nodes.content(at);
      copy.nodes.insert(at, id, { ...bound }, { names, ids: ids.slice(), pairs: pairs.slice() }, count, bytes);
    });
    return copy;
  }

  /** All nodes in one stored form. */
  pack(packer: Packer): void {
    packer.count(this.nodes.length);
    this.nodes.all.forEach(({ bound, count, bytes }, at) => {
      packer.count(count).count(bytes);
      const content = this.nodes.content(at);
      FORM.packBound(bound, packer, content);
      FORM.pack(content, packer);
    });
  }

  unpack(unpacker: Unpacker): void {
    const nodes = unpacker.count();
    for (let at = 0; at < nodes; at++) {
      const count = unpacker.count();
      const bytes = unpacker.count();
      const bound = FORM.unpackBound(unpacker);
      this.nodes.insert(at, at, bound, FORM.unpack(unpacker, count), count, bytes);
      this.length += count;
      this.memory += bound.memory;
    }
  }

  // ---- inside

  /** The node that an id belongs to: the last one that begins no later. -1 when all begin later. */
  private nodeOf(id: StreamId): number {
    const { all } = this.nodes;
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle] as { bound: NodeHead }).bound.first <= id) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  private placeIn(at: number, id: StreamId): number {
    if (at < 0 || this.nodes.at(at).bound.last < id) return -1;
    const { ids } = this.nodes.content(at);
    const place = countBefore(ids, id);
    return ids[place] === id ? place : -1;
  }
}

/** What an entry takes in Redis' node. */
function entryBytes(id: StreamId, master: StreamId, pairs: Pairs, same: boolean): number {
  const fields = pairs.length / 2;
  let bytes = integerBytes(0) + differenceBytes(msOf(id), msOf(master)) + differenceBytes(sequenceOf(id), sequenceOf(master));
  if (!same) bytes += integerBytes(fields);
  for (let i = same ? 1 : 0; i < pairs.length; i += same ? 2 : 1) bytes += elementBytes(pairs[i] as Bytes);
  return bytes + integerBytes(same ? fields + 3 : fields * 2 + 4);
}

function differenceBytes(a: number | bigint, b: number | bigint): number {
  if (typeof a === 'number' && typeof b === 'number') return integerBytes(a - b);
  return integerBytes(BigInt.asIntN(64, BigInt(a) - BigInt(b)));
}

function countBefore(ids: readonly StreamId[], id: StreamId): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ids[middle] as StreamId) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countUpTo(ids: readonly StreamId[], id: StreamId): number {
  const before = countBefore(ids, id);
  return ids[before] === id ? before + 1 : before;
}
