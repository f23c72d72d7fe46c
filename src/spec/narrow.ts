// Narrowing a looked-up value to the type that a command works on: undefined stays, another type throws WRONGTYPE.

import { WRONG_TYPE } from '../protocol/errors';
import { ArrayValue } from '../types/array';
import { BloomFilter } from '../types/bloom';
import { CountMinSketch } from '../types/count-min';
import { CuckooFilter } from '../types/cuckoo';
import { HashValue } from '../types/hash';
import { ListValue } from '../types/list';
import { SetValue } from '../types/set';
import { StreamValue } from '../types/stream/value';
import { StringBuffer } from '../types/string';
import { TopK } from '../types/top-k';
import type { StringValue, Value } from '../types/value';
import { ZSetValue } from '../types/zset';

export function asString(value: Value | undefined): StringValue | undefined {
  if (value === undefined || typeof value === 'string' || value instanceof StringBuffer) return value;
  throw WRONG_TYPE;
}

export function asHash(value: Value | undefined): HashValue | undefined {
  if (value === undefined || value instanceof HashValue) return value;
  throw WRONG_TYPE;
}

export function asList(value: Value | undefined): ListValue | undefined {
  if (value === undefined || value instanceof ListValue) return value;
  throw WRONG_TYPE;
}

export function asSet(value: Value | undefined): SetValue | undefined {
  if (value === undefined || value instanceof SetValue) return value;
  throw WRONG_TYPE;
}

export function asZSet(value: Value | undefined): ZSetValue | undefined {
  if (value === undefined || value instanceof ZSetValue) return value;
  throw WRONG_TYPE;
}

export function asBloom(value: Value | undefined): BloomFilter | undefined {
  if (value === undefined || value instanceof BloomFilter) return value;
  throw WRONG_TYPE;
}

export function asCountMin(value: Value | undefined): CountMinSketch | undefined {
  if (value === undefined || value instanceof CountMinSketch) return value;
  throw WRONG_TYPE;
}

export function asTopK(value: Value | undefined): TopK | undefined {
  if (value === undefined || value instanceof TopK) return value;
  throw WRONG_TYPE;
}

export function asArray(value: Value | undefined): ArrayValue | undefined {
  if (value === undefined || value instanceof ArrayValue) return value;
  throw WRONG_TYPE;
}

export function asCuckoo(value: Value | undefined): CuckooFilter | undefined {
  if (value === undefined || value instanceof CuckooFilter) return value;
  throw WRONG_TYPE;
}

export function asStream(value: Value | undefined): StreamValue | undefined {
  if (value === undefined || value instanceof StreamValue) return value;
  throw WRONG_TYPE;
}
