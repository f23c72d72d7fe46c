// The library `string` of Lua 5.1.5.

import { ascii, type Bytes, EMPTY, fromBuffer, isAscii, toBuffer } from '../../bytes/bytes';
import { STACK_SLOTS } from '../costs';
import { LuaError } from '../error';
import type { LuaTable } from '../table';
import { type LuaHost, type LuaValue, type NativeCall, NativeFunction } from '../value';
import { checkInt, checkInteger, checkString, checkType, optionalInteger } from './arguments';
import { format } from './format';
import { cut, functionTable } from './library';
import { find, gmatch, gsub, match } from './pattern';

/** Characters that are copied or converted in one step. */
const CHARACTERS_A_STEP = 64;
/** V8's strings are no longer than 2^29 - 24: what would be fails as if there were no memory, whatever a script may hold. */
const MAX_STRING_LENGTH = 2 ** 29 - 24;

export function stringLibrary(): LuaTable {
  const table = functionTable({
    byte,
    char,
    dump,
    find,
    format,
    gmatch,
    gsub,
    len: (args, host) => [checkString(args, 1, host).length],
    lower: (args, host) => [convert(args, host, /[A-Z]+/g, (text) => text.toLowerCase())],
    match,
    rep,
    reverse,
    sub,
    upper: (args, host) => [convert(args, host, /[a-z]+/g, (text) => text.toUpperCase())],
  });
  // Its name in Lua 5.0.
  table.set(ascii('gfind'), table.get(ascii('gmatch')));
  return table;
}

/** A position counted from the start, 1 for the first; negative ones count from the end. */
function fromStart(position: number, length: number): number {
  return position < 0 ? Math.max(position + length + 1, 0) : position;
}

const sub: NativeCall = (args, host) => {
  const text = checkString(args, 1, host);
  const start = fromStart(checkInteger(args, 2, host), text.length);
  const end = fromStart(optionalInteger(args, 3, -1, host), text.length);
  if (start > end) return [EMPTY];
  host.allocate(Math.min(end, text.length) - Math.max(start, 1) + 1);
  return [cut(text, Math.max(start, 1) - 1, end)];
};

const byte: NativeCall = (args, host) => {
  const text = checkString(args, 1, host);
  const start = fromStart(optionalInteger(args, 2, 1, host), text.length);
  const end = Math.min(fromStart(optionalInteger(args, 3, start, host), text.length), text.length);
  const first = Math.max(start, 1);
  const count = end - first + 1;
  if (count <= 0) return [];
  if (args.length + count > STACK_SLOTS) host.fail('stack overflow (string slice too long)');
  host.spend(count);
  const codes: number[] = [];
  for (let at = first - 1; at < end; at++) codes.push(text.charCodeAt(at));
  return codes;
};

const char: NativeCall = (args, host) => {
  host.spend(args.length);
  let text = '';
  for (let index = 1; index <= args.length; index++) {
    const code = checkInt(args, index, host);
    if (code < 0 || code > 0xff) host.failArgument(index, 'invalid value');
    text += String.fromCharCode(code);
  }
  return [text as Bytes];
};

/** How Lua 5.1 begins what it compiled a function to. */
const DUMPED = ascii('\x1bLua\x51\0\x01\x04\x08\x04\x08\0');

/** No more than that: Redis' Lua reads nothing that was compiled, so that nobody can do anything with the rest. */
const dump: NativeCall = (args, host) => {
  checkType(args, 1, 'function', host);
  if (args[0] instanceof NativeFunction) host.fail('unable to dump given function');
  return [DUMPED];
};

const rep: NativeCall = (args, host) => {
  const text = checkString(args, 1, host);
  const count = checkInt(args, 2, host);
  if (count <= 0 || text === '') return [EMPTY];
  const length = text.length * count;
  host.allocate(length);
  if (length > MAX_STRING_LENGTH) throw new LuaError(ascii('not enough memory'), undefined, true);
  host.spend(Math.floor(length / CHARACTERS_A_STEP));
  return [text.repeat(count) as Bytes];
};

const reverse: NativeCall = (args, host) => {
  const text = checkString(args, 1, host);
  host.allocate(text.length);
  host.spend(Math.floor(text.length / CHARACTERS_A_STEP));
  return [fromBuffer(toBuffer(text).reverse())];
};

/** Letters of ASCII only: Redis runs scripts in the C locale. */
function convert(args: readonly LuaValue[], host: LuaHost, letters: RegExp, change: (text: string) => string): Bytes {
  const text = checkString(args, 1, host);
  host.allocate(text.length);
  host.spend(Math.floor(text.length / CHARACTERS_A_STEP));
  return (isAscii(text) ? change(text) : text.replace(letters, change)) as Bytes;
}
