// Streams in RDB: listpacks of entries by the id of the first, then ids and counters, then the consumer groups.
//
// A listpack begins with a master entry (entries, deleted ones, fields, their names, 0); in each entry that follows
// (flags, id as the difference to that of the master entry, fields with values, number of elements) the names are left out
// where they are the same.
//
// What Redis 7.0 has no place for is left out: the names that producers gave entries, and when a consumer last got one.
// Entries that were released (XNACK) are those of a consumer without a name, delivered at time 0.

import { type Bytes, EMPTY, fromBuffer } from '../../bytes/bytes';
import type { Int64 } from '../../bytes/integer';
import type { EncodingLimits } from '../limits';
import type { StreamGroup } from '../stream/group';
import { MIN_ID, msOf, type StreamId, sequenceOf, streamId } from '../stream/id';
import type { PendingEntry } from '../stream/pending';
import { StreamValue } from '../stream/value';
import { ListpackReader, ListpackWriter } from './listpack';
import { RdbError, type RdbReader } from './reader';
import { RDB } from './types';
import type { RdbWriter } from './writer';

const DELETED = 1;
const SAME_FIELDS = 2;
const ID_BYTES = 16;

// ---- writing

export function encodeStream(writer: RdbWriter, stream: StreamValue): void {
  writer.count(stream.entries.nodeCount);
  for (let at = 0; at < stream.entries.nodeCount; at++) encodeStreamNode(writer, stream, at);
  encodeStreamRest(writer, stream);
}

/** One of the nodes of entries, whose number comes before them. */
export function encodeStreamNode(writer: RdbWriter, stream: StreamValue, at: number): void {
  stream.entries.visitNode(at, (first, names, ids, pairs) => {
    writer.string(first);
    writer.blob(packNode(first, names, ids, pairs));
  });
}

/** What follows the nodes. */
export function encodeStreamRest(writer: RdbWriter, stream: StreamValue): void {
  writer.count(stream.length);
  for (const id of [stream.lastId, stream.firstId, stream.maxDeletedId]) writeId(writer, id);
  writer.count(stream.entriesAdded);
  writer.count(stream.groupCount);
  for (const group of stream.groups()) encodeGroup(writer, group);
}

function writeId(writer: RdbWriter, id: StreamId): void {
  writer.count(msOf(id));
  writer.count(sequenceOf(id));
}

function packNode(first: StreamId, names: readonly Bytes[], ids: readonly StreamId[], pairs: readonly (readonly Bytes[])[]): Uint8Array {
  const pack = new ListpackWriter();
  for (const count of [ids.length, 0, names.length]) pack.addInteger(count);
  for (const name of names) pack.add(name);
  pack.addInteger(0);
  ids.forEach((id, i) => {
    const fields = pairs[i] as readonly Bytes[];
    const same = fields.length === names.length * 2 && names.every((name, at) => fields[at * 2] === name);
    pack.addInteger(same ? SAME_FIELDS : 0);
    pack.addInteger(difference(msOf(id), msOf(first)));
    pack.addInteger(difference(sequenceOf(id), sequenceOf(first)));
    const count = fields.length / 2;
    if (!same) pack.addInteger(count);
    fields.forEach((text, at) => {
      if (!same || at % 2 === 1) pack.add(text);
    });
    pack.addInteger(same ? count + 3 : 2 * count + 4);
  });
  return pack.done();
}

/** Of two numbers of 64 bits without a sign, as one with a sign. */
function difference(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return BigInt.asIntN(64, BigInt(a) - BigInt(b));
}

function encodeGroup(writer: RdbWriter, group: StreamGroup): void {
  writer.string(group.name);
  writeId(writer, group.lastId);
  writer.count(group.entriesRead);
  const released: StreamId[] = [];
  writer.count(group.pending.size);
  group.pending.ascend(MIN_ID, (entry) => {
    writer.chars(entry.id);
    writer.int64(entry.deliveredAt, true);
    writer.count(entry.deliveries);
    if (entry.consumer === undefined) released.push(entry.id);
    return true;
  });
  // Redis reads no name twice.
  const unnamed = group.consumer(EMPTY);
  const consumers = group.consumers();
  writer.count(consumers.length + (released.length > 0 && unnamed === undefined ? 1 : 0));
  if (released.length > 0 && unnamed === undefined) encodeConsumer(writer, EMPTY, 0, released);
  for (const consumer of consumers) {
    const ids = consumer === unnamed ? [...released] : [];
    group.pending.ascendOf(consumer, MIN_ID, ({ id }: PendingEntry) => ids.push(id) > 0);
    encodeConsumer(writer, consumer.name, consumer.seenTime, ids);
  }
}

function encodeConsumer(writer: RdbWriter, name: Bytes, seenTime: number, ids: readonly StreamId[]): void {
  writer.string(name);
  writer.int64(seenTime, true);
  writer.count(ids.length);
  for (const id of ids) writer.chars(id);
}

// ---- reading

export function decodeStream(type: number, reader: RdbReader, limits: EncodingLimits): StreamValue {
  const stream = new StreamValue(limits);
  for (let left = reader.count(); left > 0; left--) {
    unpackNode(reader, (id, pairs) => {
      if (id <= stream.lastId) throw new RdbError('the entries of a stream do not ascend');
      stream.append(id, pairs);
    });
  }
  const length = reader.count();
  const lastId = readId(reader);
  if (length !== stream.length || lastId < stream.lastId) throw new RdbError('a stream has other entries than it says');
  stream.lastId = lastId;
  stream.entriesAdded = length;
  if (type !== RDB.STREAM_LISTPACKS) {
    // The first id is that of the first entry.
    readId(reader);
    stream.maxDeletedId = readId(reader);
    stream.entriesAdded = signed(reader.unsigned());
  }
  for (let left = reader.count(); left > 0; left--) decodeGroup(type, reader, stream);
  return stream;
}

export function readId(reader: RdbReader): StreamId {
  return streamId(reader.unsigned(), reader.unsigned());
}

/** A number of 64 bits that was written as one without a sign. */
export function signed(value: Int64): Int64 {
  return typeof value === 'number' ? value : narrow(BigInt.asIntN(64, value));
}

function narrow(value: bigint): Int64 {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

type VisitEntry = (id: StreamId, pairs: Bytes[]) => void;

/** Reads a node: goes over the entries that are not deleted. */
export function unpackNode(reader: RdbReader, visit: VisitEntry): void {
  const first = reader.string();
  if (first.length !== ID_BYTES) throw new RdbError('a node of a stream without an id');
  const pack = new ListpackReader(reader.blob(), reader);
  const live = sizeFrom(pack);
  const dead = sizeFrom(pack);
  const names: Bytes[] = [];
  for (let left = sizeFrom(pack); left > 0; left--) names.push(nextString(pack));
  if (pack.done || pack.integer() !== 0) throw new RdbError('the master entry of a stream does not end');
  let seen = 0;
  let seenLive = 0;
  while (!pack.done) {
    seen++;
    if (unpackEntry(first, names, pack, visit)) seenLive++;
  }
  if (seenLive !== live || seen !== live + dead) throw new RdbError('a node of a stream has other entries than it says');
}

/** False where the entry is deleted. */
function unpackEntry(first: StreamId, names: readonly Bytes[], pack: ListpackReader, visit: VisitEntry): boolean {
  const flags = Number(nextInteger(pack));
  const ms = sum(msOf(first), nextInteger(pack));
  const id = streamId(ms, sum(sequenceOf(first), nextInteger(pack)));
  const pairs: Bytes[] = [];
  const same = (flags & SAME_FIELDS) !== 0;
  const count = same ? names.length : sizeFrom(pack);
  for (let i = 0; i < count; i++) pairs.push(same ? (names[i] as Bytes) : nextString(pack), nextString(pack));
  if (nextInteger(pack) !== (same ? count + 3 : 2 * count + 4)) throw new RdbError('an entry of a stream has another length than it says');
  if ((flags & DELETED) !== 0) return false;
  visit(id, pairs);
  return true;
}

/** A number of 64 bits without a sign and a difference to it. */
function sum(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const exact = a + b;
    if (exact >= 0 && Number.isSafeInteger(exact)) return exact;
  }
  return narrow(BigInt.asUintN(64, BigInt(a) + BigInt(b)));
}

function sizeFrom(pack: ListpackReader): number {
  const size = nextInteger(pack);
  if (typeof size !== 'number' || size < 0) throw new RdbError('a count in a stream beyond all bounds');
  return size;
}

function nextInteger(pack: ListpackReader): Int64 {
  requireMore(pack);
  return pack.integer();
}

function nextString(pack: ListpackReader): Bytes {
  requireMore(pack);
  return pack.string();
}

function requireMore(pack: ListpackReader): void {
  if (pack.done) throw new RdbError('a node of a stream ends too early');
}

function decodeGroup(type: number, reader: RdbReader, stream: StreamValue): void {
  const name = reader.string();
  const lastId = readId(reader);
  // Before Redis 7 nobody counted.
  const entriesRead = type === RDB.STREAM_LISTPACKS ? stream.positionOf(lastId) : signed(reader.unsigned());
  if (stream.group(name)) throw new RdbError('a group twice in a stream');
  const group = stream.createGroup(name, lastId, entriesRead);
  const pending = new Map<StreamId, { readonly time: number; readonly deliveries: Int64 }>();
  for (let left = reader.count(); left > 0; left--) {
    reader.charge(ID_BYTES);
    const id = fromBuffer(reader.take(ID_BYTES));
    if (pending.has(id)) throw new RdbError('an entry is pending twice');
    pending.set(id, { time: timeFrom(reader), deliveries: signed(reader.unsigned()) });
  }
  for (let left = reader.count(); left > 0; left--) decodeConsumer(type, reader, group, pending);
  if (pending.size > 0) throw new RdbError('an entry is pending for nobody');
}

function decodeConsumer(
  type: number,
  reader: RdbReader,
  group: StreamGroup,
  pending: Map<StreamId, { readonly time: number; readonly deliveries: Int64 }>,
): void {
  const name = reader.string();
  const seenTime = timeFrom(reader);
  const activeTime = type === RDB.STREAM_LISTPACKS_3 ? Number(reader.int64()) : seenTime;
  if (group.consumer(name)) throw new RdbError('a consumer twice in a group');
  const isStandIn = name === EMPTY && seenTime === 0;
  const consumer = isStandIn ? undefined : group.createConsumer(name, seenTime);
  if (consumer) consumer.activeTime = activeTime;
  for (let left = reader.count(); left > 0; left--) {
    const id = fromBuffer(reader.take(ID_BYTES));
    const entry = pending.get(id);
    if (entry === undefined) throw new RdbError('an entry is pending for a consumer and not for its group, or for two');
    pending.delete(id);
    const isReleased = name === EMPTY && entry.time === 0;
    group.pending.add(id, isReleased ? undefined : consumer, entry.time, entry.deliveries);
  }
}

/** Unix milliseconds. */
export function timeFrom(reader: RdbReader): number {
  const time = reader.int64();
  if (typeof time !== 'number' || time < 0) throw new RdbError('a time beyond all bounds');
  return time;
}
