// Where an element of a large hash, set or sorted set belongs among the segments that it is stored in.

import type { Bytes } from './bytes';

/**
 * A well-mixed hash from 0 to 2^32 - 1: FNV-1a with the finaliser of MurmurHash3. Segments are stored by ranges of it:
 * it must never change.
 */
export function hash32(bytes: Bytes): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
