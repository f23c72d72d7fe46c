// Storage of entries in plain memory, and an engine on top of it that is checkpointed, dropped and recovered as a shard
// is: what the Durable Object does with SQLite (src/shard), without the Workers runtime.

import type { Bytes } from '../../src/bytes/bytes';
import { positionOf } from '../../src/bytes/position';
import type { StoredFeed } from '../../src/engine/change-feed';
import type { Engine } from '../../src/engine/engine';
import { decodeFrame } from '../../src/engine/journal';
import type { Source, SourceStore } from '../../src/engine/scripting/sources';
import {
  CorruptValue,
  type DeadlineOf,
  type EntryStore,
  type StoredDeadline,
  type StoredEntry,
  type StoredKey,
  type StoredRow,
  type StoredTotals,
} from '../../src/engine/store';
import type { Random } from '../../src/spec/context';
import { decodeValue, encodeValue, encodingVersionOf, typeCodeOf, typeNameOf } from '../../src/types/codec';
import { defaultEncodingLimits, type EncodingLimits } from '../../src/types/limits';
import { fieldDeadlineOf, type Value } from '../../src/types/value';
import { seededRandom, TestEngine } from './engine';
import { MemorySegments } from './memory-segments';

interface Row {
  readonly position: number;
  readonly key: Bytes;
  readonly deadline: number | undefined;
  readonly fieldDeadline: number | undefined;
  readonly type: number;
  readonly version: number;
  readonly data: Bytes;
  readonly owner: number | undefined;
  readonly memory: number;
  readonly access: number;
}

export class MemoryStore implements EntryStore, SourceStore {
  /** How often it was asked: what a test of laziness looks at. */
  readonly asked = { loads: 0, descriptions: 0, scans: 0, scannedRows: 0, deadlines: 0 };
  readonly segments = new MemorySegments();
  /** Effects that the rows contain. */
  sequence = 0;
  /** The change feed as of the last checkpoint, where one is kept. */
  feed: StoredFeed | undefined;
  /** Keys whose values are no longer what was stored. */
  readonly corrupt = new Set<Bytes>();
  private rows = new Map<Bytes, Row>();
  private readonly scripts = new Map<string, Source>();
  private stored: StoredTotals = { keys: 0, volatileKeys: 0, keysWithVolatileFields: 0, memory: 0 };
  private byPosition: Row[] | undefined;
  private byDeadline: Record<DeadlineOf, StoredDeadline[]> | undefined;

  constructor(private readonly limits: EncodingLimits = defaultEncodingLimits()) {}

  totals(): StoredTotals {
    return this.stored;
  }

  sources(): readonly Source[] {
    return [...this.scripts.values()];
  }

  /** Keys that have a row. */
  keys(): Bytes[] {
    return [...this.rows.keys()];
  }

  load(position: number, key: Bytes): StoredEntry | undefined {
    this.asked.loads++;
    const row = this.rows.get(key);
    if (!row) return undefined;
    if (row.position !== position) throw new Error('a key was asked for at a wrong position');
    return this.read(row);
  }

  loadFrom(position: number, limit: number): StoredRow[] {
    return this.from(position, limit).map((row) => {
      return { position: row.position, key: row.key, entry: this.corrupt.has(row.key) ? undefined : this.read(row) };
    });
  }

  private read(row: Row): StoredEntry {
    const { key, deadline, fieldDeadline, memory, access } = row;
    if (this.corrupt.has(key)) {
      throw new CorruptValue(`ERR '${key}' is corrupt`, { deadline, volatileFields: fieldDeadline !== undefined, memory, access });
    }
    return { value: this.decode(row), deadline, memory, access };
  }

  scan(position: number, limit: number): StoredKey[] {
    const rows = this.from(position, limit);
    this.asked.scans++;
    this.asked.scannedRows += rows.length;
    return rows.map(storedKeyOf);
  }

  describe(keys: readonly Bytes[]): StoredKey[] {
    this.asked.descriptions++;
    return keys.flatMap((key) => this.rows.get(key) ?? []).map(storedKeyOf);
  }

  private from(position: number, limit: number): Row[] {
    this.byPosition ??= [...this.rows.values()].sort(byPositionAndKey);
    const from = this.byPosition.findIndex((row) => row.position >= position);
    return from < 0 ? [] : this.byPosition.slice(from, from + limit);
  }

  private decode({ type, version, data, owner }: Row): Value {
    if (owner === undefined) return decodeValue(type, version, data, this.limits);
    const value = decodeValue(type, version, data, this.limits, this.segments.source(owner));
    this.segments.adopt(value, owner);
    return value;
  }

  deadlines(of: DeadlineOf, after: StoredDeadline | undefined, limit: number): StoredDeadline[] {
    this.asked.deadlines++;
    this.byDeadline ??= { key: this.inDeadlineOrder((row) => row.deadline), field: this.inDeadlineOrder((row) => row.fieldDeadline) };
    const rows = this.byDeadline[of];
    const isBehind = (row: StoredDeadline): boolean =>
      !after || row.deadline > after.deadline || (row.deadline === after.deadline && byPositionAndKey(row, after) > 0);
    const from = rows.findIndex(isBehind);
    return from < 0 ? [] : rows.slice(from, from + limit);
  }

  private inDeadlineOrder(deadlineOf: (row: Row) => number | undefined): StoredDeadline[] {
    const found: StoredDeadline[] = [];
    for (const row of this.rows.values()) {
      const deadline = deadlineOf(row);
      if (deadline === undefined) continue;
      const { position, key, memory, access } = row;
      found.push({ deadline, position, key, volatileFields: row.fieldDeadline !== undefined, memory, access });
    }
    return found.sort((a, b) => a.deadline - b.deadline || byPositionAndKey(a, b));
  }

  /** Writes what changed since the last one, as src/shard/entry-store.ts does. */
  checkpoint({ keys, sequence, scripts: { sources } }: Engine): void {
    const state = keys.dirtyState();
    const { wiped, entries, removed } = state;
    this.segments.begin(state, (key) => this.rows.get(key)?.owner);
    if (wiped) {
      this.rows.clear();
      this.corrupt.clear();
    }
    for (const key of removed) {
      this.rows.delete(key);
      this.corrupt.delete(key);
    }
    for (const { key, value, deadline, memory, access } of entries) {
      this.corrupt.delete(key);
      const data = encodeValue(value);
      const form = { type: typeCodeOf(value), version: encodingVersionOf(value), data, owner: this.segments.put(value) };
      this.rows.set(key, { position: positionOf(key), key, deadline, fieldDeadline: fieldDeadlineOf(value), memory, access, ...form });
    }
    const { size, volatileSize: volatileKeys, sizeWithVolatileFields: keysWithVolatileFields, datasetMemory: memory } = keys;
    this.stored = { keys: size, volatileKeys, keysWithVolatileFields, memory };
    this.sequence = sequence;
    this.byPosition = undefined;
    this.byDeadline = undefined;
    keys.markClean();
    const { put, removed: removedSources } = sources.dirtyState();
    for (const { kind, name } of removedSources) this.scripts.delete(`${kind} ${name}`);
    for (const source of put) this.scripts.set(`${source.kind} ${source.name}`, source);
    sources.markClean();
  }
}

function storedKeyOf({ position, key, deadline, fieldDeadline, type, memory, access }: Row): StoredKey {
  return { position, key, deadline, volatileFields: fieldDeadline !== undefined, type: typeNameOf(type), memory, access };
}

function byPositionAndKey(a: { position: number; key: Bytes }, b: { position: number; key: Bytes }): number {
  return a.position - b.position || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

/** A shard without a runtime. `test` is the engine of the moment: a restart makes a new one. */
export class StoredEngine {
  test: TestEngine;
  readonly store: MemoryStore;

  constructor(
    private readonly random: Random = seededRandom(1),
    private readonly limits: EncodingLimits = defaultEncodingLimits(),
  ) {
    this.store = new MemoryStore(limits);
    this.test = this.start();
  }

  get engine(): Engine {
    return this.test.engine;
  }

  /** Moves the journal into the entries. */
  checkpoint(): void {
    this.test.flush();
    this.store.checkpoint(this.engine);
    if (this.engine.feed.isOn) this.store.feed = this.engine.feed.stored();
    this.test.journal.length = 0;
  }

  /** What DEBUG RELOAD and DEBUG LOADAOF do: memory is forgotten and recovered. */
  private reload(from: 'entries' | 'journal'): void {
    this.engine.suspend(() => {
      if (from === 'entries') this.checkpoint();
      else this.test.flush();
      this.engine.keys.reset();
      this.engine.scripts.reset();
      recover(this.engine, this.store, this.test.journal);
    });
  }

  /** The process dies and another one begins: all that is left is what storage has. */
  restart(): void {
    this.test.flush();
    const { journal, now } = this.test;
    this.test = this.start();
    this.test.now = now;
    recover(this.engine, this.store, journal);
    this.test.journal.push(...journal);
  }

  private start(): TestEngine {
    const test = new TestEngine(1, undefined, true, {
      random: this.random,
      store: this.store,
      sources: this.store,
      reload: (from) => this.reload(from),
    });
    Object.assign(test.engine.limits, this.limits);
    return test;
  }
}

function recover(engine: Engine, store: MemoryStore, journal: readonly Uint8Array[]): void {
  engine.sequence = store.sequence;
  if (store.feed) engine.feed.restore(store.feed);
  for (const frame of journal) engine.replay(decodeFrame(frame));
}
