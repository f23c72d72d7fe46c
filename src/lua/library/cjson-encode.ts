// cjson.encode: values of Lua as JSON text, as lua-cjson 2.1.0 writes it. Nothing recurses: its settings allow more levels
// than the stack of JavaScript has.

import { ascii, type Bytes, own } from '../../bytes/bytes';
import { STACK_SLOTS } from '../costs';
import { significantDigits } from '../decimal';
import { formatNumber, layOutGeneral } from '../number';
import { LuaTable } from '../table';
import { type LuaHost, type LuaValue, typeName } from '../value';
import { CJSON_NULL } from './cjson-null';
import type { CjsonSettings } from './cjson-settings';

/** Chars of the text that are accounted for at a time. */
const ACCOUNTED_CHARS = 4096;
/** Chars that are written, or entries that are looked at, in the time of one step. */
const PER_STEP = 8;

const MAX_INT = 2 ** 31 - 1;
const MIN_INT = -(2 ** 31);

/** Chars that are not written as they are, and what stands for them. The rest of control chars is in hexadecimal. */
const ESCAPES: readonly (string | undefined)[] = Array.from({ length: 256 }, (_, code) => {
  const named = '"\\/\b\t\n\f\r'.indexOf(String.fromCharCode(code));
  if (named >= 0) return `\\${'"\\/btnfr'[named]}`;
  return code < 0x20 || code === 0x7f ? `\\u${code.toString(16).padStart(4, '0')}` : undefined;
});

/** A table that is being written. */
interface Open {
  readonly table: LuaTable;
  /** Of an array, its last index; 0 for an object. */
  readonly last: number;
  /** The index or the position of the traversal that was written last. */
  at: number;
}

export function encodeJson(value: LuaValue, settings: CjsonSettings, host: LuaHost): Bytes {
  return new JsonEncoder(settings, host).encode(value);
}

class JsonEncoder {
  private out = '';
  private accounted = 0;
  private readonly open: Open[] = [];
  /** Slots of the stack in C that the tables and the keys and values in them take. */
  private slots = 1;

  constructor(
    private readonly settings: CjsonSettings,
    private readonly host: LuaHost,
  ) {}

  encode(root: LuaValue): Bytes {
    let value = root;
    for (;;) {
      if (value instanceof LuaTable) this.begin(value);
      else this.out += this.scalar(value);
      const table = this.advance();
      this.account();
      if (table === undefined) return own(this.out as Bytes);
      value = table.last > 0 ? table.table.get(table.at) : table.table.valueAt(table.at);
    }
  }

  private begin(table: LuaTable): void {
    const depth = this.open.length + 1;
    if (depth > this.settings.encodeMaxDepth || this.slots + 3 > STACK_SLOTS) {
      this.host.fail(`Cannot serialise, excessive nesting (${depth})`);
    }
    const last = this.arrayEnd(table);
    this.slots += last > 0 ? 1 : 2;
    this.out += last > 0 ? '[' : '{';
    this.open.push({ table, last, at: 0 });
  }

  /**
   * Goes to the next value, writes its key, and ends the tables that have no more. Answers with the table that the value
   * is in; undefined when all is written.
   */
  private advance(): Open | undefined {
    for (;;) {
      const innermost = this.open.at(-1);
      if (innermost === undefined) return undefined;
      const { table, last, at } = innermost;
      const next = last === 0 ? table.nextPosition(at) : at < last ? at + 1 : 0;
      if (next > 0) {
        if (at > 0) this.out += ',';
        if (last === 0) this.out += this.key(table.keyAt(next));
        innermost.at = next;
        return innermost;
      }
      this.out += last > 0 ? ']' : '}';
      this.slots -= last > 0 ? 1 : 2;
      this.open.pop();
    }
  }

  /** The last index of what is written as an array; 0 or less for an object. */
  private arrayEnd(table: LuaTable): number {
    const { sparseConvert, sparseRatio, sparseSafe } = this.settings;
    this.host.spend(Math.ceil(table.capacity / PER_STEP));
    let max = 0;
    let items = 0;
    for (let at = table.nextPosition(0); at > 0; at = table.nextPosition(at)) {
      const key = table.keyAt(at);
      if (typeof key !== 'number' || key < 1 || Math.floor(key) !== key) return 0;
      // What is no int in C becomes the smallest one.
      if (key > max) max = key > MAX_INT ? MIN_INT : key;
      items++;
    }
    if (sparseRatio > 0 && max > Math.imul(items, sparseRatio) && max > sparseSafe) {
      if (!sparseConvert) this.fail(table, 'excessively sparse array');
      return 0;
    }
    return Math.max(max, 0);
  }

  private key(key: LuaValue): string {
    if (typeof key === 'string') return `${quoted(key)}:`;
    if (typeof key === 'number') return `"${this.number(key)}":`;
    return this.fail(key, 'table key must be a number or string');
  }

  private scalar(value: LuaValue): string {
    switch (typeof value) {
      case 'string':
        return quoted(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        return value ? 'true' : 'false';
      default:
        return value === undefined || value === CJSON_NULL ? 'null' : this.fail(value, 'type not supported');
    }
  }

  private number(value: number): string {
    const { encodeInvalidNumbers, numberPrecision } = this.settings;
    if (Number.isFinite(value)) return numberPrecision === 14 ? formatNumber(value) : formatRounded(value, numberPrecision);
    if (encodeInvalidNumbers === 0) return this.fail(value, 'must not be NaN or Inf');
    if (encodeInvalidNumbers === 2) return 'null';
    return Number.isNaN(value) ? 'nan' : formatNumber(value);
  }

  private account(): void {
    const grown = this.out.length - this.accounted;
    if (grown < ACCOUNTED_CHARS) return;
    this.accounted = this.out.length;
    this.host.spend(Math.ceil(grown / PER_STEP));
    this.host.allocate(grown);
  }

  private fail(value: LuaValue, reason: string): never {
    return this.host.fail(`Cannot serialise ${typeName(value)}: ${reason}`);
  }
}

function quoted(text: Bytes): string {
  let out = '"';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const escaped = ESCAPES[text.charCodeAt(i)];
    if (escaped === undefined) continue;
    out += text.slice(from, i) + escaped;
    from = i + 1;
  }
  return from === 0 ? `"${text}"` : `${out}${text.slice(from)}"`;
}

/** C's `%.{digits}g`. */
function formatRounded(value: number, digits: number): Bytes {
  const text = layOutGeneral(significantDigits(value, digits), digits);
  return ascii(value < 0 || Object.is(value, -0) ? `-${text}` : text);
}
