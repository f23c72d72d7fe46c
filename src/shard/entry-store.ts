// Entries in SQLite: read one by one on first use, in position order by walks, and written by checkpoints.

import { type Bytes, fromBuffer, toBuffer } from '../bytes/bytes';
import { positionOf } from '../bytes/position';
import { ENTRY_OVERHEAD, type Entry } from '../engine/entry';
import type { DirtyState } from '../engine/residency';
import type { DeadlineOf, EntryStore, StoredDeadline, StoredEntry, StoredKey, StoredRow, StoredTotals } from '../engine/store';
import { decodeValue, encodeValue, encodingVersionOf, typeCodeOf, typeNameOf } from '../types/codec';
import type { EncodingLimits } from '../types/limits';
import { fieldDeadlineOf, type Value } from '../types/value';
import { checksumOf, corruptValue } from './checksum';
import type { Database, Parameter } from './database';
import { MAX_ROW_BYTES, readMeta, writeMeta } from './schema';
import { SegmentStore } from './segment-store';

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

/** A statement has at most 100 parameters. Many rows in one cost a third of a statement for each (measured). */
const ROW_PARAMETERS = 10;
const ROWS_PER_STATEMENT = 10;
/** Beyond this rows are written before a statement is full. */
const MAX_STATEMENT_BYTES = 4 * 1024 * 1024;
const upsertOf = (rows: number): string =>
  `INSERT INTO entry (position, key, deadline, field_deadline, form, value, owner, memory, access, checksum)
   VALUES ${Array(rows).fill('(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}
   ON CONFLICT (position, key) DO UPDATE
   SET deadline = excluded.deadline, field_deadline = excluded.field_deadline,
       form = excluded.form, value = excluded.value, owner = excluded.owner,
       memory = excluded.memory, access = excluded.access, checksum = excluded.checksum`;
const UPSERT_MANY = upsertOf(ROWS_PER_STATEMENT);
const UPSERT_ONE = upsertOf(1);

/** Of a row that an older release wrote, the memory of its key is guessed: what matters is that it is always the same. */
const MEMORY = `COALESCE(memory, length(key) + length(value) + ${ENTRY_OVERHEAD}) AS memory`;
const ENTRY_COLUMNS = `deadline, form, value, owner, ${MEMORY}, access, checksum`;

type Extent = { memory: number; access: number | null };
type EntryRow = Extent & { deadline: number | null; form: number; value: ArrayBuffer; owner: number | null; checksum: number | null };
type KeyRow = Extent & { position: number; key: ArrayBuffer; deadline: number | null; field_deadline: number | null; form: number };
type DeadlineRow = Extent & { deadline: number; position: number; key: ArrayBuffer; volatile_fields: number };
const LOAD = `SELECT ${ENTRY_COLUMNS} FROM entry WHERE position = ? AND key = ?`;
const LOAD_FROM = `SELECT position, key, ${ENTRY_COLUMNS} FROM entry WHERE position >= ? ORDER BY position, key LIMIT ?`;
const SCAN = `SELECT position, key, deadline, field_deadline, form, ${MEMORY}, access FROM entry WHERE position >= ? ORDER BY position, key LIMIT ?`;
const DEADLINE_COLUMNS: Readonly<Record<DeadlineOf, string>> = { key: 'deadline', field: 'field_deadline' };

export class SqliteEntryStore implements EntryStore {
  private checkpoint: Checkpoint;
  private readonly segments: SegmentStore;

  constructor(
    private readonly database: Database,
    /** The live limits of the engine, which exists only after its store. */
    private readonly limits: () => EncodingLimits,
  ) {
    this.segments = new SegmentStore(database);
    const text = readMeta(database, 'checkpoint');
    // What an older release wrote names fewer counts.
    const written = text === undefined ? NO_CHECKPOINT : (JSON.parse(text) as Partial<Checkpoint>);
    this.checkpoint = { ...NO_CHECKPOINT, ...written, memory: written.memory ?? this.sumOfMemory() };
  }

  /** After an upgrade, once: older releases did not count it. */
  private sumOfMemory(): number {
    const rows = this.database.query<{ sum: number | null }>(`SELECT SUM(memory) AS sum FROM (SELECT ${MEMORY} FROM entry)`);
    return rows.one().sum ?? 0;
  }

  get lastCheckpoint(): Checkpoint {
    return this.checkpoint;
  }

  totals(): StoredTotals {
    return this.checkpoint;
  }

  load(position: number, key: Bytes): StoredEntry | undefined {
    const rows = this.database.query<EntryRow>(LOAD, position, toBuffer(key));
    for (const row of rows) return this.decode(position, key, row);
    return undefined;
  }

  loadFrom(position: number, limit: number): StoredRow[] {
    const rows = this.database.query<EntryRow & Pick<KeyRow, 'position' | 'key'>>(LOAD_FROM, position, limit);
    const entries: StoredRow[] = [];
    for (const row of rows) {
      const key = fromBuffer(row.key);
      entries.push({ position: row.position, key, ...this.decode(row.position, key, row) });
    }
    return entries;
  }

  private decode(position: number, key: Bytes, row: EntryRow): StoredEntry {
    const { type, version, chunks } = readForm(row.form);
    const bytes = chunks === 0 ? new Uint8Array(row.value) : this.joined(position, key, row.value);
    if (row.checksum !== null && row.checksum !== entryChecksum(toBuffer(key), row.deadline, row.form, bytes)) {
      throw corruptValue(key, 'checksum');
    }
    const data = fromBuffer(bytes);
    const source = row.owner === null ? undefined : this.segments.source(row.owner, key);
    const value = decodeValue(type, version, data, this.limits(), source);
    if (row.owner !== null) this.segments.adopt(value, row.owner);
    return { value, deadline: row.deadline ?? undefined, ...extentOf(row) };
  }

  private joined(position: number, key: Bytes, first: ArrayBuffer): Uint8Array {
    const parts: Uint8Array[] = [new Uint8Array(first)];
    const rows = this.database.query<{ data: ArrayBuffer }>(
      'SELECT data FROM chunk WHERE position = ? AND key = ? ORDER BY part',
      position,
      toBuffer(key),
    );
    for (const { data } of rows) parts.push(new Uint8Array(data));
    return Buffer.concat(parts);
  }

  scan(position: number, limit: number): StoredKey[] {
    const keys: StoredKey[] = [];
    for (const row of this.database.query<KeyRow>(SCAN, position, limit)) {
      keys.push({
        position: row.position,
        key: fromBuffer(row.key),
        deadline: row.deadline ?? undefined,
        volatileFields: row.field_deadline !== null,
        type: typeNameOf(readForm(row.form).type),
        ...extentOf(row),
      });
    }
    return keys;
  }

  deadlines(of: DeadlineOf, after: StoredDeadline | undefined, limit: number): StoredDeadline[] {
    const column = DEADLINE_COLUMNS[of];
    const select = `SELECT ${column} AS deadline, position, key, field_deadline IS NOT NULL AS volatile_fields, ${MEMORY}, access
      FROM entry
      WHERE ${column} IS NOT NULL`;
    const order = `ORDER BY ${column}, position, key LIMIT ?`;
    const rows = after
      ? this.database.query<DeadlineRow>(
          `${select} AND (${column}, position, key) > (?, ?, ?) ${order}`,
          after.deadline,
          after.position,
          toBuffer(after.key),
          limit,
        )
      : this.database.query<DeadlineRow>(`${select} ${order}`, limit);
    const found: StoredDeadline[] = [];
    for (const row of rows) {
      const { deadline, position } = row;
      found.push({ deadline, position, key: fromBuffer(row.key), volatileFields: row.volatile_fields === 1, ...extentOf(row) });
    }
    return found;
  }

  /** Writes what changed since the last checkpoint. Called inside a transaction, together with the end of the journal. */
  write(state: DirtyState, checkpoint: Checkpoint): void {
    this.segments.begin(state);
    if (state.wiped) {
      this.database.write('DELETE FROM entry');
      this.database.write('DELETE FROM chunk');
    }
    const chunked = this.hasChunks();
    if (!state.wiped) for (const key of state.removed) this.delete(key, chunked);
    this.putAll(state.entries, chunked);
    this.segments.finish();
    writeMeta(this.database, 'checkpoint', JSON.stringify(checkpoint));
    this.checkpoint = checkpoint;
  }

  private hasChunks(): boolean {
    return this.database.query('SELECT 1 FROM chunk LIMIT 1').toArray().length > 0;
  }

  private delete(key: Bytes, chunked: boolean): void {
    const position = positionOf(key);
    const blob = toBuffer(key);
    this.database.write('DELETE FROM entry WHERE position = ? AND key = ?', position, blob);
    if (chunked) this.database.write('DELETE FROM chunk WHERE position = ? AND key = ?', position, blob);
  }

  private putAll(entries: readonly Entry[], chunked: boolean): void {
    let parameters: Parameter[] = [];
    let bytes = 0;
    // In the table's own order every page is touched once; in any other a large table does not fit SQLite's page cache.
    const placed = entries.map((entry) => ({ position: positionOf(entry.key), entry })).sort((a, b) => a.position - b.position);
    for (const { position, entry } of placed) {
      const data = toBuffer(encodeValue(entry.value));
      const chunks = Math.max(0, Math.ceil(data.length / MAX_ROW_BYTES) - 1);
      const key = toBuffer(entry.key);
      if (chunked || chunks > 0) this.putChunks(position, key, data, chunks);
      const form = formOf(entry.value, chunks);
      const owner = this.segments.put(entry.key, entry.value);
      const fieldDeadline = fieldDeadlineOf(entry.value) ?? null;
      const first = chunks === 0 ? data : data.subarray(0, MAX_ROW_BYTES);
      const checksum = entryChecksum(key, entry.deadline ?? null, form, data);
      parameters.push(position, key, entry.deadline ?? null, fieldDeadline, form, first, owner, entry.memory, entry.access, checksum);
      bytes += data.length;
      // Full statements keep one text, which the runtime prepares once.
      if (parameters.length < ROWS_PER_STATEMENT * ROW_PARAMETERS && bytes < MAX_STATEMENT_BYTES) continue;
      this.upsert(parameters);
      parameters = [];
      bytes = 0;
    }
    this.upsert(parameters);
  }

  private upsert(parameters: Parameter[]): void {
    const whole = ROWS_PER_STATEMENT * ROW_PARAMETERS;
    if (parameters.length === whole) this.database.write(UPSERT_MANY, ...parameters);
    else
      for (let at = 0; at < parameters.length; at += ROW_PARAMETERS) {
        this.database.write(UPSERT_ONE, ...parameters.slice(at, at + ROW_PARAMETERS));
      }
  }

  private putChunks(position: number, key: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>, chunks: number): void {
    this.database.write('DELETE FROM chunk WHERE position = ? AND key = ?', position, key);
    for (let part = 1; part <= chunks; part++) {
      const slice = data.subarray(part * MAX_ROW_BYTES, (part + 1) * MAX_ROW_BYTES);
      this.database.write('INSERT INTO chunk (position, key, part, data) VALUES (?, ?, ?, ?)', position, key, part, slice);
    }
  }
}

/** What a row says of its value, in one column: the type's code, the version of its encoding, and how many chunks follow. */
function formOf(value: Value, chunks: number): number {
  return typeCodeOf(value) + encodingVersionOf(value) * 256 + chunks * 65536;
}

function entryChecksum(key: Uint8Array, deadline: number | null, form: number, data: Uint8Array): number {
  return checksumOf([deadline ?? -1, form], key, data);
}

function extentOf({ memory, access }: Extent): { memory: number; access: number | undefined } {
  return { memory, access: access ?? undefined };
}

function readForm(form: number): { type: number; version: number; chunks: number } {
  return { type: form % 256, version: Math.floor(form / 256) % 256, chunks: Math.floor(form / 65536) };
}
