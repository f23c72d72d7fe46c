// Elements of a large value by ranges of a hash of their keys: a part holds those from its id up to the id of the next.
// A look-up finds the part by binary search and the element in it by a map.

import type { Bytes } from '../bytes/bytes';
import { hash32 } from '../bytes/hash32';
import type { EncodingLimits } from './limits';
import { type Holding, type PartForm, Parts } from './parts';
import type { SegmentChanges, SegmentSource } from './segments';

/** Elements that stand in places without gaps. */
interface Content {
  readonly size: number;
  keyAt(place: number): Bytes;
}

export interface HashForm<C, B = undefined> extends PartForm<C, B> {
  /** Of a part that is new, and therefore loaded. */
  readonly firstBound: B;
  empty(): C;
  /** Adds an element of another content at the end. */
  take(content: C, from: C, place: number): void;
  /** What an element takes when encoded, nearly. */
  bytesAt(content: C, place: number): number;
  copy(content: C): C;
}

/**
 * A cursor of a walk through parts is this much and the hash to go on with: more than any cursor of a walk through
 * places (dense-scan.ts), so that either kind tells the other from its own. Both begin again when they get the other's.
 */
const FIRST_CURSOR = 2 ** 32;
/** By chance not even three elements of a part have the same hash. */
const MANY_ALIKE = 16;

export class HashParts<C extends Content, B = undefined> {
  private readonly parts: Parts<C, B>;
  /** Second result of {@link locate}, read at once. */
  found = 0;

  constructor(
    private readonly form: HashForm<C, B>,
    readonly limits: EncodingLimits,
    /** Elements. */
    public size = 0,
    source?: SegmentSource,
  ) {
    this.parts = new Parts(form, source);
    if (!source) this.insertFirst();
  }

  // ---- reading

  /** The part that a key belongs to. */
  partOf(key: Bytes): number {
    return this.partAt(hash32(key));
  }

  content(part: number): C {
    return this.parts.content(part);
  }

  get length(): number {
    return this.parts.length;
  }

  /** Changes when parts come to stand elsewhere. */
  get arrangement(): number {
    return this.parts.arrangement;
  }

  /** The content of a part, if it is loaded. */
  loaded(part: number): C | undefined {
    return this.parts.at(part).content;
  }

  /** What is known of a part that is not loaded. */
  boundOf(part: number): B {
    return this.parts.at(part).bound;
  }

  /** The content that has the element at a place from 0 to size - 1; {@link found} says where in it. */
  locate(place: number): C {
    const part = this.parts.locate(place);
    this.found = place - this.parts.startOf(part);
    return this.parts.content(part);
  }

  /**
   * Visits about `count` elements in the order of their hashes, and returns the next cursor, 0 at the end of the walk. An
   * element that is there for the whole walk is visited exactly once, whatever happens to the others.
   */
  scan(cursor: bigint, count: number, visit: (content: C, place: number) => void): number {
    const from = Number(cursor) - FIRST_CURSOR;
    const first = from >= 0 && from < FIRST_CURSOR ? from : 0;
    let left = count;
    for (let part = this.partAt(first); part < this.parts.length; part++) {
      const content = this.parts.content(part);
      const hashes = hashesOf(content);
      const places = Array.from(hashes.keys()).filter((place) => (hashes[place] as number) >= first);
      places.sort((a, b) => (hashes[a] as number) - (hashes[b] as number));
      let last = -1;
      for (const place of places) {
        const hash = hashes[place] as number;
        // Elements of one hash are never divided between two calls: the cursor could not tell them apart.
        if (left <= 0 && hash !== last) return FIRST_CURSOR + hash;
        visit(content, place);
        last = hash;
        left--;
      }
    }
    return 0;
  }

  // ---- changing

  /** After elements of a part changed. Parts may stand elsewhere from now on. */
  changed(part: number, countDelta: number, bytesDelta: number): void {
    this.size += countDelta;
    this.parts.touch(part, countDelta, bytesDelta);
    const { bytes, splitAbove } = this.parts.at(part);
    const { segmentBytes } = this.limits;
    if (bytes > Math.max(segmentBytes, splitAbove)) this.split(part);
    else if (bytesDelta < 0) this.parts.shrink(part, segmentBytes);
  }

  clear(): void {
    this.parts.clear();
    this.insertFirst();
    this.size = 0;
  }

  private insertFirst(): void {
    this.parts.insert(0, 0, this.form.firstBound, this.form.empty(), 0, 0);
  }

  // ---- as a whole

  copy(): HashParts<C, B> {
    const copy = new HashParts(this.form, this.limits, this.size);
    this.copyTo(copy);
    return copy;
  }

  /** Fills another one that is new. */
  copyTo(copy: HashParts<C, B>): void {
    copy.parts.clear();
    this.parts.copyTo(copy.parts, this.form.copy);
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

  /** The first part begins at 0, whatever its id. */
  private partAt(hash: number): number {
    const { keys } = this.parts;
    let low = 0;
    let high = keys.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((keys[middle] as number) <= hash) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Divides a part in two, and those again, until they are small enough or hold a single hash. */
  private split(index: number): void {
    if (index === 0) this.beginAtZero();
    const part = this.parts.at(index);
    const content = this.parts.content(index);
    const hashes = hashesOf(content);
    const boundary = middleOf(hashes);
    if (boundary === undefined) {
      // Many elements of one hash: somebody has chosen them so. A look at all of them for each new one would be dear.
      if (hashes.length > MANY_ALIKE) part.splitAbove = part.bytes * 2;
      return;
    }
    const { form } = this;
    const [left, right] = [form.empty(), form.empty()];
    let rightBytes = 0;
    for (let place = 0; place < hashes.length; place++) {
      const goesRight = (hashes[place] as number) >= boundary;
      form.take(goesRight ? right : left, content, place);
      if (goesRight) rightBytes += form.bytesAt(content, place);
    }
    part.content = left;
    this.parts.touch(index, -right.size, -rightBytes);
    this.parts.insert(index + 1, boundary, form.firstBound, right, right.size, rightBytes);
    const { segmentBytes } = this.limits;
    if (rightBytes > segmentBytes) this.split(index + 1);
    if (part.bytes > segmentBytes) this.split(index);
  }

  /** The first part may have elements below its id, once the one before it is gone; a boundary must be above the id. */
  private beginAtZero(): void {
    const { id, bound, count, bytes } = this.parts.at(0);
    if (id === 0) return;
    const content = this.parts.content(0);
    this.parts.drop(0);
    this.parts.insert(0, 0, bound, content, count, bytes);
  }
}

function hashesOf(content: Content): Uint32Array {
  const hashes = new Uint32Array(content.size);
  for (let place = 0; place < hashes.length; place++) hashes[place] = hash32(content.keyAt(place));
  return hashes;
}

/** A hash with about as many below it as above; undefined when all are the same. */
function middleOf(hashes: Uint32Array): number | undefined {
  const sorted = hashes.toSorted();
  const [least] = sorted;
  const middle = sorted[sorted.length >> 1];
  return middle !== least ? middle : sorted.find((hash) => hash !== least);
}
