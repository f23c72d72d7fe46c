// The keys of one shard: which are in memory, which wait in storage, which are due, and the one funnel through which all
// of them change.
//
// Memory holds `resident` entries; the others are loaded on first use. `dirty` names the keys that changed since the
// last checkpoint: storage is stale for them, so a dirty key that is not resident does not exist. Once `complete`,
// every key is resident and a miss asks storage nothing.

import { type Bytes, own } from '../bytes/bytes';
import { firstPositionOf, positionOf } from '../bytes/position';
import { type Deadline, type Keyspace as KeyspacePort, NO_DEADLINE, type Random } from '../spec/context';
import { RankedTree } from '../structures/ranked-tree';
import { isEmptyCollection, type TypeName, typeOf, type Value } from '../types/value';
import { type AccessPolicy, accessed, frequencyOf, idleMsOf, initialAccess } from './access';
import type { ChangeSet } from './changes';
import { type EntryStore, NO_STORE, type StoredKey } from './store';

/** Estimated bytes of an entry beside its key and value: map slot, entry object, place in the order. */
const ENTRY_OVERHEAD = 96;
/** Keys that a walk reads from storage at a time. */
const SCAN_BATCH = 128;

export class Entry {
  access: number;
  memory = 0;
  dirty = false;
  constructor(
    readonly key: Bytes,
    public value: Value,
    /** Undefined when it never expires: a shared value, where a float would cost a heap object in every entry. */
    public deadline: number | undefined,
    access: number,
  ) {
    this.access = access;
  }
}

/** What a checkpoint has to write. */
export interface DirtyState {
  /** Everything stored before is gone. */
  readonly wiped: boolean;
  readonly entries: readonly Entry[];
  readonly removed: readonly Bytes[];
}

export interface KeyspaceCounters {
  hits: number;
  misses: number;
  expired: number;
}

export class Keyspace implements KeyspacePort {
  /** Unix milliseconds of the running unit. */
  now = 0;
  /** Off while the journal is replayed: a key expires only by its recorded effect. */
  expiring = true;
  /** Accesses leave no mark (CLIENT NO-TOUCH of the running client). */
  noTouch = false;
  readonly counters: KeyspaceCounters = { hits: 0, misses: 0, expired: 0 };
  usedMemory = 0;

  private resident = new Map<Bytes, Entry>();
  private readonly order = new RankedTree();
  private readonly deadlines = new RankedTree();
  private dirty = new Set<Bytes>();
  private wiped = false;
  private complete: boolean;
  private hydratedTo = 0;
  private keyCount: number;
  private volatileCount: number;

  constructor(
    private readonly changes: ChangeSet,
    private readonly random: Random,
    private readonly policy: AccessPolicy,
    private readonly store: EntryStore = NO_STORE,
  ) {
    const totals = store.totals();
    this.keyCount = totals.keys;
    this.volatileCount = totals.volatileKeys;
    this.complete = totals.keys === 0;
  }

  get size(): number {
    return this.keyCount;
  }
  get volatileSize(): number {
    return this.volatileCount;
  }
  /** Keys in memory. */
  get residentSize(): number {
    return this.resident.size;
  }
  get isComplete(): boolean {
    return this.complete;
  }

  // ---- reading

  read(key: Bytes): Value | undefined {
    const entry = this.live(key);
    if (!entry) {
      this.counters.misses++;
      return undefined;
    }
    this.counters.hits++;
    this.note(entry);
    return entry.value;
  }

  look(key: Bytes): Value | undefined {
    const entry = this.live(key);
    if (entry) this.counters.hits++;
    else this.counters.misses++;
    return entry?.value;
  }

  write(key: Bytes): Value | undefined {
    const entry = this.live(key);
    if (!entry) return undefined;
    this.note(entry);
    return entry.value;
  }

  peek(key: Bytes): Value | undefined {
    return this.live(key)?.value;
  }

  has(key: Bytes): boolean {
    return this.live(key) !== undefined;
  }

  touch(key: Bytes): boolean {
    const entry = this.live(key);
    if (!entry) {
      this.counters.misses++;
      return false;
    }
    this.counters.hits++;
    entry.access = accessed(entry.access, this.policy, this.now, this.random);
    return true;
  }

  /** The key is there but its deadline has passed; it is not removed. */
  hasExpired(key: Bytes): boolean {
    const entry = this.found(key);
    return entry?.deadline !== undefined && entry.deadline <= this.now;
  }

  typeOf(key: Bytes): TypeName | undefined {
    const entry = this.live(key);
    return entry && typeOf(entry.value);
  }

  deadline(key: Bytes): Deadline | undefined {
    const entry = this.live(key);
    return entry && (entry.deadline ?? NO_DEADLINE);
  }

  idleMs(key: Bytes): number {
    const entry = this.live(key);
    return entry ? idleMsOf(entry.access, this.now) : 0;
  }

  frequency(key: Bytes): number {
    const entry = this.live(key);
    return entry ? frequencyOf(entry.access, this.policy, this.now) : 0;
  }

  memory(key: Bytes): number {
    const entry = this.live(key);
    return entry ? memoryOf(entry) : 0;
  }

  // ---- changing

  set(key: Bytes, value: Value, event: string, deadline: Deadline = NO_DEADLINE): void {
    const owned = ownValue(value);
    const entry = this.found(key) ?? this.create(own(key), owned);
    entry.value = owned;
    this.setDeadline(entry, deadline === NO_DEADLINE ? undefined : deadline);
    this.touched(entry, event);
    if (deadline !== NO_DEADLINE) this.changes.record(entry.key, 'expire');
  }

  replace(key: Bytes, value: Value, event: string): void {
    const entry = this.require(key);
    entry.value = ownValue(value);
    this.touched(entry, event);
  }

  changed(key: Bytes, event: string): void {
    const entry = this.require(key);
    this.touched(entry, event);
    if (isEmptyCollection(entry.value)) {
      this.drop(entry);
      this.changes.record(entry.key, 'del');
    }
  }

  remove(key: Bytes, event = 'del'): boolean {
    const entry = this.live(key);
    if (!entry) return false;
    this.drop(entry);
    this.changes.record(entry.key, event);
    return true;
  }

  expireAt(key: Bytes, deadline: Deadline, event: string): void {
    const entry = this.require(key);
    this.setDeadline(entry, deadline === NO_DEADLINE ? undefined : deadline);
    this.touched(entry, event);
  }

  rename(from: Bytes, to: Bytes): void {
    const { value, deadline } = this.require(from);
    this.remove(from, 'rename_from');
    const existing = this.live(to);
    if (existing) this.drop(existing);
    const entry = this.create(own(to), value);
    this.setDeadline(entry, deadline);
    this.touched(entry, 'rename_to');
  }

  clear(): void {
    this.changes.mutations++;
    this.changes.cleared = true;
    this.resident = new Map();
    this.dirty = new Set();
    this.order.clear();
    this.deadlines.clear();
    this.keyCount = 0;
    this.volatileCount = 0;
    this.usedMemory = 0;
    this.wiped = true;
    this.complete = true;
  }

  // ---- walking

  randomKey(): Bytes | undefined {
    // A key that has expired is removed and another one is drawn, as in Redis.
    while (this.keyCount > 0) {
      const key = this.complete ? this.randomResident() : this.randomAnywhere();
      if (key === undefined) return undefined;
      if (this.live(key)) return key;
      if (!this.expiring) return key;
    }
    return undefined;
  }

  private randomResident(): Bytes | undefined {
    let found: Bytes | undefined;
    this.order.ascend(this.random.below(this.order.size), (_position, key) => {
      found = key;
      return false;
    });
    return found;
  }

  /** A random slot's next key gives the slot, a random place in that slot gives the key: fair also when one hash tag holds all. */
  private randomAnywhere(): Bytes | undefined {
    const anywhere = Math.floor(this.random.float() * Number.MAX_SAFE_INTEGER);
    const first = this.firstKeyFrom(anywhere) ?? this.firstKeyFrom(0);
    if (!first) return undefined;
    const slotWidth = firstPositionOf(1);
    const start = Math.floor(first.position / slotWidth) * slotWidth;
    const inSlot = this.firstKeyFrom(start + Math.floor(this.random.float() * slotWidth));
    return (inSlot && inSlot.position < start + slotWidth ? inSlot : (this.firstKeyFrom(start) ?? first)).key;
  }

  private firstKeyFrom(position: number): StoredKey | undefined {
    let found: StoredKey | undefined;
    this.walk(position, (at, key) => {
      found = { position: at, key, deadline: undefined };
      return false;
    });
    return found;
  }

  scan(cursor: bigint, count: number, visit: (key: Bytes) => void): bigint {
    let visited = 0;
    let last = -1;
    let next = 0n;
    const keys: Bytes[] = [];
    // Keys of one position are never divided between two calls: the cursor could not tell them apart.
    this.walk(Number(cursor), (position, key) => {
      if (visited >= count && position !== last) {
        next = BigInt(position);
        return false;
      }
      visited++;
      last = position;
      keys.push(key);
      return true;
    });
    for (const key of keys) if (this.live(key)) visit(key);
    return next;
  }

  forEach(visit: (key: Bytes) => void): void {
    const keys: Bytes[] = [];
    this.walk(0, (_position, key) => {
      keys.push(key);
      return true;
    });
    for (const key of keys) if (this.live(key)) visit(key);
  }

  /** Every key, with its value and deadline, that has not expired. */
  forEachEntry(visit: (key: Bytes, value: Value, deadline: number | undefined) => void): void {
    this.forEach((key) => {
      const entry = this.live(key);
      if (entry) visit(key, entry.value, entry.deadline);
    });
  }

  /** Merges the order of resident keys with that of stored ones; storage is asked in batches and only when needed. */
  private walk(from: number, visit: (position: number, key: Bytes) => boolean): void {
    if (this.complete) {
      this.order.ascend(this.order.countBelow(from), visit);
      return;
    }
    let position = from;
    for (;;) {
      const stored = this.store.scan(position, SCAN_BATCH);
      const whole = stored.length < SCAN_BATCH;
      const last = stored[stored.length - 1];
      // Up to, not including, the last position of a full batch: its other keys may be in the next one.
      const end = whole || !last ? Number.POSITIVE_INFINITY : last.position === position ? position + 1 : last.position;
      const batch = whole || end === last?.position ? stored : this.storedAt(position, stored);
      if (!this.visitMerged(position, end, batch, visit) || whole) return;
      position = end;
    }
  }

  /** All stored keys of one position, for the case that more share it than a batch holds. */
  private storedAt(position: number, batch: StoredKey[]): StoredKey[] {
    let limit = batch.length;
    let keys = batch;
    while (keys.length === limit && keys[keys.length - 1]?.position === position) {
      limit *= 2;
      keys = this.store.scan(position, limit);
    }
    return keys.filter((key) => key.position === position);
  }

  private visitMerged(from: number, end: number, stored: StoredKey[], visit: (position: number, key: Bytes) => boolean): boolean {
    const merged: { position: number; key: Bytes }[] = [];
    for (const item of stored) {
      if (item.position < end && !this.resident.has(item.key) && !this.dirty.has(item.key)) merged.push(item);
    }
    this.order.ascend(this.order.countBelow(from), (position, key) => {
      if (position >= end) return false;
      merged.push({ position, key });
      return true;
    });
    merged.sort((a, b) => a.position - b.position || (a.key < b.key ? -1 : 1));
    for (const { position, key } of merged) if (!visit(position, key)) return false;
    return true;
  }

  // ---- expiry

  /** The earliest deadline of any key, or undefined. */
  nextDeadline(): number | undefined {
    let next: number | undefined;
    this.deadlines.ascend(0, (deadline) => {
      next = deadline;
      return false;
    });
    const stored = this.complete ? undefined : this.store.nextDeadline();
    if (next === undefined || stored === undefined) return next ?? stored;
    return Math.min(next, stored);
  }

  /** Removes up to `limit` keys that are due, wherever they are. Returns how many it removed. */
  expireDue(limit: number, removed: (key: Bytes) => void): number {
    const due: Bytes[] = [];
    this.deadlines.ascend(0, (deadline, key) => {
      if (deadline > this.now || due.length >= limit) return false;
      due.push(key);
      return true;
    });
    if (!this.complete && due.length < limit) {
      // Rows of dirty keys may have an old deadline: they are skipped here and put right by the next checkpoint.
      for (const { key } of this.store.due(this.now, limit - due.length + this.dirty.size)) {
        if (due.length < limit && !this.resident.has(key) && !this.dirty.has(key)) due.push(key);
      }
    }
    for (const key of due) {
      const entry = this.found(key);
      if (entry) this.expire(entry);
      removed(key);
    }
    return due.length;
  }

  // ---- storage

  /** Puts a stored key into memory unless it is there or has changed since. */
  hydrate(limit: number): void {
    if (this.complete) return;
    const batch = this.store.scan(this.hydratedTo, limit);
    for (const { key } of batch) this.found(key);
    const last = batch[batch.length - 1];
    if (batch.length < limit || !last) this.complete = true;
    else if (last.position === this.hydratedTo) {
      for (const { key } of this.storedAt(last.position, batch)) this.found(key);
      this.hydratedTo = last.position + 1;
    } else this.hydratedTo = last.position;
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
  }

  /** Forgets everything in memory; storage is all there is. */
  reset(): void {
    this.resident = new Map();
    this.dirty = new Set();
    this.order.clear();
    this.deadlines.clear();
    this.usedMemory = 0;
    this.wiped = false;
    this.hydratedTo = 0;
    const totals = this.store.totals();
    this.keyCount = totals.keys;
    this.volatileCount = totals.volatileKeys;
    this.complete = totals.keys === 0;
  }

  // ---- inside

  /** The entry of a key that has not expired. */
  private live(key: Bytes): Entry | undefined {
    const entry = this.found(key);
    if (entry?.deadline !== undefined && this.expiring && entry.deadline <= this.now) {
      this.expire(entry);
      return undefined;
    }
    return entry;
  }

  private expire(entry: Entry): void {
    this.drop(entry);
    this.counters.expired++;
    // Not a mutation of the running command: its own effect is recorded whether or not a key expired under it.
    this.changes.events.push({ event: 'expired', key: entry.key });
    this.changes.effects.push(['DEL' as Bytes, entry.key]);
  }

  /** The entry, loaded from storage when it is not in memory. */
  private found(key: Bytes): Entry | undefined {
    const entry = this.resident.get(key);
    if (entry || this.complete || this.dirty.has(key)) return entry;
    const stored = this.store.load(positionOf(key), key);
    if (!stored) return undefined;
    return this.place(new Entry(own(key), stored.value, undefined, initialAccess(this.policy, this.now)), stored.deadline);
  }

  private place(entry: Entry, deadline: number | undefined): Entry {
    this.resident.set(entry.key, entry);
    this.order.insert(positionOf(entry.key), entry.key);
    if (deadline !== undefined) {
      entry.deadline = deadline;
      this.deadlines.insert(deadline, entry.key);
    }
    this.measure(entry);
    return entry;
  }

  private create(key: Bytes, value: Value): Entry {
    this.keyCount++;
    return this.place(new Entry(key, value, undefined, initialAccess(this.policy, this.now)), undefined);
  }

  private require(key: Bytes): Entry {
    const entry = this.found(key);
    if (!entry) throw new Error('a key that does not exist was changed');
    return entry;
  }

  private touched(entry: Entry, event: string): void {
    if (!entry.dirty) {
      entry.dirty = true;
      this.dirty.add(entry.key);
    }
    this.measure(entry);
    this.changes.record(entry.key, event);
  }

  private drop(entry: Entry): void {
    this.setDeadline(entry, undefined);
    this.resident.delete(entry.key);
    this.order.delete(positionOf(entry.key), entry.key);
    this.keyCount--;
    this.usedMemory -= entry.memory;
    this.dirty.add(entry.key);
  }

  private setDeadline(entry: Entry, deadline: number | undefined): void {
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

  private note(entry: Entry): void {
    if (!this.noTouch) entry.access = accessed(entry.access, this.policy, this.now, this.random);
  }

  private measure(entry: Entry): void {
    const memory = memoryOf(entry);
    this.usedMemory += memory - entry.memory;
    entry.memory = memory;
  }
}

function memoryOf(entry: Entry): number {
  const { value } = entry;
  return ENTRY_OVERHEAD + entry.key.length + (typeof value === 'string' ? value.length : value.memory);
}

function ownValue(value: Value): Value {
  return typeof value === 'string' ? own(value) : value;
}
