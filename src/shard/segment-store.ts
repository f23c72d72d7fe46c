// Segments of large values in SQLite. They are kept under the number of their owner, which the entry row names: a value
// that gets another key keeps its segments.

import { type Bytes, toBuffer } from '../bytes/bytes';
import type { DirtyState } from '../engine/residency';
import { segmentedOf } from '../types/codec';
import type { Segment, SegmentChanges, Segmented, SegmentSource } from '../types/segments';
import type { Value } from '../types/value';
import type { Database, Parameter } from './database';
import { type Former, readForm } from './entry-rows';
import { MAX_ROW_BYTES, readMeta, writeMeta } from './schema';
import { StoredSegments, segmentChecksum } from './segment-rows';
import type { FrozenView } from './snapshot/frozen-view';

/** A value with more is deleted little by little. */
const FEW_SEGMENTS = 256;
const ROW_PARAMETERS = 8;
const ROWS_PER_STATEMENT = 12;
const upsertOf = (rows: number): string =>
  `INSERT INTO segment (owner, family, id, part, count, head, data, checksum)
   VALUES ${Array(rows).fill('(?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}
   ON CONFLICT (owner, family, id, part) DO UPDATE
   SET count = excluded.count, head = excluded.head, data = excluded.data, checksum = excluded.checksum`;
const UPSERT_MANY = upsertOf(ROWS_PER_STATEMENT);
const UPSERT_ONE = upsertOf(1);
/** Beyond this rows are written before a statement is full. */
const MAX_STATEMENT_BYTES = 4 * 1024 * 1024;

export class SegmentStore {
  private readonly owners = new WeakMap<Segmented, number>();
  private lastOwner: number;
  private parameters: Parameter[] = [];
  private bytes = 0;
  /** Some segment has more than one row. */
  private divided = false;

  constructor(
    private readonly database: Database,
    private readonly frozen: FrozenView,
  ) {
    this.lastOwner = Number(readMeta(database, 'owner') ?? 0);
  }

  // ---- reading

  source(owner: number, key: Bytes): SegmentSource {
    return new StoredSegments(this.database, owner, key);
  }

  /** Notes whose segments a value that was read has. */
  adopt(value: Value, owner: number): void {
    const segmented = segmentedOf(value);
    if (segmented) this.owners.set(segmented, owner);
  }

  // ---- writing: inside the transaction of a checkpoint, in this order

  get isEmpty(): boolean {
    return !this.has('SELECT 1 FROM segment LIMIT 1');
  }

  /** @param former what the rows of keys that change say */
  begin(state: DirtyState, former: Former): void {
    if (state.wiped) for (const table of ['segment', 'garbage']) this.database.write(`DELETE FROM ${table}`);
    else this.reclaim(state, former);
    this.divided = this.has('SELECT 1 FROM segment WHERE part > 0 LIMIT 1');
  }

  /** Writes what changed of a value that is in segments, and returns their owner for its row; null for any other value. */
  put(key: Bytes, value: Value): number | null {
    const segmented = segmentedOf(value);
    const changes = segmented?.segmentChanges();
    if (!segmented || !changes) return null;
    const owner = this.owners.get(segmented) ?? this.allot(segmented);
    this.remove(owner, changes);
    for (const segment of changes.put) {
      if (this.frozen.isActive) this.frozen.keepSegment(owner, segment.family, segment.id);
      this.add(owner, segment);
    }
    segmented.markStored(this.source(owner, key));
    return owner;
  }

  finish(): void {
    this.flush();
  }

  private allot(segmented: Segmented): number {
    const owner = ++this.lastOwner;
    writeMeta(this.database, 'owner', String(owner));
    this.owners.set(segmented, owner);
    return owner;
  }

  private has(statement: string): boolean {
    return this.database.query(statement).toArray().length > 0;
  }

  /** Gives up the segments of values whose rows go or change, unless a row to be written still has them. */
  private reclaim({ entries }: DirtyState, former: Former): void {
    if (former.size === 0) return;
    const used = new Set<number | undefined>();
    for (const { value } of entries) {
      const segmented = segmentedOf(value);
      if (segmented) used.add(this.owners.get(segmented));
    }
    for (const { owner, form } of former.values()) if (!readForm(form).hasBody && !used.has(owner)) this.giveUp(owner);
  }

  /** A few segments are deleted at once, many little by little. */
  private giveUp(owner: number): void {
    // What a snapshot needs goes when that is done.
    const few = this.frozen.needsSegments(owner)
      ? undefined
      : this.database.query('SELECT 1 FROM segment WHERE owner = ? LIMIT ?', owner, FEW_SEGMENTS + 1).toArray();
    if (few !== undefined && few.length <= FEW_SEGMENTS) this.database.write('DELETE FROM segment WHERE owner = ?', owner);
    else this.database.write('INSERT OR IGNORE INTO garbage (owner) VALUES (?)', owner);
  }

  /** The number that was given out last. */
  get last(): number {
    return this.lastOwner;
  }

  get hasGarbage(): boolean {
    return this.has('SELECT 1 FROM garbage LIMIT 1');
  }

  /** Deletes about so many segments that nobody needs any more. */
  collect(rows: number): void {
    for (const { owner } of this.database.query<{ owner: number }>('SELECT owner FROM garbage LIMIT 1').toArray()) {
      const last = this.database
        .query<{ family: number; id: number; part: number }>(
          'SELECT family, id, part FROM segment WHERE owner = ? ORDER BY family, id, part LIMIT 1 OFFSET ?',
          owner,
          rows,
        )
        .toArray()[0];
      if (last) {
        const { family, id, part } = last;
        this.database.write('DELETE FROM segment WHERE owner = ? AND (family, id, part) < (?, ?, ?)', owner, family, id, part);
      } else {
        this.database.write('DELETE FROM segment WHERE owner = ?', owner);
        this.database.write('DELETE FROM garbage WHERE owner = ?', owner);
      }
    }
  }

  private remove(owner: number, { removed }: SegmentChanges): void {
    for (const { family, id } of removed) {
      if (this.frozen.isActive) this.frozen.keepSegment(owner, family, id);
      this.database.write('DELETE FROM segment WHERE owner = ? AND family = ? AND id = ?', owner, family, id);
    }
  }

  private add(owner: number, { family, id, count, head, data }: Segment): void {
    const whole = toBuffer(data);
    if (this.divided) this.database.write('DELETE FROM segment WHERE owner = ? AND family = ? AND id = ? AND part > 0', owner, family, id);
    if (whole.length > MAX_ROW_BYTES) this.divided = true;
    for (let part = 0; part === 0 || part * MAX_ROW_BYTES < whole.length; part++) {
      const piece = whole.length <= MAX_ROW_BYTES ? whole : whole.subarray(part * MAX_ROW_BYTES, (part + 1) * MAX_ROW_BYTES);
      this.parameters.push(owner, family, id, part, count, toBuffer(head), piece, segmentChecksum(id, part, count, piece));
      this.bytes += piece.length;
      if (this.parameters.length === ROWS_PER_STATEMENT * ROW_PARAMETERS || this.bytes > MAX_STATEMENT_BYTES) this.flush();
    }
  }

  private flush(): void {
    const { parameters } = this;
    // Full statements keep one text, which the runtime prepares once.
    if (parameters.length === ROWS_PER_STATEMENT * ROW_PARAMETERS) this.database.write(UPSERT_MANY, ...parameters);
    else
      for (let at = 0; at < parameters.length; at += ROW_PARAMETERS) {
        this.database.write(UPSERT_ONE, ...parameters.slice(at, at + ROW_PARAMETERS));
      }
    this.parameters = [];
    this.bytes = 0;
  }
}
