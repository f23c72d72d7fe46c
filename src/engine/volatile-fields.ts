// Which keys hold a hash with fields that expire, by the earliest deadline of those fields. Nothing is kept for others.

import type { Bytes } from '../bytes/bytes';
import { fieldDeadlineOf } from '../types/value';
import { Deadlines } from './deadlines';
import type { Entry } from './entry';
import type { EntryStore } from './store';

export class VolatileFields {
  readonly deadlines: Deadlines;
  /** What {@link deadlines} has of the keys in memory. */
  private resident = new Map<Bytes, number>();
  /** Keys whose fields cannot be read, and so do not expire by themselves. */
  private readonly unreadable = new Set<Bytes>();

  constructor(
    store: EntryStore,
    overrides: (key: Bytes) => boolean,
    /** Such keys, wherever they are. */
    public count: number,
  ) {
    this.deadlines = new Deadlines('field', store, (key) => overrides(key) || this.unreadable.has(key), count > 0);
  }

  /** An entry was loaded from storage. */
  admit({ key, value }: Entry): void {
    const deadline = fieldDeadlineOf(value);
    if (deadline !== undefined) this.put(key, deadline);
  }

  /** The value of an entry is new, or may have changed. */
  note({ key, value }: Entry): void {
    const deadline = fieldDeadlineOf(value);
    if (deadline === undefined) {
      this.forget(key);
      return;
    }
    const former = this.resident.get(key);
    if (former === deadline) return;
    if (former !== undefined) this.deadlines.delete(former, key);
    else if (!this.unreadable.delete(key)) this.count++;
    this.put(key, deadline);
  }

  /** The fields of a key cannot be read. */
  giveUp(key: Bytes): void {
    this.unreadable.add(key);
    const deadline = this.resident.get(key);
    if (deadline === undefined) return;
    this.resident.delete(key);
    this.deadlines.delete(deadline, key);
  }

  /** A key in memory is gone, or has no such fields any more. */
  forget(key: Bytes): void {
    if (this.resident.size === 0) return;
    const former = this.resident.get(key);
    if (former === undefined) return;
    this.resident.delete(key);
    this.deadlines.delete(former, key);
    this.count--;
  }

  /** A key leaves memory, and is as storage has it. */
  release(key: Bytes): void {
    const deadline = this.resident.get(key);
    if (deadline === undefined) return;
    this.resident.delete(key);
    this.deadlines.release(deadline, key);
  }

  /** Memory is empty. `stored`: such keys in storage. */
  clear(stored: number): void {
    this.resident = new Map();
    this.unreadable.clear();
    this.count = stored;
    this.deadlines.clear(stored > 0);
  }

  private put(key: Bytes, deadline: number): void {
    this.resident.set(key, deadline);
    this.deadlines.insert(deadline, key);
  }
}
