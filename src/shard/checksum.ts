// Checksums of rows: storage may hand out other bytes than it was given, and a value must not be made of them.

import type { Bytes } from '../bytes/bytes';
import { crc32 } from '../bytes/crc32';
import { CorruptValue, type Remains } from '../engine/store';

/** CRC-32 of the numbers of a row and then of its bytes. */
export function checksumOf(numbers: readonly number[], ...blobs: readonly Uint8Array[]): number {
  let crc = crc32(new Uint8Array(Float64Array.from(numbers).buffer));
  for (const blob of blobs) crc = crc32(blob, 0, crc);
  return crc;
}

/** Answers the command that needs a stored value which is not what was stored. */
export function corruptValue(key: Bytes, what: string, remains?: Remains): CorruptValue {
  console.error('the stored value of a key is corrupt', { key, what });
  return new CorruptValue(`ERR the stored value of the key '${key}' is corrupt (${what})`, remains);
}
