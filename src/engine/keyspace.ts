// The keys of one shard, as handlers see them: the one funnel through which all of them change. Which of them are in
// memory is the matter of residency.ts.

import { type Bytes, own } from '../bytes/bytes';
import { type Deadline, type Keyspace as KeyspacePort, NO_DEADLINE, type Outline, type Random, type Use } from '../spec/context';
import { isEmptyCollection, type TypeName, typeOf, type Value } from '../types/value';
import { type AccessPolicy, accessed, frequencyOf, idleMsOf, initialAccess, overwritten, usedMark } from './access';
import type { ChangeSet } from './changes';
import { type Entry, memoryOf } from './entry';
import { FieldExpiry } from './field-expiry';
import { type DirtyState, Residency } from './residency';
import { CorruptValue, type EntryStore, NO_STORE, type StoredDeadline, type StoredKey } from './store';
import { Victims } from './victims';
import { randomKey, walkKeys } from './walk';

/** Entries that are looked at in one turn to find some that can leave memory. */
const ROOM_STEPS = 64;
/** Keys that a walk over all of them takes at a time. */
const WALK_KEYS = 1024;

/** Draws of a random key during a pause before one that has expired is good enough. */
const MAX_HELD_DRAWS = 100;

const DEL = 'DEL' as Bytes;

/** Events of commands that bring a key with its deadline, of which nothing is told. */
const BRING_DEADLINE = new Set(['copy_to', 'restore']);

export interface KeyspaceCounters {
  hits: number;
  misses: number;
  expired: number;
  expiredFields: number;
  evicted: number;
}

export class Keyspace implements KeyspacePort {
  /** Unix milliseconds of the running unit. */
  now = 0;
  /** Off while the journal is replayed: a key expires only by its recorded effect. */
  expiring = true;
  /** During a pause: a key whose time has come is not there, but nothing removes it. */
  held = false;
  /** Accesses leave no mark (CLIENT NO-TOUCH of the running client). */
  noTouch = false;
  readonly counters: KeyspaceCounters = { hits: 0, misses: 0, expired: 0, expiredFields: 0, evicted: 0 };
  readonly victims: Victims;
  private readonly fields: FieldExpiry;
  private readonly entries: Residency;

  constructor(
    private readonly changes: ChangeSet,
    private readonly random: Random,
    private readonly policy: AccessPolicy,
    store: EntryStore = NO_STORE,
  ) {
    this.entries = new Residency(store, () => this.newMark());
    this.fields = new FieldExpiry(this.entries, changes, this.counters);
    this.victims = new Victims(this.entries, random);
  }

  get size(): number {
    return this.entries.keyCount;
  }
  get volatileSize(): number {
    return this.entries.volatileCount;
  }
  get sizeWithVolatileFields(): number {
    return this.entries.volatileFields.count;
  }
  /** Keys in memory. */
  get residentSize(): number {
    return this.entries.residentSize;
  }
  /** All keys are in memory. */
  get isComplete(): boolean {
    return this.entries.complete;
  }
  /** Estimated bytes of what is in memory, and what of that is to be stored. */
  get residentMemory(): number {
    return this.entries.residentMemory;
  }
  get dirtyMemory(): number {
    return this.entries.dirtyMemory;
  }
  /** Estimated bytes that all keys take, or would take, in memory. */
  get datasetMemory(): number {
    return this.entries.datasetMemory;
  }
  /** Bytes of memory to stay within: what is in storage too goes for what is used. */
  get memoryBudget(): number {
    return this.entries.budget;
  }
  set memoryBudget(bytes: number) {
    this.entries.budget = bytes;
  }

  // ---- reading

  read(key: Bytes): Value | undefined {
    const entry = this.live(key);
    if (!entry) {
      this.missed(key);
      return undefined;
    }
    this.counters.hits++;
    this.note(entry);
    return entry.value;
  }

  look(key: Bytes): Value | undefined {
    const entry = this.live(key);
    if (entry) this.counters.hits++;
    else this.missed(key);
    return entry?.value;
  }

  inspect(key: Bytes): Value | undefined {
    const entry = this.live(key);
    if (entry) this.counters.hits++;
    else this.counters.misses++;
    return entry?.value;
  }

  write(key: Bytes): Value | undefined {
    const entry = this.live(key);
    if (!entry) return undefined;
    this.changes.lent = true;
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
      this.missed(key);
      return false;
    }
    this.counters.hits++;
    entry.access = accessed(entry.access, this.policy, this.now, this.random);
    return true;
  }

  evenExpired(key: Bytes): Value | undefined {
    return this.entries.find(key)?.value;
  }

  /** The key is there but its deadline has passed; it is not removed. */
  hasExpired(key: Bytes): boolean {
    const entry = this.entries.find(key);
    return entry !== undefined && this.isDue(entry.deadline);
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

  setUse(key: Bytes, use: Use): void {
    this.require(key).access = usedMark(this.policy, this.now, use);
  }

  memory(key: Bytes): number {
    const entry = this.live(key);
    return entry ? memoryOf(entry) : 0;
  }

  /** These keys are about to be replaced or removed (see Residency.foresee). */
  foresee(keys: readonly Bytes[]): void {
    this.entries.foresee(keys);
  }

  outline(key: Bytes): Outline | undefined {
    const stored = this.entries.describe(key);
    if (stored) return this.isDue(stored.deadline) ? undefined : stored;
    const entry = this.live(key);
    return entry && { type: typeOf(entry.value), memory: memoryOf(entry) };
  }

  // ---- changing

  set(key: Bytes, value: Value, event: string | undefined, deadline: Deadline = NO_DEADLINE): void {
    const owned = ownValue(value);
    const { entry, former } = this.put(key, owned);
    this.entries.setDeadline(entry, deadline === NO_DEADLINE ? undefined : deadline);
    this.entries.touch(entry);
    this.changes.recordSet(entry.key, event, former, typeOf(owned));
    if (deadline !== NO_DEADLINE && event !== undefined && !BRING_DEADLINE.has(event)) this.changes.notice(entry.key, 'expire');
  }

  /** The entry of a key that is about to have another value, and the type of the one that it had. */
  private put(key: Bytes, value: Value): { entry: Entry; former: TypeName | undefined } {
    const stored = this.entries.describe(key);
    if (stored && this.expiring && this.isDue(stored.deadline)) this.expireStored(stored);
    else if (stored) return { entry: this.overwrite(this.entries.supersede(stored, value)), former: stored.type };
    const entry = stored ? undefined : this.replaceable(key);
    if (entry === undefined) return { entry: this.entries.create(key, value, this.newMark()), former: undefined };
    const former = typeOf(entry.value);
    entry.value = value;
    return { entry: this.overwrite(entry), former };
  }

  private overwrite(entry: Entry): Entry {
    entry.access = overwritten(entry.access, this.policy, this.now, this.random, this.noTouch);
    return entry;
  }

  replace(key: Bytes, value: Value, event: string | undefined): void {
    const entry = this.require(key);
    const former = typeOf(entry.value);
    entry.value = ownValue(value);
    this.entries.touch(entry);
    // SET with KEEPTTL overwrites a value; what else comes here reaches into it.
    if (event === 'set') this.changes.recordSet(entry.key, event, former, typeOf(value));
    else this.changes.record(entry.key, event);
  }

  changed(key: Bytes, event: string | undefined, part?: 'same-change'): void {
    const entry = this.require(key);
    if (part) {
      this.entries.touch(entry);
      this.changes.notice(entry.key, event);
    } else this.touched(entry, event);
    if (isEmptyCollection(entry.value)) {
      this.entries.remove(entry);
      this.changes.notice(entry.key, 'del');
    }
  }

  changedAside(key: Bytes, event?: string): void {
    const entry = this.require(key);
    this.entries.touch(entry);
    this.changes.recordAside(entry.key, event);
  }

  unchanged(key: Bytes, event: string): void {
    this.changes.notice(this.require(key).key, event);
  }

  keep(key: Bytes): void {
    this.entries.touch(this.require(key));
  }

  remove(key: Bytes, event = 'del'): boolean {
    const stored = this.entries.describe(key);
    // What only storage has need not be loaded for that.
    if (stored && !this.isDue(stored.deadline)) {
      this.entries.removeStored(stored);
      this.changes.record(stored.key, event);
      return true;
    }
    const entry = this.unexpired(this.entries.claim(key));
    if (!entry) return false;
    this.entries.remove(entry);
    this.changes.record(entry.key, event);
    return true;
  }

  expireAt(key: Bytes, deadline: Deadline, event: string): void {
    const entry = this.require(key);
    this.entries.setDeadline(entry, deadline === NO_DEADLINE ? undefined : deadline);
    this.touched(entry, event);
  }

  rename(from: Bytes, to: Bytes): void {
    const source = this.require(from);
    const { value, deadline, access } = source;
    // Storage may fail to tell of it: until then nothing has changed.
    const existing = from === to ? undefined : this.replaceable(to);
    const former = existing && typeOf(existing.value);
    this.entries.remove(source);
    if (existing) this.entries.remove(existing);
    const entry = this.entries.create(to, value, access);
    this.entries.setDeadline(entry, deadline);
    this.entries.touch(entry);
    this.changes.recordRename(source.key, entry.key, former, typeOf(value));
  }

  clear(): void {
    this.changes.clear();
    this.entries.clear();
  }

  // ---- walking

  randomKey(): Bytes | undefined {
    // A key that has expired is removed and another one is drawn, as in Redis.
    for (let tries = 1; ; tries++) {
      const drawn = randomKey(this.entries, this.random);
      if (!drawn || this.typeOf(drawn.key, drawn.stored) !== undefined) return drawn?.key;
      // There may be no other (db.c dbRandomKey).
      if (this.held && tries >= MAX_HELD_DRAWS) return drawn.key;
    }
  }

  scan(cursor: bigint, count: number, visit: (key: Bytes, type: TypeName) => void): bigint {
    return BigInt(this.visitFrom(Number(cursor), count, visit) ?? 0);
  }

  forEach(visit: (key: Bytes) => void): void {
    let position: number | undefined = 0;
    while (position !== undefined) position = this.visitFrom(position, WALK_KEYS, visit);
  }

  /**
   * Every key that has not expired, with its value and deadline, but for those whose value cannot be read. What is read
   * from storage does not stay in memory.
   */
  forEachEntry(visit: (key: Bytes, value: Value, deadline: number | undefined) => void): void {
    this.forEach((key) => {
      try {
        const entry = this.entries.glance(key);
        if (entry) visit(key, entry.value, entry.deadline);
      } catch (thrown) {
        if (!(thrown instanceof CorruptValue)) throw thrown;
      }
    });
  }

  /** Visits about `count` keys at or after a position. Returns where to go on, or undefined at the end. */
  private visitFrom(from: number, count: number, visit: (key: Bytes, type: TypeName) => void): number | undefined {
    const keys: Bytes[] = [];
    const stored: (StoredKey | undefined)[] = [];
    let last = -1;
    let next: number | undefined;
    // Keys of one position are never divided between two calls: the position could not tell them apart.
    walkKeys(this.entries, from, count + 1, (position, key, row) => {
      if (keys.length >= count && position !== last) {
        next = position;
        return false;
      }
      last = position;
      keys.push(key);
      stored.push(row);
      return true;
    });
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as Bytes;
      const type = this.typeOf(key, stored[i]);
      if (type !== undefined) visit(key, type);
    }
    return next;
  }

  /** The type of a key that has not expired. `stored`: what storage said of it, which saves loading the value. */
  private typeOf(key: Bytes, stored: StoredKey | undefined): TypeName | undefined {
    if (stored === undefined || this.entries.overrides(key)) {
      const entry = this.live(key);
      return entry && typeOf(entry.value);
    }
    if (!this.expiring || !this.isDue(stored.deadline)) return stored.type;
    if (!this.held) this.expireStored(stored);
    return undefined;
  }

  // ---- expiry

  /** The earliest deadline of any key or field, or undefined. */
  nextDeadline(): number | undefined {
    const key = this.entries.deadlines.next();
    const field = this.fields.next();
    return key === undefined || field === undefined ? (key ?? field) : Math.min(key, field);
  }

  /** Removes up to `limit` keys and fields that are due, wherever they are. Returns how many it removed. */
  expireDue(limit: number): number {
    const { deadlines } = this.entries;
    const due = deadlines.dueResident(this.now, limit);
    for (const key of due) this.expire(this.require(key));
    let removed = due.length;
    for (; removed < limit; removed++) {
      const stored = deadlines.dueStored(this.now);
      if (!stored) break;
      this.expireStored(stored);
    }
    return removed + this.fields.removeDue(limit - removed, this.now, (key) => this.live(key));
  }

  expireFields(key: Bytes, fields: readonly Bytes[]): number {
    return this.expiring ? this.fields.remove(this.require(key), fields, this.now) : 0;
  }

  // ---- eviction

  /**
   * Removes a key to make room, whether or not it has expired. False when it is not there, or `volatile` and it has no
   * deadline.
   */
  evict(key: Bytes, volatile: boolean): boolean {
    const entry = this.entries.peek(key);
    // What only storage has need not be loaded for that.
    const there = entry ?? this.entries.describe(key);
    if (!there || (volatile && there.deadline === undefined)) return false;
    if (entry) this.entries.remove(entry);
    else this.entries.removeStored(there as StoredKey);
    this.counters.evicted++;
    this.changes.notice(there.key, 'evicted');
    this.changes.effects.push([DEL, there.key]);
    return true;
  }

  // ---- storage

  /** Loads up to `limit` more keys, or all of one position when it has more. False when there are no more, or no room. */
  hydrate(limit: number): boolean {
    return this.entries.hydrate(limit);
  }

  get needsRoom(): boolean {
    return this.entries.needsRoom;
  }

  /** Brings memory nearer to its budget. Between two units, when nobody holds a value. */
  makeRoom(): void {
    this.entries.makeRoom(ROOM_STEPS);
  }

  get dirtyCount(): number {
    return this.entries.dirtyCount;
  }

  /** What a checkpoint must write. Valid until the next change; {@link markClean} follows when it is written. */
  dirtyState(): DirtyState {
    return this.entries.dirtyState();
  }

  markClean(): void {
    this.entries.markClean();
  }

  /** Forgets everything in memory; storage is all there is. */
  reset(): void {
    this.entries.reset();
  }

  // ---- inside

  /** The entry of a key that has not expired. */
  private live(key: Bytes): Entry | undefined {
    return this.unexpired(this.entries.find(key));
  }

  private unexpired(entry: Entry | undefined): Entry | undefined {
    if (entry !== undefined && this.expiring && this.isDue(entry.deadline)) {
      if (!this.held) this.expire(entry);
      return undefined;
    }
    return entry;
  }

  /** As {@link live}, for what takes the key's place: even what is held has to make room for that. */
  private replaceable(key: Bytes): Entry | undefined {
    const entry = this.unexpired(this.entries.claim(key));
    const expired = this.held && entry === undefined ? this.entries.find(key) : undefined;
    if (expired) this.expire(expired);
    return entry;
  }

  private isDue(deadline: number | undefined): boolean {
    return deadline !== undefined && deadline <= this.now;
  }

  private expire(entry: Entry): void {
    this.entries.remove(entry);
    this.expired(entry.key);
  }

  private expireStored(stored: StoredKey | StoredDeadline): void {
    this.entries.removeStored(stored);
    this.expired(stored.key);
  }

  /** Not a change of the running command: its own effect is recorded whether or not a key expired under it. */
  private expired(key: Bytes): void {
    this.counters.expired++;
    this.changes.notice(key, 'expired');
    this.changes.effects.push([DEL, key]);
  }

  private missed(key: Bytes): void {
    this.counters.misses++;
    this.changes.missed(key);
  }

  private require(key: Bytes): Entry {
    const entry = this.entries.find(key);
    if (!entry) throw new Error('a key that does not exist was changed');
    return entry;
  }

  private touched(entry: Entry, event: string | undefined): void {
    this.entries.touch(entry);
    this.changes.record(entry.key, event);
  }

  private newMark(): number {
    return initialAccess(this.policy, this.now);
  }

  private note(entry: Entry): void {
    if (!this.noTouch) entry.access = accessed(entry.access, this.policy, this.now, this.random);
  }
}

function ownValue(value: Value): Value {
  return typeof value === 'string' ? own(value) : value;
}
