// Keys that nobody asks for expire too: one alarm for the earliest deadline, and bounded slices when it fires.

import type { Engine } from '../engine/engine';
import type { Durability } from './durability';

/** Keys removed in one slice, and slices in one alarm, before others get their turn. */
const SLICE_KEYS = 500;
const SLICES_PER_ALARM = 200;
/** As Redis' expire cycle (hz 10): keys that are due within a tenth of a second share an alarm, for each setting is billed. */
const GRANULARITY_MS = 100;

export class Expiry {
  private alarmAt: number | undefined;

  constructor(
    private readonly storage: DurableObjectStorage,
    private readonly engine: Engine,
    private readonly durability: Durability,
  ) {}

  /** Learns which alarm is set. Before anything else runs. */
  async start(): Promise<void> {
    this.alarmAt = (await this.storage.getAlarm()) ?? undefined;
    this.arm();
  }

  /** Sets the alarm when a key is due clearly before it. */
  arm(): void {
    if (!this.engine.server.activeExpire) return;
    const next = this.engine.keys.nextDeadline();
    if (next === undefined || (this.alarmAt !== undefined && this.alarmAt <= next + GRANULARITY_MS)) return;
    this.alarmAt = Math.max(next, Date.now() + 1);
    void this.storage.setAlarm(this.alarmAt);
  }

  /** The alarm has fired. May run twice for one deadline, or late. */
  async run(): Promise<void> {
    this.alarmAt = undefined;
    if (!this.engine.server.activeExpire) return;
    for (let slice = 0; slice < SLICES_PER_ALARM; slice++) {
      const more = this.engine.expireDue(SLICE_KEYS);
      if (this.engine.hasPendingJournal) this.durability.flush();
      if (!more) break;
      await scheduler.wait(0);
    }
    this.armAfterRun();
  }

  private armAfterRun(): void {
    const next = this.engine.keys.nextDeadline();
    if (next === undefined) return;
    this.alarmAt = Math.max(next, Date.now() + GRANULARITY_MS);
    void this.storage.setAlarm(this.alarmAt);
  }
}
