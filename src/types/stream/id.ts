// Ids of stream entries: a time in milliseconds and a sequence number, 64 bits each. An id is its 16 bytes in network
// order, as in Redis' radix trees, so that ids are compared as bytes are.

import { ascii, type Bytes } from '../../bytes/bytes';
import { type Int64, UINT64_MAX } from '../../bytes/integer';

export type StreamId = Bytes;

const WORD = 2 ** 32;
/** Words from here on make a number that is not exact as a float. */
const EXACT_WORD = 2 ** 21;
const ID_LENGTH = 16;

/** `0-0`, which no entry has. */
export const MIN_ID: StreamId = ascii('\0'.repeat(ID_LENGTH));
export const MAX_ID: StreamId = ascii('\xff'.repeat(ID_LENGTH));

function word(value: number): string {
  return String.fromCharCode(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

function half(value: Int64): string {
  if (typeof value === 'number') return word(Math.floor(value / WORD)) + word(value);
  return word(Number(value >> 32n)) + word(Number(value & 0xffffffffn));
}

function wordAt(id: StreamId, at: number): number {
  const low = (id.charCodeAt(at + 1) << 16) | (id.charCodeAt(at + 2) << 8) | id.charCodeAt(at + 3);
  return id.charCodeAt(at) * 2 ** 24 + low;
}

function halfAt(id: StreamId, at: number): Int64 {
  const high = wordAt(id, at);
  const low = wordAt(id, at + 4);
  return high < EXACT_WORD ? high * WORD + low : (BigInt(high) << 32n) + BigInt(low);
}

/** Both parts are from 0 to 2^64 - 1. */
export function streamId(ms: Int64, sequence: Int64): StreamId {
  return ascii(half(ms) + half(sequence));
}

/** Unix milliseconds, usually. */
export function msOf(id: StreamId): Int64 {
  return halfAt(id, 0);
}

export function sequenceOf(id: StreamId): Int64 {
  return halfAt(id, 8);
}

/** As clients see it: `1526919030474-55`. */
export function idText(id: StreamId): Bytes {
  return ascii(`${msOf(id)}-${sequenceOf(id)}`);
}

/** The id that follows directly; undefined after the last one. */
export function nextId(id: StreamId): StreamId | undefined {
  let at = ID_LENGTH - 1;
  while (at >= 0 && id.charCodeAt(at) === 255) at--;
  if (at < 0) return undefined;
  return ascii(id.slice(0, at) + String.fromCharCode(id.charCodeAt(at) + 1) + MIN_ID.slice(at + 1));
}

/** The id directly before; undefined before `0-0`. */
export function previousId(id: StreamId): StreamId | undefined {
  let at = ID_LENGTH - 1;
  while (at >= 0 && id.charCodeAt(at) === 0) at--;
  if (at < 0) return undefined;
  return ascii(id.slice(0, at) + String.fromCharCode(id.charCodeAt(at) - 1) + MAX_ID.slice(at + 1));
}

/** Redis reads no longer ids than that. */
const MAX_TEXT = 127;
const UNSIGNED = /^[ \t\n\v\f\r]*([+-]?)(\d+)$/;
const WRAP = UINT64_MAX + 1n;

/** Redis' string2ull: leading spaces, signs and zeros are let pass, where strtoull does. */
function parseUnsigned(text: string): Int64 | undefined {
  const [, sign, digits] = UNSIGNED.exec(text) ?? [];
  if (digits === undefined) return undefined;
  if (digits.length <= 15 && sign !== '-') return +digits;
  const value = BigInt(digits);
  if (value > UINT64_MAX) return undefined;
  if (sign !== '-') return value;
  // A canonical negative number is refused; others are taken as C takes them, from the other end.
  if (!digits.startsWith('0') && text.startsWith('-')) return undefined;
  return value === 0n ? 0 : WRAP - value;
}

/** How an id is to be read. */
export interface IdReading {
  /** What stands for a missing sequence number. */
  readonly missing?: Int64;
  /** `-` and `+` are the least and the greatest id. */
  readonly ends?: boolean;
}

/** An id as a client writes it, in whole or only its time; undefined when it is none (t_stream.c streamGenericParseIDOrReply). */
export function parseId(text: Bytes, { missing = 0, ends = false }: IdReading = {}): StreamId | undefined {
  if (text.length > MAX_TEXT) return undefined;
  // Redis reads it as a C string.
  const zero = text.indexOf('\0');
  const read = zero < 0 ? text : text.slice(0, zero);
  if (read === '-') return ends ? MIN_ID : undefined;
  if (read === '+') return ends ? MAX_ID : undefined;
  const dash = read.indexOf('-');
  const ms = parseUnsigned(dash < 0 ? read : read.slice(0, dash));
  const sequence = dash < 0 ? missing : parseUnsigned(read.slice(dash + 1));
  return ms === undefined || sequence === undefined ? undefined : streamId(ms, sequence);
}

/** The time of an id whose sequence number is for the stream to choose (`<ms>-*`); undefined when it is no such id. */
export function parseOpenId(text: Bytes): Int64 | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const [ms, sequence, ...more] = text.split('-');
  return sequence === '*' && more.length === 0 ? parseUnsigned(ms as string) : undefined;
}
