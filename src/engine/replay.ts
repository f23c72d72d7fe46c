// Applies a journal frame, as recovery does: nothing expires by the clock and nothing is recorded again.

import type { Bytes } from '../bytes/bytes';
import { ErrorReply, type Reply } from '../protocol/reply';
import type { CommandSpec } from '../spec/command';
import type { EncodingLimits } from '../types/limits';
import { isError, lookUp } from './admission';
import type { ChangeFeed } from './change-feed';
import type { ChangeSet } from './changes';
import type { JournalFrame } from './journal';
import type { Keyspace } from './keyspace';
import { CorruptValue } from './store';
import type { Table } from './table';
import type { UnitContext } from './unit-context';

export interface ReplayPorts {
  readonly table: Table;
  readonly context: UnitContext;
  readonly changes: ChangeSet;
  readonly feed: ChangeFeed;
  readonly keys: Keyspace;
  readonly limits: EncodingLimits;
}

/** @param now handlers do not see it, but the marks of access do: what is loaded now has been used now, as in Redis */
export function replayFrame(frame: JournalFrame, ports: ReplayPorts, now: number): void {
  const { table, context, changes, feed, keys, limits } = ports;
  keys.expiring = false;
  context.replaying = true;
  keys.now = now;
  const { hllSparseMaxBytes } = limits;
  // A HyperLogLog that outgrew its sparse form is recorded as such; the setting may have been another one then.
  limits.hllSparseMaxBytes = Number.POSITIVE_INFINITY;
  for (const [i, argv] of frame.effects.entries()) {
    if (feed.replay(argv, frame.sequence + i + 1)) continue;
    const spec = lookUp(table, argv);
    if (isError(spec)) throw new Error(`the journal holds a command that is refused: ${spec.text}`);
    changes.beginCommand();
    const reply = runReplayed(spec, context, argv);
    if (reply instanceof ErrorReply) throw new Error(`the journal holds a command that fails: ${argv[0]}: ${reply.text}`);
  }
  limits.hllSparseMaxBytes = hllSparseMaxBytes;
  changes.reset();
  context.replaying = false;
  keys.expiring = true;
}

/** What needs a value that storage cannot give is left out, as it would be refused to a client; other keys go on. */
function runReplayed(spec: CommandSpec, context: UnitContext, argv: readonly Bytes[]): Reply {
  try {
    return spec.run(context, argv);
  } catch (thrown) {
    if (thrown instanceof CorruptValue) return null;
    throw thrown;
  }
}
