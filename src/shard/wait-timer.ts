// Ends waits whose time is over, and lets those try again that have asked for that: one timer for the earliest time. While it is set the object stays
// in memory, which a client that waits needs even without a deadline: what it waits for is known in memory alone.

import type { Engine } from '../engine/engine';
import type { Durability } from './durability';

/** A timer is set for no later than this; it then looks again. */
const MAX_AHEAD_MS = 24 * 60 * 60_000;

export class WaitTimer {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private firesAtMs = 0;

  constructor(
    private readonly engine: Engine,
    private readonly durability: Durability,
    /** Whoever waits would do so for ever. */
    private readonly onFault: (error: unknown) => void,
  ) {}

  /** Who waits has changed. */
  arm(): void {
    const { blocking } = this.engine;
    if (blocking.waitingCount === 0) {
      this.disarm();
      return;
    }
    const { nextDeadline } = blocking;
    if (this.timer !== undefined && this.firesAtMs <= nextDeadline) return;
    this.disarm();
    const now = Date.now();
    this.firesAtMs = Math.min(nextDeadline, now + MAX_AHEAD_MS);
    this.timer = setTimeout(() => this.fire(), this.firesAtMs - now);
  }

  private fire(): void {
    this.timer = undefined;
    try {
      this.engine.timeOut();
      this.durability.commit();
      this.arm();
    } catch (error) {
      this.onFault(error);
    }
  }

  private disarm(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
