// MessagePack to values of Lua, as lua-cmsgpack 0.4.0 reads it. Nothing recurses: nesting is stopped by the stack in C,
// which has room for more levels than that of JavaScript.

import { ascii, type Bytes } from '../../bytes/bytes';
import { ENTRY_BYTES, STACK_SLOTS, TABLE_BYTES } from '../costs';
import { LuaError } from '../error';
import { LuaTable } from '../table';
import type { LuaHost, LuaValue } from '../value';

const UINT32 = 2 ** 32;
/** Values that are read in the time of one step, and how many are accounted for at a time. */
const VALUES_PER_STEP = 2;
const ACCOUNTED_VALUES = 256;

const EIGHT = new DataView(new ArrayBuffer(8));

/** What has been read is the beginning of a table. */
const OPENED = Symbol('opened');

/** A table that is not complete. */
interface Open {
  readonly table: LuaTable;
  readonly list: boolean;
  /** Values that are still to be read: of a map, keys count too. */
  left: number;
  /** Of a list, the index of the value before; of a map, the key whose value comes next, while {@link keyRead}. */
  key: LuaValue;
  keyRead: boolean;
}

export class Unpacker {
  private readonly open: Open[] = [];
  private unaccounted = 0;

  /** @param slots of the stack in C that are in use */
  constructor(
    private readonly data: Bytes,
    private position: number,
    private slots: number,
    private readonly host: LuaHost,
  ) {}

  /** After what has been read. */
  get at(): number {
    return this.position;
  }

  get atEnd(): boolean {
    return this.position >= this.data.length;
  }

  /** As luaL_checkstack, for one value more. */
  requireSlot(otherwise: string): void {
    if (this.slots + 1 > STACK_SLOTS) this.host.fail(`stack overflow (${otherwise})`);
  }

  /** The next value, which stays on the stack. */
  next(): LuaValue {
    for (;;) {
      let value = this.read();
      for (;;) {
        const innermost = this.open.at(-1);
        if (value !== OPENED) {
          if (innermost === undefined) return this.keep(value);
          this.put(innermost, value);
        }
        if (innermost === undefined || innermost.left > 0) break;
        value = this.close(innermost);
      }
    }
  }

  private keep(value: LuaValue): LuaValue {
    this.slots++;
    this.account();
    return value;
  }

  /** Puts a value where it belongs in the innermost table. */
  private put(into: Open, value: LuaValue): void {
    into.left--;
    if (into.list) {
      into.key = (into.key as number) + 1;
      into.table.set(into.key, value);
      return;
    }
    into.keyRead = !into.keyRead;
    if (into.keyRead) {
      into.key = value;
      this.slots++;
      return;
    }
    // Lua itself refuses these, and knows no position in a function of C.
    if (into.key === undefined) throw new LuaError(ascii('table index is nil'));
    if (Number.isNaN(into.key)) throw new LuaError(ascii('table index is NaN'));
    into.table.set(into.key, value);
    this.slots--;
  }

  /** Values read since the last time. */
  private account(): void {
    this.host.spend(Math.ceil(this.unaccounted / VALUES_PER_STEP));
    this.host.allocate(this.unaccounted * ENTRY_BYTES);
    this.unaccounted = 0;
  }

  private read(): LuaValue | typeof OPENED {
    this.need(1);
    this.requireSlot('too many return values at once; use unpack_one or unpack_limit instead.');
    if (++this.unaccounted === ACCOUNTED_VALUES) this.account();
    const type = this.data.charCodeAt(this.position);
    if (type < 0x80) return this.skip(1, type);
    if (type < 0x90) return this.begin(1, false, type & 0xf);
    if (type < 0xa0) return this.begin(1, true, type & 0xf);
    if (type < 0xc0) return this.string(1, type & 0x1f);
    if (type >= 0xe0) return this.skip(1, type - 0x100);
    return type <= 0xcb ? this.plain(type) : this.sized(type);
  }

  /** nil, booleans and floats. */
  private plain(type: number): LuaValue {
    switch (type) {
      case 0xc0:
        return this.skip(1, undefined);
      case 0xc2:
        return this.skip(1, false);
      case 0xc3:
        return this.skip(1, true);
      case 0xca:
        EIGHT.setInt32(0, this.unsigned(4));
        return this.skip(5, EIGHT.getFloat32(0));
      case 0xcb:
        this.need(9);
        EIGHT.setInt32(0, this.big(1, 4));
        EIGHT.setInt32(4, this.big(5, 4));
        return this.skip(9, EIGHT.getFloat64(0));
      default:
        return this.bad();
    }
  }

  /** Integers, and what has its length before it. */
  private sized(type: number): LuaValue | typeof OPENED {
    switch (type) {
      case 0xcc:
        return this.skip(2, this.unsigned(1));
      case 0xcd:
        return this.skip(3, this.unsigned(2));
      case 0xce:
        return this.skip(5, this.unsigned(4));
      case 0xd0:
        return this.skip(2, (this.unsigned(1) << 24) >> 24);
      case 0xd1:
        return this.skip(3, (this.unsigned(2) << 16) >> 16);
      case 0xd2:
        return this.skip(5, this.unsigned(4) | 0);
      // Unsigned ones too become signed ones on their way into Lua.
      case 0xcf:
      case 0xd3:
        this.need(9);
        return this.skip(9, (this.big(1, 4) | 0) * UINT32 + this.big(5, 4));
      case 0xd9:
        return this.string(2, this.unsigned(1));
      case 0xda:
        return this.string(3, this.unsigned(2));
      case 0xdb:
        return this.string(5, this.unsigned(4));
      case 0xdc:
        return this.begin(3, true, this.unsigned(2));
      case 0xdd:
        return this.begin(5, true, this.unsigned(4));
      case 0xde:
        return this.begin(3, false, this.unsigned(2));
      case 0xdf:
        return this.begin(5, false, this.unsigned(4));
      default:
        return this.bad();
    }
  }

  private begin(bytes: number, list: boolean, entries: number): typeof OPENED {
    this.position += bytes;
    // Its table; in a list, the index of the value too.
    this.slots++;
    if (list) {
      this.requireSlot('in function mp_decode_to_lua_array');
      this.slots++;
    }
    this.host.allocate(TABLE_BYTES);
    this.open.push({ table: new LuaTable(), list, left: list ? entries : entries * 2, key: list ? 0 : undefined, keyRead: false });
    return OPENED;
  }

  private close({ table, list }: Open): LuaTable {
    this.open.pop();
    this.slots -= list ? 2 : 1;
    return table;
  }

  private string(prefix: number, length: number): Bytes {
    this.need(prefix + length);
    const start = this.position + prefix;
    this.host.allocate(length);
    return this.skip(prefix + length, this.data.slice(start, start + length) as Bytes);
  }

  private skip<Value>(bytes: number, value: Value): Value {
    this.position += bytes;
    return value;
  }

  /** The integer after the type, which must be there. */
  private unsigned(bytes: number): number {
    this.need(1 + bytes);
    return this.big(1, bytes);
  }

  private big(from: number, bytes: number): number {
    let value = 0;
    const start = this.position + from;
    for (let i = start; i < start + bytes; i++) value = value * 256 + this.data.charCodeAt(i);
    return value;
  }

  private need(bytes: number): void {
    if (this.data.length - this.position < bytes) this.host.fail('Missing bytes in input.');
  }

  private bad(): never {
    return this.host.fail('Bad data format in input.');
  }
}
