// cjson.decode: JSON text to values of Lua, as lua-cjson 2.1.0 reads it. Nothing recurses: its settings allow more levels
// than the stack of JavaScript has.

import { type Bytes, EMPTY } from '../../bytes/bytes';
import { ENTRY_BYTES, STACK_SLOTS, TABLE_BYTES } from '../costs';
import { LuaTable } from '../table';
import type { LuaHost, LuaValue } from '../value';
import { CJSON_NULL } from './cjson-null';
import type { CjsonSettings } from './cjson-settings';
import { JsonReader, Token } from './cjson-tokens';

/** Chars that are read in the time of one step. */
const CHARS_PER_STEP = 8;

export function decodeJson(text: Bytes, settings: CjsonSettings, host: LuaHost): LuaValue {
  if (text.length >= 2 && (text.charCodeAt(0) === 0 || text.charCodeAt(1) === 0)) {
    host.fail('JSON parser does not support UTF-16 or UTF-32');
  }
  host.spend(Math.ceil(text.length / CHARS_PER_STEP));
  // Its strings are pieces of it, or copies that are no longer than it is.
  host.allocate(text.length);
  return new JsonDecoder(text, settings, host).decode();
}

class JsonDecoder {
  private readonly reader: JsonReader;
  /** The innermost table that is not complete, and the key that its next value belongs to; a list has none. */
  private table: LuaTable | undefined;
  private key: Bytes | undefined;
  private readonly outerTables: (LuaTable | undefined)[] = [];
  private readonly outerKeys: (Bytes | undefined)[] = [];
  /** Slots of the stack in C that the text, open lists, open objects and their keys take. */
  private slots = 1;
  private entries = 0;

  constructor(
    text: Bytes,
    private readonly settings: CjsonSettings,
    private readonly host: LuaHost,
  ) {
    this.reader = new JsonReader(text, settings.decodeInvalidNumbers);
  }

  decode(): LuaValue {
    const { reader } = this;
    let token = reader.next();
    for (;;) {
      let value = this.scalar(token);
      if (value === undefined) {
        this.open(token);
        token = reader.next();
        if (token !== this.closing) {
          token = this.valueToken(token);
          continue;
        }
        value = this.close();
      }
      const following = this.settle(value);
      if (following === undefined) return this.result;
      token = following;
    }
  }

  private result: LuaValue;

  /** The value of a token that is one; undefined for all others. */
  private scalar(token: Token): LuaValue {
    switch (token) {
      case Token.string:
        return this.reader.text;
      case Token.number:
        return this.reader.number;
      case Token.boolean:
        return this.reader.truth;
      case Token.null:
        return CJSON_NULL;
      default:
        return undefined;
    }
  }

  private open(token: Token): void {
    if (token !== Token.objectBegin && token !== Token.arrayBegin) this.expected('value', token);
    const object = token === Token.objectBegin;
    this.outerTables.push(this.table);
    this.outerKeys.push(this.key);
    const depth = this.outerTables.length;
    // An object takes its table, a key and a value; a list its table and a value.
    if (depth > this.settings.decodeMaxDepth || this.slots + (object ? 3 : 2) > STACK_SLOTS) {
      this.host.fail(`Found too many nested data structures (${depth}) at character ${this.reader.at}`);
    }
    this.slots += object ? 2 : 1;
    this.table = new LuaTable();
    this.key = object ? EMPTY : undefined;
    this.account();
  }

  private close(): LuaTable {
    const closed = this.table as LuaTable;
    this.slots -= this.key === undefined ? 1 : 2;
    this.table = this.outerTables.pop();
    this.key = this.outerKeys.pop();
    return closed;
  }

  private get closing(): Token {
    return this.key === undefined ? Token.arrayEnd : Token.objectEnd;
  }

  /** Reads the key and the colon when a key comes first. Answers with the first token of the value. */
  private valueToken(first: Token): Token {
    if (this.key === undefined) return first;
    if (first !== Token.string) this.expected('object key string', first);
    this.key = this.reader.text;
    const colon = this.reader.next();
    if (colon !== Token.colon) this.expected('colon', colon);
    return this.reader.next();
  }

  /**
   * Puts a value into the table that it belongs to, and that into the next one when it is complete. Answers with the first
   * token of the next value; undefined at the end, with the {@link result}.
   */
  private settle(value: LuaValue): Token | undefined {
    let settled = value;
    while (this.table) {
      this.entries++;
      this.table.set(this.key ?? this.table.length + 1, settled);
      const token = this.reader.next();
      if (token === Token.comma) return this.valueToken(this.reader.next());
      if (token !== this.closing) this.expected(this.key === undefined ? 'comma or array end' : 'comma or object end', token);
      settled = this.close();
    }
    this.account();
    const token = this.reader.next();
    if (token !== Token.end) this.expected('the end', token);
    this.result = settled;
    return undefined;
  }

  /** Entries since the last time, and a table. */
  private account(): void {
    this.host.allocate(TABLE_BYTES + this.entries * ENTRY_BYTES);
    this.entries = 0;
  }

  private expected(what: string, found: Token): never {
    return this.host.fail(`Expected ${what} but found ${this.reader.nameOf(found)} at character ${this.reader.start + 1}`);
  }
}
