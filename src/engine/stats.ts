// Counters that INFO shows.

import type { ErrorReply } from '../protocol/reply';
import type { CommandStats, Stats } from '../spec/server';
import type { KeyspaceCounters } from './keyspace';

/** Most error codes that are counted apart: a script or DEBUG ERROR can make up any number of them. */
const ERROR_CODES_MAX = 128;
/** A rate is measured over at least this long. */
const RATE_WINDOW_MS = 1000;

export class EngineStats implements Stats {
  commandsProcessed = 0;
  connectionsReceived = 0;
  lazyFreed = 0;
  errorReplies = 0;
  dirty = 0;
  netInputBytes = 0;
  netOutputBytes = 0;
  readonly errorsByCode = new Map<string, number>();
  readonly commands = new Map<string, CommandStats>();
  private rate = { sinceMs: 0, commands: 0, perSecond: 0 };

  constructor(
    private readonly keyspace: KeyspaceCounters,
    private readonly now: () => number,
  ) {
    this.rate.sinceMs = now();
  }

  get keyspaceHits(): number {
    return this.keyspace.hits;
  }
  get keyspaceMisses(): number {
    return this.keyspace.misses;
  }
  get expiredKeys(): number {
    return this.keyspace.expired;
  }
  get expiredFields(): number {
    return this.keyspace.expiredFields;
  }

  get evictedKeys(): number {
    return this.keyspace.evicted;
  }

  get commandsPerSecond(): number {
    const { rate } = this;
    const elapsedMs = this.now() - rate.sinceMs;
    if (elapsedMs >= RATE_WINDOW_MS) {
      const perSecond = Math.round(((this.commandsProcessed - rate.commands) * 1000) / elapsedMs);
      this.rate = { sinceMs: this.now(), commands: this.commandsProcessed, perSecond };
    }
    return this.rate.perSecond;
  }

  ofCommand(name: string): CommandStats {
    let stats = this.commands.get(name);
    if (!stats) {
      stats = { calls: 0, usec: 0, slow: new Map(), rejectedCalls: 0, failedCalls: 0 };
      this.commands.set(name, stats);
    }
    return stats;
  }

  countError({ code }: ErrorReply): void {
    this.errorReplies++;
    const count = this.errorsByCode.get(code) ?? 0;
    if (count > 0 || this.errorsByCode.size < ERROR_CODES_MAX) this.errorsByCode.set(code, count + 1);
  }

  /** CONFIG RESETSTAT (server.c resetServerStats): all but what describes the present state. */
  reset(): void {
    this.commandsProcessed = 0;
    this.connectionsReceived = 0;
    this.lazyFreed = 0;
    this.errorReplies = 0;
    this.netInputBytes = 0;
    this.netOutputBytes = 0;
    this.errorsByCode.clear();
    this.commands.clear();
    this.keyspace.hits = 0;
    this.keyspace.misses = 0;
    this.keyspace.expired = 0;
    this.keyspace.expiredFields = 0;
    this.keyspace.evicted = 0;
    this.rate = { sinceMs: this.now(), commands: 0, perSecond: 0 };
  }
}
