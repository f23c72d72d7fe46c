// MULTI, EXEC, DISCARD, WATCH: the queue of one client and the versions that it depends on (multi.c).

import type { Bytes } from '../bytes/bytes';
import type { CommandSpec } from '../spec/command';

export interface QueuedCommand {
  readonly spec: CommandSpec;
  readonly argv: readonly Bytes[];
}

/** One client's transaction state. */
export class Transaction {
  /** Commands after MULTI; undefined outside of one. */
  queue: QueuedCommand[] | undefined;
  /** A command was refused while queueing: EXEC aborts. */
  broken = false;
  /** A watched key changed: EXEC answers null. */
  conflicted = false;
  /** Watched keys, and whether each had already expired when it was watched. */
  readonly watched = new Map<Bytes, boolean>();

  close(): void {
    this.queue = undefined;
    this.broken = false;
  }
}

/** Which transactions watch which keys. */
export class Watches {
  private readonly watchers = new Map<Bytes, Set<Transaction>>();

  watch(transaction: Transaction, key: Bytes, expired: boolean): void {
    if (transaction.watched.has(key)) return;
    transaction.watched.set(key, expired);
    let set = this.watchers.get(key);
    if (!set) {
      set = new Set();
      this.watchers.set(key, set);
    }
    set.add(transaction);
  }

  unwatch(transaction: Transaction): void {
    for (const key of transaction.watched.keys()) {
      const set = this.watchers.get(key);
      set?.delete(transaction);
      if (set?.size === 0) this.watchers.delete(key);
    }
    transaction.watched.clear();
    transaction.conflicted = false;
  }

  get isEmpty(): boolean {
    return this.watchers.size === 0;
  }

  /** A key changed. A key that had expired before it was watched may disappear without a conflict. */
  touch(key: Bytes, disappeared: boolean): void {
    const set = this.watchers.get(key);
    if (!set) return;
    for (const transaction of set) {
      if (disappeared && transaction.watched.get(key)) continue;
      transaction.conflicted = true;
    }
  }

  keys(): IterableIterator<Bytes> {
    return this.watchers.keys();
  }
}
