// Keeps the dataset within maxmemory: before a command runs, keys go until it fits (evict.c).
//
// Which ones is the policy's matter. LRU, LFU and FIFO look at a few keys drawn at random and at the best of those drawn
// before (eviction-pool.ts); `volatile-ttl` knows the order of all deadlines. A command pays for a bounded number of keys;
// what is left is done between commands.

import type { Bytes } from '../bytes/bytes';
import type { EvictionPolicy } from '../spec/eviction';
import { type AccessPolicy, frequencyOf, idleMsOf } from './access';
import { EvictionPool } from './eviction-pool';
import type { Keyspace } from './keyspace';
import type { EngineLatency } from './latency';
import type { Clock } from './options';

/**
 * What an empty database counts for, as in Redis: under a limit below it nothing can be written at all. INFO shows it as
 * `used_memory_startup`.
 */
export const EMPTY_BYTES = 1024;

/** After so many keys it is time to see whether it has taken too long. */
const KEYS_PER_CHECK = 16;
/**
 * What it takes to find and remove a key, when all are in memory and when storage has to be asked. On Cloudflare the clock
 * stands still while code runs, and only this counts.
 */
const KEY_US = 5;
const STORED_KEY_US = 60;
/** After so many draws that bring no victim there is taken to be none. */
const MAX_VAIN_DRAWS = 64;
const MAX_FREQUENCY = 255;

/** `running`: the dataset is still too large, but that is going to change. `failed`: it is, and nothing may go. */
export type EvictionResult = 'fits' | 'running' | 'failed';

export interface EvictionPorts {
  readonly keys: Keyspace;
  readonly clock: Clock;
  readonly access: AccessPolicy;
  readonly latency: () => EngineLatency;
  /** There is more to do than {@link Eviction.perform} was allowed to. */
  onLeft(): void;
}

export class Eviction {
  /** maxmemory-samples */
  samples = 5;
  /** maxmemory-eviction-tenacity: from 0, as little at a time as possible, to 100, all at once. */
  tenacity = 10;
  private totalBytes = 0;
  private chosen: EvictionPolicy = 'noeviction';
  /** What this shard may have of it. */
  limit = 0;
  private readonly pool = new EvictionPool();
  /** Keys that the pool has been offered beyond those that its last victim was chosen among. */
  private seen = 0;
  private exceededBeforeMs = 0;
  /** When the dataset became too large, as far as is known. */
  private exceededSinceMs: number | undefined;

  /** @param shards how many share the limit */
  constructor(
    private readonly shards: number,
    private readonly ports: EvictionPorts,
  ) {}

  /** maxmemory, of the whole database; 0 for no limit. */
  get total(): number {
    return this.totalBytes;
  }
  set total(bytes: number) {
    this.totalBytes = bytes;
    this.limit = bytes === 0 ? 0 : Math.max(1, Math.floor(bytes / this.shards));
    // It is not left to the next command to find that out.
    if (this.isOver) this.ports.onLeft();
    else this.note('fits', this.ports.clock.now());
  }

  get policy(): EvictionPolicy {
    return this.chosen;
  }
  set policy(policy: EvictionPolicy) {
    this.chosen = policy;
    const { access } = this.ports;
    if (policy.endsWith('lfu')) access.marks = 'lfu';
    else access.marks = policy.endsWith('fifo') ? 'fifo' : 'lru';
    // Scores of one policy mean nothing to another.
    this.pool.clear();
  }

  private get isOver(): boolean {
    return this.limit > 0 && EMPTY_BYTES + this.ports.keys.datasetMemory > this.limit;
  }

  /** For how long the dataset has been too large: all times together, and this time. */
  exceededMs(now: number): { readonly total: number; readonly current: number } {
    const current = this.exceededSinceMs === undefined ? 0 : Math.max(0, now - this.exceededSinceMs);
    return { total: this.exceededBeforeMs + current, current };
  }

  resetStats(): void {
    this.exceededBeforeMs = 0;
    this.exceededSinceMs = undefined;
  }

  /** Removes keys until the dataset fits, or enough for one time. The keyspace's time is now. */
  perform(now: number): EvictionResult {
    const result = this.isOver ? this.makeRoom(now) : 'fits';
    this.note(result, now);
    return result;
  }

  /** Takes the time for which the dataset is too large. */
  private note(result: EvictionResult, now: number): void {
    if (result !== 'fits') this.exceededSinceMs ??= now;
    else if (this.exceededSinceMs !== undefined) {
      this.exceededBeforeMs += now - this.exceededSinceMs;
      this.exceededSinceMs = undefined;
    }
  }

  private makeRoom(startedMs: number): EvictionResult {
    if (this.chosen === 'noeviction') return 'failed';
    const { clock, keys } = this.ports;
    const limitUs = this.timeLimitUs();
    const keyUs = keys.isComplete ? KEY_US : STORED_KEY_US;
    let result: EvictionResult = 'fits';
    for (let removed = 0; this.isOver; ) {
      if (!this.removeOne()) {
        result = 'failed';
        break;
      }
      removed++;
      if (removed % KEYS_PER_CHECK === 0 && (removed * keyUs > limitUs || (clock.now() - startedMs) * 1000 > limitUs)) {
        if (!this.isOver) break;
        result = 'running';
        this.ports.onLeft();
        break;
      }
    }
    this.ports.latency().note('eviction-cycle', clock.now() - startedMs, startedMs);
    return result;
  }

  /** The time that one turn may take (evict.c evictionTimeLimitUs): half a millisecond unless tenacity says otherwise. */
  private timeLimitUs(): number {
    const { tenacity } = this;
    if (tenacity <= 10) return 50 * tenacity;
    return tenacity < 100 ? 500 * 1.15 ** (tenacity - 10) : Number.POSITIVE_INFINITY;
  }

  private removeOne(): boolean {
    const { keys, clock } = this.ports;
    if (!keys.victims.has(this.isVolatile)) return false;
    const latency = this.ports.latency();
    const startedMs = latency.thresholdMs > 0 ? clock.now() : 0;
    for (let vain = 0; vain < MAX_VAIN_DRAWS; vain++) {
      const key = this.choose();
      // What is in the pool may be gone by now.
      if (key === undefined || !keys.evict(key, this.isVolatile)) continue;
      if (latency.thresholdMs > 0) latency.note('eviction-del', clock.now() - startedMs, startedMs);
      return true;
    }
    return false;
  }

  private get isVolatile(): boolean {
    return this.chosen.startsWith('volatile');
  }

  /** A key that is a victim if it is still there. */
  private choose(): Bytes | undefined {
    const { victims } = this.ports.keys;
    if (this.chosen === 'volatile-ttl') return victims.first();
    if (this.chosen.endsWith('random')) return victims.random(this.isVolatile);
    this.seen += victims.sample(this.isVolatile, this.samples - this.seen, (key, mark) => this.pool.offer(key, this.scoreOf(mark)));
    // What was shown beyond what was asked for counts for the next victims.
    this.seen = Math.max(0, this.seen - this.samples);
    return this.pool.take();
  }

  private scoreOf(mark: number): number {
    const { access, keys } = this.ports;
    return access.marks === 'lfu' ? MAX_FREQUENCY - frequencyOf(mark, access, keys.now) : idleMsOf(mark, keys.now);
  }
}
