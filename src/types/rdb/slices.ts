// Large values as RDB has them, written a slice at a time: in the forms without packing, of which nothing but the number
// of elements has to be known before, so that a value of any size is written with little memory.

import type { Bytes } from '../../bytes/bytes';
import type { HashValue } from '../hash';
import type { ListValue } from '../list';
import type { SetValue } from '../set';
import type { StreamValue } from '../stream/value';
import { lengthOf, type StringBuffer } from '../string';
import type { Value } from '../value';
import type { ZSetValue } from '../zset';
import { encodeRdbValue, rdbTypeOf } from './encode';
import { encodeStreamNode, encodeStreamRest } from './stream';
import { RDB, type RdbType } from './types';
import type { RdbWriter } from './writer';

/** Elements in a slice. */
const SLICE = 256;
const SLICE_BYTES = 256 * 1024;

export interface SlicedOptions {
  /** Fields keep their deadlines, for which there is room since version 12. */
  readonly fieldDeadlines: boolean;
}

/** The form in which {@link encodeSlices} writes a value. */
export function slicedTypeOf(value: Value, { fieldDeadlines }: SlicedOptions): RdbType {
  if (typeof value === 'string') return RDB.STRING;
  switch (value.type) {
    case 'list':
      return RDB.LIST;
    case 'set':
      return RDB.SET;
    case 'zset':
      return RDB.ZSET_2;
    case 'hash':
      return fieldDeadlines && value.earliestDeadline !== undefined ? RDB.HASH_METADATA : RDB.HASH;
    default:
      return rdbTypeOf(value);
  }
}

/** Writes a value in the form of {@link slicedTypeOf}, and pauses where what has been written, and read, may be let go. */
export function* encodeSlices(writer: RdbWriter, value: Value, options: SlicedOptions): Generator<void> {
  if (typeof value === 'string') writer.string(value);
  else if (value.type === 'string') yield* stringSlices(writer, value);
  else if (value.type === 'list') yield* listSlices(writer, value);
  else if (value.type === 'set') yield* setSlices(writer, value);
  else if (value.type === 'zset') yield* zsetSlices(writer, value);
  else if (value.type === 'hash') yield* hashSlices(writer, value, options);
  else if (value.type === 'stream') yield* streamSlices(writer, value);
  else encodeRdbValue(writer, value);
}

function* stringSlices(writer: RdbWriter, value: StringBuffer): Generator<void> {
  const length = lengthOf(value);
  writer.count(length);
  for (let at = 0; at < length; at += SLICE_BYTES) {
    writer.chars(value.slice(at, at + SLICE_BYTES));
    yield;
  }
}

function* listSlices(writer: RdbWriter, list: ListValue): Generator<void> {
  writer.count(list.size);
  for (let at = 0; at < list.size; at += SLICE) {
    let left = SLICE;
    list.ascend(at, (element) => {
      writer.string(element);
      return --left > 0;
    });
    yield;
  }
}

function* setSlices(writer: RdbWriter, set: SetValue): Generator<void> {
  writer.count(set.size);
  for (let place = 0; place < set.size; place++) {
    writer.string(set.memberAt(place));
    if (place % SLICE === SLICE - 1) yield;
  }
}

function* zsetSlices(writer: RdbWriter, zset: ZSetValue): Generator<void> {
  writer.count(zset.size);
  for (let left = zset.size; left > 0; left -= SLICE) {
    // From the highest down: a reader that inserts each at the beginning is done sooner.
    zset.walk(left - 1, Math.min(SLICE, left), true, (member, score) => {
      writer.string(member);
      writer.double(score);
    });
    yield;
  }
}

function* hashSlices(writer: RdbWriter, hash: HashValue, { fieldDeadlines }: SlicedOptions): Generator<void> {
  const earliest = fieldDeadlines ? hash.earliestDeadline : undefined;
  if (earliest !== undefined) writer.int64(earliest, true);
  writer.count(hash.size);
  for (let place = 0; place < hash.size; place++) {
    const field: Bytes = hash.fieldAt(place);
    // Relative to the earliest one, which is 1.
    if (earliest !== undefined) writer.count((hash.deadlineOf(field) ?? earliest - 1) - earliest + 1);
    writer.string(field);
    writer.string(hash.valueAt(place));
    if (place % SLICE === SLICE - 1) yield;
  }
}

function* streamSlices(writer: RdbWriter, stream: StreamValue): Generator<void> {
  writer.count(stream.entries.nodeCount);
  for (let at = 0; at < stream.entries.nodeCount; at++) {
    encodeStreamNode(writer, stream, at);
    yield;
  }
  encodeStreamRest(writer, stream);
}
