// How the commands that store a result end.

import type { Bytes } from '../../bytes/bytes';
import type { Context } from '../../spec/context';
import { ZSetValue } from '../../types/zset';

/** Puts members that ascend by score and name under `key`; with none of them it deletes what is there. Returns how many. */
export function storeSorted(ctx: Context, key: Bytes, scores: readonly number[], names: readonly Bytes[], event: string): number {
  if (names.length === 0) ctx.keys.remove(key);
  else ctx.keys.set(key, ZSetValue.fromSorted(ctx.limits, scores, names), event);
  return names.length;
}
