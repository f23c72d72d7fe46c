// The elements of a large list in parts, in order. A change at an end or at an index loads and changes one part.

import type { Bytes } from '../bytes/bytes';
import type { EncodingLimits } from './limits';
import { insertBetween } from './part-ids';
import { type Holding, type PartForm, Parts } from './parts';
import type { SegmentChanges, SegmentSource } from './segments';

/** What an element takes in the stored form beside its chars, nearly. */
export const LENGTH_BYTES = 2;

/** Family 0: elements in order. */
const FORM: PartForm<Bytes[], undefined> = {
  family: 0,
  pack(elements, packer) {
    for (const element of elements) packer.string(element);
  },
  unpack(unpacker, count) {
    const elements: Bytes[] = [];
    for (let left = count; left > 0; left--) elements.push(unpacker.string());
    return elements;
  },
  join(elements, next) {
    for (const element of next) elements.push(element);
  },
  packBound: () => undefined,
  unpackBound: () => undefined,
};

export class ListParts {
  private readonly parts: Parts<Bytes[], undefined>;

  constructor(
    private readonly limits: EncodingLimits,
    /** Elements. */
    public size = 0,
    source?: SegmentSource,
  ) {
    this.parts = new Parts(FORM, source);
  }

  // ---- ends

  pushFront(element: Bytes): void {
    this.size++;
    if (!this.hasRoom(0, element)) this.insertPart(0, [element]);
    else {
      this.parts.content(0).unshift(element);
      this.parts.touch(0, 1, bytesOf(element));
    }
  }

  pushBack(element: Bytes): void {
    this.size++;
    const last = this.parts.length - 1;
    if (!this.hasRoom(last, element)) this.insertPart(last + 1, [element]);
    else {
      this.parts.content(last).push(element);
      this.parts.touch(last, 1, bytesOf(element));
    }
  }

  /** Takes the first element; undefined when there is none. */
  popFront(): Bytes | undefined {
    return this.size === 0 ? undefined : this.take(0, 0);
  }

  /** Takes the last element; undefined when there is none. */
  popBack(): Bytes | undefined {
    if (this.size === 0) return undefined;
    const last = this.parts.length - 1;
    return this.take(last, this.parts.at(last).count - 1);
  }

  /** The part at an end takes one more element, rather than to begin a new part. */
  private hasRoom(part: number, element: Bytes): boolean {
    if (this.parts.length === 0) return false;
    const { bytes, count } = this.parts.at(part);
    return count === 0 || bytes + bytesOf(element) <= this.limits.segmentBytes;
  }

  private take(part: number, offset: number): Bytes {
    const elements = this.parts.content(part);
    const element = (offset === 0 ? elements.shift() : elements.pop()) as Bytes;
    this.size--;
    this.parts.touch(part, -1, -bytesOf(element));
    if (elements.length === 0 && this.parts.length > 1) this.parts.drop(part);
    return element;
  }

  // ---- indexes

  /** The element at `index`, from 0; undefined outside. */
  at(index: number): Bytes | undefined {
    if (index < 0 || index >= this.size) return undefined;
    const part = this.partAt(index);
    return this.parts.content(part)[index - this.startOf(part)];
  }

  /** Replaces the element at `index`, which must exist; answers with the former one. */
  set(index: number, element: Bytes): Bytes {
    const part = this.partAt(index);
    const elements = this.parts.content(part);
    const offset = index - this.startOf(part);
    const former = elements[offset] as Bytes;
    elements[offset] = element;
    this.parts.touch(part, 0, element.length - former.length);
    if (element.length < former.length) this.parts.shrink(part, this.limits.segmentBytes);
    else this.split(part);
    return former;
  }

  /** Inserts before the element at `index`, from 0; at `size` or beyond it is appended. */
  insert(index: number, element: Bytes): void {
    if (index >= this.size) this.pushBack(element);
    else if (index === 0) this.pushFront(element);
    else {
      const part = this.partAt(index);
      this.parts.content(part).splice(index - this.startOf(part), 0, element);
      this.size++;
      this.parts.touch(part, 1, bytesOf(element));
      this.split(part);
    }
  }

  /** Removes up to `count` elements from `start` on. Returns the number of their bytes. Loads only what stays in part. */
  removeRange(start: number, count: number): number {
    let rest = Math.min(count, this.size - start);
    if (rest <= 0) return 0;
    const { parts } = this;
    const first = this.partAt(start);
    let part = first;
    let offset = start - this.startOf(part);
    let removedBytes = 0;
    this.size -= rest;
    while (rest > 0) {
      const { count: held, bytes } = parts.at(part);
      if (offset === 0 && rest >= held && parts.length > 1) {
        rest -= held;
        removedBytes += bytes - held * LENGTH_BYTES;
        parts.drop(part);
        continue;
      }
      const taken = parts.content(part).splice(offset, rest);
      rest -= taken.length;
      const chars = lengthOf(taken);
      removedBytes += chars;
      parts.touch(part, -taken.length, -chars - taken.length * LENGTH_BYTES);
      if (parts.at(part).count > 0) part++;
      else if (parts.length > 1) parts.drop(part);
      offset = 0;
    }
    if (part < parts.length) parts.shrink(part, this.limits.segmentBytes);
    if (first < parts.length) parts.shrink(first, this.limits.segmentBytes);
    return removedBytes;
  }

  /** Removes up to `limit` elements that equal another, from the front or from the back. Returns how many it removed. */
  removeEqual(element: Bytes, limit: number, fromBack: boolean): number {
    const { parts } = this;
    let removed = 0;
    for (let at = 0; at < parts.length && removed < limit; at++) {
      const part = fromBack ? parts.length - 1 - at : at;
      const taken = removeEqual(parts.content(part), element, limit - removed, fromBack);
      if (taken === 0) continue;
      removed += taken;
      parts.touch(part, -taken, -taken * bytesOf(element));
    }
    this.size -= removed;
    if (removed > 0)
      for (let part = parts.length - 1; part >= 0; part--) parts.shrink(Math.min(part, parts.length - 1), this.limits.segmentBytes);
    return removed;
  }

  // ---- ranges

  /** Up to `count` elements from `start` on. */
  slice(start: number, count: number): Bytes[] {
    const elements: Bytes[] = [];
    if (count <= 0) return elements;
    this.ascend(start, (element) => elements.push(element) < count);
    return elements;
  }

  /** Visits elements from `start` to the back until `visit` returns false. The list must not change meanwhile. */
  ascend(start: number, visit: (element: Bytes) => boolean): void {
    if (start >= this.size) return;
    let part = this.partAt(start);
    let offset = start - this.startOf(part);
    for (; part < this.parts.length; part++, offset = 0) {
      const elements = this.parts.content(part);
      for (let i = offset; i < elements.length; i++) if (!visit(elements[i] as Bytes)) return;
    }
  }

  /** Visits elements from the back to the front until `visit` returns false. The list must not change meanwhile. */
  descend(visit: (element: Bytes) => boolean): void {
    for (let part = this.parts.length - 1; part >= 0; part--) {
      const elements = this.parts.content(part);
      for (let i = elements.length - 1; i >= 0; i--) if (!visit(elements[i] as Bytes)) return;
    }
  }

  // ---- as a whole

  copy(): ListParts {
    const copy = new ListParts(this.limits, this.size);
    this.parts.copyTo(copy.parts, (elements) => elements.slice());
    return copy;
  }

  changes(): SegmentChanges {
    return this.parts.changes();
  }

  markStored(source: SegmentSource): void {
    this.parts.markStored(source);
  }

  get holding(): Holding {
    return this.parts;
  }

  release(what: 'unused' | 'all'): void {
    this.parts.release(what);
  }

  // ---- inside

  /** The part of an index. Those at the ends are known without counting. */
  private partAt(index: number): number {
    const { parts } = this;
    const last = parts.length - 1;
    if (index < parts.at(0).count) return 0;
    return index >= this.size - parts.at(last).count ? last : parts.locate(index);
  }

  private startOf(part: number): number {
    if (part === 0) return 0;
    return part === this.parts.length - 1 ? this.size - this.parts.at(part).count : this.parts.startOf(part);
  }

  private insertPart(index: number, elements: Bytes[]): void {
    insertBetween(this.parts, index, undefined, elements, elements.length, lengthOf(elements) + elements.length * LENGTH_BYTES);
  }

  /** Divides a part in two until it is small enough or has a single element. */
  private split(part: number): void {
    const { segmentBytes } = this.limits;
    while (this.parts.at(part).bytes > segmentBytes && this.parts.at(part).count > 1) {
      const elements = this.parts.content(part);
      const right = elements.splice(elements.length >> 1);
      this.parts.touch(part, -right.length, -lengthOf(right) - right.length * LENGTH_BYTES);
      this.insertPart(part + 1, right);
      this.split(part + 1);
    }
  }
}

function bytesOf(element: Bytes): number {
  return element.length + LENGTH_BYTES;
}

function lengthOf(elements: readonly Bytes[]): number {
  let length = 0;
  for (const element of elements) length += element.length;
  return length;
}

/** Removes up to `limit` elements that equal another, first or last ones first. Returns how many. */
function removeEqual(elements: Bytes[], element: Bytes, limit: number, fromBack: boolean): number {
  let equal = 0;
  for (const other of elements) if (other === element) equal++;
  const removed = Math.min(equal, limit);
  if (removed === 0) return 0;
  /** Equal ones that stay, in front of those that go. */
  let spared = fromBack ? equal - removed : 0;
  let left = removed;
  let kept = 0;
  for (const other of elements) {
    if (other === element && spared > 0) spared--;
    else if (other === element && left > 0) {
      left--;
      continue;
    }
    elements[kept++] = other;
  }
  elements.length = kept;
  return removed;
}
