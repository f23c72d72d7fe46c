// What the coordinator remembers of snapshots in its own database. Complete ones are listed by the bucket alone.

import type { Database } from '../database';
import { deleteMeta, readMeta, writeMeta } from '../schema';
import type { FailedSnapshot, SnapshotTrigger } from './manifest';

/** So many failed ones are shown. */
const MAX_FAILED = 20;

/** The one that is being written. */
export interface StartedSnapshot {
  readonly id: string;
  readonly trigger: SnapshotTrigger;
  readonly createdAtMs: number;
}

/** How the last attempts went. */
export interface Outcome {
  /** Unix milliseconds: when the last one began, and of which moment the last complete one is. */
  readonly startedAtMs: number;
  readonly savedAtMs: number | undefined;
  readonly failed: boolean;
  readonly tookMs: number;
}

const RUNNING = 'snapshot:running';
const FAILED = 'snapshot:failed';
const OUTCOME = 'snapshot:outcome';

export class SnapshotRecord {
  constructor(private readonly database: Database) {}

  get running(): StartedSnapshot | undefined {
    return this.read(RUNNING);
  }
  set running(started: StartedSnapshot | undefined) {
    if (started) this.write(RUNNING, started);
    else deleteMeta(this.database, RUNNING);
  }

  get outcome(): Outcome | undefined {
    return this.read(OUTCOME);
  }
  set outcome(outcome: Outcome) {
    this.write(OUTCOME, outcome);
  }

  /** Newest first. */
  get failed(): readonly FailedSnapshot[] {
    return this.read(FAILED) ?? [];
  }

  /** Adds a failed one, or says anew what is known of it. */
  noteFailed(failed: FailedSnapshot): void {
    const others = this.failed.filter(({ id }) => id !== failed.id);
    const all = [failed, ...others].sort((a, b) => (a.id < b.id ? 1 : -1));
    this.write(FAILED, all.slice(0, MAX_FAILED));
  }

  /** False when there is no failed one of that id. */
  forgetFailed(id: string): boolean {
    const { failed } = this;
    const left = failed.filter((one) => one.id !== id);
    this.write(FAILED, left);
    return left.length < failed.length;
  }

  private read<T>(name: string): T | undefined {
    const text = readMeta(this.database, name);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  private write(name: string, value: object): void {
    writeMeta(this.database, name, JSON.stringify(value));
  }
}
