// The tables of a shard's SQLite database, and how a database of an older release becomes one of this release.
//
//   journal  frames of effects since the last checkpoint (and, below its sequence, older ones that will be written over);
//            a frame over the row limit continues in the next parts
//   entry    every key as of the last checkpoint, in position order (the order of SCAN; a slot is a range of it); rows that
//            older releases wrote have neither the memory that the key takes, nor its mark of access, nor a checksum
//   body     values that are too long for the row of their entry, which names them
//   chunk    the rest of values that do not fit into one row
//   segment  the parts of large values, by the owner that the value's entry names; the rest of one that does not fit
//            into one row follows in the next parts
//   old_…    while a snapshot is written: rows as they were when it began, of those that have changed since and that it has
//            not come to (snapshot/frozen-view.ts), and the numbers of bodies that are to go when it is done
//   garbage  owners whose segments nobody needs any more: they are deleted little by little
//   feed     one row, while the change feed is kept: its newest part as of the last checkpoint
//   source   the sources of scripts and libraries; the rest of one that does not fit into one row follows in the next parts
//   subscription  what connections are subscribed to that their sockets cannot keep, by the id of the client
//   meta     named small values: the schema version, and what a checkpoint knows about the whole

import { NEWER_SCHEMA } from '../protocol/errors';
import type { Database } from './database';

/** Bytes of a value in one row. The platform's limit is 2 MB for a row with its key. */
export const MAX_ROW_BYTES = 1024 * 1024;

const MIGRATIONS: readonly (readonly string[])[] = [
  [
    'CREATE TABLE journal (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL)',
    `CREATE TABLE entry (
      position INTEGER NOT NULL, key BLOB NOT NULL,
      deadline INTEGER, form INTEGER NOT NULL, value BLOB NOT NULL,
      PRIMARY KEY (position, key)) WITHOUT ROWID`,
    'CREATE INDEX entry_deadline ON entry (deadline) WHERE deadline IS NOT NULL',
    `CREATE TABLE chunk (
      position INTEGER NOT NULL, key BLOB NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL,
      PRIMARY KEY (position, key, part)) WITHOUT ROWID`,
  ],
  [
    'ALTER TABLE entry ADD COLUMN owner INTEGER',
    `CREATE TABLE segment (
      owner INTEGER NOT NULL, family INTEGER NOT NULL, id INTEGER NOT NULL, part INTEGER NOT NULL,
      count INTEGER NOT NULL, head BLOB NOT NULL, data BLOB NOT NULL,
      PRIMARY KEY (owner, family, id, part)) WITHOUT ROWID`,
    'CREATE INDEX segment_rest ON segment (owner) WHERE part > 0',
  ],
  [
    // The earliest deadline of the fields of a hash.
    'ALTER TABLE entry ADD COLUMN field_deadline INTEGER',
    'CREATE INDEX entry_field_deadline ON entry (field_deadline) WHERE field_deadline IS NOT NULL',
  ],
  ['CREATE TABLE feed (id INTEGER PRIMARY KEY, data BLOB NOT NULL)'],
  [
    `CREATE TABLE source (
      kind INTEGER NOT NULL, name BLOB NOT NULL, part INTEGER NOT NULL,
      evictable INTEGER NOT NULL, data BLOB NOT NULL,
      PRIMARY KEY (kind, name, part)) WITHOUT ROWID`,
  ],
  [
    `CREATE TABLE subscription (
      client INTEGER NOT NULL, kind INTEGER NOT NULL, name BLOB NOT NULL,
      PRIMARY KEY (client, kind, name)) WITHOUT ROWID`,
  ],
  [
    'ALTER TABLE entry ADD COLUMN memory INTEGER',
    'ALTER TABLE entry ADD COLUMN access INTEGER',
    'ALTER TABLE entry ADD COLUMN checksum INTEGER',
    'ALTER TABLE segment ADD COLUMN checksum INTEGER',
    'CREATE TABLE garbage (owner INTEGER PRIMARY KEY)',
  ],
  ['CREATE TABLE body (id INTEGER PRIMARY KEY, data BLOB NOT NULL, checksum INTEGER NOT NULL)'],
  [
    `CREATE TABLE old_entry (
      position INTEGER NOT NULL, key BLOB NOT NULL, present INTEGER NOT NULL,
      deadline INTEGER, form INTEGER, value BLOB, owner INTEGER, checksum INTEGER,
      PRIMARY KEY (position, key)) WITHOUT ROWID`,
    `CREATE TABLE old_chunk (
      position INTEGER NOT NULL, key BLOB NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL,
      PRIMARY KEY (position, key, part)) WITHOUT ROWID`,
    `CREATE TABLE old_segment (
      owner INTEGER NOT NULL, family INTEGER NOT NULL, id INTEGER NOT NULL, part INTEGER NOT NULL, present INTEGER NOT NULL,
      count INTEGER, head BLOB, data BLOB, checksum INTEGER,
      PRIMARY KEY (owner, family, id, part)) WITHOUT ROWID`,
    'CREATE TABLE old_body (id INTEGER PRIMARY KEY)',
  ],
];

/** Brings the database to the newest schema. A database of a newer release than this one is refused. */
export function migrate(storage: DurableObjectStorage, database: Database): void {
  database.write('CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID');
  const version = Number(readMeta(database, 'schema') ?? 0);
  if (version > MIGRATIONS.length) throw new Error(`${NEWER_SCHEMA}: it has schema ${version}, this one knows up to ${MIGRATIONS.length}`);
  if (version === MIGRATIONS.length) return;
  // The steps and their marker are one transaction: a crash leaves the old schema or the new one.
  storage.transactionSync(() => {
    for (const statements of MIGRATIONS.slice(version)) for (const statement of statements) database.write(statement);
    writeMeta(database, 'schema', String(MIGRATIONS.length));
  });
}

export function readMeta(database: Database, name: string): string | undefined {
  for (const row of database.query<{ value: string }>('SELECT value FROM meta WHERE name = ?', name)) return row.value;
  return undefined;
}

export function writeMeta(database: Database, name: string, value: string): void {
  database.write('INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value', name, value);
}

export function deleteMeta(database: Database, name: string): void {
  database.write('DELETE FROM meta WHERE name = ?', name);
}
