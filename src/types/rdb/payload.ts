// What DUMP answers and RESTORE takes: the number of a form, a value in it, then the version of RDB that a reader must know
// (2 bytes, the lowest first) and a checksum of it all (8 bytes).

import { type Bytes, copyInto, toBuffer } from '../../bytes/bytes';
import { Crc64 } from '../../bytes/crc64';
import type { EncodingLimits } from '../limits';
import type { Value } from '../value';
import { decodeRdbValue } from './decode';
import { encodeRdbValue, rdbTypeOf } from './encode';
import { RdbReader } from './reader';
import { MAX_RDB_VERSION, rdbVersionOf } from './types';
import { RdbWriter } from './writer';

const CHECKSUM_BYTES = 8;
const FOOTER_BYTES = 2 + CHECKSUM_BYTES;

/** A value on its own. */
export function dumpPayload(value: Value): Bytes {
  const type = rdbTypeOf(value);
  const writer = new RdbWriter();
  writer.byte(type);
  encodeRdbValue(writer, value);
  return sealed(writer, rdbVersionOf(type));
}

/** What was written, as a payload that a reader of this version of RDB takes. */
export function sealed(writer: RdbWriter, version: number): Bytes {
  writer.little(version, 2);
  writer.chars(new Crc64().update(writer.view()).bytes());
  return writer.toBytes();
}

/** A value that stands in a file, as a payload: nothing of it is written anew. */
export function payloadOf(type: number, raw: Uint8Array): Uint8Array {
  const payload = new Uint8Array(1 + raw.length + FOOTER_BYTES);
  payload[0] = type;
  payload.set(raw, 1);
  const end = 1 + raw.length;
  payload[end] = rdbVersionOf(type);
  copyInto(new Crc64().update(payload, 0, end + 2).bytes(), payload, end + 2);
  return payload;
}

/** The bytes that a value takes in a snapshot, without the number of its form. */
export function savedLength(value: Value): number {
  const writer = new RdbWriter();
  encodeRdbValue(writer, value);
  return writer.view().length;
}

/** Whether it is a payload at all: of a version that is known, and whole. */
export function isPayload(payload: Bytes): boolean {
  const { length } = payload;
  if (length < FOOTER_BYTES) return false;
  const version = payload.charCodeAt(length - FOOTER_BYTES) | (payload.charCodeAt(length - FOOTER_BYTES + 1) << 8);
  if (version > MAX_RDB_VERSION) return false;
  const checked = toBuffer(payload.slice(0, -CHECKSUM_BYTES) as Bytes);
  return new Crc64().update(checked).bytes() === payload.slice(-CHECKSUM_BYTES);
}

/** The value in a payload. Throws an RdbError when it is none that can be held. */
export function valueInPayload(payload: Bytes, limits: EncodingLimits): Value {
  const reader = readerOf(payload);
  return decodeRdbValue(reader.byte(), reader, limits);
}

/** Reads what stands in a payload before its version and checksum. */
export function readerOf(payload: Bytes): RdbReader {
  return new RdbReader(toBuffer(payload), 0, payload.length - FOOTER_BYTES);
}
