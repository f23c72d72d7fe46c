// The library `struct` as Redis ships it (Roberto Ierusalimschy's, with Redis' checks): numbers and strings to bytes and back.

import { type Bytes, fromBuffer } from '../../bytes/bytes';
import { STACK_SLOTS } from '../costs';
import type { LuaTable } from '../table';
import type { LuaHost, LuaValue, NativeCall } from '../value';
import { asNumber, checkNumber, checkString, optionalInteger, toUint64 } from './arguments';
import { cut, functionTable } from './library';
import { StructFormat } from './struct-format';

/** What is packed is accounted for whenever so much of it has been added. */
const ACCOUNTED_AT_ONCE = 16 * 1024;
/** Of larger integers the rest is zeros when they are packed, and is passed over when they are unpacked. */
const WORD_BYTES = 8;

const WORD = new DataView(new ArrayBuffer(WORD_BYTES));

export function structLibrary(): LuaTable {
  return functionTable({ pack, unpack, size });
}

const pack: NativeCall = (args, host) => {
  const format = new StructFormat(checkString(args, 1, host), host);
  // The first argument that is missing is nil to the library, not "no value".
  const values = [...args, undefined];
  let index = 2;
  let packed = '';
  let accounted = 0;
  while (format.next()) {
    packed += '\0'.repeat(format.paddingAt(packed.length));
    if (format.isInteger) packed += packInteger(checkNumber(values, index++, host), format);
    else if (format.option === 'f' || format.option === 'd') packed += packFloat(checkNumber(values, index++, host), format);
    else if (format.option === 'c' || format.option === 's') packed += packString(values, index++, format, host);
    else if (format.option === 'x') packed += '\0';
    else format.control();
    if (packed.length - accounted < ACCOUNTED_AT_ONCE) continue;
    host.allocate(packed.length - accounted);
    accounted = packed.length;
  }
  host.allocate(packed.length - accounted);
  return [packed as Bytes];
};

function packInteger(value: number, { size, littleEndian }: StructFormat): string {
  WORD.setBigUint64(0, toUint64(value), littleEndian);
  const word = fromBuffer(WORD.buffer);
  if (littleEndian) return word.slice(0, size).padEnd(size, '\0');
  return word.slice(Math.max(WORD_BYTES - size, 0)).padStart(size, '\0');
}

function packFloat(value: number, { size, littleEndian }: StructFormat): string {
  if (size === 4) WORD.setFloat32(0, value, littleEndian);
  else WORD.setFloat64(0, value, littleEndian);
  // NaN is negative: see formatNumber.
  if (Number.isNaN(value)) WORD.setUint8(littleEndian ? size - 1 : 0, 0xff);
  return fromBuffer(WORD.buffer, 0, size);
}

/** So many characters of a string, all of them for `c0` and `s`, which also ends it with a NUL. */
function packString(values: readonly LuaValue[], index: number, { option, size }: StructFormat, host: LuaHost): string {
  const text = checkString(values, index, host);
  // The library has gone on to the next argument when it complains.
  if (text.length < size) host.failArgument(index + 1, 'string too short');
  host.allocate(text.length);
  const taken = size === 0 ? text : text.slice(0, size);
  return option === 's' ? `${taken}\0` : taken;
}

const unpack: NativeCall = (args, host) => {
  const format = new StructFormat(checkString(args, 1, host), host);
  const data = checkString(args, 2, host);
  // A negative position is a very large one to the library.
  let position = optionalInteger(args, 3, 1, host) - 1;
  if (position === -1) host.failArgument(3, 'offset must be 1 or greater');
  const results: LuaValue[] = [];
  while (format.next()) {
    position += format.paddingAt(position);
    requireData(data, position, format.size, host);
    if (args.length + results.length + 2 > STACK_SLOTS) host.fail('stack overflow (too many results)');
    const { option } = format;
    let { size } = format;
    if (format.isInteger) results.push(unpackInteger(data, position, format));
    else if (option === 'f' || option === 'd') results.push(unpackFloat(data, position, format));
    else if (option === 'c') {
      if (size === 0) size = sizeBefore(results, data, position, host);
      results.push(cut(data, position, position + size));
    } else if (option === 's') {
      const end = data.indexOf('\0', position);
      if (end < 0) host.fail('unfinished string in data');
      results.push(cut(data, position, end));
      size = end + 1 - position;
    } else if (option !== 'x') format.control();
    position += size;
  }
  return [...results, position + 1];
};

function requireData(data: Bytes, position: number, size: number, host: LuaHost): void {
  if (position < 0 || position + size > data.length) host.failArgument(2, 'data string too short');
}

/** Takes the last result for the size of what is at the position. */
function sizeBefore(results: LuaValue[], data: Bytes, position: number, host: LuaHost): number {
  const last = asNumber(results[results.length - 1]);
  if (last === undefined) host.fail("format 'c0' needs a previous size");
  results.pop();
  const size = Number(toUint64(last));
  requireData(data, position, size, host);
  return size;
}

function unpackInteger(data: Bytes, position: number, { size, littleEndian, isSigned }: StructFormat): number {
  const used = Math.min(size, WORD_BYTES);
  const lowest = littleEndian ? position : position + size - 1;
  const step = littleEndian ? 1 : -1;
  WORD.setBigUint64(0, 0n);
  for (let i = 0; i < used; i++) WORD.setUint8(i, data.charCodeAt(lowest + i * step));
  const word = WORD.getBigUint64(0, true);
  if (!isSigned) return Number(word);
  // The sign bit of more than 8 bytes, and of none, is where the shift of an x86-64 puts it.
  const mask = BigInt.asUintN(64, -1n << BigInt((size * 8 - 1) & 63));
  return Number(BigInt.asIntN(64, (word & mask) === 0n ? word : word | mask));
}

function unpackFloat(data: Bytes, position: number, { size, littleEndian }: StructFormat): number {
  for (let i = 0; i < size; i++) WORD.setUint8(i, data.charCodeAt(position + i));
  return size === 4 ? WORD.getFloat32(0, littleEndian) : WORD.getFloat64(0, littleEndian);
}

const size: NativeCall = (args, host) => {
  const format = new StructFormat(checkString(args, 1, host), host);
  let position = 0;
  while (format.next()) {
    position += format.paddingAt(position);
    if (format.option === 's') host.failArgument(1, "option 's' has no fixed size");
    if (format.option === 'c' && format.size === 0) host.failArgument(1, "option 'c0' has no fixed size");
    // Letters and digits that are no options are passed over here.
    if (!/[0-9A-Za-z]/.test(format.option)) format.control();
    position += format.size;
  }
  return [position];
};
