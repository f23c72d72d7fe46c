// What a stream knows of its producers, so that an entry that is sent again is not added again (Redis 8.6's IDMP): the
// last names of entries of each producer, with their ids. A name lives as long as the configuration says from the time of
// its entry's id on, and only the newest so many of a producer's.

import { type Bytes, own } from '../../bytes/bytes';
import type { Packer, Unpacker } from '../packer';
import { msOf, type StreamId } from './id';

const DEFAULT_DURATION_SECONDS = 100;
const DEFAULT_NAMES = 100;
/** Estimated bytes of a name, beside its chars, with its id. */
const NAME_OVERHEAD = 120;

export class Producers {
  durationSeconds = DEFAULT_DURATION_SECONDS;
  /** Most names of one producer. */
  maxNames = DEFAULT_NAMES;
  /** In the life of the stream. */
  added = 0;
  duplicates = 0;
  /** Names by producer, oldest first. */
  private readonly names = new Map<Bytes, Map<Bytes, StreamId>>();
  private chars = 0;
  private count = 0;

  get memory(): number {
    return this.chars + this.count * NAME_OVERHEAD;
  }

  /** The entry of a name that has not expired. */
  find(producer: Bytes, name: Bytes, now: number): StreamId | undefined {
    const id = this.names.get(producer)?.get(name);
    return id === undefined || this.hasExpired(id, now) ? undefined : id;
  }

  /** Notes the entry of a name. What has expired is forgotten, of this producer and of one other. */
  add(producer: Bytes, name: Bytes, id: StreamId, now: number): void {
    this.expireInTurn(now);
    this.expire(producer, now);
    this.forget(producer, name);
    let names = this.names.get(producer);
    if (!names) {
      names = new Map();
      this.names.set(own(producer), names);
    }
    names.set(own(name), id);
    this.chars += name.length;
    this.count++;
    this.added++;
    for (const oldest of names.keys()) {
      if (names.size <= this.maxNames) break;
      this.forget(producer, oldest);
    }
  }

  /** Another configuration begins with no names. */
  configure(durationSeconds: number, maxNames: number): void {
    if (durationSeconds === this.durationSeconds && maxNames === this.maxNames) return;
    this.durationSeconds = durationSeconds;
    this.maxNames = maxNames;
    this.names.clear();
    this.chars = 0;
    this.count = 0;
  }

  /** Producers and names that have not expired. */
  tracked(now: number): { producers: number; names: number } {
    const tracked = { producers: 0, names: 0 };
    for (const names of this.names.values()) {
      let live = names.size;
      for (const id of names.values()) {
        if (!this.hasExpired(id, now)) break;
        live--;
      }
      tracked.names += live;
      if (live > 0) tracked.producers++;
    }
    return tracked;
  }

  copy(): Producers {
    const copy = new Producers();
    Object.assign(copy, { durationSeconds: this.durationSeconds, maxNames: this.maxNames, added: this.added, duplicates: this.duplicates });
    copy.chars = this.chars;
    copy.count = this.count;
    for (const [producer, names] of this.names) copy.names.set(producer, new Map(names));
    return copy;
  }

  pack(packer: Packer): void {
    packer.count(this.durationSeconds).count(this.maxNames).count(this.added).count(this.duplicates).count(this.names.size);
    for (const [producer, names] of this.names) {
      packer.string(producer).count(names.size);
      for (const [name, id] of names) packer.string(name).string(id);
    }
  }

  static unpack(unpacker: Unpacker): Producers {
    const producers = new Producers();
    producers.durationSeconds = unpacker.count();
    producers.maxNames = unpacker.count();
    const added = unpacker.count();
    producers.duplicates = unpacker.count();
    for (let left = unpacker.count(); left > 0; left--) {
      const producer = unpacker.string();
      for (let names = unpacker.count(); names > 0; names--) producers.add(producer, unpacker.string(), unpacker.string(), 0);
    }
    producers.added = added;
    return producers;
  }

  private expire(producer: Bytes, now: number): void {
    const names = this.names.get(producer);
    if (!names) return;
    for (const [name, id] of names) {
      if (!this.hasExpired(id, now)) return;
      this.forget(producer, name);
    }
  }

  /** So that producers that add nothing any more do not stay for ever. */
  private expireInTurn(now: number): void {
    const [first] = this.names;
    if (!first) return;
    const [producer, names] = first;
    this.expire(producer, now);
    if (!this.names.delete(producer)) return;
    this.names.set(producer, names);
  }

  private hasExpired(id: StreamId, now: number): boolean {
    return Number(msOf(id)) + this.durationSeconds * 1000 <= now;
  }

  private forget(producer: Bytes, name: Bytes): void {
    const names = this.names.get(producer);
    if (!names?.delete(name)) return;
    this.chars -= name.length;
    this.count--;
    if (names.size === 0) this.names.delete(producer);
  }
}
