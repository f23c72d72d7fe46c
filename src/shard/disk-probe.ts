// Finds out whether there is room on the disk of a local server, by taking some. When there is none the runtime ends this
// object, which has nothing to lose, instead of a shard (disk.ts). What it takes is new to the disk each time, for a file
// that has been larger before would only be written over: so its database is deleted after every trial. After one that
// failed the object's end has done that to what had grown.

import { DurableObject } from 'cloudflare:workers';

/** A row, and what the runtime gives of randomness at a time. A file system may compress what repeats itself. */
const ROW_BYTES = 1024 * 1024;
const RANDOM_BYTES = 64 * 1024;

export class DiskProbe extends DurableObject {
  private running: { readonly bytes: number; readonly done: Promise<void> } | undefined;

  /** Takes so many bytes, and gives them back. Rejects where there is no room. Shards that ask together share a trial. */
  async take(bytes: number): Promise<void> {
    while (this.running) {
      const { bytes: taken, done } = this.running;
      await done;
      if (taken >= bytes) return;
    }
    const done = this.tryOut(bytes);
    this.running = { bytes, done };
    try {
      await done;
    } finally {
      this.running = undefined;
    }
  }

  private async tryOut(bytes: number): Promise<void> {
    const { storage } = this.ctx;
    storage.sql.exec('CREATE TABLE IF NOT EXISTS trial (data BLOB NOT NULL)');
    for (let taken = 0; taken < bytes; taken += ROW_BYTES) storage.sql.exec('INSERT INTO trial (data) VALUES (?)', randomRow());
    await storage.sync();
    await storage.deleteAll();
    await storage.sync();
  }
}

function randomRow(): Uint8Array<ArrayBuffer> {
  const row = new Uint8Array(ROW_BYTES);
  for (let at = 0; at < ROW_BYTES; at += RANDOM_BYTES) crypto.getRandomValues(row.subarray(at, at + RANDOM_BYTES));
  return row;
}
