// string.format.

import { type Bytes, EMPTY } from '../../bytes/bytes';
import type { LuaHost, LuaValue, NativeCall } from '../value';
import { checkNumber, checkString, toInt64, toUint64 } from './arguments';
import { type Conversion, pad, printDouble, printSigned, printUnsigned } from './printf';

const FLAGS = '-+ #0';
/** A string that is at least so long, and whose conversion has no precision, is taken as it is: no width, NULs and all. */
const TAKEN_WHOLE = 100;
/** Characters of the result that are one step of work. */
const CHARACTERS_A_STEP = 16;
const INT32_LIMIT = 2 ** 31;

const QUOTED: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\\n', '\r': '\\r', '\0': '\\000' };

export const format: NativeCall = (args, host) => {
  const template = checkString(args, 1, host);
  let result = '';
  let used = 1;
  let done = 0;
  for (let at = template.indexOf('%'); at >= 0; at = template.indexOf('%', done)) {
    let item = '%';
    let end = at + 2;
    if (template[at + 1] !== '%') {
      used++;
      if (used > args.length) host.failArgument(used, 'no value');
      const specification = readConversion(template, at + 1, host);
      end = specification.end;
      item = convert(template.charAt(end - 1), specification.conversion, args, used, host);
    }
    const before = template.slice(done, at);
    host.spend(1 + Math.floor((before.length + item.length) / CHARACTERS_A_STEP));
    host.allocate(before.length + item.length);
    result += before;
    result += item;
    done = end;
  }
  host.allocate(template.length - done);
  return [(result + template.slice(done)) as Bytes];
};

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9';
}

/** The end of up to two digits. */
function digitsEnd(template: Bytes, start: number): number {
  let at = start;
  while (at < start + 2 && isDigit(template.charAt(at))) at++;
  return at;
}

/** @returns the conversion, and the index after its letter */
function readConversion(template: Bytes, start: number, host: LuaHost): { readonly conversion: Conversion; readonly end: number } {
  let at = start;
  while (at < template.length && FLAGS.includes(template.charAt(at))) at++;
  const flags = template.slice(start, at);
  if (flags.length > FLAGS.length) host.fail('invalid format (repeated flags)');
  const width = template.slice(at, digitsEnd(template, at));
  at += width.length;
  let precision: number | undefined;
  if (template[at] === '.') {
    const digits = template.slice(at + 1, digitsEnd(template, at + 1));
    precision = Number(digits);
    at += 1 + digits.length;
  }
  if (isDigit(template.charAt(at))) host.fail('invalid format (width or precision too long)');
  return { conversion: { flags, width: Number(width), precision }, end: at + 1 };
}

function convert(letter: string, conversion: Conversion, args: readonly LuaValue[], index: number, host: LuaHost): string {
  switch (letter) {
    case 'c':
      return beforeNul(pad(String.fromCharCode(toByte(checkNumber(args, index, host))), conversion));
    case 'd':
    case 'i':
      return printSigned(BigInt(toInt64(checkNumber(args, index, host))), conversion);
    case 'u':
      return printUnsigned(toUint64(checkNumber(args, index, host)), 10, conversion);
    case 'o':
      return printUnsigned(toUint64(checkNumber(args, index, host)), 8, conversion);
    case 'x':
      return printUnsigned(toUint64(checkNumber(args, index, host)), 16, conversion);
    case 'X':
      return printUnsigned(toUint64(checkNumber(args, index, host)), 16, conversion).toUpperCase();
    case 'e':
    case 'f':
    case 'g':
      return printDouble(checkNumber(args, index, host), letter, conversion);
    case 'E':
      return printDouble(checkNumber(args, index, host), 'e', conversion).toUpperCase();
    case 'G':
      return printDouble(checkNumber(args, index, host), 'g', conversion).toUpperCase();
    case 'q':
      return quote(checkString(args, index, host), host);
    case 's':
      return printString(checkString(args, index, host), conversion);
    default:
      return host.fail(`invalid option '%${letter === '\0' ? EMPTY : letter}' to 'format'`);
  }
}

/** A C string ends at its first NUL. */
function beforeNul(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** The lowest byte of C's cast to int, which is the smallest integer for what does not fit. */
function toByte(value: number): number {
  const whole = Math.trunc(value);
  return whole >= -INT32_LIMIT && whole < INT32_LIMIT ? whole & 0xff : 0;
}

function printString(text: Bytes, conversion: Conversion): string {
  if (conversion.precision === undefined && text.length >= TAKEN_WHOLE) return text;
  const visible = beforeNul(text);
  return pad(conversion.precision === undefined ? visible : visible.slice(0, conversion.precision), conversion);
}

/** As source of Lua that reads back as the same string. */
function quote(text: Bytes, host: LuaHost): string {
  host.allocate(text.length);
  host.spend(text.length >> 2);
  return `"${text.replace(/["\\\n\r\0]/g, (char) => QUOTED[char] as string)}"`;
}
