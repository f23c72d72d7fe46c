// What lists, hashes and sorted sets were packed in before listpacks (ziplist.c, zipmap.c). These are only read.

import { ascii, type Bytes, fromBuffer } from '../../bytes/bytes';
import { RdbError, type RdbReader } from './reader';

const HEADER_BYTES = 10;
const END = 0xff;
const MANY = 65535;
/** In a zipmap: four bytes of length follow. */
const LONG = 254;

/** The elements of a ziplist: bytes in all 4, place of the last element 4, elements 2, then each with the length of the one before. */
export function ziplistElements(data: Uint8Array, reader: RdbReader): Bytes[] {
  const { length } = data;
  const view = new DataView(data.buffer, data.byteOffset, length);
  if (length <= HEADER_BYTES || view.getUint32(0, true) !== length || data[length - 1] !== END)
    throw new RdbError('a ziplist is not as long as it says');
  const elements: Bytes[] = [];
  let at = HEADER_BYTES;
  let last = HEADER_BYTES;
  let previous = 0;
  while (at < length - 1) {
    const start = at;
    const long = data[at] === LONG;
    if (at + (long ? 5 : 1) >= length - 1) throw new RdbError('a ziplist ends inside an element');
    const before = long ? view.getUint32(at + 1, true) : (data[at] as number);
    if (before !== previous) throw new RdbError('an element of a ziplist says another length of the one before');
    const element = ziplistElement(view, at + (long ? 5 : 1));
    reader.charge(element.text.length);
    elements.push(element.text);
    at = element.next;
    last = start;
    previous = at - start;
  }
  const declared = view.getUint16(8, true);
  if (declared !== MANY && declared !== elements.length) throw new RdbError('a ziplist has another number of elements than it says');
  if (view.getUint32(4, true) !== last) throw new RdbError('a ziplist says another place of its last element');
  return elements;
}

function ziplistElement(view: DataView, at: number): { text: Bytes; next: number } {
  const code = view.getUint8(at);
  if (code < 0x40) return textAt(view, at + 1, code);
  if (code < 0x80) return textAt(view, at + 2, ((code & 0x3f) << 8) | byteAt(view, at + 1));
  if (code === 0x80) {
    byteAt(view, at + 4);
    return textAt(view, at + 5, view.getUint32(at + 1));
  }
  if (code > 0xf0 && code < 0xfe) return { text: ascii(`${(code & 0x0f) - 1}`), next: at + 1 };
  const bytes = INTEGER_BYTES.get(code);
  if (bytes === undefined) throw new RdbError('an unknown element in a ziplist');
  byteAt(view, at + bytes);
  return { text: ascii(`${integerAt(view, at + 1, bytes)}`), next: at + 1 + bytes };
}

const INTEGER_BYTES = new Map([
  [0xc0, 2],
  [0xd0, 4],
  [0xe0, 8],
  [0xf0, 3],
  [0xfe, 1],
]);

function integerAt(view: DataView, at: number, bytes: number): number | bigint {
  if (bytes === 1) return view.getInt8(at);
  if (bytes === 2) return view.getInt16(at, true);
  if (bytes === 3) return view.getUint16(at, true) | (view.getInt8(at + 2) << 16);
  return bytes === 4 ? view.getInt32(at, true) : view.getBigInt64(at, true);
}

function textAt(view: DataView, at: number, length: number): { text: Bytes; next: number } {
  if (at + length >= view.byteLength) throw new RdbError('a ziplist ends inside a string');
  return { text: fromBuffer(new Uint8Array(view.buffer, view.byteOffset + at, length)), next: at + length };
}

function byteAt(view: DataView, at: number): number {
  if (at >= view.byteLength - 1) throw new RdbError('a ziplist or zipmap ends inside an element');
  return view.getUint8(at);
}

/** Fields and values, by turns, of a zipmap: their number 1, then each field and each value, which has room behind it. */
export function zipmapElements(data: Uint8Array, reader: RdbReader): Bytes[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  if (data.length < 2 || data[data.length - 1] !== END) throw new RdbError('a zipmap does not end');
  const elements: Bytes[] = [];
  let at = 1;
  while (at < data.length - 1) {
    const isValue = elements.length % 2 === 1;
    let length = byteAt(view, at++);
    if (length === END) throw new RdbError('a zipmap ends too early');
    if (length === LONG) {
      byteAt(view, at + 3);
      length = view.getUint32(at, true);
      at += 4;
    }
    const room = isValue ? byteAt(view, at++) : 0;
    const { text, next } = textAt(view, at, length);
    reader.charge(length);
    elements.push(text);
    at = next + room;
  }
  const declared = data[0] as number;
  if (at !== data.length - 1 || elements.length % 2 !== 0 || (declared < LONG && declared * 2 !== elements.length))
    throw new RdbError('a zipmap has another number of fields than it says');
  return elements;
}
