// How much room a shard's storage has left: up to the limit that its database is to keep to, and on the disk. An object that
// meets the end of it is ended by the runtime, with what was not durable yet: so what needs more room is refused before.

import type { Shortage } from '../spec/server';
import type { Database } from './database';
import type { Disk } from './disk';

/** A measurement holds until so much of the room that it found has been written: storage takes more than what is handed over. */
const TRUSTED_SHARE = 1 / 4;

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
    readonly disk: Pick<Disk, 'isFull' | 'isTight'>,
    private readonly database: Pick<Database, 'bytes' | 'bytesWritten' | 'rowsWritten'>,
    readonly limit: number,
    private readonly unwritten: () => number,
  ) {}

  /** Cheap: it is asked before every command. */
  get shortage(): Shortage | undefined {
    if (this.disk.isFull) return 'disk';
    return this.limit > 0 && this.isOverLimit() ? 'limit' : undefined;
  }

  /** There is little room, or there was until lately: nothing is kept that can be given back. */
  get isTight(): boolean {
    return this.disk.isTight || this.shortage !== undefined;
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
}
