// Words that messages and reports share.

import { type Bytes, isUtf8, toText } from '../../bytes/bytes';

/** Why a key was left out that was to be. */
export const CONFLICT = 'was at the target already';

/** Errors of the target that every other key would meet too. */
export const FATAL_CODES: readonly string[] = ['OOM', 'NOPERM', 'NOAUTH', 'READONLY', 'MISCONF', 'LOADING', 'CLUSTERDOWN'];

/** A key as one can read it. */
export function nameOf(key: Bytes): string {
  return JSON.stringify(isUtf8(key) ? toText(key) : key);
}
