// Segments of large values that are gone, and bodies that only a snapshot needed, deleted little by little.

import type { SqliteEntryStore } from './entry-store';

/** Rows that are deleted in one turn: a few milliseconds. */
const SLICE_ROWS = 512;
/** Between slices others get their turn. */
const PAUSE_MS = 2;

export class Reclaim {
  private scheduled = false;

  constructor(
    private readonly entries: SqliteEntryStore,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Begins when there is something to do. */
  start(): void {
    if (this.scheduled || !this.entries.hasGarbage) return;
    this.scheduled = true;
    setTimeout(() => this.slice(), PAUSE_MS);
  }

  private slice(): void {
    this.scheduled = false;
    if (!this.entries.hasGarbage) return;
    try {
      this.entries.collectGarbage(SLICE_ROWS);
      this.start();
    } catch (error) {
      this.onFailure(error);
    }
  }
}
