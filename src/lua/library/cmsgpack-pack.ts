// cmsgpack.pack: values of Lua as MessagePack, as lua-cmsgpack 0.4.0 writes it: every integer as the shortest integer, and
// what has no form of its own as nil.

import { type Bytes, own } from '../../bytes/bytes';
import { LuaTable } from '../table';
import type { LuaHost, LuaValue } from '../value';

/** Tables that are nested deeper are written as nil. */
const MAX_NESTING = 16;
/** Bytes that are accounted for at a time. */
const ACCOUNTED_BYTES = 4096;
/** Bytes that are written, or entries that are looked at, in the time of one step. */
const PER_STEP = 8;

const MAX_INT = 2 ** 31 - 1;
const INT64_LIMIT = 2 ** 63;
const UINT32 = 2 ** 32;

const EIGHT = new DataView(new ArrayBuffer(8));

/** All of them, one after the other. */
export function packValues(values: readonly LuaValue[], host: LuaHost): Bytes {
  const packer = new Packer(host);
  for (const value of values) packer.value(value, 0);
  return packer.toBytes();
}

class Packer {
  private out = '';
  private accounted = 0;

  constructor(private readonly host: LuaHost) {}

  toBytes(): Bytes {
    return own(this.out as Bytes);
  }

  value(value: LuaValue, level: number): void {
    if (typeof value === 'string') this.string(value);
    else if (typeof value === 'number') this.out += number(value);
    else if (typeof value === 'boolean') this.out += value ? '\xc3' : '\xc2';
    else if (value instanceof LuaTable && level < MAX_NESTING) this.table(value, level);
    else this.out += '\xc0';
    this.account();
  }

  private string(text: Bytes): void {
    const { length } = text;
    if (length < 32) this.out += String.fromCharCode(0xa0 | length);
    else if (length <= 0xff) this.out += String.fromCharCode(0xd9, length);
    else this.out += length <= 0xffff ? `\xda${big16(length)}` : `\xdb${big32(length)}`;
    this.out += text;
  }

  private table(table: LuaTable, level: number): void {
    this.host.spend(Math.ceil(table.capacity / PER_STEP));
    let entries = 0;
    let max = 0;
    for (let at = table.nextPosition(0); at > 0; at = table.nextPosition(at)) {
      const key = table.keyAt(at);
      // As many as the highest index, when all of them are indexes: no hole.
      if (typeof key !== 'number' || key < 1 || key > MAX_INT || !Number.isInteger(key)) max = Infinity;
      else if (key > max) max = key;
      entries++;
    }
    const list = max === entries;
    this.count(entries, list ? 0x90 : 0x80, list ? 0xdc : 0xde);
    if (list) {
      for (let i = 1; i <= entries; i++) this.value(table.get(i), level + 1);
      return;
    }
    for (let at = table.nextPosition(0); at > 0; at = table.nextPosition(at)) {
      this.value(table.keyAt(at), level + 1);
      this.value(table.valueAt(at), level + 1);
    }
  }

  /** How many entries follow: in the type itself when they are few, else in two bytes, or in four with the type after it. */
  private count(entries: number, few: number, many: number): void {
    if (entries < 16) this.out += String.fromCharCode(few | entries);
    else if (entries <= 0xffff) this.out += String.fromCharCode(many) + big16(entries);
    else this.out += String.fromCharCode(many + 1) + big32(entries);
  }

  private account(): void {
    const grown = this.out.length - this.accounted;
    if (grown < ACCOUNTED_BYTES) return;
    this.accounted = this.out.length;
    this.host.spend(Math.ceil(grown / PER_STEP));
    this.host.allocate(grown);
  }
}

function number(value: number): string {
  if (!Number.isInteger(value) || value < -INT64_LIMIT || value >= INT64_LIMIT) return float(value);
  if (value >= 0) {
    if (value < 0x80) return String.fromCharCode(value);
    if (value <= 0xff) return String.fromCharCode(0xcc, value);
    if (value <= 0xffff) return `\xcd${big16(value)}`;
    return value < UINT32 ? `\xce${big32(value)}` : `\xcf${big64(value)}`;
  }
  if (value >= -32) return String.fromCharCode(value & 0xff);
  if (value >= -0x80) return String.fromCharCode(0xd0, value & 0xff);
  if (value >= -0x8000) return `\xd1${big16(value)}`;
  return value >= -0x80000000 ? `\xd2${big32(value)}` : `\xd3${big64(value)}`;
}

function float(value: number): string {
  if (Math.fround(value) === value) {
    EIGHT.setFloat32(0, value);
    return `\xca${big32(EIGHT.getInt32(0))}`;
  }
  // What an operation without a result gives on x86-64 is a NaN with its sign set; the sign is not known here.
  if (Number.isNaN(value)) return '\xcb\xff\xf8\0\0\0\0\0\0';
  EIGHT.setFloat64(0, value);
  return `\xcb${big32(EIGHT.getInt32(0))}${big32(EIGHT.getInt32(4))}`;
}

function big16(value: number): string {
  return String.fromCharCode((value >> 8) & 0xff, value & 0xff);
}

function big32(value: number): string {
  return String.fromCharCode((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** Two's complement. Both halves are exact, whatever the size. */
function big64(value: number): string {
  const high = Math.floor(value / UINT32);
  return big32(high) + big32(value - high * UINT32);
}
