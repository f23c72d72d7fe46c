// A small dataset moves into memory in the background after a start; from then on a miss asks storage nothing.

import type { Engine } from '../engine/engine';

/** Larger databases stay on disk and are read key by key: a share of the memory budget, as values take more room in memory. */
const BUDGET_SHARE = 3 / 4;
/** Keys per slice: a few milliseconds. */
const SLICE_KEYS = 256;
/** Between slices others get their turn. */
const PAUSE_MS = 5;

export class Hydration {
  constructor(
    private readonly engine: Engine,
    private readonly databaseBytes: number,
  ) {}

  start(): void {
    const { isComplete, memoryBudget } = this.engine.keys;
    if (!isComplete && this.databaseBytes <= memoryBudget * BUDGET_SHARE) setTimeout(() => this.slice(), PAUSE_MS);
  }

  private slice(): void {
    try {
      if (this.engine.hydrate(SLICE_KEYS)) setTimeout(() => this.slice(), PAUSE_MS);
    } catch (error) {
      console.error('the dataset stays in storage, which does not give all of it', error);
    }
  }
}
