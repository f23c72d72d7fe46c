// A sparse array: values at indexes from 0 to 2^64 - 2, most of which are empty. The values stand in parts, in the order of
// their indexes, so that a large array is stored, and read again, part by part. Beside them it keeps a cursor: the index
// that the last append wrote to.

import { ascii, type Bytes, own } from '../bytes/bytes';
import { narrow, parseUint64 } from '../bytes/integer';
import type { EncodingLimits } from './limits';
import { Packer, Unpacker } from './packer';
import { insertBetween } from './part-ids';
import { type PartForm, Parts, residentMemoryOf } from './parts';
import type { SegmentChanges, Segmented, SegmentSource } from './segments';

/** A number where that is exact, so that equal indexes are identical. */
export type Index = number | bigint;

/** The highest index is one less than this, which means that there is none. */
export const INDEX_END = 2n ** 64n - 1n;

/** Estimated bytes of an empty array, and of an element beside its content: index, string header, places in two arrays. */
const ARRAY_OVERHEAD = 240;
const ELEMENT_OVERHEAD = 40;
/** What an index and a length take in the stored form, nearly. */
const STORED_OVERHEAD = 8;

/** Elements in ascending order of their indexes, as parallel arrays. */
interface Run {
  readonly indexes: Index[];
  readonly values: Bytes[];
}

function packIndex(index: Index, packer: Packer): void {
  packer.string(ascii(`${index}`));
}

function unpackIndex(unpacker: Unpacker): Index {
  const index = parseUint64(unpacker.string());
  if (index === undefined || index >= INDEX_END) throw new Error('stored array has a wrong index');
  return narrow(index);
}

/** Family 0: elements by index. A part begins at its bound; the first one also has what is below. */
const FORM: PartForm<Run, Index> = {
  family: 0,
  pack({ indexes, values }, packer) {
    for (let i = 0; i < indexes.length; i++) {
      packIndex(indexes[i] as Index, packer);
      packer.string(values[i] as Bytes);
    }
  },
  unpack(unpacker, count) {
    const run: Run = { indexes: [], values: [] };
    for (let left = count; left > 0; left--) {
      run.indexes.push(unpackIndex(unpacker));
      run.values.push(unpacker.string());
    }
    return run;
  },
  join(run, next) {
    for (const index of next.indexes) run.indexes.push(index);
    for (const value of next.values) run.values.push(value);
  },
  packBound: packIndex,
  unpackBound: unpackIndex,
};

/** Visits an element. False ends the walk. */
type Visit = (index: Index, value: Bytes) => boolean;

export class ArrayValue implements Segmented {
  readonly type = 'array' as const;
  /** The index that the last append wrote to; undefined before the first one. */
  cursor: Index | undefined;
  /** Elements. */
  size = 0;
  private bytes = 0;
  private segmented = false;
  private parts: Parts<Run, Index> = new Parts(FORM);

  constructor(readonly limits: EncodingLimits) {}

  /** Estimated bytes of memory, kept up to date in O(1) per change. */
  get memory(): number {
    return ARRAY_OVERHEAD + this.bytes + ELEMENT_OVERHEAD * this.size;
  }

  /** What OBJECT ENCODING answers. */
  encoding(): 'sliced-array' {
    return 'sliced-array';
  }

  /** The highest index of an element, or undefined. */
  get last(): Index | undefined {
    return this.size === 0 ? undefined : this.parts.content(this.parts.length - 1).indexes.at(-1);
  }

  /** In how many parts it is held. */
  get partCount(): number {
    return this.parts.length;
  }

  // ---- elements

  get(index: Index): Bytes | undefined {
    if (this.size === 0) return undefined;
    const { indexes, values } = this.parts.content(this.partOf(index));
    const at = lowerBound(indexes, index);
    return indexes[at] === index ? values[at] : undefined;
  }

  /** True when there was nothing at this index. */
  set(index: Index, value: Bytes): boolean {
    const owned = own(value);
    if (this.parts.length === 0) insertBetween(this.parts, 0, index, { indexes: [], values: [] }, 0, 0);
    const part = this.partOf(index);
    const { indexes, values } = this.parts.content(part);
    const at = lowerBound(indexes, index);
    const isNew = indexes[at] !== index;
    if (isNew) {
      indexes.splice(at, 0, index);
      values.splice(at, 0, owned);
      this.count(part, 1, owned.length);
    } else {
      this.count(part, 0, owned.length - (values[at] as Bytes).length);
      values[at] = owned;
    }
    this.split(part);
    if (this.bytes + STORED_OVERHEAD * this.size > this.limits.wholeBytes) this.segmented = true;
    return isNew;
  }

  /** False when there was nothing at this index. */
  delete(index: Index): boolean {
    return this.deleteRange(index, index) > 0;
  }

  /** Deletes what is at indexes from `low` to `high`. Returns how many elements that were. Loads only what stays in part. */
  deleteRange(low: Index, high: Index): number {
    if (this.size === 0) return 0;
    const former = this.size;
    let part = this.partOf(low);
    while (part < this.parts.length && (part === 0 || this.parts.at(part).bound <= high)) {
      if (this.isWithin(part, low, high)) {
        const { count, bytes } = this.parts.at(part);
        this.size -= count;
        this.bytes -= bytes - count * STORED_OVERHEAD;
        this.parts.drop(part);
      } else if (this.cut(part, low, high)) part++;
      else this.parts.drop(part);
    }
    for (const at of [part, part - 1]) if (at >= 0 && at < this.parts.length) this.parts.shrink(at, this.limits.segmentBytes);
    return former - this.size;
  }

  /** Whether a part surely lies between two indexes, which takes no loading. */
  private isWithin(part: number, low: Index, high: Index): boolean {
    const next = part + 1 < this.parts.length ? this.parts.at(part + 1).bound : undefined;
    return part > 0 && next !== undefined && this.parts.at(part).bound >= low && next <= high;
  }

  /** Takes a range out of a part. False when nothing is left in it. */
  private cut(part: number, low: Index, high: Index): boolean {
    const { indexes, values } = this.parts.content(part);
    const from = lowerBound(indexes, low);
    let to = from;
    let chars = 0;
    for (; to < indexes.length && (indexes[to] as Index) <= high; to++) chars += (values[to] as Bytes).length;
    if (to > from) {
      indexes.splice(from, to - from);
      values.splice(from, to - from);
      this.count(part, from - to, -chars);
    }
    return indexes.length > 0;
  }

  // ---- walks. The array must not change meanwhile.

  /** Visits the elements at indexes from `from` on, upwards. */
  ascend(from: Index, visit: Visit): void {
    if (this.size === 0) return;
    for (let part = this.partOf(from); part < this.parts.length; part++) {
      const { indexes, values } = this.parts.content(part);
      for (let i = lowerBound(indexes, from); i < indexes.length; i++) if (!visit(indexes[i] as Index, values[i] as Bytes)) return;
    }
  }

  /** Visits the elements at indexes from `from` on, downwards. */
  descend(from: Index, visit: Visit): void {
    if (this.size === 0) return;
    for (let part = this.partOf(from); part >= 0; part--) {
      const { indexes, values } = this.parts.content(part);
      let i = lowerBound(indexes, from);
      if (indexes[i] !== from) i--;
      for (; i >= 0; i--) if (!visit(indexes[i] as Index, values[i] as Bytes)) return;
    }
  }

  // ---- as a whole

  /** An independent copy. */
  copy(): ArrayValue {
    const copy = new ArrayValue(this.limits);
    copy.cursor = this.cursor;
    copy.size = this.size;
    copy.bytes = this.bytes;
    copy.segmented = this.segmented;
    this.parts.copyTo(copy.parts, ({ indexes, values }) => ({ indexes: indexes.slice(), values: values.slice() }));
    return copy;
  }

  /** The stored form: the cursor, how many elements with how many bytes, and the elements unless they are in segments. */
  encode(): Bytes {
    const packer = new Packer().string(ascii(this.cursor === undefined ? '' : `${this.cursor}`));
    packer.count(this.size).count(this.bytes);
    if (!this.segmented) for (let part = 0; part < this.parts.length; part++) FORM.pack(this.parts.content(part), packer);
    return packer.done();
  }

  static decode(data: Bytes, limits: EncodingLimits, source?: SegmentSource): ArrayValue {
    const unpacker = new Unpacker(data);
    const array = new ArrayValue(limits);
    const cursor = unpacker.string();
    const size = unpacker.count();
    const bytes = unpacker.count();
    if (source) {
      array.parts = new Parts(FORM, source);
      array.segmented = true;
      array.size = size;
      array.bytes = bytes;
    } else {
      const { indexes, values } = FORM.unpack(unpacker, size);
      for (let i = 0; i < size; i++) {
        if (i > 0 && (indexes[i] as Index) <= (indexes[i - 1] as Index)) throw new Error('stored array is not in order');
        array.set(indexes[i] as Index, values[i] as Bytes);
      }
    }
    if (cursor !== '') array.cursor = narrow(BigInt(cursor));
    return array;
  }

  segmentChanges(): SegmentChanges | undefined {
    return this.segmented ? this.parts.changes() : undefined;
  }

  markStored(source: SegmentSource): void {
    this.parts.markStored(source);
  }

  get residentMemory(): number {
    return this.segmented ? residentMemoryOf(this.memory, [this.parts]) : this.memory;
  }

  release(what: 'unused' | 'all'): void {
    if (this.segmented) this.parts.release(what);
  }

  // ---- inside

  /** The part that has an index, or would have it. */
  private partOf(index: Index): number {
    let low = 0;
    let high = this.parts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.parts.at(middle).bound <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private count(part: number, elements: number, chars: number): void {
    this.size += elements;
    this.bytes += chars;
    this.parts.touch(part, elements, chars + elements * STORED_OVERHEAD);
  }

  /** Divides a part in two when it has become large. The last one leaves more to its left half: arrays grow at the end. */
  private split(part: number): void {
    const { bytes, count } = this.parts.at(part);
    if (bytes <= this.limits.segmentBytes || count < 2) return;
    const { indexes, values } = this.parts.content(part);
    const isLast = part === this.parts.length - 1;
    const at = isLast ? count - 1 : count >> 1;
    const right: Run = { indexes: indexes.splice(at), values: values.splice(at) };
    let moved = 0;
    for (const value of right.values) moved += value.length;
    moved += right.values.length * STORED_OVERHEAD;
    this.parts.touch(part, -right.values.length, -moved);
    insertBetween(this.parts, part + 1, right.indexes[0] as Index, right, right.values.length, moved);
  }
}

/** The first place whose index is not below `index`. */
function lowerBound(indexes: readonly Index[], index: Index): number {
  let low = 0;
  let high = indexes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((indexes[middle] as Index) < index) low = middle + 1;
    else high = middle;
  }
  return low;
}
