// How the 16,384 hash slots are divided among the shards of a database, and what a shard's object is called.

import type { Bytes } from '../bytes/bytes';
import { hasHashTag, SLOT_COUNT, slotOf } from '../bytes/crc16';
import { literalStart } from '../bytes/glob';

/** The shard of a slot: contiguous ranges, equal to within one slot. */
export function shardOfSlot(slot: number, count: number): number {
  return Math.floor((slot * count) / SLOT_COUNT);
}

/** The first slot of a shard. One past the last shard it is the number of slots. */
export function firstSlotOf(shard: number, count: number): number {
  return Math.ceil((shard * SLOT_COUNT) / count);
}

/** The first and the last slot of a shard. */
export function slotsOfShard(shard: number, count: number): readonly [first: number, last: number] {
  return [firstSlotOf(shard, count), firstSlotOf(shard + 1, count) - 1];
}

/** The name of a shard's Durable Object. */
export function objectName(shard: number, count: number): string {
  return `shard-${shard}-of-${count}`;
}

/** Whether a shard is another one than that where clients are at home. */
export function isAwayFromHome(name: string | undefined): boolean {
  return (placeOf(name)?.shard ?? 0) > 0;
}

/** Which shard, of how many, has an object of this name. Undefined when all keys belong to it, or the name says nothing. */
export function placeOf(name: string | undefined): { readonly shard: number; readonly count: number } | undefined {
  const [, shard, count] = /^shard-(\d+)-of-(\d+)$/.exec(name ?? '') ?? [];
  return shard === undefined || count === '1' ? undefined : { shard: Number(shard), count: Number(count) };
}

/** Tells which keys belong to the shard whose object has this name. Undefined as of {@link placeOf}. */
export function ownershipOf(name: string | undefined): ((key: Bytes) => boolean) | undefined {
  const place = placeOf(name);
  return place && ((key) => shardOfSlot(slotOf(key), place.count) === place.shard);
}

/** A text that is in the same slot as every key that a pattern matches. Undefined when those may be in several. */
export function placeOfMatches(pattern: Bytes): Bytes | undefined {
  const start = literalStart(pattern);
  return start === pattern || hasHashTag(start) ? start : undefined;
}
