// Entries in SQLite: read one by one on first use, in position order by walks, and written by checkpoints.

import { type Bytes, fromBuffer, toBuffer } from '../bytes/bytes';
import { positionOf } from '../bytes/position';
import type { Entry } from '../engine/entry';
import type { DirtyState } from '../engine/residency';
import {
  CorruptValue,
  type DeadlineOf,
  type EntryStore,
  type StoredDeadline,
  type StoredEntry,
  type StoredKey,
  type StoredRow,
  type StoredTotals,
} from '../engine/store';
import { decodeValue, encodeValue, typeNameOf } from '../types/codec';
import type { EncodingLimits } from '../types/limits';
import { fieldDeadlineOf, type TypeName } from '../types/value';
import { BodyStore } from './body-store';
import { corruptValue } from './checksum';
import type { Database } from './database';
import {
  bytesOf,
  type DeadlineRow,
  deadlinesBy,
  describedAt,
  type EntryRow,
  entryChecksum,
  extentOf,
  type Former,
  formOf,
  type KeyRow,
  LOAD,
  LOAD_FROM,
  MAX_PARAMETERS,
  type OwnedRow,
  ownedAt,
  RowWriter,
  readForm,
  SCAN,
  SUM_OF_MEMORY,
} from './entry-rows';
import { MAX_ROW_BYTES, readMeta, writeMeta } from './schema';
import { SegmentStore } from './segment-store';
import { FrozenView } from './snapshot/frozen-view';

/** What is known of the stored state as a whole, written with every checkpoint. */
export interface Checkpoint {
  readonly keys: number;
  readonly volatileKeys: number;
  readonly keysWithVolatileFields: number;
  /** Estimated bytes that all of them take, or would take, in memory. */
  readonly memory: number;
  /** Effects that the entries contain: the journal goes on from here. */
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly atMs: number;
}

const NO_CHECKPOINT: Checkpoint = { keys: 0, volatileKeys: 0, keysWithVolatileFields: 0, memory: 0, sequence: 0, atMs: 0 };

/** SQLite keeps rows of up to about 1,000 bytes of this table in one piece. A longer value has a body. */
const MAX_INLINE_BYTES = 900;
const LENGTHS = [1, 4, 16, 50, MAX_PARAMETERS];
const EMPTY = new Uint8Array(0);

export class SqliteEntryStore implements EntryStore {
  private checkpoint: Checkpoint;
  private readonly segments: SegmentStore;
  private readonly bodies: BodyStore;
  readonly frozen: FrozenView;

  constructor(
    private readonly database: Database,
    /** The live limits of the engine, which exists only after its store. */
    private readonly limits: () => EncodingLimits,
  ) {
    this.frozen = new FrozenView(database);
    this.segments = new SegmentStore(database, this.frozen);
    this.bodies = new BodyStore(database, this.frozen);
    const text = readMeta(database, 'checkpoint');
    // What an older release wrote names fewer counts.
    const written = text === undefined ? NO_CHECKPOINT : (JSON.parse(text) as Partial<Checkpoint>);
    this.checkpoint = { ...NO_CHECKPOINT, ...written, memory: written.memory ?? this.sumOfMemory() };
  }

  /** After an upgrade, once: older releases did not count it. */
  private sumOfMemory(): number {
    return this.database.query<{ sum: number | null }>(SUM_OF_MEMORY).one().sum ?? 0;
  }

  get lastCheckpoint(): Checkpoint {
    return this.checkpoint;
  }

  totals(): StoredTotals {
    return this.checkpoint;
  }

  load(position: number, key: Bytes): StoredEntry | undefined {
    const rows = this.database.query<EntryRow>(LOAD, position, toBuffer(key));
    for (const row of rows) return this.read(position, key, row);
    return undefined;
  }

  loadFrom(position: number, limit: number): StoredRow[] {
    const rows = this.database.query<EntryRow & Pick<KeyRow, 'position' | 'key'>>(LOAD_FROM, position, limit);
    const entries: StoredRow[] = [];
    for (const row of rows) {
      const key = fromBuffer(row.key);
      entries.push({ position: row.position, key, entry: this.readIfWhole(row.position, key, row) });
    }
    return entries;
  }

  private readIfWhole(position: number, key: Bytes, row: EntryRow): StoredEntry | undefined {
    try {
      return this.read(position, key, row);
    } catch (thrown) {
      if (thrown instanceof CorruptValue) return undefined;
      throw thrown;
    }
  }

  private read(position: number, key: Bytes, row: EntryRow): StoredEntry {
    try {
      return this.decode(position, key, row);
    } catch (thrown) {
      throw this.isFailure(thrown) ? thrown : withRemains(thrown, key, row);
    }
  }

  /** An error was thrown by storage, and not by whoever made something of what it gave. */
  isFailure(thrown: unknown): boolean {
    return this.database.isFailure(thrown);
  }

  private decode(position: number, key: Bytes, row: EntryRow): StoredEntry {
    const { type, version, hasBody } = readForm(row.form);
    const data = fromBuffer(bytesOf(key, row, () => this.chunks(position, key)));
    const source = row.owner === null || hasBody ? undefined : this.segments.source(row.owner, key);
    const value = decodeValue(type, version, data, this.limits(), source);
    if (source && row.owner !== null) this.segments.adopt(value, row.owner);
    return { value, deadline: row.deadline ?? undefined, ...extentOf(row) };
  }

  /** The chunks of a value, but for the first. */
  private chunks(position: number, key: Bytes): Uint8Array[] {
    const rows = this.database.query<{ data: ArrayBuffer }>(
      'SELECT data FROM chunk WHERE position = ? AND key = ? ORDER BY part',
      position,
      toBuffer(key),
    );
    return Array.from(rows, ({ data }) => new Uint8Array(data));
  }

  scan(position: number, limit: number): StoredKey[] {
    return Array.from(this.database.query<KeyRow>(SCAN, position, limit), storedKeyOf);
  }

  describe(keys: readonly Bytes[]): StoredKey[] {
    const found: StoredKey[] = [];
    for (let at = 0; at < keys.length; at += MAX_PARAMETERS) {
      const some = new Set(keys.slice(at, at + MAX_PARAMETERS));
      // Other keys may be at the same positions.
      for (const row of this.database.query<KeyRow>(...atPositions(describedAt, some))) {
        const stored = storedKeyOf(row);
        if (some.has(stored.key)) found.push(stored);
      }
    }
    return found;
  }

  deadlines(of: DeadlineOf, after: StoredDeadline | undefined, limit: number): StoredDeadline[] {
    const statement = deadlinesBy(of === 'key' ? 'deadline' : 'field_deadline', after !== undefined);
    const parameters = after ? [after.deadline, after.position, toBuffer(after.key), limit] : [limit];
    const rows = this.database.query<DeadlineRow>(statement, ...parameters);
    const found: StoredDeadline[] = [];
    for (const row of rows) {
      const { deadline, position } = row;
      found.push({ deadline, position, key: fromBuffer(row.key), volatileFields: row.volatile_fields === 1, ...extentOf(row) });
    }
    return found;
  }

  /** Writes what changed since the last checkpoint. Called inside a transaction, together with the end of the journal. */
  write(state: DirtyState, checkpoint: Checkpoint): void {
    if (state.wiped) {
      this.frozen.breakOff();
      for (const table of ['entry', 'chunk', 'body', 'old_body']) this.database.write(`DELETE FROM ${table}`);
    }
    const former = state.wiped || (this.segments.isEmpty && this.bodies.isEmpty) ? NOTHING : this.formerRows(state);
    this.segments.begin(state, former);
    const chunked = this.hasChunks();
    if (this.frozen.isActive && !state.wiped) this.frozen.keepEntries(keysOf(state), chunked);
    if (!state.wiped) for (const key of state.removed) this.delete(key, former, chunked);
    this.putAll(state.entries, former, chunked);
    this.bodies.flush();
    this.segments.finish();
    writeMeta(this.database, 'checkpoint', JSON.stringify(checkpoint));
    this.checkpoint = checkpoint;
  }

  /** What the rows of keys that change say, where they name something that a change may leave behind. */
  private formerRows(state: DirtyState): Former {
    const keys = keysOf(state);
    const former = new Map<Bytes, OwnedRow>();
    for (let at = 0; at < keys.length; at += MAX_PARAMETERS) {
      const some = new Set(keys.slice(at, at + MAX_PARAMETERS));
      for (const row of this.database.query<OwnedRow>(...atPositions(ownedAt, some))) {
        const key = fromBuffer(row.key);
        if (some.has(key)) former.set(key, row);
      }
    }
    return former;
  }

  /** From now on rows stay as they are for whoever looks through {@link frozen}. A checkpoint has just been written. */
  freeze(): void {
    this.frozen.begin({ lastOwner: this.segments.last, lastBody: this.bodies.last });
  }

  /** There are rows that nobody needs any more. */
  get hasGarbage(): boolean {
    return !this.frozen.isActive && (this.segments.hasGarbage || this.bodies.hasGarbage);
  }

  /** Deletes about so many of them. */
  collectGarbage(rows: number): void {
    if (this.segments.hasGarbage) this.segments.collect(rows);
    else this.bodies.collect(rows);
  }

  private hasChunks(): boolean {
    return this.database.query('SELECT 1 FROM chunk LIMIT 1').toArray().length > 0;
  }

  private delete(key: Bytes, former: Former, chunked: boolean): void {
    const position = positionOf(key);
    const blob = toBuffer(key);
    const body = bodyIn(former.get(key));
    if (body !== undefined) this.bodies.delete(body);
    this.database.write('DELETE FROM entry WHERE position = ? AND key = ?', position, blob);
    if (chunked) this.database.write('DELETE FROM chunk WHERE position = ? AND key = ?', position, blob);
  }

  private putAll(entries: readonly Entry[], former: Former, chunked: boolean): void {
    const rows = new RowWriter(this.database);
    // In the table's own order every page is touched once; in any other a large table does not fit SQLite's page cache.
    const placed = entries.map((entry) => ({ position: positionOf(entry.key), entry })).sort((a, b) => a.position - b.position);
    for (const { position, entry } of placed) this.putOne(rows, position, entry, former.get(entry.key), chunked);
    rows.flush();
  }

  private putOne(rows: RowWriter, position: number, entry: Entry, former: OwnedRow | undefined, chunked: boolean): void {
    const { value, memory, access } = entry;
    const deadline = entry.deadline ?? null;
    const key = toBuffer(entry.key);
    const data = toBuffer(encodeValue(value));
    const segments = this.segments.put(entry.key, value);
    const formerBody = bodyIn(former);
    const chunks = Math.max(0, Math.ceil(data.length / MAX_ROW_BYTES) - 1);
    if (chunked || chunks > 0) this.putChunks(position, key, data, chunks);
    const hasBody = segments === null && chunks === 0 && key.length + data.length > MAX_INLINE_BYTES;
    const form = formOf(value, chunks, hasBody);
    let owner = segments;
    if (hasBody) {
      owner = this.bodies.put(data, formerBody);
      // Of a value that is replaced by one like it only the body changes.
      const isLike = former?.form === form && former.deadline === deadline && former.memory === memory && formerBody === owner;
      if (isLike && fieldDeadlineOf(value) === undefined) return;
    } else if (formerBody !== undefined) this.bodies.delete(formerBody);
    const inline = hasBody ? EMPTY : data;
    rows.put({
      ...{ position, key, deadline, form, owner, memory, access },
      fieldDeadline: fieldDeadlineOf(value) ?? null,
      inline: chunks === 0 ? inline : data.subarray(0, MAX_ROW_BYTES),
      checksum: entryChecksum(key, deadline, form, inline),
    });
  }

  private putChunks(position: number, key: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>, chunks: number): void {
    this.database.write('DELETE FROM chunk WHERE position = ? AND key = ?', position, key);
    for (let part = 1; part <= chunks; part++) {
      const slice = data.subarray(part * MAX_ROW_BYTES, (part + 1) * MAX_ROW_BYTES);
      this.database.write('INSERT INTO chunk (position, key, part, data) VALUES (?, ?, ?, ?)', position, key, part, slice);
    }
  }
}

/** A statement for the rows at the positions of keys. Statements of a few lengths alone, so that they need not be prepared anew. */
function atPositions(statement: (positions: number) => string, keys: ReadonlySet<Bytes>): [string, ...number[]] {
  const positions = Array.from(keys, positionOf);
  const length = LENGTHS.find((most) => most >= positions.length) ?? MAX_PARAMETERS;
  while (positions.length < length) positions.push(positions[0] as number);
  return [statement(length), ...positions];
}

function keysOf({ entries, removed }: DirtyState): Bytes[] {
  const keys = [...removed];
  for (const { key } of entries) keys.push(key);
  return keys;
}

function storedKeyOf(row: KeyRow): StoredKey {
  return {
    position: row.position,
    key: fromBuffer(row.key),
    deadline: row.deadline ?? undefined,
    volatileFields: row.field_deadline !== null,
    type: typeIn(row),
    ...extentOf(row),
  };
}

/** A row that names no type that there is (it is corrupt) is listed as a string. */
function typeIn({ form }: KeyRow): TypeName {
  try {
    return typeNameOf(readForm(form).type);
  } catch {
    return 'string';
  }
}

const NOTHING: Former = new Map();

/** What to throw where a value cannot be read: what its row tells goes along. */
function withRemains(thrown: unknown, key: Bytes, row: EntryRow): CorruptValue {
  const corrupt = thrown instanceof CorruptValue ? thrown : corruptValue(key, messageOf(thrown));
  return new CorruptValue(corrupt.text, {
    deadline: row.deadline ?? undefined,
    volatileFields: row.field_deadline !== null,
    ...extentOf(row),
  });
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The number of the body that a row names. */
function bodyIn(row: OwnedRow | undefined): number | undefined {
  return row !== undefined && readForm(row.form).hasBody ? row.owner : undefined;
}
