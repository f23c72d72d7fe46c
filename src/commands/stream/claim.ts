// Giving pending entries to another consumer.

import type { Bytes } from '../../bytes/bytes';
import { addInt64, type Int64 } from '../../bytes/integer';
import { redisError, SYNTAX, shown } from '../../protocol/errors';
import type { ErrorReply, Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor, requireInt64, requireInteger } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asStream } from '../../spec/narrow';
import type { StreamGroup } from '../../types/stream/group';
import { idText, MIN_ID, nextId, parseId, type StreamId } from '../../types/stream/id';
import type { Consumer, PendingEntry } from '../../types/stream/pending';
import type { StreamValue } from '../../types/stream/value';
import { recordConsumer, recordDeliveries, recordPosition, recordRemovals } from './effects';
import { requireId, requireStart } from './ids';
import { entryReply, noGroup } from './replies';

const wrong = (option: string, name: string): ErrorReply => redisError(`ERR Invalid ${option} argument for ${name}`);
const WRONG_IDLE_TIME = wrong('min-idle-time', 'XCLAIM');
const WRONG_AUTO_IDLE_TIME = wrong('min-idle-time', 'XAUTOCLAIM');
const WRONG_IDLE = wrong('IDLE option', 'XCLAIM');
const WRONG_TIME = wrong('TIME option', 'XCLAIM');
const WRONG_COUNT = wrong('RETRYCOUNT option', 'XCLAIM');
const NO_COUNT = redisError('ERR COUNT must be > 0');

const DEFAULT_COUNT = 100;
/** XAUTOCLAIM looks at so many entries for each that it is to claim. */
const ATTEMPTS = 10;
/** Redis limits COUNT so that the space for its answer can be counted in bytes. */
const MAX_COUNT = 2 ** 63 / 16;

/** A consumer of a group, made if it is missing; it has been seen now. */
export function seeConsumer(
  ctx: Context,
  key: Bytes,
  group: StreamGroup,
  name: Bytes,
  now: number,
): { consumer: Consumer; isNew: boolean } {
  const known = group.consumer(name);
  if (known) {
    known.seenTime = ctx.replaying ? Math.max(known.seenTime, now) : now;
    return { consumer: known, isNew: false };
  }
  const consumer = group.createConsumer(name, now);
  ctx.keys.changedAside(key, 'xgroup-createconsumer');
  return { consumer, isNew: true };
}

/** One that is delivered too often to count is not counted. */
export function oneMore(deliveries: Int64): Int64 {
  return addInt64(deliveries, 1) ?? deliveries;
}

interface ClaimOptions {
  /** Entries are given as if delivered then. */
  time: number;
  deliveries: Int64 | undefined;
  /** Entries that are pending for nobody are claimed too. */
  force: boolean;
  justIds: boolean;
  lastId: StreamId;
}

export const xclaim = command({
  name: 'xclaim',
  group: 'stream',
  summary: 'Gives pending entries of a consumer group to another consumer, as if they were delivered to it.',
  since: '5.0.0',
  complexity: 'O(log N), N being the number of pending entries of the group',
  arity: -6,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'update')],
  tips: ['nondeterministic_output'],
  syntax:
    'key group consumer min-idle-time id [id ...] [IDLE ms:integer] [TIME unix-time-milliseconds:unix-time] [RETRYCOUNT count:integer] [FORCE] [JUSTID] [LASTID id]',
  run(ctx, argv) {
    const [, key, groupName, name] = argv as [Bytes, Bytes, Bytes, Bytes];
    const stream = asStream(ctx.keys.read(key));
    const group = stream?.group(groupName);
    if (!stream || !group) throw noGroup(key, groupName);
    const minIdle = Math.max(requireInteger(argv[4], WRONG_IDLE_TIME), 0);
    const ids: StreamId[] = [];
    let at = 5;
    for (; at < argv.length; at++) {
      const id = parseId(argv[at] as Bytes);
      if (id === undefined) break;
      ids.push(id);
    }
    return claim(ctx, { key, stream, group, name, minIdle, ids }, readClaimOptions(new Cursor(argv, at), ctx));
  },
});

function readClaimOptions(cursor: Cursor, ctx: Context): ClaimOptions {
  const { now } = ctx;
  const options: ClaimOptions = { time: now, deliveries: undefined, force: false, justIds: false, lastId: MIN_ID };
  while (!cursor.done) {
    if (cursor.keyword('FORCE')) options.force = true;
    else if (cursor.keyword('JUSTID')) options.justIds = true;
    else if (cursor.option('IDLE')) options.time = now - requireInteger(cursor.next(), WRONG_IDLE);
    else if (cursor.option('TIME')) options.time = requireInteger(cursor.next(), WRONG_TIME);
    else if (cursor.option('RETRYCOUNT')) {
      const count = requireInt64(cursor.next(), WRONG_COUNT);
      options.deliveries = count < 0 ? undefined : count;
    } else if (cursor.option('LASTID')) options.lastId = requireId(cursor.next());
    else throw redisError(`ERR Unrecognized XCLAIM option '${shown(cursor.next())}'`);
  }
  // A time that cannot be is taken for now: clocks differ.
  if (!ctx.replaying && (options.time < 0 || options.time > now)) options.time = now;
  return options;
}

interface Claim {
  readonly key: Bytes;
  readonly stream: StreamValue;
  readonly group: StreamGroup;
  /** Of the consumer. */
  readonly name: Bytes;
  readonly minIdle: number;
  readonly ids: readonly StreamId[];
}

function claim(ctx: Context, { key, stream, group, name, minIdle, ids }: Claim, options: ClaimOptions): Reply {
  const { time, deliveries, force, justIds, lastId } = options;
  const now = ctx.replaying ? time : ctx.now;
  ctx.keys.write(key);
  if (lastId > group.lastId) {
    group.lastId = lastId;
    ctx.keys.changedAside(key);
    recordPosition(ctx, key, group);
  }
  const { consumer, isNew } = seeConsumer(ctx, key, group, name, now);
  const claimed: PendingEntry[] = [];
  const deleted: StreamId[] = [];
  const replies: Reply[] = [];
  for (const id of ids) {
    let entry = group.pending.get(id);
    const pairs = stream.entries.get(id);
    if (!pairs) {
      if (entry) deleted.push(id);
      if (entry) group.pending.remove(id);
      continue;
    }
    if (entry?.consumer && minIdle > 0 && now - entry.time < minIdle) continue;
    if (entry) group.pending.deliver(entry, consumer, time, deliveries ?? (justIds ? entry.deliveries : oneMore(entry.deliveries)));
    else if (force) {
      group.pending.add(id, consumer, time, deliveries ?? (justIds ? 1 : 2));
      entry = group.pending.get(id) as PendingEntry;
    } else continue;
    claimed.push(entry);
    replies.push(justIds ? idText(id) : entryReply(id, pairs));
  }
  // Without FORCE the journal only repeats what was counted.
  if (claimed.length > 0 && (!ctx.replaying || force)) consumer.activeTime = now;
  if (claimed.length + deleted.length > 0) ctx.keys.changedAside(key);
  recordRemovals(ctx, key, group, deleted);
  if (claimed.length > 0) recordClaims(ctx, key, group, claimed, { consumer, time, now });
  else if (isNew) recordConsumer(ctx, key, group, consumer);
  return replies;
}

/** Entries that a consumer has been given, which may be said to have been delivered at another time than now. */
function recordClaims(
  ctx: Context,
  key: Bytes,
  group: StreamGroup,
  claimed: readonly PendingEntry[],
  { consumer, time, now }: { consumer: Consumer; time: number; now: number },
): void {
  recordDeliveries(ctx, key, group, claimed, { consumer, time: now, given: true });
  if (time !== now) recordDeliveries(ctx, key, group, claimed, { consumer, time, given: false });
}

export const xautoclaim = command({
  name: 'xautoclaim',
  group: 'stream',
  summary: 'Gives entries that have been pending for long enough to another consumer, some with each call.',
  since: '6.2.0',
  complexity: 'O(1) when COUNT is small',
  arity: -6,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'delete')],
  tips: ['nondeterministic_output'],
  history: [['7.0.0', 'Returns the ids of entries that are no longer in the stream, and not pending any more.']],
  syntax: 'key group consumer min-idle-time start [COUNT count:integer] [JUSTID]',
  run(ctx, argv) {
    const [, key, groupName, name] = argv as [Bytes, Bytes, Bytes, Bytes];
    // Looked for before anything is judged, as in Redis: that it is not there counts as a miss.
    const value = ctx.keys.read(key);
    const minIdle = Math.max(requireInteger(argv[4], WRONG_AUTO_IDLE_TIME), 0);
    const start = requireStart(argv[5]);
    const cursor = new Cursor(argv, 6);
    let count = DEFAULT_COUNT;
    let justIds = false;
    while (!cursor.done) {
      if (cursor.option('COUNT')) count = cursor.integer(NO_COUNT, 1, MAX_COUNT);
      else if (cursor.keyword('JUSTID')) justIds = true;
      else throw SYNTAX;
    }
    const stream = asStream(value);
    const group = stream?.group(groupName);
    if (!stream || !group) throw noGroup(key, groupName);
    ctx.keys.write(key);
    const { consumer, isNew } = seeConsumer(ctx, key, group, name, ctx.now);
    const { claimed, deleted, next } = walkPending(ctx, stream, group, consumer, { minIdle, start, count, justIds });
    if (claimed.length + deleted.length > 0) ctx.keys.changedAside(key);
    recordRemovals(ctx, key, group, deleted);
    if (claimed.length > 0) recordDeliveries(ctx, key, group, claimed, { consumer, time: ctx.now, given: true });
    else if (isNew) recordConsumer(ctx, key, group, consumer);
    const replies = claimed.map(({ id }) => (justIds ? idText(id) : entryReply(id, stream.entries.get(id) ?? [])));
    return [idText(next), replies, deleted.map(idText)];
  },
});

interface Walk {
  readonly minIdle: number;
  readonly start: StreamId;
  readonly count: number;
  readonly justIds: boolean;
}

/** Claims what has been pending for long enough, and forgets what is not in the stream any more. */
function walkPending(
  { now }: Context,
  stream: StreamValue,
  group: StreamGroup,
  consumer: Consumer,
  { minIdle, start, count, justIds }: Walk,
): { claimed: PendingEntry[]; deleted: StreamId[]; next: StreamId } {
  const { pending } = group;
  const claimed: PendingEntry[] = [];
  const deleted: StreamId[] = [];
  let entry = pending.atOrAfter(start);
  for (let attempts = count * ATTEMPTS; entry && attempts > 0 && claimed.length + deleted.length < count; attempts--) {
    const { id } = entry;
    if (!stream.entries.has(id)) {
      pending.remove(id);
      deleted.push(id);
    } else if (minIdle === 0 || now - entry.deliveredAt >= minIdle) {
      pending.deliver(entry, consumer, now, justIds ? entry.deliveries : oneMore(entry.deliveries));
      claimed.push(entry);
    }
    const after = nextId(id);
    entry = after === undefined ? undefined : pending.atOrAfter(after);
  }
  if (claimed.length > 0) consumer.activeTime = now;
  return { claimed, deleted, next: entry?.id ?? MIN_ID };
}
