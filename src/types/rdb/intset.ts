// Intsets: integers in ascending order, all of one width (intset.c).

import { ascii, type Bytes } from '../../bytes/bytes';
import { GrowingBuffer } from '../../bytes/growing-buffer';
import { type Int64, parseInt64 } from '../../bytes/integer';
import type { SetValue } from '../set';
import { RdbError, type RdbReader } from './reader';

const HEADER_BYTES = 8;

/** The members of a set that is held as integers. */
export function encodeIntset(set: SetValue): Uint8Array {
  const integers: Int64[] = [];
  for (let place = 0; place < set.size; place++) integers.push(parseInt64(set.memberAt(place)) as Int64);
  const width = Math.max(widthOf(integers[0] as Int64), widthOf(integers.at(-1) as Int64));
  const buffer = new GrowingBuffer();
  buffer.little(width, 4);
  buffer.little(integers.length, 4);
  for (const integer of integers) {
    if (width === 8) buffer.int64(integer, true);
    else buffer.little(Number(integer), width);
  }
  return buffer.view();
}

function widthOf(integer: Int64): number {
  if (integer >= -32768 && integer <= 32767) return 2;
  return integer >= -2147483648 && integer <= 2147483647 ? 4 : 8;
}

/** The members as texts, ascending. */
export function intsetMembers(data: Uint8Array, reader: RdbReader): Bytes[] {
  if (data.length < HEADER_BYTES) throw new RdbError('an intset is cut');
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const width = view.getUint32(0, true);
  const count = view.getUint32(4, true);
  if ((width !== 2 && width !== 4 && width !== 8) || count === 0 || data.length !== HEADER_BYTES + width * count)
    throw new RdbError('an intset is not as long as it says');
  const members: Bytes[] = [];
  let previous: Int64 | undefined;
  for (let at = HEADER_BYTES; at < data.length; at += width) {
    const integer = width === 2 ? view.getInt16(at, true) : width === 4 ? view.getInt32(at, true) : view.getBigInt64(at, true);
    if (previous !== undefined && integer <= previous) throw new RdbError('an intset does not ascend');
    previous = integer;
    reader.charge(0);
    members.push(ascii(`${integer}`));
  }
  return members;
}
