// The journal in SQLite: one row a macrotask, however many commands and clients it served.

import { decodeFrame, encodeFrame, type JournalFrame, type PendingJournal } from '../engine/journal';
import type { Database } from './database';
import { MAX_ROW_BYTES } from './schema';

/** A journal that has grown longer than this is deleted by the checkpoint, so that it does not keep its space. */
const MAX_SPARE_BYTES = 16 * 1024 * 1024;
/** Rows that recovery reads at a time: each may have a megabyte. */
const READ_ROWS = 16;

/**
 * Rows are numbered from 1 on after every checkpoint, and what an older journal left in them is written over: a deletion
 * is billed like a write, and this way a write costs one row and not two. A frame is live when its sequence is not below
 * that of the last checkpoint.
 */
export class JournalStore {
  /** Bytes since the last checkpoint. */
  bytes = 0;
  private nextId = 1;

  constructor(private readonly database: Database) {}

  /** Rows since the last checkpoint. */
  get rows(): number {
    return this.nextId - 1;
  }

  append({ sequence, count, body }: PendingJournal): void {
    const frame = encodeFrame(sequence, count, body);
    this.bytes += frame.length;
    for (let part = 0; part * MAX_ROW_BYTES < frame.length; part++) {
      const data = frame.length <= MAX_ROW_BYTES ? frame : frame.subarray(part * MAX_ROW_BYTES, (part + 1) * MAX_ROW_BYTES);
      this.database.write(
        `INSERT INTO journal (id, sequence, part, data) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, part = excluded.part, data = excluded.data`,
        this.nextId++,
        sequence,
        part,
        data,
      );
    }
  }

  /**
   * The live frames, in order; what is appended later follows them. Throws a JournalError for one that cannot be trusted.
   * @param from the sequence of the last checkpoint
   */
  *frames(from: number): Generator<JournalFrame> {
    this.bytes = 0;
    this.nextId = 1;
    let parts: Uint8Array[] = [];
    for (const { part, data } of this.liveRows(from)) {
      if (part === 0 && parts.length > 0) {
        yield decodeFrame(joined(parts));
        parts = [];
      }
      parts.push(new Uint8Array(data));
      this.bytes += data.byteLength;
      this.nextId++;
    }
    if (parts.length > 0) yield decodeFrame(joined(parts));
  }

  /** Live rows stand in front, in order: the first that is older ends them. */
  private *liveRows(from: number): Generator<JournalRow> {
    for (let first = 1; ; first += READ_ROWS) {
      const statement = 'SELECT sequence, part, data FROM journal WHERE id >= ? ORDER BY id LIMIT ?';
      const rows = this.database.query<JournalRow>(statement, first, READ_ROWS).toArray();
      for (const row of rows) {
        if (row.sequence < from) return;
        yield row;
      }
      if (rows.length < READ_ROWS) return;
    }
  }

  /**
   * A checkpoint, written in the same transaction, has everything: the journal begins again.
   * @param gives it keeps no space to write over
   */
  restart(gives: boolean): void {
    if (gives || this.bytes > MAX_SPARE_BYTES) this.database.write('DELETE FROM journal');
    this.bytes = 0;
    this.nextId = 1;
  }
}

type JournalRow = { sequence: number; part: number; data: ArrayBuffer };

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}
