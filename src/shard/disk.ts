// What a shard does when the disk below its storage is full. Storage says so too late: the runtime commits what a turn has
// written after the turn, and ends the object where that fails, with its connections and whatever it had in memory; its
// next life is not told why. So a life leaves a mark while it has writes that may not have been committed. One that finds
// the mark of the last one lets nothing be written before a trial has shown that there is room; as long as there is none
// it tries again, and answers from what it can read.
//
// The trial is another object's (disk-probe.ts), on the same disk, for whoever tries and fails is ended. Only a local
// server has one. On Cloudflare an object has no disk, but its 10 GB, at whose end storage refuses the write itself: then
// time has to pass before the next one.

/** How much room a trial asks for, and what it asks for at most. It is twice as much each time that there was too little. */
const FIRST_TRIAL_BYTES = 1024 * 1024;
const MAX_TRIAL_BYTES = 16 * 1024 * 1024;
const RETRY_TRIAL_MS = 1000;
/** Where no trial can be made so much time passes first; twice as much each time. */
const FIRST_WAIT_MS = 5000;
const MAX_WAIT_MS = 5 * 60_000;
/** After more than this, an end is no longer taken to belong to the last one. */
const FORGOTTEN_AFTER_MS = 15 * 60_000;
/** The runtime commits what it writes itself, when an alarm has been answered, within this. */
const COMMITTED_AFTER_MS = 100;

/** An object was ended, as far as is known because there was no room. */
interface EndMet {
  readonly atMs: number;
  /** How often in a row. */
  readonly times: number;
}

/** By the id of the object: its lives share nothing else but a storage that takes nothing. */
const endsMet = new Map<string, EndMet>();
/** Objects with writes that may not have been committed. */
const unconfirmed = new Set<string>();

/** What storage throws where there is no room for a write. */
export function isNoRoom(error: unknown): boolean {
  return error instanceof Error && error.message.includes('SQLITE_FULL');
}

/** What stands where something was to be written that can be left out. */
export class DiskFull extends Error {
  constructor() {
    super('there is no room on the disk');
  }
}

export interface DiskPorts {
  /** Of the object. */
  readonly id: string;
  /** Resolves when what has been written so far is committed. Never, where it is not. */
  readonly committed: () => Promise<void>;
  /** Writes so many bytes to the same disk, and takes them back. Rejects when there is no room. Undefined: there is none to ask. */
  readonly trial: ((bytes: number) => Promise<void>) | undefined;
  readonly now: () => number;
}

export class Disk {
  /** Nothing is to be written: storage would end the object. */
  isFull: boolean;
  private readonly waiting: (() => void)[] = [];
  /** The mark is set, and what it was set for is not committed yet. */
  private confirming = false;
  private wroteSince = false;
  private wasTold = false;

  constructor(private readonly ports: DiskPorts) {
    const { id, trial } = ports;
    const isDoubtful = trial !== undefined && unconfirmed.has(id);
    if (isDoubtful) this.count();
    this.isFull = isDoubtful || this.waitMs() > 0;
  }

  /** There is little room, or there was until lately: nothing is kept that can be given back. */
  get isTight(): boolean {
    return this.isFull || this.lastEnd !== undefined;
  }

  private get lastEnd(): EndMet | undefined {
    const met = endsMet.get(this.ports.id);
    return met && this.ports.now() - met.atMs < FORGOTTEN_AFTER_MS ? met : undefined;
  }

  /** Finds out whether there is room after all. Before anything else runs. Resolves when it is known, if only for now. */
  async start(): Promise<void> {
    if (!this.isFull) return;
    if (this.ports.trial) await this.look();
    else setTimeout(() => this.end(), this.waitMs());
  }

  /** Whether there is room, as far as is known. For whoever has met a failure that may come of that. */
  async hasRoom(): Promise<boolean> {
    if (this.isFull) return false;
    try {
      await this.ports.trial?.(FIRST_TRIAL_BYTES);
      return true;
    } catch {
      return false;
    }
  }

  private async look(): Promise<void> {
    try {
      await this.ports.trial?.(Math.min(FIRST_TRIAL_BYTES * this.factor, MAX_TRIAL_BYTES));
      this.end();
    } catch (error) {
      if (!this.wasTold) console.error('nothing is written until there is room on the disk', error);
      this.wasTold = true;
      setTimeout(() => void this.look(), RETRY_TRIAL_MS);
    }
  }

  private get factor(): number {
    return 2 ** Math.max(0, (this.lastEnd?.times ?? 1) - 1);
  }

  private waitMs(): number {
    const { lastEnd } = this;
    if (!lastEnd || this.ports.trial) return 0;
    return Math.max(0, lastEnd.atMs + Math.min(FIRST_WAIT_MS * this.factor, MAX_WAIT_MS) - this.ports.now());
  }

  /** There is room again. */
  private end(): void {
    this.isFull = false;
    unconfirmed.delete(this.ports.id);
    for (const work of this.waiting.splice(0)) work();
  }

  /** Does something that writes, at once or when there is room again. */
  whenRoom(work: () => void): void {
    if (this.isFull) this.waiting.push(work);
    else work();
  }

  /** Resolves when there is room. */
  available(): Promise<void> {
    return new Promise((resolve) => this.whenRoom(resolve));
  }

  /** Something has been written, and is to be committed when this turn ends. */
  wrote(): void {
    if (!this.ports.trial) return;
    if (this.confirming) this.wroteSince = true;
    else void this.confirm();
  }

  private async confirm(): Promise<void> {
    this.confirming = true;
    unconfirmed.add(this.ports.id);
    do {
      this.wroteSince = false;
      await this.ports.committed();
    } while (this.wroteSince);
    this.confirming = false;
    unconfirmed.delete(this.ports.id);
  }

  /** The runtime is about to write something itself. */
  writesSoon(): void {
    if (!this.ports.trial) return;
    unconfirmed.add(this.ports.id);
    setTimeout(() => this.wrote(), COMMITTED_AFTER_MS);
  }

  /** Storage has refused a write for want of room. */
  noteEnd(): void {
    if (this.ports.trial) unconfirmed.add(this.ports.id);
    else this.count();
  }

  private count(): void {
    endsMet.set(this.ports.id, { atMs: this.ports.now(), times: (this.lastEnd?.times ?? 0) + 1 });
  }
}
