// Values from RDB, in every form that a Redis has written since 2.4. The data may come from anybody: whatever is wrong
// with it is an RdbError, and nothing is let through that Redis would not hold, such as a member that is there twice.

import type { Bytes } from '../../bytes/bytes';
import { parseDouble } from '../../bytes/double';
import type { Int64 } from '../../bytes/integer';
import { HashValue } from '../hash';
import type { EncodingLimits } from '../limits';
import { ListValue } from '../list';
import { SetValue } from '../set';
import type { Value } from '../value';
import { ZSetValue } from '../zset';
import { intsetMembers } from './intset';
import { ListpackReader } from './listpack';
import { decodeModule } from './module';
import { RdbEmpty, RdbError, type RdbReader } from './reader';
import { decodeStream } from './stream';
import { PACKED_NODE, PLAIN_NODE, RDB } from './types';
import { ziplistElements, zipmapElements } from './ziplist';

/** Reads a value of the form that `type` is the number of. */
export function decodeRdbValue(type: number, reader: RdbReader, limits: EncodingLimits): Value {
  switch (type) {
    case RDB.STRING:
      return reader.string();
    case RDB.LIST:
    case RDB.LIST_ZIPLIST:
    case RDB.LIST_QUICKLIST:
    case RDB.LIST_QUICKLIST_2:
      return nonEmpty(decodeList(type, reader, limits));
    case RDB.SET:
    case RDB.SET_INTSET:
    case RDB.SET_LISTPACK:
      return nonEmpty(decodeSet(type, reader, limits));
    case RDB.ZSET:
    case RDB.ZSET_2:
    case RDB.ZSET_ZIPLIST:
    case RDB.ZSET_LISTPACK:
      return nonEmpty(decodeZSet(type, reader, limits));
    case RDB.HASH:
    case RDB.HASH_ZIPMAP:
    case RDB.HASH_ZIPLIST:
    case RDB.HASH_LISTPACK:
    case RDB.OLD_HASH_METADATA:
    case RDB.OLD_HASH_LISTPACK_EX:
    case RDB.HASH_METADATA:
    case RDB.HASH_LISTPACK_EX:
      return nonEmpty(decodeHash(type, reader, limits));
    case RDB.STREAM_LISTPACKS:
    case RDB.STREAM_LISTPACKS_2:
    case RDB.STREAM_LISTPACKS_3:
      return decodeStream(type, reader, limits);
    case RDB.MODULE_2:
      return decodeModule(reader, limits);
    default:
      throw new RdbError(`an unknown form of a value: ${type}`);
  }
}

function nonEmpty<T extends { readonly size: number }>(collection: T): T {
  if (collection.size === 0) throw new RdbEmpty('a collection without elements');
  return collection;
}

/** Elements of a listpack, in order. */
function listpackElements(reader: RdbReader): Bytes[] {
  const pack = new ListpackReader(reader.blob(), reader);
  const elements: Bytes[] = [];
  while (!pack.done) elements.push(pack.string());
  return elements;
}

function decodeList(type: number, reader: RdbReader, limits: EncodingLimits): ListValue {
  const list = new ListValue(limits);
  const append = (elements: readonly Bytes[]): void => {
    for (const element of elements) list.push('right', element);
  };
  if (type === RDB.LIST_ZIPLIST) append(ziplistElements(reader.blob(), reader));
  else {
    for (let left = reader.count(); left > 0; left--) {
      if (type === RDB.LIST) list.push('right', reader.string());
      else if (type === RDB.LIST_QUICKLIST) append(ziplistElements(reader.blob(), reader));
      else append(quicklistNode(reader));
    }
  }
  return list;
}

export function quicklistNode(reader: RdbReader): Bytes[] {
  const container = reader.count();
  if (container === PACKED_NODE) return listpackElements(reader);
  if (container !== PLAIN_NODE) throw new RdbError('an unknown node of a list');
  const element = reader.string();
  if (element === '') throw new RdbError('an empty node of a list');
  return [element];
}

function decodeSet(type: number, reader: RdbReader, limits: EncodingLimits): SetValue {
  const set = new SetValue(limits);
  const add = (member: Bytes): void => {
    if (!set.add(member)) throw new RdbError('a member twice in a set');
  };
  if (type === RDB.SET) for (let left = reader.count(); left > 0; left--) add(reader.string());
  else if (type === RDB.SET_INTSET) for (const member of intsetMembers(reader.blob(), reader)) add(member);
  else for (const member of listpackElements(reader)) add(member);
  return set;
}

function decodeZSet(type: number, reader: RdbReader, limits: EncodingLimits): ZSetValue {
  const zset = new ZSetValue(limits);
  const put = (member: Bytes, score: number | undefined): void => {
    if (score === undefined || Number.isNaN(score)) throw new RdbError('a score that is not a number');
    if (zset.has(member)) throw new RdbError('a member twice in a sorted set');
    zset.put(member, score);
  };
  if (type === RDB.ZSET || type === RDB.ZSET_2) {
    for (let left = reader.count(); left > 0; left--) {
      const member = reader.string();
      put(member, type === RDB.ZSET ? textScore(reader) : reader.double());
    }
    return zset;
  }
  const elements = type === RDB.ZSET_ZIPLIST ? ziplistElements(reader.blob(), reader) : listpackElements(reader);
  requireTuples(elements, 2);
  for (let i = 0; i < elements.length; i += 2) put(elements[i] as Bytes, parseDouble(elements[i + 1] as Bytes));
  return zset;
}

/** A score as a text with its length before it, or one of the three that have none. */
export function textScore(reader: RdbReader): number | undefined {
  const length = reader.byte();
  if (length === 253) return undefined;
  if (length > 253) return length === 254 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return parseDouble(String.fromCharCode(...reader.take(length)));
}

function requireTuples(elements: readonly Bytes[], of: number): void {
  if (elements.length % of !== 0) throw new RdbError('an element is missing at the end');
}

/** The latest deadline that a field can have: 48 bits (ebuckets.h EB_EXPIRE_TIME_MAX). */
const MAX_FIELD_DEADLINE = 2 ** 48 - 2;

function decodeHash(type: number, reader: RdbReader, limits: EncodingLimits): HashValue {
  const hash = new HashValue(limits);
  const put = (field: Bytes, value: Bytes, deadline: Int64 = 0): void => {
    if (!hash.put(field, value)) throw new RdbError('a field twice in a hash');
    if (deadline === 0) return;
    if (deadline < 0 || deadline > MAX_FIELD_DEADLINE) throw new RdbError('a deadline of a field beyond all bounds');
    hash.setDeadline(field, Number(deadline));
  };
  if (type === RDB.HASH) {
    for (let left = reader.count(); left > 0; left--) put(reader.string(), reader.string());
  } else if (type === RDB.HASH_METADATA || type === RDB.OLD_HASH_METADATA) {
    const earliest = type === RDB.HASH_METADATA ? earliestDeadline(reader) : OLD_EARLIEST;
    for (let left = reader.count(); left > 0; left--) {
      const deadline = fieldDeadline(reader, earliest);
      put(reader.string(), reader.string(), deadline);
    }
  } else if (type === RDB.HASH_LISTPACK_EX || type === RDB.OLD_HASH_LISTPACK_EX) {
    if (type === RDB.HASH_LISTPACK_EX) reader.int64();
    const pack = new ListpackReader(reader.blob(), reader);
    while (!pack.done) put(pack.string(), pack.string(), pack.integer());
  } else {
    const elements = hashElements(type, reader);
    requireTuples(elements, 2);
    for (let i = 0; i < elements.length; i += 2) put(elements[i] as Bytes, elements[i + 1] as Bytes);
  }
  return hash;
}

function hashElements(type: number, reader: RdbReader): Bytes[] {
  if (type === RDB.HASH_LISTPACK) return listpackElements(reader);
  return type === RDB.HASH_ZIPLIST ? ziplistElements(reader.blob(), reader) : zipmapElements(reader.blob(), reader);
}

/** What deadlines of fields are relative to where the earliest one is not told. */
export const OLD_EARLIEST = 1;

/** What stands before the fields: the deadlines of these are relative to the earliest one. */
export function earliestDeadline(reader: RdbReader): number {
  const earliest = Number(reader.int64());
  if (earliest < 0 || earliest > MAX_FIELD_DEADLINE) throw new RdbError('a deadline of a field beyond all bounds');
  return earliest;
}

/** What stands before a field: its deadline relative to the earliest one plus 1, or 0 where it has none. */
export function fieldDeadline(reader: RdbReader, earliest: number): number {
  const relative = Number(reader.unsigned());
  const deadline = relative === 0 ? 0 : relative + earliest - 1;
  if (deadline > MAX_FIELD_DEADLINE) throw new RdbError('a deadline of a field beyond all bounds');
  return deadline;
}
