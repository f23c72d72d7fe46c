// The library `bit` as Redis ships it: Lua BitOp 1.0.2, which works on 32 bits.

import { ascii } from '../../bytes/bytes';
import type { LuaTable } from '../table';
import type { LuaHost, LuaValue, NativeCall } from '../value';
import { failType, readNumber } from './arguments';
import { functionTable } from './library';

/** 2^52 + 2^51: a double that is added to it has its integer part in its lowest bits, rounded half to even. */
const ALIGNER = 6755399441055744;
const DOUBLE = new DataView(new ArrayBuffer(8));
const MAX_HEX_DIGITS = 8;

export function bitLibrary(): LuaTable {
  return functionTable({
    tobit: (args, host) => [bits(args, 1, host)],
    bnot: (args, host) => [~bits(args, 1, host)],
    band: combine((left, right) => left & right),
    bor: combine((left, right) => left | right),
    bxor: combine((left, right) => left ^ right),
    // JavaScript's shifts take the low 5 bits of the distance, as these do.
    lshift: shift((value, by) => value << by),
    rshift: shift((value, by) => (value >>> by) | 0),
    arshift: shift((value, by) => value >> by),
    rol: shift((value, by) => (value << by) | (value >>> -by)),
    ror: shift((value, by) => (value >>> by) | (value << -by)),
    bswap: (args, host) => {
      const value = bits(args, 1, host);
      return [(value >>> 24) | ((value >> 8) & 0xff00) | ((value & 0xff00) << 8) | (value << 24)];
    },
    tohex,
  });
}

/** A number modulo 2^32, as a signed integer. */
function bits(args: readonly LuaValue[], index: number, host: LuaHost): number {
  const value = readNumber(args[index - 1], host) ?? failType(args, index, 'number', host);
  DOUBLE.setFloat64(0, value + ALIGNER);
  return DOUBLE.getInt32(4);
}

/** Of the arguments that are not numbers the first one is named, then the last one. */
function combine(apply: (left: number, right: number) => number): NativeCall {
  return (args, host) => {
    host.spend(args.length);
    let value = bits(args, 1, host);
    for (let index = args.length; index > 1; index--) value = apply(value, bits(args, index, host));
    return [value];
  };
}

function shift(apply: (value: number, by: number) => number): NativeCall {
  return (args, host) => {
    const value = bits(args, 1, host);
    return [apply(value, bits(args, 2, host))];
  };
}

/** So many of the lowest digits; a negative count asks for capital letters. */
const tohex: NativeCall = (args, host) => {
  const value = bits(args, 1, host);
  const wanted = args.length < 2 ? MAX_HEX_DIGITS : bits(args, 2, host);
  const count = Math.min(Math.abs(wanted), MAX_HEX_DIGITS);
  const digits = (value >>> 0)
    .toString(16)
    .padStart(MAX_HEX_DIGITS, '0')
    .slice(MAX_HEX_DIGITS - count);
  return [ascii(wanted < 0 ? digits.toUpperCase() : digits)];
};
