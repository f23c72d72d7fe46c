// What goes wrong between the edge and a shard, sorted by what may be done about it, and what the client is told.

import { NEWER_SCHEMA, redisError } from '../protocol/errors';
import { SKEWED } from '../protocol/frame';
import type { ErrorReply } from '../protocol/reply';

export type Cause = 'overloaded' | 'lost' | 'full' | 'newer' | 'late' | 'too-large' | 'skewed';

/** A call that the shard has not answered. */
export class Failure {
  constructor(readonly cause: Cause) {}

  /**
   * The error for one call.
   * @param changes the call may have changed something
   */
  error(changes: boolean): ErrorReply {
    switch (this.cause) {
      case 'overloaded':
        return OVERLOADED;
      case 'lost':
        return changes ? WRITE_LOST : READ_LOST;
      case 'full':
        return changes ? WRITE_FULL : READ_LOST;
      case 'newer':
        return NEWER;
      case 'late':
        return changes ? WRITE_LATE : READ_LATE;
      case 'too-large':
        return TOO_LARGE;
      case 'skewed':
        return SKEWED;
    }
  }

  /** The HTTP status of a request whose only command this is. Only what was surely not applied invites a repetition (503). */
  status(changes: boolean): number {
    switch (this.cause) {
      case 'overloaded':
      case 'skewed':
        return 503;
      case 'lost':
      case 'full':
        return changes ? 500 : 503;
      case 'newer':
        return 500;
      case 'late':
        return 504;
      case 'too-large':
        return 413;
    }
  }
}

const FATE = 'the write may or may not have been applied';
const OVERLOADED = redisError('ERR the shard is overloaded, please retry later');
const WRITE_LOST = redisError(`ERR the connection to the shard was lost; ${FATE}`);
const WRITE_FULL = redisError(`MISCONF Errors writing to storage: there is no space left on the disk; ${FATE}`);
const READ_LOST = redisError('ERR the connection to the shard was lost');
const NEWER = redisError(`ERR ${NEWER_SCHEMA}, and this one does not change it`);
const WRITE_LATE = redisError(`ERR the shard did not answer in time; ${FATE}`);
const READ_LATE = redisError('ERR the shard did not answer in time');
const TOO_LARGE = redisError('ERR the command is too large');

/** How deep a chain of causes is followed. */
const MAX_CHAIN = 8;
/** SQLite's own. */
const STORAGE_IS_FULL = 'SQLITE_FULL';

interface Fault {
  readonly cause: Cause;
  /** What only reads may be sent again. */
  readonly retryable: boolean;
}

/**
 * What an exception of an RPC says. Its flags count, and of its text what storage and its schema say; they may be on an
 * inner cause. A shard that was ended because its storage took no more goes on with reads in its next life (shard/disk.ts).
 */
export function faultOf(thrown: unknown): Fault {
  let cause: Cause = 'lost';
  let retryable = false;
  let error = thrown;
  for (let i = 0; i < MAX_CHAIN && typeof error === 'object' && error !== null; i++) {
    const message = error instanceof Error ? error.message : '';
    if ('overloaded' in error && error.overloaded === true) cause = 'overloaded';
    else if (message.includes(NEWER_SCHEMA)) cause = 'newer';
    else if (message.includes(STORAGE_IS_FULL)) cause = 'full';
    if ('retryable' in error && error.retryable === true) retryable = true;
    error = 'cause' in error ? error.cause : undefined;
  }
  return { cause, retryable: cause !== 'overloaded' && (retryable || cause === 'full') };
}
