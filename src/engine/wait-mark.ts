// The word that the edge puts before a command to say how it may wait, on the connections of its sessions alone.
//
//   NUL "kedge:" how ":" number ":" mostMs

import { ascii, type Bytes } from '../bytes/bytes';
import type { WaitMode } from './client-state';

/** No command's name begins like this. */
export const WAIT_MARK = '\0kedge:';

/** `number` names the wait, for cancelling it; it grows. */
export interface WaitMark {
  readonly mode: WaitMode;
  readonly number: number;
}

export function waitMark({ mode: { how, mostMs }, number }: WaitMark): Bytes {
  return ascii(`${WAIT_MARK}${how}:${number}:${mostMs}`);
}

export function parseWaitMark(word: Bytes): WaitMark {
  const [, how, number, mostMs] = word.split(':');
  return { mode: { how: how as WaitMode['how'], mostMs: Number(mostMs) }, number: Number(number) };
}

/** Begins the text message that ends a wait; its number follows. */
export const CANCEL = 'cancel:';

/** Hands an invalidation of another shard to the client's home shard: the keys follow, none for all keys. */
export const FORWARD = ascii(`${WAIT_MARK}forward`);

/** What MONITOR shows comes to the edge as a push of this name, so that it is not taken for a reply. */
export const MONITOR = ascii('kedge:monitor');
