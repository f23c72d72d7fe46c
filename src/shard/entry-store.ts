// Entries in SQLite: read one by one on first use, in position order by walks, and written by checkpoints.

import { type Bytes, fromBuffer, toBuffer } from '../bytes/bytes';
import { positionOf } from '../bytes/position';
import type { Entry } from '../engine/entry';
import type { DirtyState } from '../engine/residency';
import type { DeadlineOf, EntryStore, StoredDeadline, StoredEntry, StoredKey, StoredRow, StoredTotals } from '../engine/store';
import { decodeValue, encodeValue, encodingVersionOf, typeCodeOf, typeNameOf } from '../types/codec';
import type { EncodingLimits } from '../types/limits';
import { fieldDeadlineOf, type Value } from '../types/value';
import type { Database, Parameter } from './database';
import { MAX_ROW_BYTES, readMeta, writeMeta } from './schema';
import { SegmentStore } from './segment-store';

/** What is known of the stored state as a whole, written with every checkpoint. */
export interface Checkpoint {
  readonly keys: number;
  readonly volatileKeys: number;
  readonly keysWithVolatileFields: number;
  /** Effects that the entries contain: the journal goes on from here. */
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly atMs: number;
}

const NO_CHECKPOINT: Checkpoint = { keys: 0, volatileKeys: 0, keysWithVolatileFields: 0, sequence: 0, atMs: 0 };

/** A statement has at most 100 parameters. Many rows in one cost a third of a statement for each (measured). */
const ROW_PARAMETERS = 7;
const ROWS_PER_STATEMENT = 14;
/** Beyond this rows are written before a statement is full. */
const MAX_STATEMENT_BYTES = 4 * 1024 * 1024;
const upsertOf = (rows: number): string =>
  `INSERT INTO entry (position, key, deadline, field_deadline, form, value, owner)
   VALUES ${Array(rows).fill('(?, ?, ?, ?, ?, ?, ?)').join(', ')}
   ON CONFLICT (position, key) DO UPDATE
   SET deadline = excluded.deadline, field_deadline = excluded.field_deadline,
       form = excluded.form, value = excluded.value, owner = excluded.owner`;
const UPSERT_MANY = upsertOf(ROWS_PER_STATEMENT);
const UPSERT_ONE = upsertOf(1);

type EntryRow = { deadline: number | null; form: number; value: ArrayBuffer; owner: number | null };
type KeyRow = { position: number; key: ArrayBuffer; deadline: number | null; field_deadline: number | null; form: number };
type DeadlineRow = { deadline: number; position: number; key: ArrayBuffer; volatile_fields: number };
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
    this.checkpoint = text === undefined ? NO_CHECKPOINT : { ...NO_CHECKPOINT, ...(JSON.parse(text) as Partial<Checkpoint>) };
  }

  get lastCheckpoint(): Checkpoint {
    return this.checkpoint;
  }

  totals(): StoredTotals {
    return this.checkpoint;
  }

  load(position: number, key: Bytes): StoredEntry | undefined {
    const rows = this.database.query<EntryRow>(
      'SELECT deadline, form, value, owner FROM entry WHERE position = ? AND key = ?',
      position,
      toBuffer(key),
    );
    for (const row of rows) return this.decode(position, key, row);
    return undefined;
  }

  loadFrom(position: number, limit: number): StoredRow[] {
    const rows = this.database.query<EntryRow & Pick<KeyRow, 'position' | 'key'>>(
      'SELECT position, key, deadline, form, value, owner FROM entry WHERE position >= ? ORDER BY position, key LIMIT ?',
      position,
      limit,
    );
    const entries: StoredRow[] = [];
    for (const row of rows) {
      const key = fromBuffer(row.key);
      entries.push({ position: row.position, key, ...this.decode(row.position, key, row) });
    }
    return entries;
  }

  private decode(position: number, key: Bytes, row: EntryRow): StoredEntry {
    const { type, version, chunks } = readForm(row.form);
    const data = chunks === 0 ? fromBuffer(row.value) : this.joined(position, key, row.value);
    const source = row.owner === null ? undefined : this.segments.source(row.owner);
    const value = decodeValue(type, version, data, this.limits(), source);
    if (row.owner !== null) this.segments.adopt(value, row.owner);
    return { value, deadline: row.deadline ?? undefined };
  }

  private joined(position: number, key: Bytes, first: ArrayBuffer): Bytes {
    const parts: string[] = [fromBuffer(first)];
    const rows = this.database.query<{ data: ArrayBuffer }>(
      'SELECT data FROM chunk WHERE position = ? AND key = ? ORDER BY part',
      position,
      toBuffer(key),
    );
    for (const { data } of rows) parts.push(fromBuffer(data));
    return parts.join('') as Bytes;
  }

  scan(position: number, limit: number): StoredKey[] {
    const rows = this.database.query<KeyRow>(
      'SELECT position, key, deadline, field_deadline, form FROM entry WHERE position >= ? ORDER BY position, key LIMIT ?',
      position,
      limit,
    );
    const keys: StoredKey[] = [];
    for (const { position, key, deadline, field_deadline, form } of rows) {
      const type = typeNameOf(readForm(form).type);
      keys.push({ position, key: fromBuffer(key), deadline: deadline ?? undefined, volatileFields: field_deadline !== null, type });
    }
    return keys;
  }

  deadlines(of: DeadlineOf, after: StoredDeadline | undefined, limit: number): StoredDeadline[] {
    const column = DEADLINE_COLUMNS[of];
    const select = `SELECT ${column} AS deadline, position, key, field_deadline IS NOT NULL AS volatile_fields FROM entry
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
    for (const { deadline, position, key, volatile_fields } of rows) {
      found.push({ deadline, position, key: fromBuffer(key), volatileFields: volatile_fields === 1 });
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
      const owner = this.segments.put(entry.value);
      const fieldDeadline = fieldDeadlineOf(entry.value) ?? null;
      const first = chunks === 0 ? data : data.subarray(0, MAX_ROW_BYTES);
      parameters.push(position, key, entry.deadline ?? null, fieldDeadline, form, first, owner);
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

function readForm(form: number): { type: number; version: number; chunks: number } {
  return { type: form % 256, version: Math.floor(form / 256) % 256, chunks: Math.floor(form / 65536) };
}
