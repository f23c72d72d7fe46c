// Where a key stands in the order that scans and storage share.

import type { Bytes } from './bytes';
import { slotOf } from './crc16';

/** Bits of a position below the slot. */
export const POSITION_BITS_IN_SLOT = 39;
const IN_SLOT = 2 ** POSITION_BITS_IN_SLOT;

/**
 * A 53-bit position whose top 14 bits are the hash slot and whose other 39 are a hash of the key (two FNV-1a style
 * lanes). A slot is thus a contiguous range, and a SCAN cursor is the last position seen. Stored in databases: it must
 * never change.
 */
export function positionOf(key: Bytes): number {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
    high ^= high >>> 13;
  }
  low ^= low >>> 16;
  low = Math.imul(low, 0xc2b2ae35);
  low ^= low >>> 15;
  return slotOf(key) * IN_SLOT + ((high >>> 0) & 0x7f) * 2 ** 32 + (low >>> 0);
}

/** The first position of a slot. */
export function firstPositionOf(slot: number): number {
  return slot * IN_SLOT;
}
