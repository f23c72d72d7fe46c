// The sources of scripts and libraries in SQLite: written by checkpoints, read when the first script is asked for.

import { type Bytes, fromBuffer, toBuffer } from '../bytes/bytes';
import type { DirtySources, Source, SourceKind, SourceStore } from '../engine/scripting/sources';
import type { Database } from './database';
import { MAX_ROW_BYTES } from './schema';

/** What the column `kind` says. */
const KINDS: readonly SourceKind[] = ['script', 'library'];

type SourceRow = { kind: number; name: ArrayBuffer; part: number; evictable: number; data: ArrayBuffer };

export class SqliteSourceStore implements SourceStore {
  constructor(private readonly database: Database) {}

  sources(): readonly Source[] {
    const found: Source[] = [];
    for (const row of this.database.query<SourceRow>('SELECT kind, name, part, evictable, data FROM source ORDER BY kind, name, part')) {
      const data = fromBuffer(row.data);
      const last = found[found.length - 1];
      if (row.part > 0 && last) found[found.length - 1] = { ...last, source: (last.source + data) as Bytes };
      else found.push({ kind: KINDS[row.kind] as SourceKind, name: fromBuffer(row.name), source: data, evictable: row.evictable === 1 });
    }
    return found;
  }

  /** Writes what changed since the last checkpoint. Called inside its transaction. */
  write({ put, removed }: DirtySources): void {
    for (const { kind, name } of removed) this.delete(kind, name);
    for (const source of put) this.put(source);
  }

  private put({ kind, name, source, evictable }: Source): void {
    this.delete(kind, name);
    const data = toBuffer(source);
    for (let part = 0; part === 0 || part * MAX_ROW_BYTES < data.length; part++) {
      this.database.write(
        'INSERT INTO source (kind, name, part, evictable, data) VALUES (?, ?, ?, ?, ?)',
        KINDS.indexOf(kind),
        toBuffer(name),
        part,
        evictable ? 1 : 0,
        data.subarray(part * MAX_ROW_BYTES, (part + 1) * MAX_ROW_BYTES),
      );
    }
  }

  private delete(kind: SourceKind, name: Bytes): void {
    this.database.write('DELETE FROM source WHERE kind = ? AND name = ?', KINDS.indexOf(kind), toBuffer(name));
  }
}
