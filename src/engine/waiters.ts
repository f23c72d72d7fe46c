// Clients that wait for keys to change: who waits for what, in the order in which they began to, and until when
// (blocked.c).

import { ascii, type Bytes } from '../bytes/bytes';
import type { BlockRequest } from '../spec/blocking';
import { RankedTree } from '../structures/ranked-tree';
import type { ChangeSet } from './changes';
import type { ClientState } from './client-state';

/** One client's wait. */
export class Waiter {
  readonly keys: ReadonlySet<Bytes>;
  /** Unix milliseconds at which it is looked at next, whatever changes: its deadline or earlier. Infinity is never. */
  wakesAt = Number.POSITIVE_INFINITY;
  /** Told when the wait has ended in any way but by the connection's end. */
  onEnd: (() => void) | undefined;
  constructor(
    /** Unique among all waits. */
    readonly id: Bytes,
    readonly client: ClientState,
    readonly request: BlockRequest,
  ) {
    this.keys = new Set(request.keys);
  }
}

/** Those who wait for one key, oldest first. */
interface Line {
  readonly waiters: Set<Waiter>;
  /** How many of them want to be told also when the key goes. */
  removals: number;
}

const NOBODY: ReadonlySet<Waiter> = new Set();

export class Waiters {
  private readonly lines = new Map<Bytes, Line>();
  private readonly deadlines = new RankedTree();
  private readonly byId = new Map<Bytes, Waiter>();
  /** Keys that have changed since they were last looked at, in that order. */
  private readonly ready = new Set<Bytes>();
  private serving: Bytes | undefined;
  private lastId = 0;

  /** @param onChange told when the earliest deadline may have changed, or the first wait has begun or the last one ended */
  constructor(private readonly onChange: () => void) {}

  get size(): number {
    return this.byId.size;
  }

  /** Keys that somebody waits for, and those of them whose removal somebody waits for. */
  get keys(): { all: number; onRemoval: number } {
    let onRemoval = 0;
    for (const { removals } of this.lines.values()) if (removals > 0) onRemoval++;
    return { all: this.lines.size, onRemoval };
  }

  /** When the next wait is to be looked at: Infinity when none is. */
  get nextDeadline(): number {
    return this.deadlines.at(0)?.score ?? Number.POSITIVE_INFINITY;
  }

  /** @param retryAt when it tries again by itself */
  add(client: ClientState, request: BlockRequest, retryAt: number): Waiter {
    const waiter = new Waiter(ascii(`${++this.lastId}`), client, request);
    this.byId.set(waiter.id, waiter);
    for (const key of waiter.keys) {
      let line = this.lines.get(key);
      if (!line) {
        line = { waiters: new Set(), removals: 0 };
        this.lines.set(key, line);
      }
      line.waiters.add(waiter);
      if (request.onRemoval) line.removals++;
    }
    this.schedule(waiter, retryAt);
    return waiter;
  }

  /** It is looked at at a time, or at its deadline if that is earlier. */
  schedule(waiter: Waiter, retryAt: number): void {
    this.unschedule(waiter);
    waiter.wakesAt = Math.min(waiter.request.deadline, retryAt);
    if (waiter.wakesAt !== Number.POSITIVE_INFINITY) this.deadlines.insert(waiter.wakesAt, waiter.id);
    this.onChange();
  }

  private unschedule(waiter: Waiter): void {
    if (waiter.wakesAt !== Number.POSITIVE_INFINITY) this.deadlines.delete(waiter.wakesAt, waiter.id);
    waiter.wakesAt = Number.POSITIVE_INFINITY;
  }

  remove(waiter: Waiter): void {
    const { id, request } = waiter;
    if (!this.byId.delete(id)) return;
    for (const key of waiter.keys) {
      const line = this.lines.get(key) as Line;
      line.waiters.delete(waiter);
      if (request.onRemoval) line.removals--;
      if (line.waiters.size === 0) this.lines.delete(key);
    }
    this.unschedule(waiter);
    this.onChange();
  }

  /** A wait that is to be looked at. */
  nextDue(now: number): Waiter | undefined {
    const first = this.deadlines.at(0);
    return first && first.score <= now ? this.byId.get(first.name) : undefined;
  }

  /** Notes which of the keys that a unit has touched somebody waits for. */
  signal(changes: ChangeSet): void {
    if (changes.cleared) for (const [key, { removals }] of this.lines) if (removals > 0) this.ready.add(key);
    for (const { key } of changes.events) {
      // Who is being served takes from the key: whoever could not be served before cannot be by that.
      if (key !== this.serving && this.lines.has(key)) this.ready.add(key);
    }
  }

  get hasReady(): boolean {
    return this.ready.size > 0;
  }

  /** The next key that is ready. It is being served until the next call. */
  nextReady(): Bytes | undefined {
    const [key] = this.ready;
    if (key !== undefined) this.ready.delete(key);
    this.serving = key;
    return key;
  }

  /** Who waits for a key, oldest first. It may be changed while it is walked over. */
  waitersFor(key: Bytes): ReadonlySet<Waiter> {
    return this.lines.get(key)?.waiters ?? NOBODY;
  }

  /** Whether anybody who waits for a key wants to be told when it goes. */
  wantsRemoval(key: Bytes): boolean {
    return (this.lines.get(key)?.removals ?? 0) > 0;
  }
}
