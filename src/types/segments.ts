// What a large value and storage agree on, so that a checkpoint writes only what changed of it, and a first use reads
// only what it needs. Storage keeps the parts of a value under a number of its own, not under the key.

import type { Bytes } from '../bytes/bytes';

export interface SegmentInfo {
  /** Separates the orders within one value. */
  readonly family: number;
  /** Orders the segments of a family: an integer from 0 to 2^53. */
  readonly id: number;
  /** Elements in it. */
  readonly count: number;
  /** Small: bounds, bytes… what is known without reading it. */
  readonly head: Bytes;
}

export interface Segment extends SegmentInfo {
  readonly data: Bytes;
}

/** The stored segments of one value, as of the last checkpoint. Synchronous. */
export interface SegmentSource {
  /** Those of a family, by id. */
  list(family: number): readonly SegmentInfo[];
  /** The data of a segment that is there. */
  load(family: number, id: number): Bytes;
}

export interface SegmentChanges {
  /** Read once, before anything else happens to the value: a large value need not hold all of it at once. */
  readonly put: Iterable<Segment>;
  readonly removed: readonly { readonly family: number; readonly id: number }[];
}

/** What a value class that can be segmented offers to storage, beside `encode()`, which then gives a small head. */
export interface Segmented {
  /** What changed since it was stored. Undefined: the value is whole in its head. */
  segmentChanges(): SegmentChanges | undefined;
  /** Storage has written the changes. */
  markStored(source: SegmentSource): void;
  /** Estimated bytes of what is in memory of it now: of `memory`, what is loaded. */
  readonly residentMemory: number;
  /**
   * Drops what storage has too: with 'all' all of it, otherwise what has not been used since the last time. It is read
   * again when it is used. Nobody may hold anything that the value has handed out.
   */
  release(what: 'unused' | 'all'): void;
}
