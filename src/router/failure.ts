// What goes wrong between the edge and a shard, sorted by what may be done about it, and what the client is told.

import { redisError } from '../protocol/errors';
import { SKEWED } from '../protocol/frame';
import type { ErrorReply } from '../protocol/reply';

export type Cause = 'overloaded' | 'lost' | 'full' | 'late' | 'too-large' | 'skewed';

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
const WRITE_LATE = redisError(`ERR the shard did not answer in time; ${FATE}`);
const READ_LATE = redisError('ERR the shard did not answer in time');
const TOO_LARGE = redisError('ERR the command is too large');

/** How deep a chain of causes is followed. */
const MAX_CHAIN = 8;

interface Fault {
  readonly overloaded: boolean;
  readonly retryable: boolean;
  /** The shard was ended because its storage took no more. Its next life goes on with reads (shard/disk.ts). */
  readonly full: boolean;
}

/** What an exception of an RPC says. Its flags count, and of its text what SQLite says; they may be on an inner cause. */
export function faultOf(thrown: unknown): Fault {
  let overloaded = false;
  let retryable = false;
  let full = false;
  let error = thrown;
  for (let i = 0; i < MAX_CHAIN && typeof error === 'object' && error !== null; i++) {
    if ('overloaded' in error && error.overloaded === true) overloaded = true;
    if ('retryable' in error && error.retryable === true) retryable = true;
    if (error instanceof Error && error.message.includes('SQLITE_FULL')) full = true;
    error = 'cause' in error ? error.cause : undefined;
  }
  return { overloaded, retryable: retryable || full, full };
}
