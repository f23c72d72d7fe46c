// A stream: entries by id, and the consumer groups that read them.

import { ascii, type Bytes, own } from '../../bytes/bytes';
import { addInt64, INT64_MIN, type Int64, negateInt64, parseInt64 } from '../../bytes/integer';
import type { EncodingLimits } from '../limits';
import { Packer, Unpacker } from '../packer';
import { joinChanges, residentMemoryOf } from '../parts';
import type { SegmentChanges, Segmented, SegmentSource } from '../segments';
import { Entries, type Pairs, type Trim, type TrimRules } from './entries';
import { StreamGroup, UNKNOWN_READ } from './group';
import { MIN_ID, type StreamId } from './id';
import { Producers } from './producers';

/** Estimated bytes, measured in V8, of a stream with a node. */
const BASE_MEMORY = 1800;
/** The family of the first group's pending entries in storage; the entries themselves are family 0. */
const FIRST_FAMILY = 1;

export class StreamValue implements Segmented {
  readonly type = 'stream' as const;
  /** The greatest id that any entry has had. */
  lastId: StreamId = MIN_ID;
  /** The greatest id of any entry that was deleted. */
  maxDeletedId: StreamId = MIN_ID;
  /** Entries in the life of the stream. */
  entriesAdded: Int64 = 0;
  /** Undefined while no producer has named an entry. */
  producers: Producers | undefined = undefined;
  private readonly byName = new Map<Bytes, StreamGroup>();
  private nextFamily = FIRST_FAMILY;
  /** Storage has it, or is to have it, in segments. */
  private divided = false;
  /** Groups that are gone and may still be in storage. */
  private readonly gone: StreamGroup[] = [];

  constructor(
    readonly limits: EncodingLimits,
    readonly entries: Entries = new Entries(limits),
  ) {}

  get length(): number {
    return this.entries.length;
  }

  /** Estimated bytes of memory. */
  get memory(): number {
    let memory = BASE_MEMORY + this.entries.memory + (this.producers?.memory ?? 0);
    for (const group of this.byName.values()) memory += group.memory;
    return memory;
  }

  /** What OBJECT ENCODING answers. */
  encoding(): 'stream' {
    return 'stream';
  }

  // ---- entries

  /** The id of the first entry, or `0-0`. */
  get firstId(): StreamId {
    return this.entries.first ?? MIN_ID;
  }

  /** Adds an entry, whose id is greater than any that the stream has had. */
  append(id: StreamId, pairs: Pairs): void {
    this.entries.append(id, pairs);
    this.lastId = id;
    // It overflows as Redis' does.
    this.entriesAdded = addInt64(this.entriesAdded, 1) ?? INT64_MIN;
  }

  /** False when there is no such entry. */
  delete(id: StreamId): boolean {
    if (!this.entries.delete(id)) return false;
    if (id > this.maxDeletedId) this.maxDeletedId = id;
    return true;
  }

  /** Removes entries from the beginning; returns how many. */
  trim(trim: Trim, rules?: TrimRules): number {
    return this.entries.trim(trim, rules);
  }

  // ---- groups

  get groupCount(): number {
    return this.byName.size;
  }

  group(name: Bytes): StreamGroup | undefined {
    return this.byName.get(name);
  }

  /** By name, as bytes. */
  groups(): StreamGroup[] {
    return [...this.byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A group that is not there yet. */
  createGroup(name: Bytes, lastId: StreamId, entriesRead: Int64 = UNKNOWN_READ): StreamGroup {
    const group = new StreamGroup(own(name), lastId, entriesRead, this.limits, this.nextFamily++);
    this.byName.set(group.name, group);
    return group;
  }

  deleteGroup(group: StreamGroup): void {
    this.byName.delete(group.name);
    group.pending.clear();
    this.gone.push(group);
  }

  /** An entry has been delivered to a group: it has read on to there. */
  advance(group: StreamGroup, id: StreamId): void {
    if (group.entriesRead !== UNKNOWN_READ && !this.hasGapFrom(id)) {
      group.entriesRead = addInt64(group.entriesRead, 1) ?? group.entriesRead;
    } else if (this.entriesAdded !== 0) group.entriesRead = this.positionOf(id);
    group.lastId = id;
  }

  /** How many entries a group has not read yet; undefined when that cannot be known. */
  lagOf(group: StreamGroup): Int64 | undefined {
    if (this.entriesAdded === 0) return 0;
    const known = group.entriesRead !== UNKNOWN_READ && !this.hasGapFrom(group.lastId);
    const read = known ? group.entriesRead : this.positionOf(group.lastId);
    return read === UNKNOWN_READ ? undefined : addInt64(this.entriesAdded, negateInt64(read) ?? 0);
  }

  /** An entry may have been deleted at or after an id, which leaves the numbers of those that follow unknown. */
  private hasGapFrom(id: StreamId): boolean {
    if (this.length === 0 || this.maxDeletedId === MIN_ID || this.firstId > this.maxDeletedId) return false;
    return id <= this.maxDeletedId;
  }

  /** The how manieth of all entries ever added an id is, where that can be known (t_stream.c streamEstimateDistanceFromFirstEverEntry). */
  positionOf(id: StreamId): Int64 {
    const { entriesAdded, length, lastId } = this;
    if (entriesAdded === 0) return 0;
    if (id === lastId || (length === 0 && id < lastId)) return entriesAdded;
    if (id > lastId) return UNKNOWN_READ;
    const { firstId } = this;
    if (this.maxDeletedId === MIN_ID || this.maxDeletedId < firstId) {
      if (id < firstId) return addInt64(entriesAdded, -length) ?? UNKNOWN_READ;
      if (id === firstId) return addInt64(entriesAdded, 1 - length) ?? UNKNOWN_READ;
    }
    return UNKNOWN_READ;
  }

  /** An entry is pending for some group, or some group has not read it yet. */
  isInUse(id: StreamId): boolean {
    for (const { lastId, pending } of this.byName.values()) if (id > lastId || pending.get(id)) return true;
    return false;
  }

  /** No group has an entry pending any more. True when any had. */
  dropPending(id: StreamId): boolean {
    let dropped = false;
    for (const { pending } of this.byName.values()) if (pending.remove(id)) dropped = true;
    return dropped;
  }

  // ---- as a whole

  /** An independent copy. */
  copy(): StreamValue {
    const copy = new StreamValue(this.limits, this.entries.copy());
    copy.lastId = this.lastId;
    copy.maxDeletedId = this.maxDeletedId;
    copy.entriesAdded = this.entriesAdded;
    copy.producers = this.producers?.copy();
    copy.nextFamily = this.nextFamily;
    for (const group of this.byName.values()) copy.byName.set(group.name, group.copy());
    return copy;
  }

  /** The stored form: ids and groups, then, unless they are in segments, the entries and what is pending. */
  encode(): Bytes {
    this.divide();
    const { divided, producers } = this;
    const packer = new Packer().count(this.length).count(this.entries.memory).string(this.lastId).string(this.maxDeletedId);
    packer
      .string(ascii(`${this.entriesAdded}`))
      .count(this.nextFamily)
      .count(producers ? 1 : 0);
    producers?.pack(packer);
    packer.count(this.byName.size);
    for (const group of this.byName.values()) {
      group.pack(packer);
      if (!divided) group.pending.pack(packer);
    }
    if (!divided) this.entries.pack(packer);
    return packer.done();
  }

  static decode(data: Bytes, limits: EncodingLimits, source?: SegmentSource): StreamValue {
    const unpacker = new Unpacker(data);
    const length = unpacker.count();
    const memory = unpacker.count();
    const stream = new StreamValue(limits, source ? new Entries(limits, length, memory, source) : new Entries(limits));
    stream.divided = source !== undefined;
    stream.lastId = unpacker.string();
    stream.maxDeletedId = unpacker.string();
    const added = parseInt64(unpacker.string());
    if (added === undefined) throw new Error('stored stream has had no number of entries');
    stream.entriesAdded = added;
    stream.nextFamily = unpacker.count();
    if (unpacker.count() === 1) stream.producers = Producers.unpack(unpacker);
    for (let left = unpacker.count(); left > 0; left--) {
      const group = StreamGroup.unpack(unpacker, limits, source);
      if (!source) group.pending.unpack(unpacker);
      stream.byName.set(group.name, group);
    }
    if (!source) stream.entries.unpack(unpacker);
    if (!unpacker.finished || stream.length !== length) throw new Error('stored stream has another number of entries than it says');
    return stream;
  }

  segmentChanges(): SegmentChanges | undefined {
    this.divide();
    if (!this.divided) return undefined;
    const groups = [...this.byName.values(), ...this.gone];
    return joinChanges([this.entries.parts.changes(), ...groups.map(({ pending }) => pending.parts.changes())]);
  }

  markStored(source: SegmentSource): void {
    this.entries.parts.markStored(source);
    for (const group of this.byName.values()) group.pending.parts.markStored(source);
    this.gone.length = 0;
  }

  get residentMemory(): number {
    if (!this.divided) return this.memory;
    return this.memory - this.entries.memory + residentMemoryOf(this.entries.memory, [this.entries.parts]);
  }

  /** Entries only: what is pending is indexed in memory as a whole. */
  release(what: 'unused' | 'all'): void {
    if (this.divided) this.entries.parts.release(what);
  }

  /** Goes over to segments when it has become large. */
  private divide(): void {
    if (this.divided) return;
    let { bytes } = this.entries;
    for (const { pending } of this.byName.values()) bytes += pending.bytes;
    this.divided = bytes > this.limits.wholeBytes;
    if (!this.divided) this.gone.length = 0;
  }
}
