// What stream commands answer in common.

import { type Bytes, EMPTY } from '../../bytes/bytes';
import { redisError, shown } from '../../protocol/errors';
import type { ErrorReply, Reply } from '../../protocol/reply';
import type { Entries, Pairs } from '../../types/stream/entries';
import { idText, MAX_ID, MIN_ID, type StreamId } from '../../types/stream/id';
import type { Consumer } from '../../types/stream/pending';

export function entryReply(id: StreamId, pairs: Pairs): Reply[] {
  return [idText(id), [...pairs]];
}

/** Up to `count` entries, where 0 is no limit. */
export function rangeReply(entries: Entries, start: StreamId, end: StreamId, count: number, downwards = false): Reply[][] {
  const found: Reply[][] = [];
  const visit = (id: StreamId, pairs: Pairs): boolean => found.push(entryReply(id, pairs)) !== count;
  if (downwards) entries.descend(start, end, visit);
  else entries.ascend(start, end, visit);
  return found;
}

/** The first or the last entry, null without one. */
export function edgeReply(entries: Entries, last: boolean): Reply {
  return rangeReply(entries, MIN_ID, MAX_ID, 1, last)[0] ?? null;
}

/** Nobody's entries have an empty name. */
export function consumerName(consumer: Consumer | undefined): Bytes {
  return consumer?.name ?? EMPTY;
}

export function noGroup(key: Bytes, group: Bytes): ErrorReply {
  return redisError(`NOGROUP No such key '${shown(key)}' or consumer group '${shown(group)}'`);
}

/** As {@link noGroup}, in the words of XGROUP and XINFO. */
export function noGroupForKey(key: Bytes, group: Bytes): ErrorReply {
  return redisError(`NOGROUP No such consumer group '${shown(group)}' for key name '${shown(key)}'`);
}
