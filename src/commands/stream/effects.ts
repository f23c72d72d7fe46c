// What reading through a consumer group amounts to, as commands for the journal. They are Redis' own, which while the
// journal is read mean a little more: a TIME is the time of the command, at which the consumer was seen, and with FORCE
// it was given an entry then. Without FORCE only the time and the count of a delivery are set.

import { ascii, type Bytes } from '../../bytes/bytes';
import type { Int64 } from '../../bytes/integer';
import type { Context } from '../../spec/context';
import type { StreamGroup } from '../../types/stream/group';
import { idText, type StreamId } from '../../types/stream/id';
import type { Consumer, PendingEntry } from '../../types/stream/pending';

const XCLAIM = ascii('XCLAIM');
const ZERO = ascii('0');
const words = (text: string): Bytes[] => text.split(' ').map(ascii);

/** A line of the journal names so many entries at most. */
const MAX_IDS = 1000;

/** A consumer was made, and was given nothing. */
export function recordConsumer(ctx: Context, key: Bytes, group: StreamGroup, { name, seenTime }: Consumer): void {
  ctx.effect(XCLAIM, key, group.name, name, ZERO, ...words(`TIME ${seenTime} JUSTID`));
}

interface Delivery {
  readonly consumer: Consumer;
  readonly time: number;
  /** The entries were given to the consumer just now, else they were only counted. */
  readonly given: boolean;
}

/** Entries are pending for a consumer, as often delivered as they say, and were delivered at a time. */
export function recordDeliveries(
  ctx: Context,
  key: Bytes,
  group: StreamGroup,
  entries: readonly PendingEntry[],
  { consumer, time, given }: Delivery,
): void {
  const alike = new Map<Int64, StreamId[]>();
  for (const { id, deliveries } of entries) {
    const ids = alike.get(deliveries);
    if (ids) ids.push(id);
    else alike.set(deliveries, [id]);
  }
  for (const [deliveries, ids] of alike) {
    const rest = words(`TIME ${time} RETRYCOUNT ${deliveries}${given ? ' FORCE' : ''} JUSTID`);
    for (let at = 0; at < ids.length; at += MAX_IDS) {
      ctx.effect(XCLAIM, key, group.name, consumer.name, ZERO, ...ids.slice(at, at + MAX_IDS).map(idText), ...rest);
    }
  }
}

/** A group has read on. */
export function recordPosition(ctx: Context, key: Bytes, { name, lastId, entriesRead }: StreamGroup): void {
  ctx.effect(...words('XGROUP SETID'), key, name, idText(lastId), ...words(`ENTRIESREAD ${entriesRead}`));
}

/** Entries are pending no more. */
export function recordRemovals(ctx: Context, key: Bytes, { name }: StreamGroup, ids: readonly StreamId[]): void {
  if (ids.length > 0) ctx.effect(ascii('XACK'), key, name, ...ids.map(idText));
}
