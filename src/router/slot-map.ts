// Which shard owns which hash slots.
//
// The 16,384 slots are cut into as many contiguous ranges as there are shards, equal to within one slot. The layout is
// fixed by the count alone, so the count is part of every object's name: another KEDGE_SHARDS addresses other objects.
// A changed setting therefore starts an empty database instead of serving some keys of the old layout and losing
// others; set back, it finds the old data again.

import type { Bytes } from '../bytes/bytes';
import { SLOT_COUNT, slotOf } from '../bytes/crc16';
import { POSITION_BITS_IN_SLOT } from '../bytes/position';
import { firstSlotOf, objectName, shardOfSlot, slotsOfShard } from '../spec/slots';

/** Most shards of one database (KEDGE_SHARDS). */
export const MAX_SHARDS = 64;

/** The shard that has no key to answer for: what needs no key, or is wrong before its keys matter, goes there. */
export const HOME_SHARD = 0;

const POSITIONS_PER_SLOT = 2 ** POSITION_BITS_IN_SLOT;

export class SlotMap {
  constructor(readonly count: number) {
    if (!Number.isInteger(count) || count < 1 || count > MAX_SHARDS) {
      throw new RangeError(`the number of shards must be from 1 to ${MAX_SHARDS}, not ${count}`);
    }
  }

  shardOfSlot(slot: number): number {
    return shardOfSlot(slot, this.count);
  }

  shardOf(key: Bytes): number {
    return this.count === 1 ? 0 : this.shardOfSlot(slotOf(key));
  }

  /** First and last slot of a shard. */
  rangeOf(shard: number): readonly [first: number, last: number] {
    return slotsOfShard(shard, this.count);
  }

  /** The shard where a SCAN with this cursor goes on; the last one for a cursor beyond all keys. */
  shardOfCursor(cursor: bigint): number {
    const slot = cursor / BigInt(POSITIONS_PER_SLOT);
    return slot >= SLOT_COUNT ? this.count - 1 : this.shardOfSlot(Number(slot));
  }

  /** The cursor with which a SCAN that has finished `shard` goes on in the next one; 0 after the last. */
  cursorAfter(shard: number): bigint {
    if (shard + 1 >= this.count) return 0n;
    return BigInt(firstSlotOf(shard + 1, this.count)) * BigInt(POSITIONS_PER_SLOT);
  }

  /** The name of a shard's Durable Object. */
  nameOf(shard: number): string {
    return objectName(shard, this.count);
  }
}
