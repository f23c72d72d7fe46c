// Makes the engine's memory durable: group commit of the journal, checkpoints, recovery.
//
// Everything that one macrotask executed becomes one journal row, and no reply leaves before that row is written; the
// platform's output gate then holds the replies until the row is durable. So acknowledged means durable: that is the
// mode `strict`. In `relaxed` replies leave at once, and what has been executed since the last row becomes one within a
// second. In `memory` there are checkpoints alone. What has not been written is a tail of the same sequence of effects
// in every mode, and waits as text: so modes can change at any time, and whatever needs storage to be up to date (a
// reload, WAITAOF, the end of the process) writes the tail and has all that `strict` gives.

import type { Engine } from '../engine/engine';
import { DISK_FULL } from '../protocol/errors';
import type { DurabilityMode } from '../spec/durability';
import type { CheckpointState, JournalState, Persistence, Recovery, Shortage } from '../spec/server';
import type { Database } from './database';
import { type Disk, DiskFull } from './disk';
import type { SqliteEntryStore } from './entry-store';
import type { FeedStore } from './feed-store';
import type { JournalStore } from './journal-store';
import { MAX_ROW_BYTES, readMeta, writeMeta } from './schema';
import type { SqliteSourceStore } from './source-store';
import type { StorageRoom } from './storage-room';

/** A checkpoint is due when the journal is this long: replaying it takes about a tenth of a second. */
const CHECKPOINT_JOURNAL_BYTES = 4 * 1024 * 1024;
/** …or when it has so many rows, however short. */
const CHECKPOINT_JOURNAL_ROWS = 16_384;
/** …or when this many entries would have to be written: about 4 µs each, in one turn. */
const CHECKPOINT_DIRTY_ENTRIES = 8192;
/** …or when they hold so much, which cannot leave memory before: a share of its budget. */
const CHECKPOINT_DIRTY_SHARE = 1 / 5;
/** …or when nothing was written for this long. */
const IDLE_CHECKPOINT_MS = 2000;
/** In `relaxed` effects wait so long for their row: with the time that it takes to be written, a second at most. */
const RELAXED_WRITE_MS = 800;
/** In `memory` a checkpoint is also due when the last one is this old. */
const MEMORY_CHECKPOINT_MS = 30_000;
/** A frame with no more fits into one row. */
const SMALL_FRAME_BYTES = MAX_ROW_BYTES / 2;
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
  readonly disk: Disk;
  readonly room: StorageRoom;
  readonly engine: () => Engine;
  /** Storage failed: memory is ahead of it and must not be used any more. */
  readonly onFailure: (error: unknown) => void;
  /** After every checkpoint. */
  readonly onCheckpoint: () => void;
  /** After a turn in which something was executed, when all replies that may leave have been handed over. */
  readonly onExecuted: () => void;
  /** Storage has all that has been executed. */
  readonly onWritten: () => void;
}

export class Durability implements Persistence {
  private waiting: (() => void)[] = [];
  private flushScheduled = false;
  private turnScheduled = false;
  private writeTimer = false;
  private idleTimer = false;
  private lastWriteMs = 0;
  /** Somebody has asked for what was executed to be in storage before the reply to that leaves. */
  private syncAsked = false;
  /** What is pending is written when there is room on the disk. */
  private isPutOff = false;
  /** A checkpoint was asked for. */
  rewriting = false;
  lastRecovery: Recovery = { tookMs: 0, bytes: 0, rows: 0 };
  private checkpointTookMs: number | undefined;
  private checkpointCount = 0;
  /** The process is about to end. */
  private ending = false;

  /** @param durability the mode unless CONFIG SET has chosen another */
  constructor(
    private readonly ports: DurabilityPorts,
    public durability: DurabilityMode,
  ) {}

  get journal(): JournalState {
    const { bytes, rows } = this.ports.journal;
    return { bytes, rows, mostBytes: CHECKPOINT_JOURNAL_BYTES, mostRows: CHECKPOINT_JOURNAL_ROWS };
  }

  get checkpoints(): CheckpointState {
    return { lastAtMs: this.lastCheckpointMs, lastTookMs: this.checkpointTookMs, count: this.checkpointCount };
  }

  get storedBytes(): number {
    return this.ports.database.bytes;
  }
  get storageLimit(): number {
    return this.ports.room.limit;
  }
  get shortage(): Shortage | undefined {
    return this.ports.room.shortage;
  }

  meetShortage(): Shortage | undefined {
    const { room, journal } = this.ports;
    const { shortage } = room;
    // The journal takes room, and what has been deleted does so until the next checkpoint.
    if (shortage === 'limit' && (journal.bytes > 0 || this.ports.engine().keys.dirtyCount > 0)) this.rewrite();
    return shortage;
  }

  get rowsWritten(): number {
    return this.ports.database.rowsWritten;
  }
  get bytesWritten(): number {
    return this.ports.database.bytesWritten;
  }
  private get lastCheckpointMs(): number {
    return this.ports.entries.lastCheckpoint.atMs;
  }
  get unwrittenBytes(): number {
    return this.ports.engine().pendingJournalBytes;
  }

  /** Replies wait for storage. */
  get isStrict(): boolean {
    return this.durability === 'strict' || this.syncAsked || this.ending;
  }

  sync(): void {
    this.syncAsked = true;
  }

  /** The process ends in order: nothing executed until then is lost, nor anything that comes after this. */
  settle(): void {
    this.ending = true;
    this.flush();
  }

  /**
   * Calls `deliver` when a reply to what has been executed so far may leave. Where storage has to have it first, that is
   * once it is written, or at once when there is nothing to write.
   * @param commands how many commands the delivery answers; many need not wait for others to share their row
   */
  afterCommit(deliver: () => void, commands = 1): void {
    const { hasPendingJournal } = this.ports.engine();
    if (this.waiting.length === 0 && !(hasPendingJournal && this.isStrict)) {
      deliver();
      if (hasPendingJournal) this.leavePending();
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

  /** What has been executed without anybody who waits for a reply is on its way to storage, as the mode has it. */
  commit(): void {
    if (!this.ports.engine().hasPendingJournal) return;
    if (this.isStrict) this.flush();
    else this.leavePending();
  }

  /** Replies have gone, and what they tell of is not written yet. */
  private leavePending(): void {
    this.lastWriteMs = Date.now();
    // No timer is to be waited for: as long as there are requests at hand the runtime may let none go off.
    if (this.checkpointDue) this.flush();
    else if (!this.turnScheduled) {
      this.turnScheduled = true;
      setTimeout(() => {
        this.turnScheduled = false;
        if (this.ports.engine().hasPendingJournal) this.endTurn();
      }, 0);
    }
  }

  private endTurn(): void {
    this.ports.onExecuted();
    this.scheduleIdleCheckpoint();
    if (this.durability !== 'relaxed' || this.writeTimer) return;
    this.writeTimer = true;
    setTimeout(() => {
      this.writeTimer = false;
      if (this.durability !== 'memory') this.flush();
    }, RELAXED_WRITE_MS);
  }

  /**
   * Writes pending effects now and lets the waiting replies go. On a full disk it writes nothing: what is pending then is
   * that keys have expired, which they will have after a restart as well.
   */
  flush(): void {
    const delivered = this.waiting;
    const { isFull } = this.ports.disk;
    this.waiting = [];
    this.syncAsked = false;
    try {
      if (isFull) this.putOff();
      else if (this.checkpointDue) this.checkpoint();
      else this.writePending();
    } catch (error) {
      this.ports.onFailure(error);
      return;
    }
    for (const deliver of delivered) this.deliver(deliver);
    this.ports.onExecuted();
    if (!isFull) this.ports.onWritten();
  }

  private putOff(): void {
    if (this.isPutOff) return;
    this.isPutOff = true;
    this.ports.disk.whenRoom(() => {
      this.isPutOff = false;
      this.flush();
    });
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
    const append = () => this.ports.journal.append(pending);
    // A frame of several rows is there with all of them or not at all; to one that is small that would be a cost.
    if (pending.body.length > SMALL_FRAME_BYTES) this.transact(append);
    else append();
    this.lastWriteMs = Date.now();
    this.scheduleIdleCheckpoint();
  }

  private get checkpointDue(): boolean {
    const { journal, room, disk } = this.ports;
    if (disk.isFull) return false;
    const engine = this.ports.engine();
    const { dirtyCount, dirtyMemory, memoryBudget } = engine.keys;
    return (
      // What is written then has been deleted, and is to give its room back.
      room.shortage === 'limit' ||
      journal.bytes + engine.pendingJournalBytes >= CHECKPOINT_JOURNAL_BYTES ||
      journal.rows >= CHECKPOINT_JOURNAL_ROWS ||
      dirtyCount >= CHECKPOINT_DIRTY_ENTRIES ||
      dirtyMemory >= memoryBudget * CHECKPOINT_DIRTY_SHARE
    );
  }

  /** Writes the dirty entries and ends the journal, in one transaction. */
  checkpoint(): void {
    const { entries, sources, journal, feed, room, disk } = this.ports;
    if (disk.isFull) throw new DiskFull();
    const engine = this.ports.engine();
    const startedMs = Date.now();
    // Otherwise, should it fail, nothing is lost.
    if (this.durability !== 'memory') this.writePending();
    this.transact(() => {
      // First, for its space is what the entries can have where there is no other.
      journal.restart(room.isTight);
      entries.write(engine.keys.dirtyState(), {
        keys: engine.keys.size,
        volatileKeys: engine.keys.volatileSize,
        keysWithVolatileFields: engine.keys.sizeWithVolatileFields,
        memory: engine.keys.datasetMemory,
        sequence: engine.sequence,
        atMs: startedMs,
      });
      sources.write(engine.scripts.sources.dirtyState());
      feed.checkpoint();
    });
    engine.takeJournal();
    engine.keys.markClean();
    engine.scripts.sources.markClean();
    this.checkpointTookMs = Date.now() - startedMs;
    this.checkpointCount++;
    this.ports.onCheckpoint();
  }

  /** When it fails, memory knows of a checkpoint that storage does not have, whoever asked for it. */
  private transact(work: () => void): void {
    try {
      this.ports.storage.transactionSync(work);
    } catch (error) {
      this.ports.onFailure(error);
      throw error;
    }
  }

  /** A timer keeps the object awake a little longer, so there is only ever one, and only after a write. */
  private scheduleIdleCheckpoint(): void {
    if (this.idleTimer) return;
    this.idleTimer = true;
    setTimeout(() => {
      this.idleTimer = false;
      if (this.ports.journal.bytes === 0 && !this.ports.engine().hasPendingJournal) return;
      if (this.checkpointTimeHasCome(Date.now())) this.checkpointInBetween();
      else this.scheduleIdleCheckpoint();
    }, IDLE_CHECKPOINT_MS);
  }

  private checkpointTimeHasCome(now: number): boolean {
    if (this.ports.disk.isFull) return false;
    if (now - this.lastWriteMs >= IDLE_CHECKPOINT_MS) return true;
    return this.durability === 'memory' && now - this.lastCheckpointMs >= MEMORY_CHECKPOINT_MS;
  }

  rewrite(): void {
    if (this.ports.disk.isFull) throw DISK_FULL;
    if (this.rewriting) return;
    this.rewriting = true;
    setTimeout(() => {
      this.rewriting = false;
      this.checkpointInBetween();
    }, 0);
  }

  private checkpointInBetween(): void {
    try {
      this.checkpoint();
    } catch (error) {
      this.ports.onFailure(error);
      return;
    }
    this.ports.onWritten();
  }

  /** Brings an engine that knows only its entries up to the last acknowledged write. */
  recover(): void {
    const { entries, feed, journal } = this.ports;
    const engine = this.ports.engine();
    const startedMs = Date.now();
    const { sequence } = entries.lastCheckpoint;
    engine.sequence = sequence;
    feed.recover();
    for (const frame of journal.frames(sequence)) engine.replay(frame);
    this.lastRecovery = { tookMs: Date.now() - startedMs, bytes: journal.bytes, rows: journal.rows };
    // So that the next start need not replay it again.
    if (journal.bytes > 0) this.scheduleIdleCheckpoint();
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
    const { isFull } = this.ports.disk;
    if (isFull && from === 'entries') throw DISK_FULL;
    try {
      engine.suspend(() => {
        if (from === 'entries') {
          this.checkpoint();
          engine.server.stats.dirty = 0;
        } else if (isFull) engine.takeJournal();
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
