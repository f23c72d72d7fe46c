// A consumer group: how far it has read, its consumers, and what is pending for them.

import { ascii, type Bytes, own } from '../../bytes/bytes';
import { type Int64, parseInt64 } from '../../bytes/integer';
import type { EncodingLimits } from '../limits';
import type { Packer, Unpacker } from '../packer';
import type { SegmentSource } from '../segments';
import type { StreamId } from './id';
import { Consumer, PendingEntries } from './pending';

/** Of `entriesRead`: how many entries the group has read is not known. */
export const UNKNOWN_READ = -1;
/** Estimated bytes, measured in V8, of a group and of a consumer, beside their names, and of a pending entry. */
const GROUP_MEMORY = 1500;
const CONSUMER_MEMORY = 160;
const PENDING_MEMORY = 90;

export class StreamGroup {
  readonly pending: PendingEntries;
  private readonly byName = new Map<Bytes, Consumer>();
  private readonly byNumber = new Map<number, Consumer>();
  private lastNumber = 0;
  private nameChars = 0;

  /** @param family of its pending entries in storage */
  constructor(
    readonly name: Bytes,
    /** The last entry that was delivered. */
    public lastId: StreamId,
    /** How many entries of the stream's life it has read, or {@link UNKNOWN_READ}. */
    public entriesRead: Int64,
    private readonly limits: EncodingLimits,
    family: number,
    pending?: PendingEntries,
  ) {
    this.pending = pending ?? new PendingEntries(limits, family, (number) => this.byNumber.get(number));
  }

  get memory(): number {
    const { byName, name, nameChars, pending } = this;
    return GROUP_MEMORY + name.length + nameChars + byName.size * CONSUMER_MEMORY + pending.size * PENDING_MEMORY;
  }

  // ---- consumers

  get consumerCount(): number {
    return this.byName.size;
  }

  consumer(name: Bytes): Consumer | undefined {
    return this.byName.get(name);
  }

  /** By name, as bytes. */
  consumers(): Consumer[] {
    return [...this.byName.values()].sort(byName);
  }

  /** A consumer that is not there yet. */
  createConsumer(name: Bytes, seenTime: number): Consumer {
    const consumer = new Consumer(own(name), ++this.lastNumber, seenTime);
    this.enroll(consumer);
    return consumer;
  }

  /** Removes a consumer with what is pending for it. Returns how much that was. */
  deleteConsumer(consumer: Consumer): number {
    const { pending } = consumer;
    this.pending.removeOf(consumer);
    this.byName.delete(consumer.name);
    this.byNumber.delete(consumer.number);
    this.nameChars -= consumer.name.length;
    return pending;
  }

  private enroll(consumer: Consumer): void {
    this.byName.set(consumer.name, consumer);
    this.byNumber.set(consumer.number, consumer);
    this.nameChars += consumer.name.length;
    this.lastNumber = Math.max(this.lastNumber, consumer.number);
  }

  // ---- as a whole

  copy(): StreamGroup {
    const { name, lastId, entriesRead, limits } = this;
    const copy = new StreamGroup(name, lastId, entriesRead, limits, this.pending.family);
    for (const one of this.byName.values()) {
      const consumer = new Consumer(one.name, one.number, one.seenTime);
      consumer.activeTime = one.activeTime;
      copy.enroll(consumer);
    }
    this.pending.copyTo(copy.pending);
    return copy;
  }

  /** All but what is pending, of which only the numbers are written. */
  pack(packer: Packer): void {
    const { pending } = this;
    packer
      .string(this.name)
      .string(this.lastId)
      .string(ascii(`${this.entriesRead}`))
      .count(pending.family);
    packer.count(pending.size).count(pending.released).count(pending.releaseCount).count(this.byName.size);
    for (const { name, number, seenTime, activeTime, pending: held } of this.byName.values()) {
      packer
        .string(name)
        .count(number)
        .count(seenTime)
        .count(activeTime + 1)
        .count(held);
    }
  }

  /** @param source what is pending, where that is in segments */
  static unpack(unpacker: Unpacker, limits: EncodingLimits, source?: SegmentSource): StreamGroup {
    const name = unpacker.string();
    const lastId = unpacker.string();
    const entriesRead = parseInt64(unpacker.string());
    if (entriesRead === undefined) throw new Error('stored group has read no number of entries');
    const family = unpacker.count();
    const size = unpacker.count();
    const released = unpacker.count();
    const releases = unpacker.count();
    const consumers = new Map<number, Consumer>();
    const pending = new PendingEntries(limits, family, (number) => consumers.get(number), size, released, releases, source);
    const group = new StreamGroup(name, lastId, entriesRead, limits, family, pending);
    for (let left = unpacker.count(); left > 0; left--) {
      const consumer = new Consumer(unpacker.string(), unpacker.count(), unpacker.count());
      consumer.activeTime = unpacker.count() - 1;
      consumer.pending = unpacker.count();
      consumers.set(consumer.number, consumer);
      group.enroll(consumer);
    }
    return group;
  }
}

function byName(a: Consumer, b: Consumer): number {
  return a.name < b.name ? -1 : 1;
}
