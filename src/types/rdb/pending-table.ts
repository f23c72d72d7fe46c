// What is pending in a group of a stream, between the list of all of it and the lists of the consumers: in few bytes each,
// because there may be millions. Redis writes the list in the order of the ids, and by that they are found.

import { fromBuffer } from '../../bytes/bytes';
import { GrowingBuffer } from '../../bytes/growing-buffer';
import { type Int64, narrow } from '../../bytes/integer';
import type { StreamId } from '../stream/id';
import { RdbError } from './reader';

export interface Delivery {
  readonly id: StreamId;
  readonly time: number;
  readonly deliveries: Int64;
}

const ID_BYTES = 16;
const ROW_BYTES = ID_BYTES + 16;

export class PendingTable {
  private readonly rows = new GrowingBuffer();
  private lastId: StreamId | undefined;
  private taken = 0;

  get size(): number {
    return this.rows.size / ROW_BYTES;
  }

  /** Everything has been taken. */
  get isEmpty(): boolean {
    return this.taken === this.size;
  }

  add({ id, time, deliveries }: Delivery): void {
    if (this.lastId !== undefined && id <= this.lastId) throw new RdbError('what is pending in a group does not ascend');
    this.lastId = id;
    this.rows.chars(id);
    this.rows.int64(time, false);
    this.rows.int64(deliveries, false);
  }

  /** Undefined where it is not there, or was taken before. */
  take(id: StreamId): Delivery | undefined {
    const rows = this.rows.view();
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.idAt(middle) < id) low = middle + 1;
      else high = middle;
    }
    if (low === this.size || this.idAt(low) !== id) return undefined;
    const view = new DataView(rows.buffer, rows.byteOffset + low * ROW_BYTES, ROW_BYTES);
    const time = Number(view.getBigInt64(ID_BYTES));
    if (time < 0) return undefined;
    // A time is never below 0: that it is tells that it was taken.
    view.setBigInt64(ID_BYTES, -1n);
    this.taken++;
    return { id, time, deliveries: narrow(view.getBigInt64(ID_BYTES + 8)) };
  }

  private idAt(row: number): StreamId {
    return fromBuffer(this.rows.view(), row * ROW_BYTES, row * ROW_BYTES + ID_BYTES);
  }
}
