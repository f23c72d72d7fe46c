// What a handler threw, and what becomes of what it had done until then.

import { INTERNAL } from '../protocol/errors';
import { ErrorReply } from '../protocol/reply';
import type { Persistence } from '../spec/server';
import type { ChangeSet } from './changes';
import { CorruptValue } from './store';

interface Ports {
  /** See `EngineOptions.onFault`. */
  readonly onFault?: (error: unknown, command: string, changed: boolean) => void;
  readonly persistence: Persistence;
}

/** The answer to the running command, which threw. */
export function answerThrown(
  thrown: unknown,
  command: string,
  changes: ChangeSet,
  { inScript }: { readonly inScript: boolean },
  { onFault, persistence }: Ports,
): ErrorReply {
  const mayHaveChanged = changes.mutations > 0 || changes.lent;
  if (!(thrown instanceof ErrorReply)) {
    // Nor is a unit done by half of which an earlier command has changed something.
    onFault?.(thrown, command, mayHaveChanged || !changes.isEmpty);
    return INTERNAL;
  }
  const isCorrupt = thrown instanceof CorruptValue;
  // A script is one unit, of which nothing has been committed, so that there is nothing to go back to but its beginning.
  if (isCorrupt && mayHaveChanged && !inScript) {
    changes.rewindCommand();
    persistence.reload('journal');
  } else if (changes.mutations > 0 || (isCorrupt && mayHaveChanged)) {
    onFault?.(new Error(`a Redis error was thrown after a change: ${thrown.text}`), command, true);
  }
  return thrown;
}
