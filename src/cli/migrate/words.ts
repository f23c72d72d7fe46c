// Words that messages and reports share.

import { type Bytes, isUtf8, toText } from '../../bytes/bytes';

/** Why a key was left out that was to be. */
export const CONFLICT = 'was at the target already';

/** A key as one can read it. */
export function nameOf(key: Bytes): string {
  return JSON.stringify(isUtf8(key) ? toText(key) : key);
}
