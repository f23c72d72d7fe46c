// Makes the engine's memory durable: group commit of the journal, checkpoints, recovery.
//
// Everything that one macrotask executed becomes one journal row, and no reply leaves before that row is written; the
// platform's output gate then holds the replies until the row is durable. So acknowledged means durable.

import type { Engine } from '../engine/engine';
import type { Persistence } from '../spec/server';
import type { Database } from './database';
import type { SqliteEntryStore } from './entry-store';
import type { FeedStore } from './feed-store';
import type { JournalStore } from './journal-store';
import { readMeta, writeMeta } from './schema';
import type { SqliteSourceStore } from './source-store';

/** A checkpoint is due when the journal is this long: replaying it takes about a tenth of a second. */
const CHECKPOINT_JOURNAL_BYTES = 4 * 1024 * 1024;
/** …or when this many entries would have to be written: about 5 µs each, in one turn. */
const CHECKPOINT_DIRTY_ENTRIES = 16384;
/** …or when nothing was written for this long. */
const IDLE_CHECKPOINT_MS = 2000;
/** A batch of so many commands is written without waiting for the end of the macrotask. */
const FULL_GROUP_COMMANDS = 8;
/** Before the names of settings among the other values that are kept. */
const SETTING = 'setting:';

export interface DurabilityPorts {
  readonly storage: DurableObjectStorage;
  readonly database: Database;
  readonly entries: SqliteEntryStore;
  readonly sources: SqliteSourceStore;
  readonly journal: JournalStore;
  readonly feed: FeedStore;
  readonly engine: () => Engine;
  /** Storage failed: memory is ahead of it and must not be used any more. */
  readonly onFailure: (error: unknown) => void;
  /** After every flush, when all replies have been handed over. */
  readonly onFlushed: () => void;
}

export class Durability implements Persistence {
  private waiting: (() => void)[] = [];
  private flushScheduled = false;
  private idleTimer = false;
  private lastWriteMs = 0;

  constructor(private readonly ports: DurabilityPorts) {}

  get journalBytes(): number {
    return this.ports.journal.bytes;
  }
  get storedBytes(): number {
    return this.ports.database.bytes;
  }
  get rowsWritten(): number {
    return this.ports.database.rowsWritten;
  }
  get bytesWritten(): number {
    return this.ports.database.bytesWritten;
  }
  get lastCheckpointMs(): number {
    return this.ports.entries.lastCheckpoint.atMs;
  }

  /**
   * Calls `deliver` once all that has been executed so far is written: at once when there is nothing to write.
   * @param commands how many commands the delivery answers; many need not wait for others to share their row
   */
  afterCommit(deliver: () => void, commands = 1): void {
    if (this.waiting.length === 0 && !this.ports.engine().hasPendingJournal) {
      deliver();
      return;
    }
    this.waiting.push(deliver);
    if (commands >= FULL_GROUP_COMMANDS) this.flush();
    if (this.waiting.length > 0) this.scheduleFlush();
  }

  private scheduleFlush(): void {
    if (this.flushScheduled) return;
    this.flushScheduled = true;
    // The next macrotask: what other clients send meanwhile shares the row.
    setTimeout(() => {
      this.flushScheduled = false;
      this.flush();
    }, 0);
  }

  /** Writes pending effects now and lets the waiting replies go. */
  flush(): void {
    const delivered = this.waiting;
    this.waiting = [];
    try {
      this.writePending();
      if (this.checkpointDue) this.checkpoint();
    } catch (error) {
      this.ports.onFailure(error);
      return;
    }
    for (const deliver of delivered) this.deliver(deliver);
    this.ports.onFlushed();
  }

  /** What goes wrong with one client keeps no other from its reply. */
  private deliver(deliver: () => void): void {
    try {
      deliver();
    } catch (error) {
      console.error('a reply could not be delivered', error);
    }
  }

  private writePending(): void {
    const pending = this.ports.engine().takeJournal();
    if (!pending) return;
    this.ports.journal.append(pending);
    this.lastWriteMs = Date.now();
    this.scheduleIdleCheckpoint();
  }

  private get checkpointDue(): boolean {
    return this.ports.journal.bytes >= CHECKPOINT_JOURNAL_BYTES || this.ports.engine().keys.dirtyCount >= CHECKPOINT_DIRTY_ENTRIES;
  }

  /** Writes the dirty entries and ends the journal, in one transaction. */
  checkpoint(): void {
    const { storage, entries, sources, journal, feed } = this.ports;
    const engine = this.ports.engine();
    this.writePending();
    storage.transactionSync(() => {
      entries.write(engine.keys.dirtyState(), {
        keys: engine.keys.size,
        volatileKeys: engine.keys.volatileSize,
        keysWithVolatileFields: engine.keys.sizeWithVolatileFields,
        memory: engine.keys.datasetMemory,
        sequence: engine.sequence,
        atMs: Date.now(),
      });
      sources.write(engine.scripts.sources.dirtyState());
      journal.restart();
      feed.checkpoint();
    });
    engine.keys.markClean();
    engine.scripts.sources.markClean();
    engine.server.stats.dirty = 0;
  }

  /** A timer keeps the object awake a little longer, so there is only ever one, and only after a write. */
  private scheduleIdleCheckpoint(): void {
    if (this.idleTimer) return;
    this.idleTimer = true;
    setTimeout(() => {
      this.idleTimer = false;
      if (this.ports.journal.bytes === 0) return;
      if (Date.now() - this.lastWriteMs < IDLE_CHECKPOINT_MS) this.scheduleIdleCheckpoint();
      else this.guarded(() => this.checkpoint());
    }, IDLE_CHECKPOINT_MS);
  }

  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.ports.onFailure(error);
    }
  }

  /** Brings an engine that knows only its entries up to the last acknowledged write. */
  recover(): void {
    const engine = this.ports.engine();
    const { sequence } = this.ports.entries.lastCheckpoint;
    engine.sequence = sequence;
    this.ports.feed.recover();
    for (const frame of this.ports.journal.frames(sequence)) engine.replay(frame);
    // So that the next start need not replay it again.
    if (this.ports.journal.bytes > 0) this.scheduleIdleCheckpoint();
  }

  setting(name: string): string | undefined {
    return readMeta(this.ports.database, SETTING + name);
  }

  keepSetting(name: string, value: string): void {
    try {
      writeMeta(this.ports.database, SETTING + name, value);
    } catch (error) {
      this.ports.onFailure(error);
      throw error;
    }
  }

  reload(from: 'entries' | 'journal'): void {
    const engine = this.ports.engine();
    try {
      engine.suspend(() => {
        if (from === 'entries') this.checkpoint();
        else this.writePending();
        engine.keys.reset();
        engine.scripts.reset();
        this.recover();
      });
      // What was written just now has not been told to readers of the change feed.
      this.scheduleFlush();
    } catch (error) {
      // The caller would take it for a failure of one command, but memory is neither what it was nor what storage has.
      this.ports.onFailure(error);
      throw error;
    }
  }
}
