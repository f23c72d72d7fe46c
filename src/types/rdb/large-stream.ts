// Streams as lines: XADD for every entry, then the groups with what is pending, and at last the counters.
//
// XCLAIM gives an entry to a consumer as if it had been delivered at a time of the past. Two things are lost, which no
// command can say: when a consumer was last seen, and that an entry is pending which has been deleted from the stream
// (whoever claims such an entry finds it gone, and it is pending no more).

import { type Bytes, EMPTY, fromBuffer } from '../../bytes/bytes';
import type { Int64 } from '../../bytes/integer';
import { idText, MIN_ID, type StreamId } from '../stream/id';
import type { LargeInput, Steps } from './large-input';
import { type Delivery, PendingTable } from './pending-table';
import { RdbError, type RdbReader } from './reader';
import { type FillLine, words } from './refill';
import { readId, signed, timeFrom, unpackNode } from './stream';
import { RDB } from './types';

const ID_BYTES = 16;
/** Most entries of a group that can be pending: they are in memory until their consumers are read. */
const MAX_PENDING = 2 ** 21;
/** Most entries that one XCLAIM names. */
const MAX_CLAIMED = 1000;

export class LargeStream {
  private readonly isOld: boolean;

  constructor(
    private readonly type: number,
    private readonly input: LargeInput,
  ) {
    this.isOld = type === RDB.STREAM_LISTPACKS;
  }

  *lines(): Steps<void> {
    const { input, isOld } = this;
    const entries = yield* this.entries();
    const length = yield* input.count();
    const lastId = yield* input.read(readId);
    if (length !== entries.count || lastId < entries.lastId) throw new RdbError('a stream has other entries than it says');
    let maxDeletedId = MIN_ID;
    let added: Int64 = length;
    if (!isOld) {
      yield* input.read(readId);
      maxDeletedId = yield* input.read(readId);
      added = signed(yield* input.read((reader) => reader.unsigned()));
    }
    for (let left = yield* input.count(); left > 0; left--) yield* this.group();
    if (lastId < maxDeletedId) throw new RdbError('the last id of a stream is below that of a deleted entry');
    const counters = ['ENTRIESADDED', `${added < length ? length : added}`];
    if (maxDeletedId !== MIN_ID) counters.push('MAXDELETEDID', idText(maxDeletedId));
    yield { before: words('XSETID'), after: words(idText(lastId), ...counters) };
  }

  private *entries(): Steps<{ count: number; lastId: StreamId }> {
    let count = 0;
    let lastId = MIN_ID;
    for (let left = yield* this.input.count(); left > 0; left--) {
      const entries: Bytes[][] = [];
      const end = yield* this.input.read((reader) => {
        entries.length = 0;
        let last = lastId;
        unpackNode(reader, (id, pairs) => {
          if (id <= last) throw new RdbError('the entries of a stream do not ascend');
          last = id;
          entries.push([idText(id), ...pairs]);
        });
        return last;
      });
      lastId = end;
      count += entries.length;
      for (const after of entries) yield { before: words('XADD'), after };
    }
    return { count, lastId };
  }

  private *group(): Steps<void> {
    const { input, isOld } = this;
    const name = yield* input.string();
    const lastId = yield* input.read(readId);
    const options = [...words('MKSTREAM')];
    // Before Redis 7 nobody counted.
    if (!isOld) options.push(...words('ENTRIESREAD', `${yield* input.read(entriesReadFrom)}`));
    if (name !== undefined) yield { before: words('XGROUP', 'CREATE'), after: [name, idText(lastId), ...options] };
    const pending = new PendingTable();
    for (let left = yield* input.count(); left > 0; left--) {
      if (pending.size === MAX_PENDING) input.unfit = 'too much is pending in one of its groups';
      const delivery = yield* input.read(deliveryFrom);
      if (input.unfit === undefined) pending.add(delivery);
    }
    for (let left = yield* input.count(); left > 0; left--) yield* this.consumer(name, pending);
    if (input.unfit === undefined && !pending.isEmpty) throw new RdbError('an entry is pending for nobody');
  }

  private *consumer(group: Bytes | undefined, pending: PendingTable): Steps<void> {
    const { input } = this;
    const name = yield* input.string();
    const seenTime = yield* input.read(timeFrom);
    if (this.type === RDB.STREAM_LISTPACKS_3) yield* input.read((reader) => reader.int64());
    const isStandIn = name === EMPTY && seenTime === 0;
    if (group !== undefined && name !== undefined && !isStandIn) yield { before: words('XGROUP', 'CREATECONSUMER'), after: [group, name] };
    const claims = new Claims(group ?? EMPTY, name ?? EMPTY);
    for (let left = yield* input.count(); left > 0; left--) {
      const id = yield* input.read((reader) => fromBuffer(reader.take(ID_BYTES)));
      if (input.unfit !== undefined) continue;
      const delivery = pending.take(id);
      if (delivery === undefined) throw new RdbError('an entry is pending for a consumer and not for its group, or for two');
      if (!claims.takes(delivery)) yield claims.take();
      claims.add(delivery);
    }
    if (!claims.isEmpty) yield claims.take();
  }
}

/** -1 where it is not known. */
function entriesReadFrom(reader: RdbReader): Int64 {
  const count = signed(reader.unsigned());
  return count < 0 ? -1 : count;
}

function deliveryFrom(reader: RdbReader): Delivery {
  return { id: fromBuffer(reader.take(ID_BYTES)), time: timeFrom(reader), deliveries: signed(reader.unsigned()) };
}

/** Entries of a consumer that were delivered at the same time, and equally often. */
class Claims {
  private ids: Bytes[] = [];
  private like: Delivery | undefined;

  constructor(
    private readonly group: Bytes,
    private readonly consumer: Bytes,
  ) {}

  get isEmpty(): boolean {
    return this.ids.length === 0;
  }

  /** Whether an entry can be among those that are there. */
  takes({ time, deliveries }: Delivery): boolean {
    const { like } = this;
    return like === undefined || (time === like.time && deliveries === like.deliveries && this.ids.length < MAX_CLAIMED);
  }

  add(delivery: Delivery): void {
    this.like = delivery;
    this.ids.push(idText(delivery.id));
  }

  take(): FillLine {
    const { ids, group, consumer, like } = this;
    const { time, deliveries } = like as Delivery;
    this.ids = [];
    this.like = undefined;
    // Pending for nobody: it was released.
    if (consumer === EMPTY && time === 0) {
      const after = [...words('SILENT', 'IDS', `${ids.length}`), ...ids, ...words('RETRYCOUNT', `${deliveries}`, 'FORCE')];
      return { before: words('XNACK'), after: [group, ...after] };
    }
    const options = words('TIME', `${time}`, 'RETRYCOUNT', `${deliveries}`, 'FORCE', 'JUSTID');
    return { before: words('XCLAIM'), after: [group, consumer, ...words('0'), ...ids, ...options] };
  }
}
