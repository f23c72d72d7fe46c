// How much room a shard's storage has left. An object that meets the end of it is ended by the runtime, with what was not
// durable yet: so commands that need more room are refused before. Where the end could not be foreseen, for a disk has no
// limit that a shard knows of, the next life of the object remembers that it was met, and refuses them for a while.

import type { Database } from './database';

/** A measurement holds until so much of the room that it found has been written: storage takes more than what is handed over. */
const TRUSTED_SHARE = 1 / 4;
/** After meeting the end of the disk it is tried again after this; twice as long after each time that it is met again. */
const FIRST_RETRY_MS = 5000;
const MAX_RETRY_MS = 5 * 60_000;
/** Met after more than this, it is taken to be another time. */
const FORGOTTEN_AFTER_MS = 15 * 60_000;

/** When an object found that there was no room on the disk. */
interface EndMet {
  readonly atMs: number;
  readonly retryAtMs: number;
}

/** By the id of the object: lives of an object share nothing else but a storage that takes nothing. */
const endsMet = new Map<string, EndMet>();

/** What storage throws where there is no room for a write. */
export function isNoRoom(error: unknown): boolean {
  return error instanceof Error && error.message.includes('SQLITE_FULL');
}

export class StorageRoom {
  /** When so many bytes have been written it is to be measured, and one that is full when any row has been. */
  private measureAt = 0;
  private measuredRows = 0;
  private isOver = false;

  /**
   * @param limit bytes; 0: none but the disk's
   * @param unwritten bytes that are about to be written
   */
  constructor(
    private readonly id: string,
    private readonly database: Pick<Database, 'bytes' | 'bytesWritten' | 'rowsWritten'>,
    readonly limit: number,
    private readonly unwritten: () => number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Nothing that needs more room is to be written. Cheap: it is asked before every command. */
  get isFull(): boolean {
    return this.isDiskFull || (this.limit > 0 && this.isOverLimit());
  }

  /** The end of the disk was met lately: what can wait is not written. */
  get isDiskFull(): boolean {
    if (endsMet.size === 0) return false;
    const met = endsMet.get(this.id);
    return met !== undefined && this.now() < met.retryAtMs;
  }

  /** There is little room, or there was until lately: nothing is kept that can be given back. */
  get isTight(): boolean {
    const met = endsMet.get(this.id);
    return this.isFull || (met !== undefined && this.now() - met.atMs < FORGOTTEN_AFTER_MS);
  }

  private isOverLimit(): boolean {
    const { bytesWritten, rowsWritten } = this.database;
    const unwritten = this.unwritten();
    const hasChanged = this.isOver ? rowsWritten !== this.measuredRows : bytesWritten + unwritten >= this.measureAt;
    if (!hasChanged) return this.isOver;
    const room = this.limit - this.database.bytes - unwritten;
    this.isOver = room <= 0;
    this.measureAt = bytesWritten + unwritten + room * TRUSTED_SHARE;
    this.measuredRows = rowsWritten;
    return this.isOver;
  }

  /** Storage has refused a write for want of room. */
  noteEnd(): void {
    const now = this.now();
    const last = endsMet.get(this.id);
    const wait = last && now - last.atMs < FORGOTTEN_AFTER_MS ? (last.retryAtMs - last.atMs) * 2 : FIRST_RETRY_MS;
    endsMet.set(this.id, { atMs: now, retryAtMs: now + Math.min(wait, MAX_RETRY_MS) });
  }
}
