// Between the replies of commands and the values of Lua (script_lua.c).

import { ascii, type Bytes } from '../../bytes/bytes';
import { formatDouble } from '../../bytes/double';
import { INT64_MIN } from '../../bytes/integer';
import type { ErrorPosition, LuaError } from '../../lua/error';
import { formatNumber } from '../../lua/number';
import { LuaTable } from '../../lua/table';
import { type LuaValue, typeName } from '../../lua/value';
import { oneLine, shown } from '../../protocol/errors';
import {
  BigNumberReply,
  BooleanReply,
  DoubleReply,
  ErrorReply,
  MapReply,
  PairedMapReply,
  PairsReply,
  PrefacedReply,
  type RareReply,
  type Reply,
  SetReply,
  Status,
  VerbatimReply,
} from '../../protocol/reply';
import type { RespVersion } from '../../protocol/resp-writer';

const OK = ascii('ok');
const ERR = ascii('err');
const DOUBLE = ascii('double');
const MAP = ascii('map');
const SET = ascii('set');
const BIG_NUMBER = ascii('big_number');
const VERBATIM = ascii('verbatim_string');
const STRING = ascii('string');
const FORMAT = ascii('format');
const COUNTED = ascii('ignore_error_stats_update');

/** Deepest nesting of what a script returns. Redis' limit is that of Lua's stack; what decodes replies takes no more than this. */
const MAX_DEPTH = 500;
const TOO_DEEP = new ErrorReply('ERR reached lua stack limit');

const INT64_END = 2 ** 63;
const LINE_BREAKS_AT_END = /[\r\n]+$/;

/** An error that has been counted where it came up: by the command that a script called. */
export class CountedError extends ErrorReply {}

// ---- to Lua

/** The reply of a command as a script that has asked for this protocol sees it. */
export function toLua(reply: Reply, version: RespVersion): LuaValue {
  if (typeof reply === 'string' || typeof reply === 'number') return reply;
  if (typeof reply === 'bigint') return Number(reply);
  if (reply === null) return version === 2 ? false : undefined;
  if (Array.isArray(reply)) return arrayToLua(reply, version);
  if (reply instanceof Status) return single(OK, reply.text as Bytes);
  if (reply instanceof ErrorReply) return errorTable(reply.text, true);
  return version === 2 ? tagged2(reply) : tagged3(reply);
}

function tagged2(reply: RareReply): LuaValue {
  if (reply instanceof DoubleReply) return reply.text ?? formatDouble(reply.value);
  if (reply instanceof BooleanReply) return reply.value ? 1 : 0;
  if (reply instanceof VerbatimReply) return reply.text;
  if (reply instanceof BigNumberReply) return reply.digits;
  if (reply instanceof PairedMapReply) return pairsToLua(reply.items, 2);
  if (reply instanceof PrefacedReply) return toLua(reply.reply, 2);
  return 'items' in reply ? arrayToLua(reply.items, 2) : false;
}

function tagged3(reply: RareReply): LuaValue {
  if (reply instanceof DoubleReply) return single(DOUBLE, reply.text === undefined ? reply.value : Number(reply.text));
  if (reply instanceof BooleanReply) return reply.value;
  if (reply instanceof VerbatimReply) return single(VERBATIM, fields(STRING, reply.text, FORMAT, ascii(reply.format)));
  if (reply instanceof BigNumberReply) return single(BIG_NUMBER, reply.digits);
  if (reply instanceof MapReply || reply instanceof PairedMapReply) return single(MAP, mapToLua(reply.items));
  if (reply instanceof SetReply) return single(SET, setToLua(reply.items));
  if (reply instanceof PairsReply) return pairsToLua(reply.items, 3);
  // What stands before a reply is not shown to scripts.
  if (reply instanceof PrefacedReply) return toLua(reply.reply, 3);
  return 'items' in reply ? arrayToLua(reply.items, 3) : undefined;
}

function arrayToLua(items: readonly Reply[], version: RespVersion): LuaTable {
  const table = new LuaTable();
  for (let i = 0; i < items.length; i++) table.set(i + 1, toLua(items[i] as Reply, version));
  return table;
}

function pairsToLua(items: readonly Reply[], version: RespVersion): LuaTable {
  const table = new LuaTable();
  for (let i = 0; i < items.length; i += 2) table.set(i / 2 + 1, arrayToLua(items.slice(i, i + 2), version));
  return table;
}

function mapToLua(items: readonly Reply[]): LuaTable {
  const table = new LuaTable();
  for (let i = 0; i < items.length; i += 2) {
    const key = toLua(items[i] as Reply, 3);
    if (key !== undefined) table.set(key, toLua(items[i + 1] as Reply, 3));
  }
  return table;
}

function setToLua(items: readonly Reply[]): LuaTable {
  const table = new LuaTable();
  for (const item of items) {
    const member = toLua(item, 3);
    if (member !== undefined) table.set(member, true);
  }
  return table;
}

function single(field: Bytes, value: LuaValue): LuaTable {
  const table = new LuaTable();
  table.set(field, value);
  return table;
}

function fields(...namesAndValues: Bytes[]): LuaTable {
  const table = new LuaTable();
  for (let i = 0; i < namesAndValues.length; i += 2) table.set(namesAndValues[i], namesAndValues[i + 1]);
  return table;
}

/**
 * What redis.pcall gives for an error, and redis.call throws. The text has its code before it, with or without a `-`.
 * @param counted INFO has counted it already
 */
export function errorTable(text: string, counted = false): LuaTable {
  const table = single(ERR, errorText(text) as Bytes);
  if (counted) table.set(COUNTED, true);
  return table;
}

/** A text without a code gets the general one (script_lua.c luaPushErrorBuff). */
function errorText(text: string): string {
  return text.includes(' ') ? text : `ERR ${text}`;
}

/** As redis.error_reply has it, which takes a C string. */
export function errorReplyTable(text: Bytes): LuaTable {
  const whole = text.startsWith('-') ? text.slice(1) : text;
  const zero = whole.indexOf('\0');
  return errorTable((zero < 0 ? whole : whole.slice(0, zero)).replace(LINE_BREAKS_AT_END, ''));
}

export function statusTable(text: Bytes): LuaTable {
  return single(OK, text);
}

// ---- to replies

/** What a script returned, as the reply to the client. */
export function toReply(value: LuaValue, version: RespVersion, depth = 0): Reply {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return toInteger(value);
  if (typeof value === 'boolean') return version === 3 ? new BooleanReply(value) : value ? 1 : null;
  if (!(value instanceof LuaTable)) return null;
  return depth >= MAX_DEPTH ? TOO_DEEP : tableToReply(value, version, depth);
}

/** As C converts a double to a long long. */
function toInteger(value: number): number | bigint {
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  if (!(value >= -INT64_END && value < INT64_END)) return INT64_MIN;
  const whole = Math.trunc(value);
  return Number.isSafeInteger(whole) ? (whole === 0 ? 0 : whole) : BigInt(whole);
}

function tableToReply(table: LuaTable, version: RespVersion, depth: number): Reply {
  // A table without a hash part is an array: most are.
  if (table.capacity === table.array.length) return arrayToReply(table, version, depth);
  if (typeof table.get(ERR) === 'string') return errorOf(table);
  const ok = table.get(OK);
  if (typeof ok === 'string') return new Status(shown(ok));
  const double = table.get(DOUBLE);
  if (typeof double === 'number') return new DoubleReply(double);
  const digits = table.get(BIG_NUMBER);
  if (typeof digits === 'string') return new BigNumberReply(oneLine(digits) as Bytes);
  const verbatim = verbatimReply(table.get(VERBATIM));
  if (verbatim) return verbatim;
  const map = table.get(MAP);
  if (map instanceof LuaTable) {
    const items: Reply[] = [];
    for (let at = map.next(undefined); at; at = map.next(at[0])) {
      items.push(toReply(at[0], version, depth + 1), toReply(at[1], version, depth + 1));
    }
    return new MapReply(items);
  }
  const set = table.get(SET);
  if (set instanceof LuaTable) {
    const items: Reply[] = [];
    for (let at = set.next(undefined); at; at = set.next(at[0])) items.push(toReply(at[0], version, depth + 1));
    return new SetReply(items);
  }
  return arrayToReply(table, version, depth);
}

function arrayToReply(table: LuaTable, version: RespVersion, depth: number): Reply {
  const items: Reply[] = [];
  for (let i = 1; ; i++) {
    const value = table.get(i);
    if (value === undefined) return items;
    items.push(toReply(value, version, depth + 1));
  }
}

function verbatimReply(value: LuaValue): VerbatimReply | undefined {
  if (!(value instanceof LuaTable)) return undefined;
  const format = value.get(FORMAT);
  const text = value.get(STRING);
  if (typeof format !== 'string' || typeof text !== 'string') return undefined;
  return new VerbatimReply(shown(format).slice(0, 3).padEnd(3) as VerbatimReply['format'], text);
}

/** The reply that an error table is. */
function errorOf(table: LuaTable): ErrorReply {
  return errorReplyOf(shown((table.get(ERR) as string).replace(LINE_BREAKS_AT_END, '')), table.get(COUNTED) === true);
}

function errorReplyOf(text: string, counted: boolean): ErrorReply {
  return counted ? new CountedError(text) : new ErrorReply(text);
}

/**
 * The reply to a script that ended with an error that it did not catch.
 * @param name the digest of the script, or the function's name
 */
export function uncaught({ value, position: at }: LuaError, name: string): ErrorReply {
  if (!(value instanceof LuaTable)) return new ErrorReply(oneLine(`ERR ${shown(textOf(value))}${whereabouts(name, at)}`));
  const text = value.get(ERR);
  const message = typeof text === 'string' ? shown(text) : 'ERR unknown error';
  return errorReplyOf(oneLine(`${message}${whereabouts(name, at)}`), value.get(COUNTED) === true);
}

function textOf(value: LuaValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatNumber(value);
  return value === undefined ? 'nil' : typeof value === 'boolean' ? `${value}` : typeName(value);
}

/** What a library said that failed while it was loaded, where nothing says where. */
export function messageOf(value: LuaValue): string {
  const text = value instanceof LuaTable ? value.get(ERR) : undefined;
  if (typeof text === 'string') return shown(text);
  return `ERR ${shown(textOf(value))}`;
}

/** Where a script was when it ended, as its error says it. */
export function whereabouts(name: string, at: ErrorPosition | undefined): string {
  return at ? ` script: ${name}, on ${at.source}:${at.line}.` : '';
}
