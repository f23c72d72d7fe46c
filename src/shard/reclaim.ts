// Segments of large values that are gone, and bodies that only a snapshot needed, deleted little by little.

import type { Disk } from './disk';
import type { SqliteEntryStore } from './entry-store';

/** Rows that are deleted in one turn: a few milliseconds. */
const SLICE_ROWS = 512;
/** Between slices others get their turn. */
const PAUSE_MS = 2;

export class Reclaim {
  private scheduled = false;

  constructor(
    private readonly entries: SqliteEntryStore,
    private readonly disk: Disk,
  ) {}

  /** Begins when there is something to do. */
  start(): void {
    if (this.scheduled || !this.hasGarbage) return;
    this.scheduled = true;
    this.disk.whenRoom(() => setTimeout(() => this.slice(), PAUSE_MS));
  }

  /** When storage does not tell, the next start looks again. */
  private get hasGarbage(): boolean {
    try {
      return this.entries.hasGarbage;
    } catch (error) {
      console.error('storage does not tell what there is to be deleted', error);
      return false;
    }
  }

  private slice(): void {
    this.scheduled = false;
    if (!this.hasGarbage) return;
    try {
      this.entries.collectGarbage(SLICE_ROWS);
    } catch (error) {
      console.error('what nobody needs could not be deleted', error);
      return;
    }
    this.start();
  }
}
