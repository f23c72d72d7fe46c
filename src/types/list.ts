// Lists: elements in a chunked deque, or in the parts of a large list, with the memory they take counted as they come and go.

import { type Bytes, own } from '../bytes/bytes';
import { Deque } from '../structures/deque';
import type { EncodingLimits } from './limits';
import { LENGTH_BYTES, ListParts } from './list-parts';
import { Packer, Unpacker } from './packer';
import { residentMemoryOf } from './parts';
import type { SegmentChanges, Segmented, SegmentSource } from './segments';

/** An end of a list. */
export type Side = 'left' | 'right';

/** Estimated bytes of an empty list, and of an element beside its content (string header, place in its chunk). */
const LIST_OVERHEAD = 160;
const ELEMENT_OVERHEAD = 24;

export class ListValue implements Segmented {
  readonly type = 'list' as const;
  private bytes = 0;

  constructor(
    readonly limits: EncodingLimits,
    private elements: Deque<Bytes> | ListParts = new Deque<Bytes>(),
  ) {}

  /** Elements. */
  get size(): number {
    return this.elements.size;
  }

  /** Estimated bytes of memory, kept up to date in O(1) per change. */
  get memory(): number {
    return LIST_OVERHEAD + this.bytes + this.elements.size * ELEMENT_OVERHEAD;
  }

  /** What OBJECT ENCODING answers: Redis 7.0 has one encoding for lists of every size. */
  encoding(): 'quicklist' {
    return 'quicklist';
  }

  /** An independent copy. */
  copy(): ListValue {
    const copy = new ListValue(this.limits, this.elements.copy());
    copy.bytes = this.bytes;
    return copy;
  }

  /** The stored form: the number of elements, then each of them; in parts, how many bytes they have together. */
  encode(): Bytes {
    const packer = new Packer().count(this.size);
    if (this.elements instanceof ListParts) return packer.count(this.bytes).done();
    this.ascend(0, (element) => {
      packer.string(element);
      return true;
    });
    return packer.done();
  }

  static decode(data: Bytes, limits: EncodingLimits, source?: SegmentSource): ListValue {
    const unpacker = new Unpacker(data);
    const size = unpacker.count();
    if (source) {
      const list = new ListValue(limits, new ListParts(limits, size, source));
      list.bytes = unpacker.count();
      return list;
    }
    const list = new ListValue(limits);
    for (let left = size; left > 0; left--) {
      const element = unpacker.string();
      list.bytes += element.length;
      list.elements.pushBack(element);
    }
    list.divide();
    return list;
  }

  segmentChanges(): SegmentChanges | undefined {
    return this.elements instanceof ListParts ? this.elements.changes() : undefined;
  }

  markStored(source: SegmentSource): void {
    if (this.elements instanceof ListParts) this.elements.markStored(source);
  }

  get residentMemory(): number {
    return this.elements instanceof ListParts ? residentMemoryOf(this.memory, [this.elements.holding]) : this.memory;
  }

  release(what: 'unused' | 'all'): void {
    if (this.elements instanceof ListParts) this.elements.release(what);
  }

  push(side: Side, element: Bytes): void {
    this.bytes += element.length;
    if (side === 'left') this.elements.pushFront(own(element));
    else this.elements.pushBack(own(element));
    this.divide();
  }

  /** Takes the element at an end; undefined when the list is empty. */
  pop(side: Side): Bytes | undefined {
    const element = side === 'left' ? this.elements.popFront() : this.elements.popBack();
    if (element !== undefined) this.bytes -= element.length;
    return element;
  }

  /** The element at `index` from the left; a negative one counts from the right, where -1 is the last. */
  at(index: number): Bytes | undefined {
    return this.elements.at(this.absolute(index));
  }

  /** Replaces the element at `index`, as in {@link at}; false when there is none. */
  set(index: number, element: Bytes): boolean {
    const absolute = this.absolute(index);
    if (absolute < 0 || absolute >= this.size) return false;
    this.bytes += element.length - this.elements.set(absolute, own(element)).length;
    this.divide();
    return true;
  }

  /** Inserts before the element at `index`, from 0; at `size` it is appended. */
  insert(index: number, element: Bytes): void {
    this.bytes += element.length;
    this.elements.insert(index, own(element));
    this.divide();
  }

  /** Up to `count` elements from `start` on, from the left. */
  range(start: number, count: number): Bytes[] {
    return this.elements.slice(start, count);
  }

  removeRange(start: number, count: number): void {
    const { elements } = this;
    if (elements instanceof ListParts) this.bytes -= elements.removeRange(start, count);
    else
      elements.removeRange(start, count, (element) => {
        this.bytes -= element.length;
      });
  }

  /** Removes up to `limit` elements that equal `element`, beginning at an end. Returns how many it removed. */
  remove(element: Bytes, limit: number, from: Side): number {
    const { elements } = this;
    const fromBack = from === 'right';
    const removed =
      elements instanceof ListParts
        ? elements.removeEqual(element, limit, fromBack)
        : elements.removeMatching((other) => other === element, limit, fromBack);
    this.bytes -= removed * element.length;
    return removed;
  }

  /** Visits elements from `start` to the right until `visit` returns false. */
  ascend(start: number, visit: (element: Bytes) => boolean): void {
    this.elements.ascend(start, visit);
  }

  /** Visits elements from the last to the left until `visit` returns false. */
  descend(visit: (element: Bytes) => boolean): void {
    this.elements.descend(visit);
  }

  /** Goes over to parts when it has become large. */
  private divide(): void {
    const { elements, limits } = this;
    if (elements instanceof ListParts || this.bytes + elements.size * LENGTH_BYTES <= limits.wholeBytes) return;
    const parts = new ListParts(limits);
    elements.ascend(0, (element) => {
      parts.pushBack(element);
      return true;
    });
    this.elements = parts;
  }

  private absolute(index: number): number {
    return index < 0 ? this.size + index : index;
  }
}
