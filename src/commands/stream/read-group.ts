import { type Bytes, own } from '../../bytes/bytes';
import { redisError, shown } from '../../protocol/errors';
import { type ErrorReply, NULL_ARRAY, PairedMapReply, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { asStream } from '../../spec/narrow';
import type { StreamGroup } from '../../types/stream/group';
import { idText, MAX_ID, MIN_ID, nextId, type StreamId } from '../../types/stream/id';
import type { Consumer, PendingEntry } from '../../types/stream/pending';
import { StreamValue } from '../../types/stream/value';
import { oneMore, seeConsumer } from './claim';
import { recordConsumer, recordDeliveries, recordPosition } from './effects';
import { requireId } from './ids';
import { BLOCKED_COUNT } from './read';
import { Budget, type ReadOptions, readOptions } from './read-options';
import { entryReply } from './replies';

const meaningless = (id: string): ErrorReply =>
  redisError(
    `ERR The ${id} ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The ${id} ID would just return an empty result set.`,
  );
const LAST = meaningless('$');
const LAST_ENTRY = meaningless('+');
/** Where the key now holds something else, as 7.0 says it. */
const KEY_GONE = redisError('UNBLOCKED the stream key no longer exists');
/** Where the group is gone, alone or with its key. Of a key 7.0 says that it no longer exists, and 7.2 NOGROUP: so does this. */
const GROUP_GONE = redisError('NOGROUP the consumer group this client was blocked on no longer exists');

/** What the client has not seen yet: `>`. Any other id asks for what is pending for the consumer after it. */
const NEW = MAX_ID;

/** What is read from a stream, and for whom. */
interface Reading {
  readonly key: Bytes;
  readonly stream: StreamValue;
  readonly group: StreamGroup;
  readonly after: StreamId;
}

/** An XREADGROUP, without its streams. */
interface Reader {
  readonly consumer: Bytes;
  readonly count: number;
  readonly noAck: boolean;
  readonly claimIdle: number | undefined;
  readonly budget: Budget;
  /** Nothing has been found yet. */
  isFirst: boolean;
}

export const xreadgroup = command({
  name: 'xreadgroup',
  group: 'stream',
  summary: 'Delivers new entries of several streams to a consumer of a group, or waits for some; or returns what is pending for it.',
  since: '5.0.0',
  complexity: 'O(N) for each stream, N being the number of entries returned',
  arity: -7,
  flags: ['blocking', 'write'],
  keys: [{ flags: ['RO', 'access'], begin: { keyword: 'STREAMS', from: 4 }, find: { last: -1, step: 1, limit: 2 } }],
  history: [
    ['8.4.0', 'Option `CLAIM`.'],
    ['8.10.0', 'Options `MAXCOUNT` and `MAXSIZE`.'],
  ],
  syntax:
    'GROUP group consumer [COUNT count:integer] [MAXCOUNT maxcount:integer] [MAXSIZE maxsize:integer] [BLOCK milliseconds:integer] [CLAIM min-idle-time:integer] [NOACK] STREAMS key [key ...] id [id ...]',
  sharding: 'each',
  run(ctx, argv) {
    const options = readOptions(ctx, argv, true);
    const { name, consumer } = options.group as NonNullable<ReadOptions['group']>;
    const readings = options.keys.map((key, i) => readingOf(ctx, key, name, options.ids[i] as Bytes));
    const reader = readerOf(options, consumer, options.count);
    const items: Reply[] = [];
    for (const reading of ctx.watching ? [] : readings) {
      const entries = read(ctx, reading, reader);
      if (entries) items.push(reading.key, entries);
    }
    if (items.length > 0) return new PairedMapReply(items);
    return options.deadline === undefined ? NULL_ARRAY : wait(ctx, options, options.deadline);
  },
});

function readerOf({ noAck, claimIdle, maxCount, maxSize }: ReadOptions, consumer: Bytes, count: number): Reader {
  return { consumer, count, noAck, claimIdle, budget: new Budget({ maxCount, maxSize }), isFirst: true };
}

function readingOf(ctx: Context, key: Bytes, name: Bytes, id: Bytes): Reading {
  const stream = asStream(ctx.keys.read(key));
  const group = stream?.group(name);
  if (!stream || !group) {
    throw redisError(`NOGROUP No such key '${shown(key)}' or consumer group '${shown(name)}' in XREADGROUP with GROUP option`);
  }
  if (id === '$') throw LAST;
  if (id === '+') throw LAST_ENTRY;
  return { key, stream, group, after: id === '>' ? NEW : requireId(id) };
}

/** The entries for the answer; undefined when there is nothing new. */
function read(ctx: Context, reading: Reading, reader: Reader): Reply[] | undefined {
  const { key, group, after } = reading;
  ctx.keys.write(key);
  const { consumer, isNew } = seeConsumer(ctx, key, group, reader.consumer, ctx.now);
  if (after !== NEW) {
    if (isNew) recordConsumer(ctx, key, group, consumer);
    return readHistory(ctx, reading, reader, consumer);
  }
  const claimed = reader.claimIdle === undefined ? [] : claimIdle(ctx, reading, reader, consumer, reader.claimIdle);
  const delivered = claimed.length === reader.count && reader.count > 0 ? [] : deliver(ctx, reading, reader, consumer, claimed.length);
  if (isNew && claimed.length === 0 && (reader.noAck || delivered.length === 0)) recordConsumer(ctx, key, group, consumer);
  const found = [...claimed, ...delivered];
  return found.length > 0 ? found : undefined;
}

/** What is pending for the consumer is delivered to it once more. */
function readHistory(ctx: Context, reading: Reading, reader: Reader, consumer: Consumer): Reply[] {
  const { key, stream, group, after } = reading;
  const pending: PendingEntry[] = [];
  group.pending.ascendOf(consumer, nextId(after) as StreamId, (entry) => {
    if (!take(reader, stream.entries.get(entry.id))) return false;
    return pending.push(entry) !== reader.count;
  });
  const repeated: PendingEntry[] = [];
  const replies = pending.map((entry) => {
    const pairs = stream.entries.get(entry.id);
    if (!pairs) return [idText(entry.id), NULL_ARRAY];
    group.pending.deliver(entry, consumer, ctx.now, oneMore(entry.deliveries));
    repeated.push(entry);
    return entryReply(entry.id, pairs);
  });
  if (repeated.length > 0) {
    // Redis does not count this as a change, and loses it when it restarts.
    ctx.keys.keep(key);
    recordDeliveries(ctx, key, group, repeated, { consumer, time: ctx.now, given: false });
  }
  return replies;
}

/** Claims what has been pending for long enough, longest first. */
function claimIdle(ctx: Context, reading: Reading, reader: Reader, consumer: Consumer, minIdle: number): Reply[] {
  const { key, stream, group } = reading;
  const { now } = ctx;
  const idle: PendingEntry[] = [];
  group.pending.ascendByTime((entry) => {
    if (entry.consumer && now - entry.time < minIdle) return false;
    const pairs = stream.entries.get(entry.id);
    // What is not in the stream any more cannot be processed.
    if (!pairs) return true;
    if (!take(reader, pairs)) return false;
    return idle.push(entry) !== reader.count;
  });
  const replies = idle.map((entry) => {
    const pairs = stream.entries.get(entry.id) ?? [];
    const reply = [...entryReply(entry.id, pairs), now - entry.deliveredAt, entry.deliveries];
    group.pending.deliver(entry, consumer, now, oneMore(entry.deliveries));
    return reply;
  });
  if (idle.length === 0) return replies;
  consumer.activeTime = now;
  ctx.keys.changedAside(key);
  recordDeliveries(ctx, key, group, idle, { consumer, time: now, given: true });
  return replies;
}

/** Delivers what the group has not read yet. */
function deliver(ctx: Context, reading: Reading, reader: Reader, consumer: Consumer, alreadyFound: number): Reply[] {
  const { key, stream, group } = reading;
  const { now } = ctx;
  const start = nextId(group.lastId);
  if (start === undefined || stream.lastId < start) return [];
  const found: Reply[][] = [];
  const ids: StreamId[] = [];
  stream.entries.ascend(start, MAX_ID, (id, pairs) => {
    if (!take(reader, pairs)) return false;
    ids.push(id);
    // Since 8.4: a reader that claims is told of each entry how long it was pending and how often it was delivered.
    found.push(reader.claimIdle === undefined ? entryReply(id, pairs) : [...entryReply(id, pairs), 0, 0]);
    return found.length + alreadyFound !== reader.count;
  });
  if (ids.length === 0) return found;
  const given: PendingEntry[] = [];
  for (const id of ids) {
    stream.advance(group, id);
    if (reader.noAck) continue;
    // The group may have been set back to before what is pending.
    const pending = group.pending.get(id);
    if (pending) group.pending.deliver(pending, consumer, now, 1);
    else group.pending.add(id, consumer, now, 1);
    given.push(pending ?? (group.pending.get(id) as PendingEntry));
  }
  if (!reader.noAck) consumer.activeTime = now;
  ctx.keys.changedAside(key);
  recordDeliveries(ctx, key, group, given, { consumer, time: now, given: true });
  recordPosition(ctx, key, group);
  return found;
}

function take(reader: Reader, pairs: readonly Bytes[] | undefined): boolean {
  if (!reader.budget.take(pairs, reader.isFirst)) return false;
  reader.isFirst = false;
  return true;
}

/** When the next pending entry of a group will have been pending for long enough to be claimed. */
function nextIdle(ctx: Context, key: Bytes, name: Bytes, minIdle: number | undefined): number {
  const stream = minIdle === undefined ? undefined : ctx.keys.peek(key);
  let time = Number.POSITIVE_INFINITY;
  if (stream instanceof StreamValue && minIdle !== undefined) {
    stream.group(name)?.pending.ascendByTime((entry) => {
      if (!stream.entries.has(entry.id)) return true;
      time = entry.deliveredAt + minIdle;
      return false;
    });
  }
  return time;
}

function wait(ctx: Context, options: ReadOptions, deadline: number): Reply {
  const name = own((options.group as NonNullable<ReadOptions['group']>).name);
  const consumer = own((options.group as NonNullable<ReadOptions['group']>).consumer);
  const rest: ReadOptions = { ...options, group: undefined, keys: [], ids: [] };
  const keys = options.keys.map(own);
  return ctx.block({
    keys,
    deadline,
    nothing: NULL_ARRAY,
    onRemoval: true,
    retryAt: (later) => Math.min(...keys.map((key) => nextIdle(later, key, name, rest.claimIdle))),
    ready(later, key) {
      const stream = later.keys.peek(key);
      const group = stream instanceof StreamValue ? stream.group(name) : undefined;
      // What is gone is told of too.
      if (!(stream instanceof StreamValue) || !group) return true;
      return (stream.entries.last ?? MIN_ID) > group.lastId || nextIdle(later, key, name, rest.claimIdle) <= later.now;
    },
    serve(later, key) {
      const stream = later.keys.read(key);
      if (stream !== undefined && !(stream instanceof StreamValue)) throw KEY_GONE;
      const group = stream?.group(name);
      if (!stream || !group) throw GROUP_GONE;
      const reader = readerOf(rest, consumer, rest.count || BLOCKED_COUNT);
      const entries = read(later, { key, stream, group, after: NEW }, reader);
      return entries && new PairedMapReply([own(key), entries]);
    },
  });
}
