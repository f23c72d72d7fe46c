// Values as bytes for the entry rows of storage. Each class writes and reads its own form; this file maps them to the
// type code and the encoding version that a row carries. Codes and versions are stored in databases: never reuse one.

import type { Bytes } from '../bytes/bytes';
import { ArrayValue } from './array';
import { BloomFilter } from './bloom';
import { CountMinSketch } from './count-min';
import { CuckooFilter } from './cuckoo';
import { HashValue } from './hash';
import { JsonDocument } from './json/document';
import type { EncodingLimits } from './limits';
import { ListValue } from './list';
import type { Segmented, SegmentSource } from './segments';
import { SetValue } from './set';
import { StreamValue } from './stream/value';
import { StringBuffer } from './string';
import { TopK } from './top-k';
import { type TypeName, typeOf, type Value } from './value';
import { ZSetValue } from './zset';

/** The version of all forms but the newer ones of single types. A reader of every released version stays here. */
const ENCODING_VERSION = 1;

const TYPE_CODES = {
  string: 0,
  list: 1,
  set: 2,
  zset: 3,
  hash: 4,
  stream: 5,
  'ReJSON-RL': 6,
  'MBbloom--': 7,
  'CMSk-TYPE': 8,
  'TopK-TYPE': 9,
  array: 10,
  MBbloomCF: 12,
} as const;
const TYPE_NAMES = new Map(Object.entries(TYPE_CODES).map(([name, code]) => [code as number, name as TypeName]));

export function typeCodeOf(value: Value): number {
  return TYPE_CODES[typeOf(value)];
}

/** The inverse of {@link typeCodeOf}. Throws an Error on an unknown code. */
export function typeNameOf(code: number): TypeName {
  const name = TYPE_NAMES.get(code);
  if (name === undefined) throw new Error(`unknown type code ${code}`);
  return name;
}

/** The version of the form that {@link encodeValue} gives: the oldest one that has room for what the value holds. */
export function encodingVersionOf(value: Value): number {
  return typeof value !== 'string' && value.type === 'hash' ? value.encodingVersion : ENCODING_VERSION;
}

export function encodeValue(value: Value): Bytes {
  if (typeof value === 'string') return value;
  return value.encode();
}

/** The value as storage sees it when it may be kept in segments. */
export function segmentedOf(value: Value): Segmented | undefined {
  return typeof value !== 'string' && 'segmentChanges' in value ? value : undefined;
}

/**
 * The inverse of {@link encodeValue}. Throws an Error on an unknown version or a form that is cut or corrupt.
 * @param source the segments of a value that is kept in segments, whose `data` are a head only
 */
export function decodeValue(code: number, version: number, data: Bytes, limits: EncodingLimits, source?: SegmentSource): Value {
  const type = typeNameOf(code);
  if (type === 'hash') return HashValue.decode(data, version, limits, source);
  if (version !== ENCODING_VERSION) throw new Error(`unknown entry encoding version ${version}`);
  switch (type) {
    case 'string':
      return source ? StringBuffer.decode(data, source) : data;
    case 'list':
      return ListValue.decode(data, limits, source);
    case 'set':
      return SetValue.decode(data, limits, source);
    case 'zset':
      return ZSetValue.decode(data, limits, source);
    case 'array':
      return ArrayValue.decode(data, limits, source);
    case 'stream':
      return StreamValue.decode(data, limits, source);
    case 'ReJSON-RL':
      return JsonDocument.decode(data);
    case 'MBbloom--':
      return BloomFilter.decode(data, source);
    case 'MBbloomCF':
      return CuckooFilter.decode(data);
    case 'CMSk-TYPE':
      return CountMinSketch.decode(data);
    case 'TopK-TYPE':
      return TopK.decode(data);
  }
}
