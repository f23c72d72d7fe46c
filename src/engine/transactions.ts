// MULTI, EXEC, DISCARD, WATCH: the queue of one client and the versions that it depends on (multi.c).

import { type Bytes, own } from '../bytes/bytes';
import type { Reply } from '../protocol/reply';
import type { CommandSpec } from '../spec/command';
import type { TransactionControl } from '../spec/context';
import type { ChangeSet } from './changes';
import type { Keyspace } from './keyspace';

export interface QueuedCommand {
  readonly spec: CommandSpec;
  readonly argv: readonly Bytes[];
}

/**
 * What a watched key was when it was watched. No change since then goes unnoticed, so as long as there is no conflict it
 * still is that, but for an `expired` key, which may disappear without one.
 */
export type WatchedState = 'live' | 'absent' | 'expired';

/** What the queue of one client may hold in bytes: a whole isolate has 128 MB. */
const MAX_QUEUE_BYTES = 64 * 1024 * 1024;
/** Bytes that an argument costs beside its own, as Redis counts them for CLIENT LIST: a pointer. */
const ARGUMENT_OVERHEAD = 8;

/** One client's transaction state. */
export class Transaction {
  /** Commands after MULTI; undefined outside of one. */
  queue: QueuedCommand[] | undefined;
  queuedBytes = 0;
  /** A command was refused while queueing: EXEC aborts. */
  broken = false;
  /** A watched key changed: EXEC answers null. */
  conflicted = false;
  readonly watched = new Map<Bytes, WatchedState>();

  /** Queues a command; false when there is no room for it. One that can no longer run is not kept. */
  add(spec: CommandSpec, argv: readonly Bytes[]): boolean {
    if (this.broken || this.conflicted) return true;
    let bytes = 0;
    for (const arg of argv) bytes += arg.length + ARGUMENT_OVERHEAD;
    if (this.queuedBytes + bytes > MAX_QUEUE_BYTES) return false;
    this.queuedBytes += bytes;
    this.queue?.push({ spec, argv: argv.map(own) });
    return true;
  }

  /** Ends the queue; what is watched stays. */
  close(): void {
    this.queue = undefined;
    this.queuedBytes = 0;
    this.broken = false;
  }

  /** Nothing would be lost with this state. */
  get idle(): boolean {
    return this.queue === undefined && this.watched.size === 0 && !this.conflicted;
  }
}

/** Which transactions watch which keys. */
export class Watches {
  private readonly watchers = new Map<Bytes, Set<Transaction>>();

  constructor(private readonly keys: Pick<Keyspace, 'has' | 'hasExpired'>) {}

  /** A transaction that has a conflict already is lost whatever else it watches. */
  watch(transaction: Transaction, key: Bytes): void {
    if (transaction.conflicted || transaction.watched.has(key)) return;
    const owned = own(key);
    transaction.watched.set(owned, this.stateOf(owned));
    const set = this.watchers.get(owned);
    if (set) set.add(transaction);
    else this.watchers.set(owned, new Set([transaction]));
  }

  private stateOf(key: Bytes): WatchedState {
    if (this.keys.hasExpired(key)) return 'expired';
    return this.keys.has(key) ? 'live' : 'absent';
  }

  /** A key that a transaction watches has changed, or expired without anybody having noticed. */
  haveChanged({ conflicted, watched }: Transaction): boolean {
    if (conflicted) return true;
    for (const [key, state] of watched) if (state === 'live' && this.keys.hasExpired(key)) return true;
    return false;
  }

  unwatch(transaction: Transaction): void {
    this.release(transaction);
    transaction.conflicted = false;
  }

  /** A unit has made these changes. */
  signal({ cleared, events }: ChangeSet): void {
    if (this.watchers.size === 0) return;
    if (cleared) this.touchAll();
    for (const { event, key, aside } of events) if (!aside) this.touch(key, event === 'expired' || event === 'del' || event === 'evicted');
  }

  /** A key changed. One that had expired before it was watched may disappear without a conflict. */
  private touch(key: Bytes, disappeared: boolean): void {
    const set = this.watchers.get(key);
    if (!set) return;
    for (const transaction of set) {
      if (disappeared && transaction.watched.get(key) === 'expired') transaction.watched.set(key, 'absent');
      else this.conflict(transaction);
    }
  }

  /** All keys were removed: a conflict for those that were there. */
  private touchAll(): void {
    for (const [key, set] of this.watchers) {
      for (const transaction of set) {
        const state = transaction.watched.get(key);
        if (state === 'live') this.conflict(transaction);
        else if (state === 'expired') transaction.watched.set(key, 'absent');
      }
    }
  }

  private conflict(transaction: Transaction): void {
    transaction.conflicted = true;
    this.release(transaction);
  }

  private release(transaction: Transaction): void {
    for (const key of transaction.watched.keys()) {
      const set = this.watchers.get(key);
      set?.delete(transaction);
      if (set?.size === 0) this.watchers.delete(key);
    }
    transaction.watched.clear();
  }
}

/** What handlers do with a transaction. */
export function controlOf(transaction: Transaction, watches: Watches, exec: () => Reply): TransactionControl {
  return {
    get open() {
      return transaction.queue !== undefined;
    },
    begin: () => {
      transaction.queue = [];
    },
    exec,
    discard: () => {
      transaction.close();
      watches.unwatch(transaction);
    },
    watch: (keys) => {
      for (const key of keys) watches.watch(transaction, key);
    },
    unwatch: () => watches.unwatch(transaction),
  };
}
