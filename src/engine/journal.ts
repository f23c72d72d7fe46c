// The journal's frames: the effects of one macrotask as RESP commands behind a small header.
//
//   "KJ" version(1 byte) sequence(8 bytes) count(4) crc32 of the rest(4) commands…, numbers big-endian

import { ascii, type Bytes, copyInto, fromBuffer } from '../bytes/bytes';
import { crc32 } from '../bytes/crc32';
import { ProtocolError, RequestReader } from '../protocol/request-reader';
import { encodeRequest } from '../protocol/request-writer';

/** "KJ" */
const MAGIC = 0x4b4a;
const VERSION = 1;
const SEQUENCE_AT = 3;
const COUNT_AT = 11;
const CHECKSUM_AT = 15;
const HEADER_BYTES = 19;

export interface JournalFrame {
  /** The number of the frame's first effect, counted from the birth of the shard. */
  readonly sequence: number;
  readonly effects: readonly (readonly Bytes[])[];
}

/** Effects that are waiting to be written as one journal frame. */
export interface PendingJournal {
  readonly sequence: number;
  readonly count: number;
  readonly body: string;
}

/** The effects that have been committed since the last frame. */
export class UnwrittenEffects {
  private body = '';
  private count = 0;

  get isEmpty(): boolean {
    return this.count === 0;
  }

  get bytes(): number {
    return this.body.length;
  }

  add(effects: readonly (readonly Bytes[])[]): void {
    for (const argv of effects) this.body += encodeRequest(argv);
    this.count += effects.length;
  }

  /** @param sequence how many effects there have been */
  take(sequence: number): PendingJournal | undefined {
    if (this.count === 0) return undefined;
    const pending = { sequence: sequence - this.count, count: this.count, body: this.body };
    this.body = '';
    this.count = 0;
    return pending;
  }
}

/** A frame that cannot be trusted. */
class JournalError extends Error {}

/** @param body effects as RESP commands, one after the other */
export function encodeFrame(sequence: number, count: number, body: string): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEADER_BYTES + body.length);
  copyInto(ascii(body), frame, HEADER_BYTES);
  const header = new DataView(frame.buffer);
  header.setUint16(0, MAGIC);
  header.setUint8(2, VERSION);
  header.setBigUint64(SEQUENCE_AT, BigInt(sequence));
  header.setUint32(COUNT_AT, count);
  header.setUint32(CHECKSUM_AT, crc32(frame, HEADER_BYTES));
  return frame;
}

/** Reads a frame; throws a JournalError for an unknown version or a frame that is cut or corrupt. */
export function decodeFrame(frame: Uint8Array): JournalFrame {
  const header = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < HEADER_BYTES || header.getUint16(0) !== MAGIC) throw new JournalError('not a journal frame');
  if (frame[2] !== VERSION) throw new JournalError(`unknown journal version ${frame[2]}`);
  const sequence = Number(header.getBigUint64(SEQUENCE_AT));
  if (crc32(frame, HEADER_BYTES) !== header.getUint32(CHECKSUM_AT))
    throw new JournalError(`journal frame at ${sequence} fails its checksum`);
  const reader = new RequestReader();
  reader.push(fromBuffer(frame, HEADER_BYTES));
  const effects: Bytes[][] = [];
  for (let argv = reader.next(); argv !== undefined; argv = reader.next()) {
    if (argv instanceof ProtocolError) throw new JournalError(`journal frame at ${sequence}: ${argv.text}`);
    effects.push(argv);
  }
  if (effects.length !== header.getUint32(COUNT_AT)) throw new JournalError(`journal frame at ${sequence} is cut`);
  return { sequence, effects };
}
