// Which pages of a large array of bytes have changed since it was stored, so that a checkpoint writes those alone. The
// array is whole in memory: its bits are read everywhere at once.

import { type Bytes, copyInto, fromBuffer } from '../bytes/bytes';
import type { Segment, SegmentSource } from './segments';

const PAGE_BYTES = 4096;

export class Pages {
  private readonly changed = new Set<number>();
  /** Storage has all pages that are not among the changed ones. */
  private stored = false;

  /** @param family the array's own among the segments of its value */
  constructor(
    private readonly family: number,
    private readonly data: Uint8Array,
  ) {}

  /** A byte was changed. */
  mark(place: number): void {
    if (this.stored) this.changed.add(Math.floor(place / PAGE_BYTES));
  }

  *puts(): Generator<Segment> {
    const pages = this.stored ? [...this.changed].sort((a, b) => a - b) : Array(Math.ceil(this.data.length / PAGE_BYTES)).keys();
    for (const id of pages) {
      const data = fromBuffer(this.data, id * PAGE_BYTES, Math.min((id + 1) * PAGE_BYTES, this.data.length));
      yield { family: this.family, id, count: data.length, head: '' as Bytes, data };
    }
  }

  markStored(): void {
    this.stored = true;
    this.changed.clear();
  }

  /** Fills the array from storage. Throws an Error where a page is missing or has another length. */
  load(source: SegmentSource): void {
    let at = 0;
    for (const { id } of source.list(this.family)) {
      const data = source.load(this.family, id);
      const whole = Math.min(PAGE_BYTES, this.data.length - at);
      if (id * PAGE_BYTES !== at || data.length !== whole) throw new Error('stored pages do not make the array');
      copyInto(data, this.data, at);
      at += data.length;
    }
    if (at !== this.data.length) throw new Error('stored pages end too early');
    this.markStored();
  }
}
