import type { Bytes } from '../../bytes/bytes';
import { SYNTAX } from '../../protocol/errors';
import type { Side } from '../../types/list';

/** LEFT or RIGHT, in any case. */
export function requireSide(arg: Bytes | undefined): Side {
  const word = arg?.toLowerCase();
  if (word === 'left' || word === 'right') return word;
  throw SYNTAX;
}

/** The names of the notifications, which are those of the oldest commands, whatever command it was. */
export const PUSHED: Readonly<Record<Side, string>> = { left: 'lpush', right: 'rpush' };
export const POPPED: Readonly<Record<Side, string>> = { left: 'lpop', right: 'rpop' };
