// The journal in SQLite: one row a macrotask, however many commands and clients it served.

import type { PendingJournal } from '../engine/engine';
import { decodeFrame, encodeFrame, type JournalFrame } from '../engine/journal';
import type { Database } from './database';
import { MAX_ROW_BYTES } from './entry-store';

export class JournalStore {
  /** Bytes since the last checkpoint. */
  bytes = 0;

  constructor(private readonly database: Database) {}

  append({ sequence, count, body }: PendingJournal): void {
    const frame = encodeFrame(sequence, count, body);
    this.bytes += frame.length;
    for (let part = 0; part * MAX_ROW_BYTES < frame.length; part++) {
      const data = frame.length <= MAX_ROW_BYTES ? frame : frame.subarray(part * MAX_ROW_BYTES, (part + 1) * MAX_ROW_BYTES);
      this.database.write('INSERT INTO journal (part, data) VALUES (?, ?)', part, data);
    }
  }

  /** Frames in order. Throws a JournalError for one that cannot be trusted. */
  *frames(): Generator<JournalFrame> {
    this.bytes = 0;
    let parts: Uint8Array[] = [];
    for (const { part, data } of this.database.query<{ part: number; data: ArrayBuffer }>('SELECT part, data FROM journal ORDER BY id')) {
      if (part === 0 && parts.length > 0) {
        yield decodeFrame(joined(parts));
        parts = [];
      }
      parts.push(new Uint8Array(data));
      this.bytes += data.byteLength;
    }
    if (parts.length > 0) yield decodeFrame(joined(parts));
  }

  clear(): void {
    this.database.write('DELETE FROM journal');
    this.bytes = 0;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}
