// The change feed: which keys changed and how, in order, as far back as there is room, for readers that want to miss
// nothing. It is kept only from the first reader on.
//
// A change is recorded as an effect of its own, which does nothing when it is replayed but to be put into the feed again.
// So it is in the same journal row as what changed the key and costs no row of its own, every change has a position of
// its own (the number of that effect), and after a crash the feed is what it was, names of events included: replaying
// what expired says `DEL`.

import { ascii, type Bytes, own } from '../bytes/bytes';
import type { ChangeSet } from './changes';

/** What a change takes beside its key. */
const CHANGE_BYTES = 32;

/** First word of the effect that records a change. No command's name begins like this. */
const CHANGE_MARK = ascii('\0change');
/** All keys were removed. */
const ALL_REMOVED = ascii('flushall');

export interface Change {
  readonly position: number;
  /** The name of Redis' notification. */
  readonly event: string;
  /** Undefined: the change is of all keys. */
  readonly key: Bytes | undefined;
}

/** Where a feed is: what a cursor holds for one shard. */
export interface FeedPosition {
  /** Names this feed, so that a position of another one is not taken for its own. */
  readonly epoch: string;
  readonly position: number;
}

/** What a checkpoint keeps of a feed. */
export interface StoredFeed {
  readonly epoch: string;
  /** Every change after this position is there. */
  readonly from: number;
  readonly changes: readonly Change[];
}

/** Why a reader cannot go on where it was: what followed is no longer kept, or the position is not of this feed. */
export type ResetReason = 'trimmed' | 'unknown';

export class ChangeFeed {
  readonly limits = {
    /** Changes that are kept in memory, and their bytes. */
    changes: 65_536,
    bytes: 8 * 1024 * 1024,
    /** Changes that a checkpoint keeps, and their bytes: they are one row. */
    storedChanges: 16_384,
    storedBytes: 768 * 1024,
  };
  /** Undefined while no feed is kept. */
  private epoch: string | undefined;
  private changes: Change[] = [];
  /** Where in {@link changes} the oldest one is. */
  private head = 0;
  private bytes = 0;
  private start = 0;
  private recorded = false;

  get isOn(): boolean {
    return this.epoch !== undefined;
  }

  /** Every change after this position is there. */
  get from(): number {
    return this.start;
  }

  /** The position of the last change. */
  get position(): number {
    return this.changes.at(-1)?.position ?? this.start;
  }

  /** What a reader that begins now begins with. Only while the feed is kept. */
  get here(): FeedPosition {
    return { epoch: this.epoch as string, position: this.position };
  }

  /** Keeps a feed from now on. */
  begin(epoch: string, sequence: number): void {
    this.restore({ epoch, from: sequence, changes: [] });
  }

  end(): void {
    this.epoch = undefined;
    this.clear(0);
  }

  /** Why a reader cannot go on after a position, or undefined when it can. */
  refusal({ epoch, position }: FeedPosition): ResetReason | undefined {
    if (epoch !== this.epoch || position > this.position) return 'unknown';
    return position < this.start ? 'trimmed' : undefined;
  }

  /** Shows the changes after a position, in order, until `visit` answers false. */
  visitAfter(position: number, visit: (change: Change) => boolean): void {
    let low = this.head;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.changes[middle] as Change).position <= position) low = middle + 1;
      else high = middle;
    }
    while (low < this.changes.length && visit(this.changes[low] as Change)) low++;
  }

  /** Takes in what a unit changed, and adds to its effects what records that. Units that changed nothing are no changes. */
  record(changes: ChangeSet, sequence: number): void {
    const { events, effects, clearedAt } = changes;
    if (effects.length === 0) return;
    for (let i = 0; i <= events.length; i++) {
      if (i === clearedAt) this.recordOne(changes, sequence, ALL_REMOVED, undefined);
      const event = events[i];
      if (event?.event !== undefined) this.recordOne(changes, sequence, event.event, event.key);
    }
  }

  private recordOne({ effects }: ChangeSet, sequence: number, event: string, key: Bytes | undefined): void {
    effects.push(key === undefined ? [CHANGE_MARK, ascii(event)] : [CHANGE_MARK, ascii(event), key]);
    this.add({ position: sequence + effects.length, event, key: key && own(key) });
  }

  private add(change: Change): void {
    this.recorded = true;
    this.changes.push(change);
    this.bytes += bytesOf(change);
    while (this.bytes > this.limits.bytes || this.changes.length - this.head > this.limits.changes) this.drop();
    // Moving what is left costs as much as what has been dropped.
    if (this.head > this.changes.length / 2) {
      this.changes = this.changes.slice(this.head);
      this.head = 0;
    }
  }

  private drop(): void {
    const oldest = this.changes[this.head++] as Change;
    this.start = oldest.position;
    this.bytes -= bytesOf(oldest);
  }

  private clear(start: number): void {
    this.changes = [];
    this.head = 0;
    this.bytes = 0;
    this.start = start;
  }

  // ---- storage

  /** Replays an effect: true when it was one that records a change. */
  replay(argv: readonly Bytes[], position: number): boolean {
    if (argv[0] !== CHANGE_MARK) return false;
    if (this.isOn) this.add({ position, event: own(argv[1] as Bytes), key: argv[2] && own(argv[2]) });
    return true;
  }

  /** Whether there are changes that {@link stored} has not been asked for. */
  get hasUnstored(): boolean {
    return this.recorded;
  }

  /** What a checkpoint is to keep: the newest changes. */
  stored(): StoredFeed {
    let first = this.changes.length;
    let bytes = 0;
    while (first > this.head && this.changes.length - first < this.limits.storedChanges) {
      bytes += bytesOf(this.changes[first - 1] as Change);
      if (bytes > this.limits.storedBytes) break;
      first--;
    }
    this.recorded = false;
    const from = first > this.head ? (this.changes[first - 1] as Change).position : this.start;
    return { epoch: this.epoch as string, from, changes: this.changes.slice(first) };
  }

  /** Begins with what a checkpoint has kept. */
  restore({ epoch, from, changes }: StoredFeed): void {
    this.epoch = epoch;
    this.clear(from);
    for (const change of changes) this.add(change);
    this.recorded = false;
  }
}

function bytesOf({ key }: Change): number {
  return CHANGE_BYTES + (key?.length ?? 0);
}
