// The pending entries of a consumer group: what was delivered to a consumer, or released by one, and is not acknowledged
// yet. They are kept by id, in parts of which storage reads and writes those that it must; by consumer and by time they
// are ordered in memory alone, from the first time that this is asked.

import { ascii, type Bytes } from '../../bytes/bytes';
import { type Int64, parseInt64 } from '../../bytes/integer';
import { RankedTree } from '../../structures/ranked-tree';
import type { EncodingLimits } from '../limits';
import type { Packer, Unpacker } from '../packer';
import { insertBetween } from '../part-ids';
import { type PartForm, Parts } from '../parts';
import type { SegmentSource } from '../segments';
import { MIN_ID, type StreamId } from './id';
import { packId, unpackId } from './id-form';

/** What an entry takes in the stored form, nearly. */
const ENTRY_BYTES = 14;
/** Places of released entries in the order of times, where all others are at least 0. */
const RELEASED = -(2 ** 52);

export class Consumer {
  /** Entries that are pending for it. */
  pending = 0;
  /** Unix milliseconds of its last command, and of the last one that gave it an entry: -1 when there was none. */
  activeTime = -1;
  constructor(
    readonly name: Bytes,
    /** Stands for it in the stored form. */
    readonly number: number,
    public seenTime: number,
  ) {}
}

export class PendingEntry {
  constructor(
    readonly id: StreamId,
    /** Undefined: it was released (XNACK), and is anybody's. */
    public consumer: Consumer | undefined,
    /** Unix milliseconds of the last delivery; of a released one the number of its release. */
    public time: number,
    /** How often it was delivered. */
    public deliveries: Int64,
  ) {}

  /** Unix milliseconds of the last delivery, 0 for a released one. */
  get deliveredAt(): number {
    return this.consumer === undefined ? 0 : this.time;
  }
}

export class PendingEntries {
  readonly parts: Parts<PendingEntry[], StreamId>;
  private byConsumer: Map<Consumer, RankedTree> | undefined;
  private byTime: RankedTree | undefined;

  constructor(
    private readonly limits: EncodingLimits,
    readonly family: number,
    private readonly consumerOf: (number: number) => Consumer | undefined,
    public size = 0,
    /** How many of them are released, and how many releases there have been. */
    public released = 0,
    private releases = 0,
    source?: SegmentSource,
  ) {
    this.parts = new Parts(this.form(), source);
  }

  get releaseCount(): number {
    return this.releases;
  }

  get bytes(): number {
    return this.size * ENTRY_BYTES;
  }

  // ---- reading

  get(id: StreamId): PendingEntry | undefined {
    const part = this.partOf(id);
    if (part < 0) return undefined;
    const entries = this.parts.content(part);
    const entry = entries[countBefore(entries, id)];
    return entry?.id === id ? entry : undefined;
  }

  /** The first entry with at least this id. */
  atOrAfter(id: StreamId): PendingEntry | undefined {
    for (let part = Math.max(this.partOf(id), 0); part < this.parts.length; part++) {
      const entries = this.parts.content(part);
      const entry = entries[countBefore(entries, id)];
      if (entry) return entry;
    }
    return undefined;
  }

  get last(): PendingEntry | undefined {
    const { length } = this.parts;
    return length === 0 ? undefined : this.parts.content(length - 1).at(-1);
  }

  /** Visits entries from an id on until `visit` returns false. They must not change meanwhile. */
  ascend(start: StreamId, visit: (entry: PendingEntry) => boolean): void {
    for (let part = Math.max(this.partOf(start), 0); part < this.parts.length; part++) {
      const entries = this.parts.content(part);
      for (let i = countBefore(entries, start); i < entries.length; i++) if (!visit(entries[i] as PendingEntry)) return;
    }
  }

  /** As {@link ascend}, only what is pending for one consumer. */
  ascendOf(consumer: Consumer, start: StreamId, visit: (entry: PendingEntry) => boolean): void {
    const ids = this.consumers().get(consumer);
    ids?.ascend(ids.countNamesBelow(start), (_score, id) => visit(this.get(id) as PendingEntry));
  }

  /** Visits entries from the one that was delivered longest ago on; released ones, in the order of their release, are first. */
  ascendByTime(visit: (entry: PendingEntry) => boolean): void {
    this.times().ascend(0, (_score, id) => visit(this.get(id) as PendingEntry));
  }

  // ---- changing

  /** Adds an entry that is not there yet. Without a consumer it is released. */
  add(id: StreamId, consumer: Consumer | undefined, time: number, deliveries: Int64): void {
    this.insert(new PendingEntry(id, consumer, consumer ? time : ++this.releases, deliveries));
  }

  private insert(entry: PendingEntry): void {
    const { parts } = this;
    if (parts.length === 0) insertBetween(parts, 0, MIN_ID, [], 0, 0);
    const part = this.partOf(entry.id);
    const entries = parts.content(part);
    const at = countBefore(entries, entry.id);
    entries.splice(at, 0, entry);
    this.size++;
    parts.touch(part, 1, ENTRY_BYTES);
    this.enter(entry);
    this.split(part, at === entries.length - 1);
  }

  remove(id: StreamId): boolean {
    const part = this.partOf(id);
    if (part < 0) return false;
    const entries = this.parts.content(part);
    const at = countBefore(entries, id);
    const entry = entries[at];
    if (entry?.id !== id) return false;
    this.leave(entry);
    entries.splice(at, 1);
    this.size--;
    this.parts.touch(part, -1, -ENTRY_BYTES);
    this.parts.shrink(part, this.limits.segmentBytes);
    return true;
  }

  /** Gives an entry that is there to a consumer, again or anew. */
  deliver(entry: PendingEntry, consumer: Consumer, time: number, deliveries: Int64): void {
    this.change(entry, consumer, time, deliveries);
  }

  /** Takes an entry that is there from its consumer; it comes after those released before. */
  release(entry: PendingEntry, deliveries: Int64): void {
    this.change(entry, undefined, ++this.releases, deliveries);
  }

  removeOf(consumer: Consumer): void {
    const ids: StreamId[] = [];
    this.ascendOf(consumer, MIN_ID, ({ id }) => ids.push(id) > 0);
    for (const id of ids) this.remove(id);
    this.byConsumer?.delete(consumer);
  }

  clear(): void {
    this.parts.clear();
    this.size = 0;
    this.released = 0;
    this.byConsumer = undefined;
    this.byTime = undefined;
  }

  private change(entry: PendingEntry, consumer: Consumer | undefined, time: number, deliveries: Int64): void {
    this.leave(entry);
    entry.consumer = consumer;
    entry.time = time;
    entry.deliveries = deliveries;
    this.enter(entry);
    this.parts.touch(this.partOf(entry.id), 0, 0);
  }

  // ---- as a whole

  /** Adds copies of all entries to another one, which is empty and whose consumers have the same numbers. */
  copyTo(copy: PendingEntries): void {
    this.ascend(MIN_ID, ({ id, consumer, time, deliveries }) => {
      copy.insert(new PendingEntry(id, consumer && copy.consumerOf(consumer.number), time, deliveries));
      return true;
    });
    copy.releases = this.releases;
  }

  pack(packer: Packer): void {
    const all: PendingEntry[] = [];
    this.ascend(MIN_ID, (entry) => all.push(entry) > 0);
    packEntries(all, packer);
  }

  /** Fills it, when it is empty, with what {@link pack} wrote. */
  unpack(unpacker: Unpacker): void {
    const entries = this.form().unpack(unpacker, this.size);
    if (this.size === 0) return;
    insertBetween(this.parts, 0, MIN_ID, entries, this.size, this.bytes);
    this.split(0, true);
  }

  // ---- inside

  private form(): PartForm<PendingEntry[], StreamId> {
    return {
      family: this.family,
      pack: packEntries,
      unpack: (unpacker, count) => unpackEntries(unpacker, count, this.consumerOf),
      join(entries, next) {
        for (const entry of next) entries.push(entry);
      },
      packBound: (bound, packer) => packer.string(bound),
      unpackBound: (unpacker) => unpacker.string(),
    };
  }

  /**
   * The part of an id: the last one that begins no later, or the first one, which has no beginning: those before it may
   * have gone. -1 when there are no parts.
   */
  private partOf(id: StreamId): number {
    const { all } = this.parts;
    if (all.length === 0) return -1;
    let low = 1;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle] as { bound: StreamId }).bound <= id) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Divides a part that is too large. `grewAtEnd`: more is likely to come there, so most stays on the left. */
  private split(part: number, grewAtEnd: boolean): void {
    const { bytes, count } = this.parts.at(part);
    if (bytes <= this.limits.segmentBytes || count < 2) return;
    const fit = Math.max(1, Math.floor(this.limits.segmentBytes / ENTRY_BYTES));
    const entries = this.parts.content(part);
    const right = entries.splice(grewAtEnd ? Math.min(fit, count - 1) : count >> 1);
    const rightBytes = right.length * ENTRY_BYTES;
    this.parts.touch(part, -right.length, -rightBytes);
    insertBetween(this.parts, part + 1, (right[0] as PendingEntry).id, right, right.length, rightBytes);
    this.split(part + 1, grewAtEnd);
    this.split(part, false);
  }

  private enter(entry: PendingEntry): void {
    const { consumer } = entry;
    if (consumer) consumer.pending++;
    else this.released++;
    this.byTime?.insert(placeInTime(entry), entry.id);
    if (this.byConsumer && consumer) addTo(this.byConsumer, consumer, entry.id);
  }

  private leave(entry: PendingEntry): void {
    const { consumer } = entry;
    if (consumer) consumer.pending--;
    else this.released--;
    this.byTime?.delete(placeInTime(entry), entry.id);
    if (consumer) this.byConsumer?.get(consumer)?.delete(0, entry.id);
  }

  private consumers(): Map<Consumer, RankedTree> {
    if (this.byConsumer) return this.byConsumer;
    const byConsumer = new Map<Consumer, RankedTree>();
    this.ascend(MIN_ID, ({ id, consumer }) => {
      if (consumer) addTo(byConsumer, consumer, id);
      return true;
    });
    this.byConsumer = byConsumer;
    return byConsumer;
  }

  private times(): RankedTree {
    if (this.byTime) return this.byTime;
    const byTime = new RankedTree();
    this.ascend(MIN_ID, (entry) => {
      byTime.insert(placeInTime(entry), entry.id);
      return true;
    });
    this.byTime = byTime;
    return byTime;
  }
}

function addTo(byConsumer: Map<Consumer, RankedTree>, consumer: Consumer, id: StreamId): void {
  let ids = byConsumer.get(consumer);
  if (!ids) {
    ids = new RankedTree();
    byConsumer.set(consumer, ids);
  }
  ids.insert(0, id);
}

function placeInTime({ consumer, time }: PendingEntry): number {
  return consumer ? time : RELEASED + time;
}

function countBefore(entries: readonly PendingEntry[], id: StreamId): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle] as PendingEntry).id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

// ---- the stored form: id, number of the consumer (0 for none), time, deliveries

/** Deliveries that are no exact number are written as text, after this. */
const AS_TEXT = 0;

function packEntries(entries: readonly PendingEntry[], packer: Packer): void {
  let before = 0;
  for (const { id, consumer, time, deliveries } of entries) {
    before = packId(packer, id, before);
    packer.count(consumer?.number ?? 0).count(time);
    if (typeof deliveries === 'number') packer.count(deliveries + 1);
    else packer.count(AS_TEXT).string(ascii(`${deliveries}`));
  }
}

function unpackEntries(unpacker: Unpacker, count: number, consumerOf: (number: number) => Consumer | undefined): PendingEntry[] {
  const entries: PendingEntry[] = [];
  let before = 0;
  for (let left = count; left > 0; left--) {
    const { id, ms } = unpackId(unpacker, before);
    before = ms;
    const number = unpacker.count();
    const consumer = consumerOf(number);
    if (number !== 0 && !consumer) throw new Error('stored pending entry belongs to a consumer that is not there');
    const time = unpacker.count();
    const deliveries = unpacker.count();
    entries.push(new PendingEntry(id, consumer, time, deliveries === AS_TEXT ? parsed(unpacker.string()) : deliveries - 1));
  }
  return entries;
}

function parsed(text: string): Int64 {
  const value = parseInt64(text);
  if (value === undefined) throw new Error('stored pending entry has no count of deliveries');
  return value;
}
