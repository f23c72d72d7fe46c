// Keys that nobody asks for expire too: one alarm for the earliest deadline, and bounded slices when it fires.

import type { Engine } from '../engine/engine';
import type { Disk } from './disk';
import type { Durability } from './durability';

/** Keys removed in one slice, and slices in one alarm, before others get their turn. */
const SLICE_KEYS = 500;
const SLICES_PER_ALARM = 200;
/** As Redis' expire cycle (hz 10): keys that are due within a tenth of a second share an alarm, for each setting is billed. */
const GRANULARITY_MS = 100;
/** An alarm is set for no later than this; it then looks again. The platform knows no times after 2189, Redis does. */
const MAX_AHEAD_MS = 30 * 24 * 60 * 60_000;
/** When storage has failed, it is asked again after this. */
const RETRY_MS = 1000;

export class Expiry {
  private alarmAt: number | undefined;
  /** The alarm is at work, and sets the next one when it is done. */
  private running = false;

  constructor(
    private readonly storage: DurableObjectStorage,
    private readonly engine: Engine,
    private readonly durability: Durability,
    private readonly disk: Disk,
  ) {}

  /** Learns which alarm is set. Before anything else runs. */
  async start(): Promise<void> {
    this.alarmAt = (await this.storage.getAlarm()) ?? undefined;
    this.disk.whenRoom(() => this.arm());
  }

  /** Sets the alarm when a key is due clearly before it. */
  arm(): void {
    if (this.running || this.disk.isFull || !this.engine.server.activeExpire) return;
    const next = this.next();
    if (next === undefined || (this.alarmAt !== undefined && this.alarmAt <= next + GRANULARITY_MS)) return;
    this.setAlarm(next, 1);
  }

  /** The alarm has fired. May run twice for one deadline, or late. */
  async run(): Promise<void> {
    // When it has been answered the runtime writes that it has.
    await this.disk.available();
    await this.removeAll();
    this.disk.writesSoon();
  }

  private async removeAll(): Promise<void> {
    this.alarmAt = undefined;
    if (!this.engine.server.activeExpire) return;
    this.running = true;
    try {
      await this.removeDue();
    } finally {
      this.running = false;
    }
    const next = this.next();
    if (next !== undefined) this.setAlarm(next, GRANULARITY_MS);
  }

  /** When the next key is due. The alarm looks again when storage does not tell. */
  private next(): number | undefined {
    try {
      return this.engine.nextExpiry();
    } catch (error) {
      console.error('storage does not tell what expires next', error);
      return Date.now() + RETRY_MS;
    }
  }

  private async removeDue(): Promise<void> {
    for (let slice = 0; slice < SLICES_PER_ALARM; slice++) {
      const more = this.engine.expireDue(SLICE_KEYS);
      this.durability.commit();
      if (!more) return;
      await scheduler.wait(0);
    }
  }

  private setAlarm(deadline: number, leastMs: number): void {
    const now = Date.now();
    this.alarmAt = Math.min(Math.max(deadline, now + leastMs), now + MAX_AHEAD_MS);
    // Where replies do not wait for what they tell of, they need not wait for this either: a start sets the alarm again.
    const set = this.storage.setAlarm(this.alarmAt, { allowUnconfirmed: !this.durability.isStrict });
    this.disk.wrote();
    set.catch((error: unknown) => {
      console.error('the alarm could not be set', error);
      this.alarmAt = undefined;
      setTimeout(() => this.arm(), RETRY_MS);
    });
  }
}
