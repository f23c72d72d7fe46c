// Walks over all keys in position order, wherever they are: the order of the keys in memory merged with that of the
// stored ones, which storage is asked for in batches and only when needed.

import type { Bytes } from '../bytes/bytes';
import { firstPositionOf } from '../bytes/position';
import type { Random } from '../spec/context';
import type { RankedTree } from '../structures/ranked-tree';
import type { EntryStore, StoredKey } from './store';

/** Most rows that a walk reads from storage at a time. */
const MAX_BATCH = 512;
/** Keys among which a random one is chosen: many enough to even out the gaps between positions. */
const SAMPLE_KEYS = 16;

export interface KeyOrder {
  /** Positions and keys in memory. */
  readonly order: RankedTree;
  readonly store: EntryStore;
  /** Every key is in memory. */
  readonly complete: boolean;
  /** Memory knows better than storage about this key. */
  overrides(key: Bytes): boolean;
}

/** `stored`: what storage tells about a key that is not in memory. */
type Visit = (position: number, key: Bytes, stored: StoredKey | undefined) => boolean;

/**
 * Visits keys at or after a position until `visit` returns false. Nothing may be loaded or changed meanwhile.
 * @param expected how many keys the caller is likely to take
 */
export function walkKeys(keys: KeyOrder, from: number, expected: number, visit: Visit): void {
  const { order, store } = keys;
  if (keys.complete) {
    order.ascend(order.countBelow(from), (position, key) => visit(position, key, undefined));
    return;
  }
  let position = from;
  let left = expected;
  let limit = Math.min(expected, MAX_BATCH);
  for (;;) {
    let rows = store.scan(position, limit);
    let end = Number.POSITIVE_INFINITY;
    const last = rows[rows.length - 1];
    if (last && rows.length === limit) {
      // Of the last position there may be more keys in the next batch.
      if (last.position > position) end = last.position;
      else {
        rows = storedAt(store, position, limit);
        end = position + 1;
      }
    }
    if (!visitMerged(keys, position, end, rows, visit) || end === Number.POSITIVE_INFINITY) return;
    position = end;
    left -= rows.length;
    limit = Math.min(left > 0 ? left + 1 : limit * 2, MAX_BATCH);
  }
}

/** All stored keys of one position, where more than `limit` may share it. */
export function storedAt(store: EntryStore, position: number, limit: number): StoredKey[] {
  for (let enough = limit * 2; ; enough *= 2) {
    const rows = store.scan(position, enough);
    const others = rows.findIndex((row) => row.position !== position);
    if (others >= 0) return rows.slice(0, others);
    if (rows.length < enough) return rows;
  }
}

/** Visits the keys from a position up to, not including, `end`. `rows` has all the stored ones, and maybe more. */
function visitMerged(keys: KeyOrder, from: number, end: number, rows: readonly StoredKey[], visit: Visit): boolean {
  const { order } = keys;
  let at = 0;
  let going = true;
  /** Stored keys that come before this place in the order. */
  const visitStored = (position: number, key: Bytes): void => {
    for (; going && at < rows.length; at++) {
      const row = rows[at] as StoredKey;
      if (row.position > position || (row.position === position && row.key >= key)) return;
      if (!keys.overrides(row.key)) going = visit(row.position, row.key, row);
    }
  };
  order.ascend(order.countBelow(from), (position, key) => {
    if (position >= end) return false;
    visitStored(position, key);
    // A key in memory that storage has too: this is its turn, and its row's is over.
    if (going) going = visit(position, key, undefined);
    return going;
  });
  visitStored(end, '' as Bytes);
  return going;
}

// ---- random keys

export interface RandomKey {
  readonly key: Bytes;
  readonly position: number;
  readonly stored: StoredKey | undefined;
}

const SLOT_WIDTH = firstPositionOf(1);
const END = firstPositionOf(16384);

/**
 * A random key, or undefined when there is none. With all keys in memory each is as likely as any other. Otherwise slots
 * are nearly alike, as are the keys of a slot, however many they are: it costs a few rows of storage, not a count of all.
 */
export function randomKey(keys: KeyOrder, random: Random): RandomKey | undefined {
  const { order } = keys;
  if (keys.complete) {
    if (order.size === 0) return undefined;
    const couple = order.at(random.below(order.size));
    return couple && { key: couple.name, position: couple.score, stored: undefined };
  }
  const sample = randomKeys(keys, random);
  return sample[random.below(sample.length)];
}

/** Some keys that follow each other in a random slot: as many as cost no more than one. */
export function randomKeys(keys: KeyOrder, random: Random): readonly RandomKey[] {
  const sample = randomBetween(keys, 0, END, random);
  const anywhere = sample[random.below(sample.length)];
  if (!anywhere) return [];
  const slot = Math.floor(anywhere.position / SLOT_WIDTH) * SLOT_WIDTH;
  return randomBetween(keys, slot, slot + SLOT_WIDTH, random);
}

/** Keys that follow a random place between two positions. */
function randomBetween(keys: KeyOrder, low: number, high: number, random: Random): readonly RandomKey[] {
  const place = low + Math.floor(random.float() * (high - low));
  const sample: RandomKey[] = [];
  const collect = (from: number, end: number): void =>
    walkKeys(keys, from, SAMPLE_KEYS + 1, (position, key, stored) => {
      if (position >= end) return false;
      sample.push({ key, position, stored });
      return sample.length < SAMPLE_KEYS;
    });
  collect(place, high);
  if (sample.length < SAMPLE_KEYS) collect(low, place);
  return sample;
}
