// Keys by deadline, their own or that of their first field to expire: those in memory in a tree, those in storage read in
// batches, from a place that only moves forward.

import type { Bytes } from '../bytes/bytes';
import { positionOf } from '../bytes/position';
import { RankedTree } from '../structures/ranked-tree';
import type { DeadlineOf, EntryStore, StoredDeadline } from './store';

/** Rows that are read from storage at a time. */
const BATCH = 128;

export class Deadlines {
  /** Those in memory. */
  readonly tree = new RankedTree();
  /**
   * Memory knows better than storage about every row up to this one, and that stays so: the rows that a checkpoint writes
   * are of keys in memory. Whoever takes a key out of memory has to {@link release} it here.
   */
  private passed: StoredDeadline | undefined;
  private batch: readonly StoredDeadline[] = [];
  private at = 0;
  private atEnd: boolean;

  constructor(
    private readonly of: DeadlineOf,
    private readonly store: EntryStore,
    /** Memory knows better than storage about this key. */
    private readonly overrides: (key: Bytes) => boolean,
    stored: boolean,
  ) {
    this.atEnd = !stored;
  }

  insert(deadline: number, key: Bytes): void {
    this.tree.insert(deadline, key);
  }

  delete(deadline: number, key: Bytes): void {
    this.tree.delete(deadline, key);
  }

  /** A key leaves memory, and is as storage has it: its row counts from now on. */
  release(deadline: number, key: Bytes): void {
    this.tree.delete(deadline, key);
    const exhausted = this.atEnd && this.at >= this.batch.length;
    const position = positionOf(key);
    if (!exhausted && (this.passed === undefined || isBehind(deadline, position, this.passed))) return;
    // Of the rows before its own memory still knows better. There may be a million with its deadline.
    this.passed = { deadline, position: position - 1, key: '' as Bytes, volatileFields: false, memory: 0, access: undefined };
    this.batch = [];
    this.at = 0;
    this.atEnd = false;
  }

  /** Forgets the keys in memory. `stored`: there are others. */
  clear(stored: boolean): void {
    this.tree.clear();
    this.passed = undefined;
    this.batch = [];
    this.atEnd = !stored;
  }

  /** All keys are in memory. */
  forgetStored(): void {
    this.batch = [];
    this.atEnd = true;
  }

  /** Storage has changed: what has been read of it may be gone. */
  refresh(): void {
    if (this.at < this.batch.length) this.atEnd = false;
    this.batch = [];
  }

  /** The earliest deadline of any key, or undefined. */
  next(): number | undefined {
    const resident = this.tree.at(0)?.score;
    const stored = this.nextStored()?.deadline;
    if (resident === undefined || stored === undefined) return resident ?? stored;
    return Math.min(resident, stored);
  }

  /** Up to `limit` keys in memory whose deadline is at or before `now`, earliest first. */
  dueResident(now: number, limit: number): Bytes[] {
    const due: Bytes[] = [];
    this.tree.ascend(0, (deadline, key) => {
      if (deadline > now || due.length >= limit) return false;
      due.push(key);
      return true;
    });
    return due;
  }

  /** The earliest key that only storage has, if it is due at `now`. The next call gives the next one when this one is gone. */
  dueStored(now: number): StoredDeadline | undefined {
    const next = this.nextStored();
    return next && next.deadline <= now ? next : undefined;
  }

  /** The key with the earliest deadline, wherever it is. */
  first(): Bytes | undefined {
    const resident = this.tree.at(0);
    const stored = this.nextStored();
    if (!resident || !stored) return resident?.name ?? stored?.key;
    return resident.score <= stored.deadline ? resident.name : stored.key;
  }

  private nextStored(): StoredDeadline | undefined {
    for (;;) {
      for (; this.at < this.batch.length; this.at++) {
        const row = this.batch[this.at] as StoredDeadline;
        if (!this.overrides(row.key)) return row;
        this.passed = row;
      }
      if (this.atEnd) return undefined;
      this.batch = this.store.deadlines(this.of, this.passed, BATCH);
      this.at = 0;
      this.atEnd = this.batch.length < BATCH;
    }
  }
}

/** A row at this place comes after another one, whatever their keys are. */
function isBehind(deadline: number, position: number, other: StoredDeadline): boolean {
  return deadline > other.deadline || (deadline === other.deadline && position > other.position);
}
