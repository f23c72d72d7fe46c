// Values as RDB has them. Which of Redis' packed forms a value takes follows from what OBJECT ENCODING says of it.

import type { Bytes } from '../../bytes/bytes';
import { formatDouble17g } from '../../bytes/double';
import type { HashValue } from '../hash';
import type { ListValue } from '../list';
import type { SetValue } from '../set';
import { bytesOf } from '../string';
import type { Value } from '../value';
import type { ZSetValue } from '../zset';
import { encodeIntset } from './intset';
import { ListpackWriter } from './listpack';
import { encodeModule } from './module';
import { encodeStream } from './stream';
import { PACKED_NODE, RDB, type RdbType } from './types';
import { RdbWriter } from './writer';

/** The form in which a value is written. */
export function rdbTypeOf(value: Value): RdbType {
  if (typeof value === 'string') return RDB.STRING;
  switch (value.type) {
    case 'string':
      return RDB.STRING;
    case 'list':
      return RDB.LIST_QUICKLIST_2;
    case 'set':
      return value.encoding() === 'intset' ? RDB.SET_INTSET : RDB.SET;
    case 'zset':
      return value.encoding() === 'listpack' ? RDB.ZSET_LISTPACK : RDB.ZSET_2;
    case 'hash':
      return hashTypeOf(value);
    case 'stream':
      return RDB.STREAM_LISTPACKS_2;
    default:
      return RDB.MODULE_2;
  }
}

function hashTypeOf(hash: HashValue): RdbType {
  if (hash.earliestDeadline === undefined) return hash.encoding() === 'hashtable' ? RDB.HASH : RDB.HASH_LISTPACK;
  return hash.encoding() === 'hashtable' ? RDB.HASH_METADATA : RDB.HASH_LISTPACK_EX;
}

/** Writes a value in the form of {@link rdbTypeOf}, without the number of that form. */
export function encodeRdbValue(writer: RdbWriter, value: Value): void {
  if (typeof value === 'string') writer.string(value);
  else if (value.type === 'string') writer.string(bytesOf(value));
  else if (value.type === 'list') encodeList(writer, value);
  else if (value.type === 'set') encodeSet(writer, value);
  else if (value.type === 'zset') encodeZSet(writer, value);
  else if (value.type === 'hash') encodeHash(writer, value);
  else if (value.type === 'stream') encodeStream(writer, value);
  else encodeModule(writer, value);
}

/** Redis' default of list-max-listpack-size, and what it adds for an element when it looks whether that still fits. */
const NODE_BYTES = 8192;
const ELEMENT_ESTIMATE = 8;

/** In nodes as they are when all elements were appended one by one. */
function encodeList(writer: RdbWriter, list: ListValue): void {
  const nodes = new RdbWriter();
  let count = 0;
  let node = new ListpackWriter();
  const finish = (): void => {
    nodes.count(PACKED_NODE);
    nodes.blob(node.done());
    count++;
    node = new ListpackWriter();
  };
  list.ascend(0, (element) => {
    if (node.length > 0 && node.size + element.length + ELEMENT_ESTIMATE > NODE_BYTES) finish();
    node.add(element);
    return true;
  });
  finish();
  writer.count(count);
  writer.block(nodes.view());
}

function encodeSet(writer: RdbWriter, set: SetValue): void {
  if (set.encoding() === 'intset') writer.blob(encodeIntset(set));
  else {
    writer.count(set.size);
    for (let place = 0; place < set.size; place++) writer.string(set.memberAt(place));
  }
}

function encodeZSet(writer: RdbWriter, zset: ZSetValue): void {
  if (zset.encoding() === 'listpack') {
    const pack = new ListpackWriter();
    zset.walk(0, zset.size, false, (member, score) => {
      pack.add(member);
      packScore(pack, score);
    });
    writer.blob(pack.done());
    return;
  }
  writer.count(zset.size);
  // From the highest down: a reader that inserts each at the beginning is done sooner.
  zset.walk(zset.size - 1, zset.size, true, (member, score) => {
    writer.string(member);
    writer.double(score);
  });
}

/** Half of the range of 64 bits: Redis takes floats up to here for integers (util.c double2ll). */
const INTEGRAL_LIMIT = 2 ** 62;

function packScore(pack: ListpackWriter, score: number): void {
  if (Number.isInteger(score) && Math.abs(score) <= INTEGRAL_LIMIT) pack.addInteger(Number.isSafeInteger(score) ? score : BigInt(score));
  else pack.add(formatDouble17g(score));
}

function encodeHash(writer: RdbWriter, hash: HashValue): void {
  const { earliestDeadline } = hash;
  if (earliestDeadline !== undefined) writer.int64(earliestDeadline, true);
  if (hash.encoding() !== 'hashtable') {
    const pack = new ListpackWriter();
    eachField(hash, (field, value) => {
      pack.add(field);
      pack.add(value);
      if (earliestDeadline !== undefined) pack.addInteger(hash.deadlineOf(field) ?? 0);
    });
    writer.blob(pack.done());
    return;
  }
  writer.count(hash.size);
  eachField(hash, (field, value) => {
    // Relative to the earliest one, which is 1.
    if (earliestDeadline !== undefined) writer.count((hash.deadlineOf(field) ?? earliestDeadline - 1) - earliestDeadline + 1);
    writer.string(field);
    writer.string(value);
  });
}

function eachField(hash: HashValue, visit: (field: Bytes, value: Bytes) => void): void {
  for (let place = 0; place < hash.size; place++) visit(hash.fieldAt(place), hash.valueAt(place));
}
