// What the script host needs of the engine whose units its scripts are part of.

import type { Bytes } from '../../bytes/bytes';
import type { ErrorReply } from '../../protocol/reply';
import type { CommandSpec } from '../../spec/command';
import type { Blocking } from '../blocking';
import type { ChangeSet } from '../changes';
import type { Keyspace } from '../keyspace';
import type { Monitors } from '../monitors';
import type { Clock } from '../options';
import type { ServerState } from '../server-state';
import type { Table } from '../table';
import type { Tracking } from '../tracking';
import type { UnitContext } from '../unit-context';
import type { SourceStore } from './sources';

export interface ScriptPorts {
  readonly table: Table;
  readonly clock: Clock;
  readonly store: SourceStore;
  readonly keys: Keyspace;
  readonly changes: ChangeSet;
  readonly context: UnitContext;
  readonly server: ServerState;
  readonly blocking: Blocking;
  readonly monitors: Monitors;
  readonly tracking: Tracking;
  /** What is answered for want of room, as of when the command began that the script is part of; undefined: there is some. */
  shortage(): ErrorReply | undefined;
  /** The clock's last reading. */
  reading(): number;
  /** Takes note of how long a command took that began at this reading. */
  timed(spec: CommandSpec, argv: readonly Bytes[], startedMs: number): void;
  /** The reply to a command whose handler threw. */
  caught(thrown: unknown, command: string): ErrorReply;
  /** Our own bug: whatever it is that was thrown is reported. */
  fault(thrown: unknown, command: string, changed: boolean): void;
  /**
   * Commits what the unit has done so far and brings memory back to what storage has: what was changed since without
   * being recorded is gone.
   */
  restore(): void;
  log(level: 'debug' | 'verbose' | 'notice' | 'warning', message: string): void;
}
