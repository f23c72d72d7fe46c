// What an engine is given from outside: clock, randomness, storage, settings, and whom it tells of what is to be done.

import type { Random } from '../spec/context';
import type { EvictionPolicy } from '../spec/eviction';
import type { ForeignMessage } from './pubsub';
import type { SourceStore } from './scripting/sources';
import type { ServerOptions } from './server-state';
import type { EntryStore } from './store';
import type { Table } from './table';
import type { TrackingWork } from './tracking';

export interface EngineOptions extends ServerOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly random: Random;
  readonly store?: EntryStore;
  readonly sources?: SourceStore;
  /** How many shards the database has. */
  readonly shards?: number;
  /** maxmemory, of all shards together, and maxmemory-policy, where CONFIG SET has not said otherwise. */
  readonly maxMemory?: number | undefined;
  readonly maxMemoryPolicy?: EvictionPolicy | undefined;
  /**
   * Our own bugs (a handler threw something that is not a Redis error) are reported here. `changed`: the command had
   * already changed something, or may have, so that memory can no longer be trusted.
   */
  readonly onFault?: (error: unknown, command: string, changed: boolean) => void;
  /** What scripts log. */
  readonly onLog?: (level: 'debug' | 'verbose' | 'notice' | 'warning', message: string) => void;
  /** Told when {@link Blocking.nextDeadline} may have changed, or whether anybody waits. */
  readonly onWaiting?: () => void;
  /**
   * Given a message for a channel of another shard, once the unit that published it is in the pending journal. It is to be
   * passed on when that is durable, in the order in which messages come here.
   */
  readonly onForeignMessage?: (message: ForeignMessage) => void;
  /** The tracking of keys has something left to do. */
  readonly onTrackingLeft?: (work: TrackingWork) => void;
  /** The dataset is too large, and {@link Engine.evict} is to be called until it no longer asks for more. */
  readonly onEvictionLeft?: () => void;
}

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
}
