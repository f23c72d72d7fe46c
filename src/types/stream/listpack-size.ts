// How many bytes Redis' listpack takes for an element (listpack.c). A stream is cut into nodes by the size that Redis'
// nodes would have: trimming with `~` removes whole nodes, so where they end is seen by clients.

import type { Bytes } from '../../bytes/bytes';
import { type Int64, parseInt64 } from '../../bytes/integer';

/** The header and the mark at the end. */
export const EMPTY_LISTPACK_BYTES = 7;

/** With what follows an element, so that the listpack can be read from its end. */
function whole(bytes: number): number {
  if (bytes <= 127) return bytes + 1;
  if (bytes < 16383) return bytes + 2;
  if (bytes < 2097151) return bytes + 3;
  return bytes + (bytes < 268435455 ? 4 : 5);
}

export function integerBytes(value: Int64): number {
  if (value >= 0 && value <= 127) return 2;
  if (value >= -4096 && value <= 4095) return 3;
  if (value >= -32768 && value <= 32767) return 4;
  if (value >= -8388608 && value <= 8388607) return 5;
  return value >= -2147483648 && value <= 2147483647 ? 6 : 10;
}

/** A string, which is packed as an integer when it is one. */
export function elementBytes(element: Bytes): number {
  const { length } = element;
  const integer = length > 0 && length <= 20 ? parseInt64(element) : undefined;
  if (integer !== undefined) return integerBytes(integer);
  return whole(length + (length < 64 ? 1 : length < 4096 ? 2 : 5));
}
