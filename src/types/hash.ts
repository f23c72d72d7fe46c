// A hash: fields with values. While Redis would hold it as a listpack its fields keep the order in which they came.

import { type Bytes, own } from '../bytes/bytes';
import { DenseMap } from '../structures/dense-map';
import type { EncodingLimits } from './limits';
import { Packer, Unpacker } from './packer';

/** Estimated bytes of an empty hash, and of a field beside the chars: two string headers, two array slots, map slot. */
const BASE_MEMORY = 240;
const FIELD_OVERHEAD = 88;

export class HashValue {
  readonly type = 'hash' as const;
  private bytes = 0;
  /** Redis would still hold it as a listpack. Once it is not, it stays so. */
  private packed = true;

  constructor(
    readonly limits: EncodingLimits,
    private readonly fields: DenseMap<Bytes> = new DenseMap(),
  ) {}

  /** Fields. */
  get size(): number {
    return this.fields.size;
  }

  /** Estimated bytes of memory. */
  get memory(): number {
    return BASE_MEMORY + this.bytes + FIELD_OVERHEAD * this.size;
  }

  /** What OBJECT ENCODING answers. */
  encoding(): 'listpack' | 'hashtable' {
    return this.packed ? 'listpack' : 'hashtable';
  }

  // ---- fields

  has(field: Bytes): boolean {
    return this.fields.has(field);
  }

  get(field: Bytes): Bytes | undefined {
    return this.fields.get(field);
  }

  /** True when the field is new. */
  set(field: Bytes, value: Bytes): boolean {
    const { fields, limits } = this;
    if (this.packed && (field.length > limits.hashMaxListpackValue || value.length > limits.hashMaxListpackValue)) this.packed = false;
    const place = fields.indexOf(field);
    if (place >= 0) {
      this.bytes += value.length - fields.valueAt(place).length;
      fields.setAt(place, own(value));
      return false;
    }
    fields.append(own(field), own(value));
    this.bytes += field.length + value.length;
    if (this.packed && fields.size > limits.hashMaxListpackEntries) this.packed = false;
    return true;
  }

  /** False when there was no such field. */
  delete(field: Bytes): boolean {
    const place = this.fields.indexOf(field);
    if (place < 0) return false;
    this.bytes -= field.length + this.fields.valueAt(place).length;
    return this.packed ? this.fields.deleteInOrder(field) : this.fields.delete(field);
  }

  // ---- places, from 0 to size - 1: in order of arrival in a listpack. Elsewhere a removal puts the last field in the place
  // that becomes free.

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
    copy.packed = this.packed;
    return copy;
  }

  /** The stored form: whether it is a listpack, how many fields, then each with its value, by place. */
  encode(): Bytes {
    const packer = new Packer();
    packer.count(this.packed ? 1 : 0).count(this.size);
    for (let place = 0; place < this.size; place++) packer.string(this.fieldAt(place)).string(this.valueAt(place));
    return packer.done();
  }

  static decode(data: Bytes, limits: EncodingLimits): HashValue {
    const unpacker = new Unpacker(data);
    const hash = new HashValue(limits);
    hash.packed = unpacker.count() === 1;
    for (let left = unpacker.count(); left > 0; left--) {
      const field = unpacker.string();
      const value = unpacker.string();
      if (hash.fields.has(field)) throw new Error('stored hash has a field twice');
      hash.fields.append(field, value);
      hash.bytes += field.length + value.length;
    }
    return hash;
  }
}
