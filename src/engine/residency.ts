// Which entries are in memory, which wait in storage, and what storage does not know yet.
//
// Memory holds `resident` entries; the others are loaded on first use. `dirty` names the keys that changed since the
// last checkpoint: storage is stale for them, so a dirty key that is not resident does not exist. Once `complete`,
// every key is resident and a miss asks storage nothing.
//
// When memory holds more than its budget, a hand goes round the entries, as that of a clock: what has been used since it
// last came by stays, what storage has as it is goes, and of a large value the parts of which that is true.

import { type Bytes, own } from '../bytes/bytes';
import { positionOf } from '../bytes/position';
import { RankedTree } from '../structures/ranked-tree';
import { segmentedOf } from '../types/codec';
import type { Value } from '../types/value';
import { Deadlines } from './deadlines';
import { Entry, memoryOf, residentMemoryOf } from './entry';
import { CorruptValue, type EntryStore, type StoredDeadline, type StoredEntry, type StoredKey } from './store';
import { VolatileFields } from './volatile-fields';
import { type KeyOrder, storedAt } from './walk';

/** What a checkpoint has to write. */
export interface DirtyState {
  /** Everything stored before is gone. */
  readonly wiped: boolean;
  readonly entries: readonly Entry[];
  readonly removed: readonly Bytes[];
}

/** Room is made for more than is needed, so that it is not looked for all the time. */
const ROOM_SHARE = 1 / 64;
const MOST_FORESEEN = 256;

export class Residency implements KeyOrder {
  /** Estimated bytes of what is in memory, and of what is to be there at most. */
  residentMemory = 0;
  budget = Number.POSITIVE_INFINITY;
  /** Estimated bytes that all keys take, or would take, in memory. */
  datasetMemory: number;
  /** Estimated bytes of the entries that a checkpoint has to write. */
  dirtyMemory = 0;
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
  /** What storage has said of keys, undefined where it has none: true of a key until memory knows better, or a checkpoint. */
  private foreseen = new Map<Bytes, StoredKey | undefined>();
  /** Entries in memory in part that have been handed out: more of them may have been loaded since. */
  private lent = new Set<Entry>();
  /** Where the hand is. */
  private hand: Iterator<Entry> | undefined;
  /** Some entry has left memory since it was empty, or cannot come there. */
  private hasReleased = false;

  constructor(
    readonly store: EntryStore,
    /** The access mark of an entry that is loaded now. */
    private readonly markOf: () => number,
  ) {
    const { keys, volatileKeys, keysWithVolatileFields, memory } = store.totals();
    this.keyCount = keys;
    this.volatileCount = volatileKeys;
    this.datasetMemory = memory;
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
    if (entry !== undefined) {
      entry.used = true;
      if (entry.inParts) this.lent.add(entry);
      return entry;
    }
    return this.complete || this.dirty.has(key) ? undefined : this.load(key);
  }

  /** As {@link find}, for whoever replaces the value or removes the key: one that cannot be read stands as an empty one. */
  claim(key: Bytes): Entry | undefined {
    try {
      return this.find(key);
    } catch (thrown) {
      if (!(thrown instanceof CorruptValue) || !thrown.remains) throw thrown;
      const { deadline, volatileFields, memory, access } = thrown.remains;
      const entry = this.admit(key, { value: '' as Bytes, deadline, memory, access });
      if (volatileFields) this.volatileFields.count--;
      // Nor is its deadline to be trusted.
      this.setDeadline(entry, undefined);
      return entry;
    }
  }

  /** The value and deadline, which do not stay in memory if they were not there. */
  glance(key: Bytes): Pick<StoredEntry, 'value' | 'deadline'> | undefined {
    const entry = this.resident.get(key);
    if (entry?.inParts) this.lent.add(entry);
    return entry !== undefined || this.complete || this.dirty.has(key) ? entry : this.store.load(positionOf(key), key);
  }

  /** The entry if it is in memory. That is no use of it. */
  peek(key: Bytes): Entry | undefined {
    return this.resident.get(key);
  }

  /** What storage says of a key that only it has. */
  describe(key: Bytes): StoredKey | undefined {
    if (this.complete || this.overrides(key)) return undefined;
    if (this.foreseen.has(key)) return this.foreseen.get(key);
    const [stored] = this.store.describe([key]);
    if (!stored) this.noteAbsent(key);
    return stored;
  }

  /** {@link describe} will be asked for these keys: for all of them together storage takes much less time. */
  foresee(keys: readonly Bytes[]): void {
    if (this.complete) return;
    const asked = keys.filter((key) => !this.overrides(key) && !this.foreseen.has(key));
    if (asked.length < 2) return;
    this.foreseen.clear();
    let described: StoredKey[];
    try {
      described = this.store.describe(asked);
    } catch {
      // The commands ask again, and it is they who are told.
      return;
    }
    for (const key of asked) this.foreseen.set(own(key), undefined);
    for (const stored of described) this.foreseen.set(stored.key, stored);
  }

  /** A command that makes a key asks for it twice. */
  private noteAbsent(key: Bytes): void {
    if (this.foreseen.size >= MOST_FORESEEN) this.foreseen.clear();
    this.foreseen.set(own(key), undefined);
  }

  /** Memory knows better than storage about this key. */
  overrides(key: Bytes): boolean {
    return this.resident.has(key) || this.dirty.has(key);
  }

  private load(key: Bytes): Entry | undefined {
    if (this.foreseen.has(key) && this.foreseen.get(key) === undefined) return undefined;
    const stored = this.store.load(positionOf(key), key);
    if (!stored) {
      this.noteAbsent(key);
      return undefined;
    }
    return this.admit(key, stored);
  }

  private admit(key: Bytes, { value, deadline, memory, access }: StoredEntry): Entry {
    const entry = new Entry(own(key), value, deadline, access ?? this.markOf());
    if (deadline !== undefined) this.deadlines.insert(deadline, entry.key);
    this.volatileFields.admit(entry);
    this.place(entry);
    // What all keys take together has been counted with this number, and is to be while it does not change.
    entry.memory = memory;
    this.measureResident(entry);
    if (entry.inParts) this.lent.add(entry);
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

  /** Another value for a key that only storage has, whose former one need not be read for that. {@link touch} follows. */
  supersede(stored: StoredKey, value: Value): Entry {
    const { key, deadline, memory, access, volatileFields } = stored;
    const entry = new Entry(own(key), value, deadline, access ?? this.markOf());
    if (deadline !== undefined) this.deadlines.insert(deadline, entry.key);
    if (volatileFields) this.volatileFields.count--;
    this.place(entry);
    entry.memory = memory;
    return entry;
  }

  /** After the value or the deadline of an entry changed. */
  touch(entry: Entry): void {
    if (!entry.dirty) {
      entry.dirty = true;
      this.dirty.add(entry.key);
      this.dirtyMemory += entry.resident;
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
    this.datasetMemory -= entry.memory;
    this.residentMemory -= entry.resident;
    if (entry.dirty) this.dirtyMemory -= entry.resident;
    else this.dirty.add(entry.key);
    if (this.lent.size > 0) this.lent.delete(entry);
  }

  /** Removes a key that only storage has. */
  removeStored({ key, deadline, volatileFields, memory }: StoredKey | StoredDeadline): void {
    this.keyCount--;
    if (deadline !== undefined) this.volatileCount--;
    this.datasetMemory -= memory;
    if (volatileFields) this.volatileFields.count--;
    this.dirty.add(own(key));
  }

  /** Removes everything. */
  clear(): void {
    this.forget();
    this.datasetMemory = 0;
    this.keyCount = 0;
    this.volatileCount = 0;
    this.complete = true;
    this.wiped = true;
    this.deadlines.clear(false);
    this.volatileFields.clear(0);
  }

  // ---- storage

  /** Loads up to `limit` more keys, or all of one position when it has more. False when there are no more, or no room. */
  hydrate(limit: number): boolean {
    if (this.complete || this.hasReleased || this.residentMemory >= this.budget) return false;
    const batch = this.store.loadFrom(this.hydratedTo, limit);
    const last = batch[batch.length - 1];
    for (const { key, entry } of batch) {
      if (this.overrides(key)) continue;
      if (entry) this.admit(key, entry);
      else this.hasReleased = true;
    }
    // Memory would know nothing of a key whose value cannot be read.
    if (this.hasReleased) return false;
    if (batch.length < limit || !last) {
      this.complete = true;
      this.deadlines.forgetStored();
      this.volatileFields.deadlines.forgetStored();
    } else if (last.position > this.hydratedTo) this.hydratedTo = last.position;
    else {
      for (const { key } of storedAt(this.store, last.position, limit)) this.find(key);
      this.hydratedTo = last.position + 1;
    }
    return !this.complete;
  }

  // ---- room

  /** Something may have to leave memory. */
  get needsRoom(): boolean {
    return this.lent.size > 0 || this.residentMemory > this.budget;
  }

  /**
   * Lets go of entries, or of parts of them, that storage has, until memory is within its budget or the hand has come by
   * so many. Nobody may hold anything that was read.
   */
  makeRoom(most: number): void {
    for (const entry of this.lent) this.measureResident(entry);
    this.lent.clear();
    if (this.residentMemory <= this.budget) return;
    const enough = this.budget * (1 - ROOM_SHARE);
    for (let left = most; left > 0 && this.residentMemory > enough; left--) {
      this.hand ??= this.resident.values();
      const { value: entry, done } = this.hand.next();
      if (done) this.hand = undefined;
      else this.pass(entry);
    }
  }

  /** The hand comes by an entry. */
  private pass(entry: Entry): void {
    const { used } = entry;
    entry.used = false;
    if (!used && !entry.dirty) this.release(entry);
    else if (entry.inParts) {
      segmentedOf(entry.value)?.release('unused');
      this.measureResident(entry);
    }
  }

  /** An entry leaves memory. */
  private release(entry: Entry): void {
    const { key, deadline } = entry;
    this.resident.delete(key);
    this.order.delete(positionOf(key), key);
    if (deadline !== undefined) this.deadlines.release(deadline, key);
    this.volatileFields.release(key);
    this.residentMemory -= entry.resident;
    this.complete = false;
    this.hasReleased = true;
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
    this.dirtyMemory = 0;
    this.wiped = false;
    this.foreseen.clear();
    this.deadlines.refresh();
    this.volatileFields.deadlines.refresh();
  }

  /** Forgets everything in memory; storage is all there is. */
  reset(): void {
    this.forget();
    const { keys, volatileKeys, keysWithVolatileFields, memory } = this.store.totals();
    this.keyCount = keys;
    this.volatileCount = volatileKeys;
    this.datasetMemory = memory;
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
    this.datasetMemory += memory - entry.memory;
    entry.memory = memory;
    this.measureResident(entry);
  }

  private measureResident(entry: Entry): void {
    const resident = residentMemoryOf(entry);
    entry.inParts = resident !== memoryOf(entry);
    const growth = resident - entry.resident;
    entry.resident = resident;
    this.residentMemory += growth;
    if (entry.dirty) this.dirtyMemory += growth;
  }

  private forget(): void {
    this.resident = new Map();
    this.dirty = new Set();
    this.order.clear();
    this.residentMemory = 0;
    this.dirtyMemory = 0;
    this.lent = new Set();
    this.hand = undefined;
    this.hasReleased = false;
    this.hydratedTo = 0;
    this.foreseen.clear();
  }
}
