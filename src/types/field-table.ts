// Fields with their values and deadlines: all those of a small hash, or those of one part of a large one.

import type { Bytes } from '../bytes/bytes';
import { DenseMap } from '../structures/dense-map';
import { FieldDeadlines } from './field-deadlines';
import type { Packer, Unpacker } from './packer';

/** What stands for no deadline in the stored form. */
const NEVER = 0;

export class FieldTable {
  /** Undefined where no field has a deadline: mostly. */
  deadlines: FieldDeadlines | undefined = undefined;

  constructor(readonly fields: DenseMap<Bytes> = new DenseMap()) {}

  /** Fields. */
  get size(): number {
    return this.fields.size;
  }

  /** The first deadline of any field, or Infinity. */
  get earliest(): number {
    return this.deadlines?.earliest ?? Number.POSITIVE_INFINITY;
  }

  keyAt(place: number): Bytes {
    return this.fields.keyAt(place);
  }

  valueAt(place: number): Bytes {
    return this.fields.valueAt(place);
  }

  deadlineOf(field: Bytes): number | undefined {
    return this.deadlines?.of(field);
  }

  /** The field is one that is held here, so that the name is shared. */
  setDeadline(field: Bytes, deadline: number): void {
    this.deadlines ??= new FieldDeadlines();
    this.deadlines.set(field, deadline);
  }

  /** False when the field has no deadline. */
  dropDeadline(field: Bytes): boolean {
    if (!this.deadlines?.delete(field)) return false;
    if (this.deadlines.size === 0) this.deadlines = undefined;
    return true;
  }

  /** Adds a field of another table, with its deadline, at the end. */
  take(from: FieldTable, place: number): void {
    const field = from.keyAt(place);
    this.fields.append(field, from.valueAt(place));
    const deadline = from.deadlineOf(field);
    if (deadline !== undefined) this.setDeadline(field, deadline);
  }

  copy(): FieldTable {
    const copy = new FieldTable(this.fields.copy());
    copy.deadlines = this.deadlines?.copy();
    return copy;
  }

  /** By place: each field, its value, and where deadlines are wanted its deadline. */
  pack(packer: Packer, withDeadlines: boolean): void {
    for (let place = 0; place < this.size; place++) {
      const field = this.keyAt(place);
      packer.string(field).string(this.valueAt(place));
      if (withDeadlines) packer.count(this.deadlineOf(field) ?? NEVER);
    }
  }

  /** The inverse of {@link pack}. */
  static unpack(unpacker: Unpacker, count: number, withDeadlines: boolean): FieldTable {
    const table = new FieldTable();
    for (let left = count; left > 0; left--) {
      const field = unpacker.string();
      const value = unpacker.string();
      if (table.fields.has(field)) throw new Error('stored hash has a field twice');
      table.fields.append(field, value);
      const deadline = withDeadlines ? unpacker.count() : NEVER;
      if (deadline !== NEVER) table.setDeadline(field, deadline);
    }
    return table;
  }
}
