// Which entries are in memory, which wait in storage, and what storage does not know yet.
//
// Memory holds `resident` entries; the others are loaded on first use. `dirty` names the keys that changed since the
// last checkpoint: storage is stale for them, so a dirty key that is not resident does not exist. Once `complete`,
// every key is resident and a miss asks storage nothing.

import { type Bytes, own } from '../bytes/bytes';
import { positionOf } from '../bytes/position';
import { RankedTree } from '../structures/ranked-tree';
import type { Value } from '../types/value';
import { Deadlines } from './deadlines';
import { Entry, memoryOf } from './entry';
import type { EntryStore, StoredDeadline, StoredEntry, StoredKey } from './store';
import { VolatileFields } from './volatile-fields';
import { type KeyOrder, storedAt } from './walk';

/** What a checkpoint has to write. */
export interface DirtyState {
  /** Everything stored before is gone. */
  readonly wiped: boolean;
  readonly entries: readonly Entry[];
  readonly removed: readonly Bytes[];
}

export class Residency implements KeyOrder {
  /** Estimated bytes of what is in memory. */
  usedMemory = 0;
  /** Keys, wherever they are, and how many of them have a deadline. */
  keyCount: number;
  volatileCount: number;
  complete: boolean;
  readonly order = new RankedTree();
  readonly deadlines: Deadlines;
  readonly volatileFields: VolatileFields;

  private resident = new Map<Bytes, Entry>();
  private dirty = new Set<Bytes>();
  private wiped = false;
  private hydratedTo = 0;
  /** Storage was asked for this key in vain: a command that makes a key asks twice. It stays so until it is in memory. */
  private absent: Bytes | undefined;

  constructor(
    readonly store: EntryStore,
    /** The access mark of an entry that is loaded now. */
    private readonly markOf: () => number,
  ) {
    const { keys, volatileKeys, keysWithVolatileFields } = store.totals();
    this.keyCount = keys;
    this.volatileCount = volatileKeys;
    this.complete = keys === 0;
    const overrides = (key: Bytes): boolean => this.overrides(key);
    this.deadlines = new Deadlines('key', store, overrides, !this.complete);
    this.volatileFields = new VolatileFields(store, overrides, keysWithVolatileFields);
  }

  /** Keys in memory. */
  get residentSize(): number {
    return this.resident.size;
  }

  // ---- reading

  /** The entry, loaded from storage when it is not in memory. */
  find(key: Bytes): Entry | undefined {
    const entry = this.resident.get(key);
    return entry !== undefined || this.complete || this.dirty.has(key) ? entry : this.load(key);
  }

  /** The value and deadline, which do not stay in memory if they were not there. */
  glance(key: Bytes): StoredEntry | undefined {
    const entry = this.resident.get(key);
    return entry !== undefined || this.complete || this.dirty.has(key) ? entry : this.store.load(positionOf(key), key);
  }

  /** Memory knows better than storage about this key. */
  overrides(key: Bytes): boolean {
    return this.resident.has(key) || this.dirty.has(key);
  }

  private load(key: Bytes): Entry | undefined {
    if (key === this.absent) return undefined;
    const stored = this.store.load(positionOf(key), key);
    if (!stored) {
      this.absent = own(key);
      return undefined;
    }
    return this.admit(key, stored);
  }

  private admit(key: Bytes, { value, deadline }: StoredEntry): Entry {
    const entry = new Entry(own(key), value, deadline, this.markOf());
    if (deadline !== undefined) this.deadlines.insert(deadline, entry.key);
    this.volatileFields.admit(entry);
    this.place(entry);
    this.measure(entry);
    return entry;
  }

  // ---- changing

  /** A new key, without a deadline. {@link touch} follows. */
  create(key: Bytes, value: Value, access: number): Entry {
    const entry = new Entry(own(key), value, undefined, access);
    this.place(entry);
    this.keyCount++;
    return entry;
  }

  /** After the value or the deadline of an entry changed. */
  touch(entry: Entry): void {
    if (!entry.dirty) {
      entry.dirty = true;
      this.dirty.add(entry.key);
    }
    this.volatileFields.note(entry);
    this.measure(entry);
  }

  setDeadline(entry: Entry, deadline: number | undefined): void {
    if (entry.deadline === deadline) return;
    if (entry.deadline !== undefined) {
      this.deadlines.delete(entry.deadline, entry.key);
      this.volatileCount--;
    }
    if (deadline !== undefined) {
      this.deadlines.insert(deadline, entry.key);
      this.volatileCount++;
    }
    entry.deadline = deadline;
  }

  remove(entry: Entry): void {
    this.setDeadline(entry, undefined);
    this.volatileFields.forget(entry.key);
    this.resident.delete(entry.key);
    this.order.delete(positionOf(entry.key), entry.key);
    this.keyCount--;
    this.usedMemory -= entry.memory;
    this.dirty.add(entry.key);
  }

  /** Removes a key with a deadline that only storage has. */
  removeStored({ key, volatileFields }: StoredKey | StoredDeadline): void {
    this.keyCount--;
    this.volatileCount--;
    if (volatileFields) this.volatileFields.count--;
    this.dirty.add(own(key));
  }

  /** Removes everything. */
  clear(): void {
    this.forget();
    this.keyCount = 0;
    this.volatileCount = 0;
    this.complete = true;
    this.wiped = true;
    this.deadlines.clear(false);
    this.volatileFields.clear(0);
  }

  // ---- storage

  /** Loads up to `limit` more keys, or all of one position when it has more. */
  hydrate(limit: number): void {
    if (this.complete) return;
    const batch = this.store.loadFrom(this.hydratedTo, limit);
    const last = batch[batch.length - 1];
    for (const row of batch) if (!this.overrides(row.key)) this.admit(row.key, row);
    if (batch.length < limit || !last) {
      this.complete = true;
      this.deadlines.forgetStored();
      this.volatileFields.deadlines.forgetStored();
    } else if (last.position > this.hydratedTo) this.hydratedTo = last.position;
    else {
      for (const { key } of storedAt(this.store, last.position, limit)) this.find(key);
      this.hydratedTo = last.position + 1;
    }
  }

  get dirtyCount(): number {
    return this.dirty.size + (this.wiped ? 1 : 0);
  }

  /** What a checkpoint must write. Valid until the next change; {@link markClean} follows when it is written. */
  dirtyState(): DirtyState {
    const entries: Entry[] = [];
    const removed: Bytes[] = [];
    for (const key of this.dirty) {
      const entry = this.resident.get(key);
      if (entry) entries.push(entry);
      else removed.push(key);
    }
    return { wiped: this.wiped, entries, removed };
  }

  markClean(): void {
    for (const key of this.dirty) {
      const entry = this.resident.get(key);
      if (entry) entry.dirty = false;
    }
    this.dirty = new Set();
    this.wiped = false;
    this.deadlines.refresh();
    this.volatileFields.deadlines.refresh();
  }

  /** Forgets everything in memory; storage is all there is. */
  reset(): void {
    this.forget();
    const { keys, volatileKeys, keysWithVolatileFields } = this.store.totals();
    this.keyCount = keys;
    this.volatileCount = volatileKeys;
    this.complete = keys === 0;
    this.wiped = false;
    this.deadlines.clear(!this.complete);
    this.volatileFields.clear(keysWithVolatileFields);
  }

  // ---- inside

  private place(entry: Entry): void {
    this.resident.set(entry.key, entry);
    this.order.insert(positionOf(entry.key), entry.key);
  }

  private measure(entry: Entry): void {
    const memory = memoryOf(entry);
    this.usedMemory += memory - entry.memory;
    entry.memory = memory;
  }

  private forget(): void {
    this.resident = new Map();
    this.dirty = new Set();
    this.order.clear();
    this.usedMemory = 0;
    this.hydratedTo = 0;
    this.absent = undefined;
  }
}
