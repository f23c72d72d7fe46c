// A hash: fields with values, of which any may have a deadline of its own. While Redis would hold it as a listpack its
// fields keep the order in which they came; in one with deadlines, those that expire first come first.
//
// A field whose deadline has passed stays here until it is removed, as in Redis: who reads asks {@link HashValue.hasExpired}.

import { type Bytes, own } from '../bytes/bytes';
import { DenseMap } from '../structures/dense-map';
import { FieldDeadlines } from './field-deadlines';
import type { EncodingLimits } from './limits';
import { Packer, Unpacker } from './packer';

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
/** What stands for no deadline in the stored form. */
const NEVER = 0;

export class HashValue {
  readonly type = 'hash' as const;
  private bytes = 0;
  private layout: Layout = 'listpack';
  /** Undefined where no field has a deadline: most hashes. */
  private deadlines: FieldDeadlines | undefined = undefined;

  constructor(
    readonly limits: EncodingLimits,
    private readonly fields: DenseMap<Bytes> = new DenseMap(),
  ) {}

  /** Fields, also those that have expired. */
  get size(): number {
    return this.fields.size;
  }

  /** Estimated bytes of memory. */
  get memory(): number {
    return BASE_MEMORY + this.bytes + FIELD_OVERHEAD * this.size + (this.deadlines === undefined ? 0 : this.deadlines.memory);
  }

  /** What OBJECT ENCODING answers. */
  encoding(): Layout {
    return this.layout;
  }

  // ---- fields

  has(field: Bytes): boolean {
    return this.fields.has(field);
  }

  get(field: Bytes): Bytes | undefined {
    return this.fields.get(field);
  }

  /** True when the field is new. Its deadline is dropped. */
  set(field: Bytes, value: Bytes): boolean {
    const added = this.put(field, value);
    if (this.deadlines !== undefined) this.setDeadline(field, undefined);
    return added;
  }

  /** As {@link set}, but a deadline stays. */
  put(field: Bytes, value: Bytes): boolean {
    const { fields, limits } = this;
    if (field.length > limits.hashMaxListpackValue || value.length > limits.hashMaxListpackValue) this.layout = 'hashtable';
    const place = fields.indexOf(field);
    if (place >= 0) {
      this.bytes += value.length - fields.valueAt(place).length;
      fields.setAt(place, own(value));
      return false;
    }
    fields.append(own(field), own(value));
    this.bytes += field.length + value.length;
    if (fields.size > limits.hashMaxListpackEntries) this.layout = 'hashtable';
    return true;
  }

  /** False when there was no such field. */
  delete(field: Bytes): boolean {
    const place = this.fields.indexOf(field);
    if (place < 0) return false;
    this.bytes -= field.length + this.fields.valueAt(place).length;
    if (this.deadlines?.delete(field)) this.dropEmptyDeadlines();
    return this.inOrder ? this.fields.deleteInOrder(field) : this.fields.delete(field);
  }

  // ---- deadlines of fields

  /** Unix milliseconds at which a field expires. Undefined when it never does, or is not there. */
  deadlineOf(field: Bytes): number | undefined {
    return this.deadlines?.of(field);
  }

  /** The first deadline of any field, or undefined when none has one. */
  get earliestDeadline(): number | undefined {
    return this.deadlines?.earliest;
  }

  /** The field is still there but its deadline has passed at `now`. */
  hasExpired(field: Bytes, now: number): boolean {
    if (this.deadlines === undefined) return false;
    const deadline = this.deadlines.of(field);
    return deadline !== undefined && deadline <= now;
  }

  /** Up to `limit` fields whose deadline has passed at `now`, earliest first. */
  expiredFields(now: number, limit = Number.POSITIVE_INFINITY): Bytes[] {
    return this.deadlines === undefined ? [] : this.deadlines.due(now, limit);
  }

  /** Gives a field that is there a deadline, or with undefined takes it away. */
  setDeadline(field: Bytes, deadline: number | undefined): void {
    const place = this.fields.indexOf(field);
    if (place < 0) throw new Error('a field that does not exist was given a deadline');
    if (deadline === undefined) {
      if (!this.deadlines?.delete(field)) return;
      this.moveInOrder(place, this.size - 1);
      this.dropEmptyDeadlines();
      return;
    }
    if (this.layout === 'listpack') this.layout = 'listpackex';
    this.deadlines ??= new FieldDeadlines();
    const owned = this.fieldAt(place);
    this.deadlines.delete(owned);
    // Behind those that expire no later: in a listpack the fields with a deadline stand first.
    this.moveInOrder(place, this.deadlines.countUpTo(deadline));
    this.deadlines.set(owned, deadline);
  }

  // ---- places, from 0 to size - 1: in order of arrival in a listpack, but for fields with a deadline. Elsewhere a removal
  // puts the last field in the place that becomes free.

  fieldAt(place: number): Bytes {
    return this.fields.keyAt(place);
  }

  valueAt(place: number): Bytes {
    return this.fields.valueAt(place);
  }

  // ---- as a whole

  /** An independent copy. */
  copy(): HashValue {
    const copy = new HashValue(this.limits, this.fields.copy());
    copy.bytes = this.bytes;
    copy.layout = this.layout;
    copy.deadlines = this.deadlines?.copy();
    return copy;
  }

  /** Which of the two forms {@link encode} writes. */
  get encodingVersion(): number {
    return this.layout === 'listpackex' || this.deadlines !== undefined ? DEADLINES_VERSION : PLAIN_VERSION;
  }

  /** The stored form: the layout, how many fields, then each with its value, and its deadline if any has one, by place. */
  encode(): Bytes {
    const withDeadlines = this.encodingVersion === DEADLINES_VERSION;
    const packer = new Packer();
    packer.count(LAYOUTS.indexOf(this.layout)).count(this.size);
    for (let place = 0; place < this.size; place++) {
      const field = this.fieldAt(place);
      packer.string(field).string(this.valueAt(place));
      if (withDeadlines) packer.count(this.deadlines?.of(field) ?? NEVER);
    }
    return packer.done();
  }

  static decode(data: Bytes, version: number, limits: EncodingLimits): HashValue {
    if (version !== PLAIN_VERSION && version !== DEADLINES_VERSION) throw new Error(`unknown encoding version ${version} of a hash`);
    const unpacker = new Unpacker(data);
    const hash = new HashValue(limits);
    const layout = LAYOUTS[unpacker.count()];
    if (layout === undefined) throw new Error('stored hash has an unknown layout');
    hash.layout = layout;
    for (let left = unpacker.count(); left > 0; left--) {
      const field = unpacker.string();
      const value = unpacker.string();
      if (hash.fields.has(field)) throw new Error('stored hash has a field twice');
      hash.fields.append(field, value);
      hash.bytes += field.length + value.length;
      const deadline = version === DEADLINES_VERSION ? unpacker.count() : NEVER;
      if (deadline === NEVER) continue;
      hash.deadlines ??= new FieldDeadlines();
      hash.deadlines.set(field, deadline);
    }
    return hash;
  }

  // ---- inside

  /** It is a listpack for Redis, whose order shows. */
  private get inOrder(): boolean {
    return this.layout !== 'hashtable';
  }

  private moveInOrder(from: number, to: number): void {
    if (!this.inOrder || from === to) return;
    const { fields } = this;
    const field = fields.keyAt(from);
    const value = fields.valueAt(from);
    fields.deleteInOrder(field);
    fields.insertAt(to, field, value);
  }

  private dropEmptyDeadlines(): void {
    if (this.deadlines?.size === 0) this.deadlines = undefined;
  }
}
