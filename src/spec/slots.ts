// How the 16,384 hash slots are divided among the shards of a database, and what a shard's object is called.

import type { Bytes } from '../bytes/bytes';
import { SLOT_COUNT, slotOf } from '../bytes/crc16';

/** The shard of a slot: contiguous ranges, equal to within one slot. */
export function shardOfSlot(slot: number, count: number): number {
  return Math.floor((slot * count) / SLOT_COUNT);
}

/** The name of a shard's Durable Object. */
export function objectName(shard: number, count: number): string {
  return `shard-${shard}-of-${count}`;
}

/** Tells which keys belong to the shard whose object has this name. Undefined when all of them do, or the name says nothing. */
export function ownershipOf(name: string | undefined): ((key: Bytes) => boolean) | undefined {
  const [, shard, count] = /^shard-(\d+)-of-(\d+)$/.exec(name ?? '') ?? [];
  if (shard === undefined || count === '1') return undefined;
  return (key) => shardOfSlot(slotOf(key), Number(count)) === Number(shard);
}
