// What BF.RESERVE and BF.INSERT may say about a filter that is made.

import type { Bytes } from '../../bytes/bytes';
import { parseDouble } from '../../bytes/double';
import { parseInt64 } from '../../bytes/integer';
import { redisError } from '../../protocol/errors';
import { BloomFilter, type BloomSize } from '../../types/bloom';

export const DEFAULT_CAPACITY = 100;
export const DEFAULT_ERROR = 0.01;
export const DEFAULT_EXPANSION = 2;
/** RedisBloom takes larger rates, but makes no filter of them. */
const LARGEST_ERROR = 0.25;
const MAX_CAPACITY = 2 ** 30;
const MAX_EXPANSION = 32768;

const TOO_LARGE = redisError('ERR Insufficient memory to create filter');

/** Undefined for what is no number; NaN for one out of range. */
export function readError(arg: Bytes): number | undefined {
  const value = parseDouble(arg);
  if (value === undefined) return undefined;
  return value > 0 && value < 1 ? Math.min(value, LARGEST_ERROR) : Number.NaN;
}

/** As {@link readError}. */
export function readCapacity(arg: Bytes): number | undefined {
  return readWithin(arg, 1, MAX_CAPACITY);
}

/** As {@link readError}. */
export function readExpansion(arg: Bytes): number | undefined {
  return readWithin(arg, 0, MAX_EXPANSION);
}

function readWithin(arg: Bytes, min: number, max: number): number | undefined {
  const value = parseInt64(arg);
  if (value === undefined) return undefined;
  return value >= min && value <= max ? Number(value) : Number.NaN;
}

/** An empty filter; an error when it would be too large. */
export function createFilter(size: BloomSize): BloomFilter {
  const filter = BloomFilter.create(size);
  if (filter === undefined) throw TOO_LARGE;
  return filter;
}
