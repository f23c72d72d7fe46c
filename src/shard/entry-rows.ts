// The rows of the table of entries: their columns, what they say of a value, and how they are written.

import { type Bytes, toBuffer } from '../bytes/bytes';
import { ENTRY_OVERHEAD } from '../engine/entry';
import { encodingVersionOf, typeCodeOf } from '../types/codec';
import type { Value } from '../types/value';
import { checksumOf, corruptValue } from './checksum';
import type { Database, Parameter } from './database';

/** Of a row that an older release wrote, the memory of its key is guessed: what matters is that it is always the same. */
const MEMORY = `COALESCE(memory, length(key) + length(value) + ${ENTRY_OVERHEAD}) AS memory`;
/** The form of a row whose value has a body (body-store.ts) is this much more; `owner` is then the number of the body. */
const BODY = 2 ** 32;
const JOINED = `entry LEFT JOIN body ON form >= ${BODY} AND body.id = owner`;
const ENTRY_COLUMNS = `deadline, field_deadline, form, value, owner, ${MEMORY}, access, entry.checksum AS checksum, data, body.checksum AS body_checksum`;

export const LOAD = `SELECT ${ENTRY_COLUMNS} FROM ${JOINED} WHERE position = ? AND key = ?`;
export const LOAD_FROM = `SELECT position, key, ${ENTRY_COLUMNS} FROM ${JOINED} WHERE position >= ? ORDER BY position, key LIMIT ?`;
const KEY_COLUMNS = `position, key, deadline, field_deadline, form, ${MEMORY}, access`;
export const SCAN = `SELECT ${KEY_COLUMNS} FROM entry WHERE position >= ? ORDER BY position, key LIMIT ?`;
/** A statement has at most 100 parameters. */
export const MAX_PARAMETERS = 100;
export const SUM_OF_MEMORY = `SELECT SUM(memory) AS sum FROM (SELECT ${MEMORY} FROM entry)`;

const FROZEN_COLUMNS = 'position, key, deadline, form, value, owner';
const BODY_COLUMNS = 'data, body.checksum AS body_checksum';
/** Rows behind one, up to a number: those of the table of which there is no older version, and the older versions. */
export const FROZEN_CURRENT = `SELECT ${FROZEN_COLUMNS}, entry.checksum AS checksum, ${BODY_COLUMNS}, 0 AS old FROM ${JOINED}
  WHERE (position, key) > (?, ?)
  AND NOT EXISTS (SELECT 1 FROM old_entry WHERE old_entry.position = entry.position AND old_entry.key = entry.key)
  ORDER BY position, key LIMIT ?`;
export const FROZEN_OLD = `SELECT ${FROZEN_COLUMNS}, old_entry.checksum AS checksum, ${BODY_COLUMNS}, 1 AS old
  FROM old_entry LEFT JOIN body ON form >= ${BODY} AND body.id = owner
  WHERE present = 1 AND (position, key) > (?, ?) AND (position, key) <= (?, ?) ORDER BY position, key LIMIT ?`;

/** Of keys at so many positions, those whose rows name a body or segments. */
export function ownedAt(positions: number): string {
  return `SELECT key, owner, form, deadline, memory FROM entry
    WHERE position IN (${Array(positions).fill('?').join(', ')}) AND owner IS NOT NULL`;
}

/** The rows at so many positions. */
export function describedAt(positions: number): string {
  return `SELECT ${KEY_COLUMNS} FROM entry WHERE position IN (${Array(positions).fill('?').join(', ')})`;
}

/** Keys by deadline, behind a row or from the first on. */
export function deadlinesBy(column: 'deadline' | 'field_deadline', behind: boolean): string {
  return `SELECT ${column} AS deadline, position, key, field_deadline IS NOT NULL AS volatile_fields, ${MEMORY}, access FROM entry
    WHERE ${column} IS NOT NULL ${behind ? `AND (${column}, position, key) > (?, ?, ?)` : ''} ORDER BY ${column}, position, key LIMIT ?`;
}

type Extent = { memory: number; access: number | null };
export type EntryRow = Extent & {
  deadline: number | null;
  field_deadline: number | null;
  form: number;
  value: ArrayBuffer;
  owner: number | null;
  checksum: number | null;
  /** Of its body, if it has one. */
  data: ArrayBuffer | null;
  body_checksum: number | null;
};
export type KeyRow = Extent & { position: number; key: ArrayBuffer; deadline: number | null; field_deadline: number | null; form: number };
export type DeadlineRow = Extent & { deadline: number; position: number; key: ArrayBuffer; volatile_fields: number };
export type FrozenRow = Omit<EntryRow, keyof Extent | 'field_deadline'> & { position: number; key: ArrayBuffer; old: number };
export type OwnedRow = { key: ArrayBuffer; owner: number; form: number; deadline: number | null; memory: number };

export function extentOf({ memory, access }: Extent): { memory: number; access: number | undefined } {
  return { memory, access: access ?? undefined };
}

// ---- forms

export interface Form {
  /** The code of the type of the value, and the version of its encoding. */
  readonly type: number;
  readonly version: number;
  /** How many chunks follow. */
  readonly chunks: number;
  readonly hasBody: boolean;
}

/** What a row says of its value, in one column. */
export function formOf(value: Value, chunks: number, hasBody: boolean): number {
  return typeCodeOf(value) + encodingVersionOf(value) * 256 + chunks * 65536 + (hasBody ? BODY : 0);
}

export function readForm(form: number): Form {
  return {
    type: form % 256,
    version: Math.floor(form / 256) % 256,
    chunks: Math.floor(form / 65536) % 65536,
    hasBody: form >= BODY,
  };
}

// ---- checksums

/** @param inline the part of the value that stands in the row and in chunks */
export function entryChecksum(key: Uint8Array, deadline: number | null, form: number, inline: Uint8Array): number {
  return checksumOf([deadline ?? -1, form], key, inline);
}

/** The bytes of a value, found to be those that were stored. `rest`: the chunks behind the first, of which there are some. */
export function bytesOf(key: Bytes, row: Omit<EntryRow, keyof Extent | 'field_deadline'>, rest: () => Uint8Array[]): Uint8Array {
  const { chunks, hasBody } = readForm(row.form);
  const first = new Uint8Array(row.value);
  const inline = chunks === 0 ? first : Buffer.concat([first, ...rest()]);
  if (row.checksum !== null && row.checksum !== entryChecksum(toBuffer(key), row.deadline, row.form, inline)) {
    throw corruptValue(key, 'checksum');
  }
  return hasBody ? bodyOf(key, row) : inline;
}

/** The body that a row names. */
function bodyOf(key: Bytes, { data, body_checksum, owner }: Pick<EntryRow, 'data' | 'body_checksum' | 'owner'>): Uint8Array {
  if (data === null || owner === null) throw corruptValue(key, 'its body is missing');
  const body = new Uint8Array(data);
  if (body_checksum !== bodyChecksum(owner, body)) throw corruptValue(key, 'checksum of its body');
  return body;
}

export function bodyChecksum(id: number, data: Uint8Array): number {
  return checksumOf([id], data);
}

// ---- writing

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

export interface NewRow {
  readonly position: number;
  readonly key: Uint8Array<ArrayBuffer>;
  readonly deadline: number | null;
  readonly fieldDeadline: number | null;
  readonly form: number;
  readonly inline: Uint8Array<ArrayBuffer>;
  readonly owner: number | null;
  readonly memory: number;
  readonly access: number;
  readonly checksum: number;
}

/** Gathers rows into statements. */
export class RowWriter {
  private parameters: Parameter[] = [];
  private bytes = 0;

  constructor(private readonly database: Database) {}

  put({ position, key, deadline, fieldDeadline, form, inline, owner, memory, access, checksum }: NewRow): void {
    this.parameters.push(position, key, deadline, fieldDeadline, form, inline, owner, memory, access, checksum);
    this.bytes += inline.length;
    // Full statements keep one text, which the runtime prepares once.
    if (this.parameters.length === ROWS_PER_STATEMENT * ROW_PARAMETERS || this.bytes >= MAX_STATEMENT_BYTES) this.flush();
  }

  flush(): void {
    const { parameters } = this;
    if (parameters.length === ROWS_PER_STATEMENT * ROW_PARAMETERS) this.database.write(UPSERT_MANY, ...parameters);
    else
      for (let at = 0; at < parameters.length; at += ROW_PARAMETERS) {
        this.database.write(UPSERT_ONE, ...parameters.slice(at, at + ROW_PARAMETERS));
      }
    this.parameters = [];
    this.bytes = 0;
  }
}

/** What a row that stands there says, where it names a body or segments. */
export type Former = ReadonlyMap<Bytes, OwnedRow>;
