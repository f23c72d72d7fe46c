// The stored entries as they were at one moment, for a snapshot that is written while checkpoints go on. Before a checkpoint
// changes a row for the first time after that moment, the row is copied into a table of old rows, or noted there as one
// that did not exist. A body is not changed at all but gets a new number. What the snapshot has passed is not copied.

import { type Bytes, fromBuffer, toBuffer } from '../../bytes/bytes';
import { positionOf } from '../../bytes/position';
import type { SegmentInfo, SegmentSource } from '../../types/segments';
import { corruptValue } from '../checksum';
import type { Database, Parameter } from '../database';
import { FROZEN_CURRENT, FROZEN_OLD, type FrozenRow } from '../entry-rows';
import { type SegmentRow, StoredSegments, segmentData } from '../segment-rows';

/** A statement has at most 100 parameters. */
const MAX_PARAMETERS = 100;
const TABLES = ['old_entry', 'old_chunk', 'old_segment'];

/** What was stored last when the view was frozen. */
export interface Bounds {
  readonly lastOwner: number;
  readonly lastBody: number;
}

export class FrozenView {
  /** Undefined: no snapshot is being written. */
  private bounds: Bounds | undefined;
  /** The last key that the snapshot has passed. */
  private passed = START;
  /** Why the view is no longer whole. */
  private broken: string | undefined;

  constructor(private readonly database: Database) {
    // What an earlier life of the shard has begun is void.
    this.clear();
  }

  get isActive(): boolean {
    return this.bounds !== undefined;
  }

  /** From now on rows stay as they are, to whoever looks through this. Storage is complete: a checkpoint has just been written. */
  begin(bounds: Bounds): void {
    // Storage may have failed to do so at the end of the last one.
    this.clear();
    this.bounds = bounds;
    this.passed = START;
    this.broken = undefined;
  }

  end(): void {
    this.bounds = undefined;
    this.clear();
  }

  private clear(): void {
    for (const table of TABLES) {
      if (this.database.query(`SELECT 1 FROM ${table} LIMIT 1`).toArray().length > 0) this.database.write(`DELETE FROM ${table}`);
    }
  }

  // ---- for checkpoints

  /** The rows of these keys change. */
  keepEntries(keys: readonly Bytes[], chunked: boolean): void {
    const ahead = keys.filter((key) => positionOf(key) >= this.passed.position);
    for (let at = 0; at < ahead.length; at += MAX_PARAMETERS) {
      const positions = Array.from(ahead.slice(at, at + MAX_PARAMETERS), positionOf);
      this.database.write(
        `INSERT OR IGNORE INTO old_entry (position, key, present, deadline, form, value, owner, checksum)
         SELECT position, key, 1, deadline, form, value, owner, checksum FROM entry
         WHERE position IN (${positions.map(() => '?').join(', ')})`,
        ...positions,
      );
    }
    for (let at = 0; at < ahead.length; at += MAX_PARAMETERS / 2) {
      const some = ahead.slice(at, at + MAX_PARAMETERS / 2);
      const values: Parameter[] = some.flatMap((key) => [positionOf(key), toBuffer(key)]);
      this.database.write(
        `INSERT OR IGNORE INTO old_entry (position, key, present) VALUES ${some.map(() => '(?, ?, 0)').join(', ')}`,
        ...values,
      );
    }
    if (!chunked) return;
    const copy =
      'INSERT OR IGNORE INTO old_chunk (position, key, part, data) SELECT position, key, part, data FROM chunk WHERE position = ? AND key = ?';
    for (const key of ahead) this.database.write(copy, positionOf(key), toBuffer(key));
  }

  /** The rows of a segment change. */
  keepSegment(owner: number, family: number, id: number): void {
    // Whether the snapshot has passed it is not known: the value may have had another key.
    if (!this.needsSegments(owner)) return;
    this.database.write(
      `INSERT OR IGNORE INTO old_segment (owner, family, id, part, present, count, head, data, checksum)
       SELECT owner, family, id, part, 1, count, head, data, checksum FROM segment WHERE owner = ? AND family = ? AND id = ?`,
      owner,
      family,
      id,
    );
    this.database.write('INSERT OR IGNORE INTO old_segment (owner, family, id, part, present) VALUES (?, ?, ?, 0, 0)', owner, family, id);
  }

  /** The segments of a value must stay. */
  needsSegments(owner: number): boolean {
    return this.bounds !== undefined && owner <= this.bounds.lastOwner;
  }

  /** A body must stay as it is. */
  needsBody(id: number): boolean {
    return this.bounds !== undefined && id <= this.bounds.lastBody;
  }

  /** A body that must stay is to go when the snapshot is done. */
  giveUpBody(id: number): void {
    this.database.write('INSERT OR IGNORE INTO old_body (id) VALUES (?)', id);
  }

  /** Everything is deleted at once: as in Redis that is the end of a snapshot that is being written. */
  breakOff(): void {
    if (this.isActive) this.broken = 'all keys were deleted while it was written';
  }

  // ---- for the snapshot

  /** The next rows: so many, or with a few more bytes than `bytes`. `last` is undefined at the end. {@link pass} follows. */
  next(limit: number, bytes: number): { readonly rows: FrozenRow[]; readonly last: FrozenRow | undefined } {
    this.requireWhole();
    const { position, key } = this.passed;
    const current = taken(this.database.query<FrozenRow>(FROZEN_CURRENT, position, key, limit), limit, bytes);
    const end = current.last ?? END;
    const old = taken(this.database.query<FrozenRow>(FROZEN_OLD, position, key, end.position, end.key, limit), limit, bytes);
    if (!old.last) return { rows: [...current.rows, ...old.rows], last: current.last };
    const { last } = old;
    return { rows: [...current.rows.filter((row) => !isBehind(row, last)), ...old.rows], last };
  }

  /** What comes up to a row is done with, or all. */
  pass(last: FrozenRow | undefined): void {
    this.passed = last ? { position: last.position, key: new Uint8Array(last.key) } : END;
  }

  requireWhole(): void {
    if (this.broken !== undefined) throw new Error(this.broken);
  }

  /** The chunks of a value, but for the first. */
  chunks({ position, key, old }: FrozenRow): Uint8Array[] {
    const rows = this.database.query<{ data: ArrayBuffer }>(
      `SELECT data FROM ${old === 1 ? 'old_chunk' : 'chunk'} WHERE position = ? AND key = ? ORDER BY part`,
      position,
      key,
    );
    return Array.from(rows, ({ data }) => new Uint8Array(data));
  }

  segments(owner: number, key: Bytes): SegmentSource {
    return new FrozenSegments(this.database, owner, key);
  }
}

const START = { position: -1, key: new Uint8Array(0) };
/** Behind every row. */
const END = { position: Number.MAX_SAFE_INTEGER, key: new Uint8Array(0) };

/** Rows until there are enough. `last`: there may be more behind it. */
function taken(all: Iterable<FrozenRow>, limit: number, bytes: number): { rows: FrozenRow[]; last: FrozenRow | undefined } {
  const rows: FrozenRow[] = [];
  let left = bytes;
  for (const row of all) {
    rows.push(row);
    left -= row.value.byteLength + (row.data?.byteLength ?? 0);
    if (left <= 0 || rows.length === limit) return { rows, last: row };
  }
  return { rows, last: undefined };
}

function isBehind(row: FrozenRow, other: FrozenRow): boolean {
  return (
    row.position - other.position > 0 ||
    (row.position === other.position && Buffer.compare(Buffer.from(row.key), Buffer.from(other.key)) > 0)
  );
}

/** Segments as they were: the old ones where there are any, the others as they are. */
class FrozenSegments implements SegmentSource {
  private readonly current: StoredSegments;

  constructor(
    private readonly database: Database,
    private readonly owner: number,
    private readonly key: Bytes,
  ) {
    this.current = new StoredSegments(database, owner, key);
  }

  list(family: number): SegmentInfo[] {
    const old = new Map<number, SegmentInfo | undefined>();
    const rows = this.database.query<{ id: number; present: number; count: number | null; head: ArrayBuffer | null }>(
      'SELECT id, present, count, head FROM old_segment WHERE owner = ? AND family = ? AND part = 0',
      this.owner,
      family,
    );
    for (const { id, present, count, head } of rows) {
      old.set(id, present === 1 && head ? { family, id, count: count ?? 0, head: fromBuffer(head) } : undefined);
    }
    const current = this.current.list(family);
    if (old.size === 0) return current;
    const infos = current.filter(({ id }) => !old.has(id));
    for (const info of old.values()) if (info) infos.push(info);
    return infos.sort((a, b) => a.id - b.id);
  }

  load(family: number, id: number): Bytes {
    const rows = this.database
      .query<SegmentRow & { present: number }>(
        'SELECT part, present, count, data, checksum FROM old_segment WHERE owner = ? AND family = ? AND id = ? ORDER BY part',
        this.owner,
        family,
        id,
      )
      .toArray();
    if (rows.length === 0) return this.current.load(family, id);
    if (rows[0]?.present !== 1) throw corruptValue(this.key, `segment ${id} of family ${family}: missing`);
    return segmentData(this.key, family, id, rows);
  }
}
