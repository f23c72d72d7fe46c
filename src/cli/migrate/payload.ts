// What can be said of a payload of DUMP without decoding it.

import { type Bytes, toBuffer } from '../../bytes/bytes';
import { Crc64 } from '../../bytes/crc64';
import { MAX_RDB_VERSION, RDB, rdbTypeName } from '../../types/rdb/types';

const CHECKSUM_BYTES = 8;
const VERSION_BYTES = 2;

const KNOWN_FORMS: ReadonlySet<number> = new Set(Object.values(RDB));

/** The CRC64 at its end: that of everything before it. */
export function checksumOf(payload: Bytes): Bytes {
  return payload.slice(-CHECKSUM_BYTES) as Bytes;
}

export function typeOfPayload(payload: Bytes): string {
  return rdbTypeName(payload.charCodeAt(0)) ?? 'module';
}

/**
 * A payload of a Redis that is newer than Kedge says so, whatever is in it, and would be refused. The form of a value is
 * what its number says in every version, so one whose number is known is given the version that Kedge reads.
 */
export function inKnownVersion(payload: Bytes): Bytes {
  const at = payload.length - CHECKSUM_BYTES - VERSION_BYTES;
  const version = payload.charCodeAt(at) | (payload.charCodeAt(at + 1) << 8);
  if (!(version > MAX_RDB_VERSION) || !KNOWN_FORMS.has(payload.charCodeAt(0))) return payload;
  const body = `${payload.slice(0, at)}${String.fromCharCode(MAX_RDB_VERSION & 0xff, MAX_RDB_VERSION >> 8)}` as Bytes;
  return `${body}${new Crc64().update(toBuffer(body)).bytes()}` as Bytes;
}
