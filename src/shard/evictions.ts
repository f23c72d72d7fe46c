// Goes on with eviction where a command has left the dataset too large, a bounded piece in each turn, so that others are
// served meanwhile.

import type { Engine } from '../engine/engine';
import type { Durability } from './durability';

export class Evictions {
  private scheduled = false;

  constructor(
    /** There is no engine yet when it first says that its dataset is too large. */
    private readonly engine: () => Engine,
    private readonly durability: Durability,
  ) {}

  /** Another piece, in a turn of its own. */
  goOn(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setTimeout(() => this.run(), 0);
  }

  private run(): void {
    this.scheduled = false;
    const engine = this.engine();
    engine.evict();
    if (engine.hasPendingJournal) this.durability.flush();
  }
}
