// What the commands on HyperLogLogs share: telling one from other strings, and its errors.

import { ascii, type Bytes, EMPTY } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import type { Context } from '../../spec/context';
import { asString } from '../../spec/narrow';
import { HEADER_BYTES, isHyperLogLog, isSparse } from '../../structures/hyperloglog/hyperloglog';
import { lengthOf, StringBuffer, viewOf } from '../../types/string';
import type { StringValue, Value } from '../../types/value';

const NOT_A_HYPERLOGLOG = redisError('WRONGTYPE Key is not a valid HyperLogLog string value.');
export const CORRUPT = redisError('INVALIDOBJ Corrupted HLL object detected');

export interface Found {
  readonly value: StringValue;
  /** Its bytes, for reading. */
  readonly data: Uint8Array;
}

/** A looked-up value as a HyperLogLog; throws when it is none. */
export function asHyperLogLog(value: Value | undefined): Found | undefined {
  const text = asString(value);
  if (text === undefined) return undefined;
  if (!isHyperLogLog(viewOf(text, 0, HEADER_BYTES), lengthOf(text))) throw NOT_A_HYPERLOGLOG;
  return { value: text, data: viewOf(text) };
}

/**
 * Records a command that raised registers. At which length a sparse form becomes dense is a setting, which the journal
 * does not know, so that this is said.
 */
export function recordRaised(ctx: Context, argv: readonly Bytes[], wasDense: boolean, buffer: StringBuffer): void {
  ctx.effect(...argv);
  if (!wasDense && !isSparse(buffer.view())) ctx.effect(ascii('PFDEBUG'), ascii('TODENSE'), argv[1] as Bytes);
}

/** A buffer with these bytes. */
export function bufferOf(bytes: ArrayLike<number>): StringBuffer {
  const buffer = new StringBuffer(EMPTY);
  buffer.splice(0, 0, bytes);
  return buffer;
}
