// Ids and ranges of ids among the arguments of stream commands.

import { ascii, type Bytes } from '../../bytes/bytes';
import { UINT64_MAX } from '../../bytes/integer';
import { redisError } from '../../protocol/errors';
import { type IdReading, nextId, parseId, previousId, type StreamId } from '../../types/stream/id';

const INVALID_ID = redisError('ERR Invalid stream ID specified as stream command argument');
const INVALID_START = redisError('ERR invalid start ID for the interval');
const INVALID_END = redisError('ERR invalid end ID for the interval');

/** An id, in whole or only its time. `-` and `+` are none unless `reading` says so. */
export function requireId(arg: Bytes | undefined, reading?: IdReading): StreamId {
  const id = arg === undefined ? undefined : parseId(arg, reading);
  if (id === undefined) throw INVALID_ID;
  return id;
}

/** The first id of a range; an id after `(` is not in it. */
export function requireStart(arg: Bytes | undefined): StreamId {
  const exclusive = exclusiveId(arg);
  if (exclusive === undefined) return requireId(arg, { ends: true });
  const start = nextId(requireId(exclusive));
  if (start === undefined) throw INVALID_START;
  return start;
}

/** The last id of a range; an id after `(` is not in it. */
export function requireEnd(arg: Bytes | undefined): StreamId {
  const exclusive = exclusiveId(arg);
  if (exclusive === undefined) return requireId(arg, { ends: true, missing: UINT64_MAX });
  const end = previousId(requireId(exclusive, { missing: UINT64_MAX }));
  if (end === undefined) throw INVALID_END;
  return end;
}

function exclusiveId(arg: Bytes | undefined): Bytes | undefined {
  return arg !== undefined && arg.length > 1 && arg.startsWith('(') ? ascii(arg.slice(1)) : undefined;
}
