// Redis Cluster's key hashing: CRC16 (XMODEM) of the key, or of its {hash tag}, modulo 16,384.

import type { Bytes } from './bytes';

export const SLOT_COUNT = 16384;

const TABLE = new Uint16Array(256);
for (let i = 0; i < 256; i++) {
  let crc = i << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  TABLE[i] = crc;
}

function crc16(key: Bytes, start: number, end: number): number {
  let crc = 0;
  for (let i = start; i < end; i++) crc = ((crc << 8) & 0xffff) ^ (TABLE[((crc >> 8) ^ key.charCodeAt(i)) & 0xff] as number);
  return crc;
}

/** The hash slot of a key, 0 to 16,383. Only the part between the first `{` and the next `}` counts, if it is not empty. */
export function slotOf(key: Bytes): number {
  const open = key.indexOf('{');
  if (open >= 0) {
    const close = key.indexOf('}', open + 1);
    if (close > open + 1) return crc16(key, open + 1, close) & (SLOT_COUNT - 1);
  }
  return crc16(key, 0, key.length) & (SLOT_COUNT - 1);
}

/** Whether every key that begins like this is in the same slot: it has a whole hash tag. */
export function hasHashTag(prefix: Bytes): boolean {
  const open = prefix.indexOf('{');
  return open >= 0 && prefix.indexOf('}', open + 1) > open + 1;
}
