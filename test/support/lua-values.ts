// Values of Lua in tests: made from plain ones, written as source for a real server, shown alike here and there, and random.

import { type Bytes, fromText } from '../../src/bytes/bytes';
import { formatDouble17g } from '../../src/bytes/double';
import { LuaTable } from '../../src/lua/table';
import { LuaFunction, type LuaValue, type NativeCall, NativeFunction } from '../../src/lua/value';
import type { Random } from '../../src/spec/context';

type Plain = undefined | boolean | number | string | readonly Plain[] | LuaTable | { readonly [key: string]: Plain };

/** A function of ours that is written in Lua for a real server. */
export class WrittenFunction extends NativeFunction {
  constructor(
    readonly source: string,
    call: NativeCall,
  ) {
    super('?', call);
  }
}

/** Lists become tables from 1 on, objects tables with string keys; text becomes UTF-8. */
export function luaValue(plain: Plain): LuaValue {
  if (typeof plain === 'string') return fromText(plain);
  if (typeof plain !== 'object' || plain instanceof LuaTable) return plain;
  if (Array.isArray(plain)) return LuaTable.of(plain.map(luaValue));
  return luaTable(Object.entries(plain).map(([key, value]) => [fromText(key), luaValue(value)]));
}

export function luaTable(entries: readonly (readonly [key: LuaValue, value: LuaValue])[]): LuaTable {
  const table = new LuaTable();
  for (const [key, value] of entries) table.set(key, value);
  return table;
}

export function entriesOf(table: LuaTable): (readonly [key: LuaValue, value: LuaValue])[] {
  const entries: (readonly [LuaValue, LuaValue])[] = [];
  for (let entry = table.next(undefined); entry; entry = table.next(entry[0])) entries.push(entry);
  return entries;
}

/** An expression of Lua whose value it is. */
export function luaSource(value: LuaValue): string {
  switch (typeof value) {
    case 'undefined':
      return 'nil';
    case 'boolean':
      return `${value}`;
    case 'number':
      // As a constant it could become 0: Lua 5.1 keeps one of the two for a function that has both.
      if (Object.is(value, -0)) return 'tonumber("-0")';
      if (Number.isFinite(value)) return `(${formatDouble17g(value)})`;
      return Number.isNaN(value) ? '(0/0)' : `(${Math.sign(value)}/0)`;
    case 'string':
      return `"${value.replace(/[^ !#-[\]-~]/g, (char) => `\\${`${char.charCodeAt(0)}`.padStart(3, '0')}`)}"`;
  }
  if (value instanceof WrittenFunction) return value.source;
  if (value instanceof LuaFunction) return 'pcall';
  if (!(value instanceof LuaTable)) return 'cjson.null';
  return `{${entriesOf(value)
    .map(([key, entry]) => `[${luaSource(key)}]=${luaSource(entry)}`)
    .join(',')}}`;
}

/** How deep tables are shown: a table may hold itself. */
const SHOWN_DEPTH = 12;

/** A text that is the same for equal values, whatever the order of their entries. */
export function show(value: LuaValue, depth = SHOWN_DEPTH): string {
  if (typeof value === 'number') return Number.isNaN(value) ? 'nan' : formatDouble17g(value);
  if (typeof value === 'string') return `"${value}"`;
  if (value instanceof LuaTable) {
    if (depth === 0) return '...';
    const parts = entriesOf(value).map(([key, entry]) => `${show(key, depth - 1)}=${show(entry, depth - 1)}`);
    return `{${parts.sort((a, b) => (a < b ? -1 : 1)).join(',')}}`;
  }
  return value === undefined ? 'nil' : typeof value === 'boolean' ? `${value}` : 'userdata';
}

/** {@link show} in Lua. Strings are compared byte by byte: `<` would ask the locale. */
export const SHOW_SOURCE = `
local function before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end
local function show(v, depth)
  depth = depth or ${SHOWN_DEPTH}
  local kind = type(v)
  if kind == 'number' then return v ~= v and 'nan' or string.format('%.17g', v) end
  if kind == 'string' then return '"' .. v .. '"' end
  if kind ~= 'table' then return kind == 'userdata' and kind or tostring(v) end
  if depth == 0 then return '...' end
  local parts = {}
  for key, entry in pairs(v) do parts[#parts + 1] = show(key, depth - 1) .. '=' .. show(entry, depth - 1) end
  table.sort(parts, before)
  return '{' .. table.concat(parts, ',') .. '}'
end
`;

/** One of some values. */
export function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[random.below(values.length)] as Value;
}

export function randomNumber(random: Random): number {
  const sign = random.below(2) === 0 ? 1 : -1;
  switch (random.below(6)) {
    case 0:
      return sign * random.below(300);
    case 1:
      return sign * 2 ** random.below(70);
    case 2:
      return sign * (2 ** (7 + random.below(57)) - random.below(3));
    case 3:
      return sign * random.float() * 10 ** (random.below(40) - 20);
    case 4:
      return sign * Math.fround(random.float() * 100);
    default:
      return sign * 2 ** -random.below(60);
  }
}

/** Any bytes, of a length that MessagePack writes in its own way, or a short one. */
export function randomString(random: Random): Bytes {
  const length = random.below(20) === 0 ? pick(random, [31, 32, 255, 256, 300]) : random.below(8);
  const letters = random.below(2) === 0;
  return Array.from({ length }, () => String.fromCharCode(letters ? 97 + random.below(26) : random.below(256))).join('') as Bytes;
}
