// The journal's frames: the effects of one macrotask as RESP commands behind a small header.
//
//   "KJ" version(1 byte) sequence(8 bytes, big-endian) count(4) crc32 of the rest(4) commands…

import { ascii, type Bytes } from '../bytes/bytes';
import { crc32 } from '../bytes/crc32';
import { ProtocolError, RequestReader } from '../protocol/request-reader';

const MAGIC = 'KJ';
const VERSION = 1;
const HEADER_BYTES = 19;

export interface JournalFrame {
  /** The number of the frame's first effect, counted from the birth of the shard. */
  readonly sequence: number;
  readonly effects: readonly (readonly Bytes[])[];
}

/** A frame that cannot be trusted. */
export class JournalError extends Error {}

function bigEndian(value: number, bytes: number): string {
  let text = '';
  for (let shift = bytes - 1; shift >= 0; shift--) text += String.fromCharCode(Math.floor(value / 256 ** shift) & 0xff);
  return text;
}

function readBigEndian(text: string, at: number, bytes: number): number {
  let value = 0;
  for (let i = 0; i < bytes; i++) value = value * 256 + text.charCodeAt(at + i);
  return value;
}

/** One effect as a RESP command. */
export function encodeEffect(argv: readonly Bytes[]): string {
  let text = `*${argv.length}\r\n`;
  for (const arg of argv) text += `$${arg.length}\r\n${arg}\r\n`;
  return text;
}

/** @param body effects already encoded by {@link encodeEffect} */
export function encodeFrame(sequence: number, count: number, body: string): Bytes {
  return ascii(`${MAGIC}${String.fromCharCode(VERSION)}${bigEndian(sequence, 8)}${bigEndian(count, 4)}${bigEndian(crc32(body), 4)}${body}`);
}

/** Reads a frame; throws a JournalError for an unknown version or a frame that is cut or corrupt. */
export function decodeFrame(frame: Bytes): JournalFrame {
  if (frame.length < HEADER_BYTES || !frame.startsWith(MAGIC)) throw new JournalError('not a journal frame');
  const version = frame.charCodeAt(2);
  if (version !== VERSION) throw new JournalError(`unknown journal version ${version}`);
  const sequence = readBigEndian(frame, 3, 8);
  const body = frame.slice(HEADER_BYTES);
  if (crc32(body) !== readBigEndian(frame, 15, 4)) throw new JournalError(`journal frame at ${sequence} fails its checksum`);
  const reader = new RequestReader();
  reader.push(ascii(body));
  const effects: Bytes[][] = [];
  for (let argv = reader.next(); argv !== undefined; argv = reader.next()) {
    if (argv instanceof ProtocolError) throw new JournalError(`journal frame at ${sequence}: ${argv.text}`);
    effects.push(argv);
  }
  if (effects.length !== readBigEndian(frame, 11, 4)) throw new JournalError(`journal frame at ${sequence} is cut`);
  return { sequence, effects };
}
