// A hash: fields with values, of which any may have a deadline of its own. While Redis would hold it as a listpack its
// fields keep the order in which they came; in one with deadlines, those that expire first come first. A large one is
// held, and stored, in parts by the hash of the field.
//
// A field whose deadline has passed stays here until it is removed, as in Redis: who reads asks {@link HashValue.hasExpired}.

import { type Bytes, own } from '../bytes/bytes';
import { scanDown } from '../structures/dense-scan';
import { DEADLINE_MEMORY } from './field-deadlines';
import { FIELD_BYTES, FieldParts } from './field-parts';
import { FieldTable } from './field-table';
import type { EncodingLimits } from './limits';
import { Packer, Unpacker } from './packer';
import { residentMemoryOf } from './parts';
import type { SegmentChanges, Segmented, SegmentSource } from './segments';

/** Estimated bytes of an empty hash, and of a field beside the chars: two string headers, two array slots, map slot. */
const BASE_MEMORY = 240;
const FIELD_OVERHEAD = 88;

/** How Redis would hold it. From a listpack to one with room for deadlines and on to a hash table there is a way, back there is none. */
type Layout = 'listpack' | 'listpackex' | 'hashtable';
/** Places are what the stored form has for them. */
const LAYOUTS: readonly Layout[] = ['hashtable', 'listpack', 'listpackex'];
/** The versions of the stored form: without deadlines, which every release reads, and with. */
const PLAIN_VERSION = 1;
const DEADLINES_VERSION = 2;
/**
 * In parts the order of a listpack is lost, so it is kept whole up to this many times the size of any other hash: with
 * Redis' default thresholds no listpack is larger.
 */
const LISTPACK_FACTOR = 8;

export class HashValue implements Segmented {
  readonly type = 'hash' as const;
  private bytes = 0;
  private layout: Layout = 'listpack';
  /** One of these two holds the fields; to parts there is a way, back there is none. */
  private table = new FieldTable();
  private parts: FieldParts | undefined = undefined;

  constructor(readonly limits: EncodingLimits) {}

  /** Fields, also those that have expired. */
  get size(): number {
    return this.parts === undefined ? this.table.size : this.parts.size;
  }

  /** Estimated bytes of memory. */
  get memory(): number {
    return BASE_MEMORY + this.bytes + FIELD_OVERHEAD * this.size + DEADLINE_MEMORY * this.deadlineCount;
  }

  private get deadlineCount(): number {
    return this.parts === undefined ? (this.table.deadlines?.size ?? 0) : this.parts.deadlines;
  }

  /** What OBJECT ENCODING answers. */
  encoding(): Layout {
    return this.layout;
  }

  // ---- fields

  has(field: Bytes): boolean {
    return this.tableAt(this.partOf(field)).fields.has(field);
  }

  get(field: Bytes): Bytes | undefined {
    return this.tableAt(this.partOf(field)).fields.get(field);
  }

  /** True when the field is new. Its deadline is dropped. */
  set(field: Bytes, value: Bytes): boolean {
    const added = this.put(field, value);
    if (!added && this.deadlineCount > 0) this.setDeadline(field, undefined);
    return added;
  }

  /** As {@link set}, but a deadline stays. */
  put(field: Bytes, value: Bytes): boolean {
    const { limits, parts } = this;
    if (field.length > limits.hashMaxListpackValue || value.length > limits.hashMaxListpackValue) this.layout = 'hashtable';
    const part = this.partOf(field);
    const { fields } = this.tableAt(part);
    const place = fields.indexOf(field);
    const added = place < 0;
    this.bytes += added ? field.length + value.length : value.length - fields.valueAt(place).length;
    if (parts !== undefined) {
      if (added) parts.append(part, own(field), own(value));
      else parts.setAt(part, place, own(value));
    } else if (added) fields.append(own(field), own(value));
    else fields.setAt(place, own(value));
    if (added && this.size > limits.hashMaxListpackEntries) this.layout = 'hashtable';
    this.divide();
    return added;
  }

  /** False when there was no such field. */
  delete(field: Bytes): boolean {
    const part = this.partOf(field);
    const table = this.tableAt(part);
    const { fields } = table;
    const place = fields.indexOf(field);
    if (place < 0) return false;
    this.bytes -= field.length + fields.valueAt(place).length;
    if (this.parts !== undefined) {
      this.parts.delete(part, field);
      return true;
    }
    table.dropDeadline(field);
    return this.inOrder ? fields.deleteInOrder(field) : fields.delete(field);
  }

  // ---- deadlines of fields

  /** Unix milliseconds at which a field expires. Undefined when it never does, or is not there. */
  deadlineOf(field: Bytes): number | undefined {
    return this.deadlineCount === 0 ? undefined : this.tableAt(this.partOf(field)).deadlineOf(field);
  }

  /** The first deadline of any field, or undefined when none has one. Loads nothing. */
  get earliestDeadline(): number | undefined {
    const { earliest } = this.parts ?? this.table;
    return earliest === Number.POSITIVE_INFINITY ? undefined : earliest;
  }

  /** The field is still there but its deadline has passed at `now`. */
  hasExpired(field: Bytes, now: number): boolean {
    const deadline = this.deadlineOf(field);
    return deadline !== undefined && deadline <= now;
  }

  /** Up to `limit` fields whose deadline has passed at `now`, earliest first; in parts, part by part. */
  expiredFields(now: number, limit = Number.POSITIVE_INFINITY): Bytes[] {
    if (this.parts !== undefined) return this.parts.expiredFields(now, limit);
    return this.table.deadlines?.due(now, limit) ?? [];
  }

  /** Gives a field that is there a deadline, or with undefined takes it away. */
  setDeadline(field: Bytes, deadline: number | undefined): void {
    const part = this.partOf(field);
    const table = this.tableAt(part);
    const place = table.fields.indexOf(field);
    if (place < 0) throw new Error('a field that does not exist was given a deadline');
    if (deadline !== undefined && this.layout === 'listpack') this.layout = 'listpackex';
    const owned = table.keyAt(place);
    if (this.parts !== undefined) {
      if (deadline !== undefined || table.deadlineOf(field) !== undefined) this.parts.setDeadline(part, owned, deadline);
      return;
    }
    const had = table.dropDeadline(owned);
    if (deadline === undefined) {
      if (had) this.moveInOrder(place, this.size - 1);
      return;
    }
    // Behind those that expire no later: in a listpack the fields with a deadline stand first.
    this.moveInOrder(place, table.deadlines?.countUpTo(deadline) ?? 0);
    table.setDeadline(owned, deadline);
  }

  // ---- places, from 0 to size - 1: in order of arrival in a listpack, but for fields with a deadline. Elsewhere a change
  // may move others to other places.

  fieldAt(place: number): Bytes {
    return this.parts === undefined ? this.table.keyAt(place) : this.parts.fieldAt(place);
  }

  valueAt(place: number): Bytes {
    return this.parts === undefined ? this.table.valueAt(place) : this.parts.valueAt(place);
  }

  /** Visits about `count` fields of a walk in steps, and returns the next cursor. A walk begins and ends with cursor 0. */
  scan(cursor: bigint, count: number, visit: (field: Bytes, value: Bytes) => void): number {
    if (this.parts !== undefined) return this.parts.scan(cursor, count, visit);
    return scanDown(this.size, cursor, count, (place) => visit(this.fieldAt(place), this.valueAt(place)));
  }

  // ---- as a whole

  /** An independent copy. */
  copy(): HashValue {
    const copy = new HashValue(this.limits);
    copy.table = this.table.copy();
    copy.parts = this.parts?.copy();
    copy.bytes = this.bytes;
    copy.layout = this.layout;
    return copy;
  }

  /** Which of the two forms {@link encode} writes. */
  get encodingVersion(): number {
    return this.layout === 'listpackex' || this.deadlineCount > 0 ? DEADLINES_VERSION : PLAIN_VERSION;
  }

  /**
   * The stored form: the layout, how many fields, then each with its value, and its deadline if any has one, by place. In
   * parts: how many bytes fields and values have together, how many have a deadline, and the first one.
   */
  encode(): Bytes {
    const packer = new Packer();
    packer.count(LAYOUTS.indexOf(this.layout)).count(this.size);
    const { parts } = this;
    if (parts !== undefined) {
      return packer
        .count(this.bytes)
        .count(parts.deadlines)
        .count(this.earliestDeadline ?? 0)
        .done();
    }
    this.table.pack(packer, this.encodingVersion === DEADLINES_VERSION);
    return packer.done();
  }

  static decode(data: Bytes, version: number, limits: EncodingLimits, source?: SegmentSource): HashValue {
    if (version !== PLAIN_VERSION && version !== DEADLINES_VERSION) throw new Error(`unknown encoding version ${version} of a hash`);
    const unpacker = new Unpacker(data);
    const hash = new HashValue(limits);
    const layout = LAYOUTS[unpacker.count()];
    if (layout === undefined) throw new Error('stored hash has an unknown layout');
    hash.layout = layout;
    const size = unpacker.count();
    if (source) {
      hash.bytes = unpacker.count();
      hash.parts = new FieldParts(limits, size, unpacker.count(), unpacker.count(), source);
      return hash;
    }
    const table = FieldTable.unpack(unpacker, size, version === DEADLINES_VERSION);
    for (let place = 0; place < size; place++) hash.bytes += table.keyAt(place).length + table.valueAt(place).length;
    hash.table = table;
    hash.divide();
    return hash;
  }

  segmentChanges(): SegmentChanges | undefined {
    return this.parts?.changes();
  }

  markStored(source: SegmentSource): void {
    this.parts?.markStored(source);
  }

  get residentMemory(): number {
    return this.parts === undefined ? this.memory : residentMemoryOf(this.memory, [this.parts.holding]);
  }

  release(what: 'unused' | 'all'): void {
    this.parts?.release(what);
  }

  // ---- inside

  /** It is a listpack for Redis, whose order shows. */
  private get inOrder(): boolean {
    return this.layout !== 'hashtable';
  }

  /** The part that a field belongs to, where there are parts. */
  private partOf(field: Bytes): number {
    return this.parts === undefined ? 0 : this.parts.partOf(field);
  }

  private tableAt(part: number): FieldTable {
    return this.parts === undefined ? this.table : this.parts.table(part);
  }

  /** Goes over to parts when it has become large. */
  private divide(): void {
    const { table, limits } = this;
    const wholeBytes = this.inOrder ? limits.wholeBytes * LISTPACK_FACTOR : limits.wholeBytes;
    if (this.parts !== undefined || this.bytes + table.size * FIELD_BYTES <= wholeBytes) return;
    const parts = new FieldParts(limits);
    for (let place = 0; place < table.size; place++) parts.take(table, place);
    this.parts = parts;
    this.table = new FieldTable();
  }

  private moveInOrder(from: number, to: number): void {
    if (!this.inOrder || from === to) return;
    const { fields } = this.table;
    const field = fields.keyAt(from);
    const value = fields.valueAt(from);
    fields.deleteInOrder(field);
    fields.insertAt(to, field, value);
  }
}
