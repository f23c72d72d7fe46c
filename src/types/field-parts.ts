// The fields of a large hash in parts, by the hash of the field. What is known of a part without loading it is its first
// deadline, so that nothing is read to find out what expires next.

import type { Bytes } from '../bytes/bytes';
import { MinTree } from '../structures/min-tree';
import { FieldTable } from './field-table';
import { type HashForm, HashParts } from './hash-parts';
import type { EncodingLimits } from './limits';
import type { Holding } from './parts';
import type { SegmentChanges, SegmentSource } from './segments';

/** What a field takes in the stored form beside its chars and those of its value, nearly: their lengths. Then its deadline. */
export const FIELD_BYTES = 4;
const DEADLINE_BYTES = 7;

/** Family 0: fields by hash. */
const FORM: HashForm<FieldTable, number> = {
  family: 0,
  firstBound: Number.POSITIVE_INFINITY,
  empty: () => new FieldTable(),
  copy: (table) => table.copy(),
  take: (table, from, place) => table.take(from, place),
  bytesAt: (table, place) => bytesOf(table.keyAt(place), table.valueAt(place), table.deadlineOf(table.keyAt(place))),
  pack(table, packer) {
    const withDeadlines = table.deadlines !== undefined;
    table.pack(packer.count(withDeadlines ? 1 : 0), withDeadlines);
  },
  unpack: (unpacker, count) => FieldTable.unpack(unpacker, count, unpacker.count() === 1),
  join(table, next) {
    for (let place = 0; place < next.size; place++) table.take(next, place);
  },
  // Beyond what a number of the stored form can be there is no deadline either.
  packBound: (_bound, packer, { earliest }) => packer.count(earliest === Number.POSITIVE_INFINITY ? 0 : earliest),
  unpackBound: (unpacker) => unpacker.count() || Number.POSITIVE_INFINITY,
};

export class FieldParts {
  private readonly parts: HashParts<FieldTable, number>;
  /** First deadlines by part, as of this arrangement of parts. */
  private mins: MinTree | undefined = undefined;
  private minsOf = -1;

  constructor(
    limits: EncodingLimits,
    size = 0,
    /** Fields with a deadline. */
    public deadlines = 0,
    /** The first deadline of any field, or undefined while it is not known. */
    private first: number | undefined = undefined,
    source?: SegmentSource,
  ) {
    this.parts = new HashParts(FORM, limits, size, source);
  }

  /** Fields. */
  get size(): number {
    return this.parts.size;
  }

  // ---- reading

  partOf(field: Bytes): number {
    return this.parts.partOf(field);
  }

  /** What a part holds. It is changed only through the methods below. */
  table(part: number): FieldTable {
    return this.parts.content(part);
  }

  fieldAt(place: number): Bytes {
    const table = this.parts.locate(place);
    return table.keyAt(this.parts.found);
  }

  valueAt(place: number): Bytes {
    const table = this.parts.locate(place);
    return table.valueAt(this.parts.found);
  }

  scan(cursor: bigint, count: number, visit: (field: Bytes, value: Bytes) => void): number {
    return this.parts.scan(cursor, count, (table, place) => visit(table.keyAt(place), table.valueAt(place)));
  }

  // ---- changing

  /** Replaces the value at a place of a part. */
  setAt(part: number, place: number, value: Bytes): void {
    const { fields } = this.table(part);
    const delta = value.length - fields.valueAt(place).length;
    fields.setAt(place, value);
    this.changed(part, 0, delta);
  }

  /** Adds a field to the part that it belongs to, where it is not yet. */
  append(part: number, field: Bytes, value: Bytes): void {
    this.table(part).fields.append(field, value);
    this.changed(part, 1, bytesOf(field, value, undefined));
  }

  /** Adds a field of a table, with its deadline. */
  take(from: FieldTable, place: number): void {
    const part = this.partOf(from.keyAt(place));
    this.table(part).take(from, place);
    if (from.deadlineOf(from.keyAt(place)) !== undefined) this.deadlines++;
    this.changed(part, 1, FORM.bytesAt(from, place));
  }

  delete(part: number, field: Bytes): void {
    const table = this.table(part);
    const bytes = FORM.bytesAt(table, table.fields.indexOf(field));
    if (table.dropDeadline(field)) this.deadlines--;
    table.fields.delete(field);
    this.changed(part, -1, -bytes);
  }

  setDeadline(part: number, field: Bytes, deadline: number | undefined): void {
    const table = this.table(part);
    const had = table.dropDeadline(field) ? 1 : 0;
    if (deadline !== undefined) table.setDeadline(field, deadline);
    const delta = (deadline === undefined ? 0 : 1) - had;
    this.deadlines += delta;
    this.changed(part, 0, delta * DEADLINE_BYTES);
  }

  private changed(part: number, countDelta: number, bytesDelta: number): void {
    this.first = undefined;
    if (this.mins !== undefined && this.minsOf === this.parts.arrangement) this.mins.set(part, this.table(part).earliest);
    this.parts.changed(part, countDelta, bytesDelta);
  }

  // ---- deadlines

  /** The first deadline of any field, or Infinity. */
  get earliest(): number {
    if (this.deadlines === 0) return Number.POSITIVE_INFINITY;
    this.first ??= this.byPart().min;
    return this.first;
  }

  /** Up to `limit` fields whose deadline has passed at `now`, part by part. */
  expiredFields(now: number, limit: number): Bytes[] {
    const expired: Bytes[] = [];
    if (this.earliest > now) return expired;
    this.byPart().visitUpTo(now, (part) => {
      for (const field of this.table(part).deadlines?.due(now, limit - expired.length) ?? []) expired.push(field);
      return expired.length < limit;
    });
    return expired;
  }

  private byPart(): MinTree {
    const { parts } = this;
    if (this.mins === undefined || this.minsOf !== parts.arrangement) {
      this.mins = new MinTree(parts.length, (part) => parts.loaded(part)?.earliest ?? parts.boundOf(part));
      this.minsOf = parts.arrangement;
    }
    return this.mins;
  }

  // ---- as a whole

  copy(): FieldParts {
    return new FieldParts(this.parts.limits, this.size, this.deadlines, this.first).filledFrom(this.parts);
  }

  private filledFrom(parts: HashParts<FieldTable, number>): this {
    parts.copyTo(this.parts);
    return this;
  }

  changes(): SegmentChanges {
    return this.parts.changes();
  }

  markStored(source: SegmentSource): void {
    this.parts.markStored(source);
  }

  get holding(): Holding {
    return this.parts.holding;
  }

  release(what: 'unused' | 'all'): void {
    this.parts.release(what);
  }
}

function bytesOf(field: Bytes, value: Bytes, deadline: number | undefined): number {
  return field.length + value.length + FIELD_BYTES + (deadline === undefined ? 0 : DEADLINE_BYTES);
}
