// Whether there is room for a command that may enlarge the dataset: maxmemory, for which keys go first, and the storage.

import { DISK_FULL, OUT_OF_MEMORY, STORAGE_FULL } from '../protocol/errors';
import type { ErrorReply } from '../protocol/reply';
import type { Persistence } from '../spec/server';
import type { Blocking } from './blocking';
import type { ClientState } from './client-state';
import type { Eviction } from './eviction';

export interface RoomPorts {
  readonly eviction: Eviction;
  readonly blocking: Blocking;
  readonly persistence: Persistence;
  /** Runs something as a unit of its own. */
  unit(now: number, work: () => void): void;
  onFault(error: unknown): void;
}

export class Room {
  /** What a command that needs room is answered, as of when the running one began; undefined when there is room. */
  shortage: ErrorReply | undefined;

  constructor(private readonly ports: RoomPorts) {}

  /** Makes room before a command runs, as far as keys may go. Returns the {@link shortage}. */
  make(client: ClientState, now: number): ErrorReply | undefined {
    const { eviction, blocking, persistence } = this.ports;
    this.shortage = undefined;
    const storage = persistence.meetShortage();
    // Keys that go would have to be written too.
    if (storage === 'disk') this.shortage = DISK_FULL;
    if (storage === 'disk' || (eviction.limit === 0 && !storage) || blocking.isStillFor(client)) return this.shortage;
    if (eviction.limit > 0) {
      this.ports.unit(now, () => this.evict(now));
      client.onRoomMade?.();
    }
    if (storage) this.shortage = STORAGE_FULL;
    return this.shortage;
  }

  private evict(now: number): void {
    try {
      if (this.ports.eviction.perform(now) === 'failed') this.shortage = OUT_OF_MEMORY;
    } catch (thrown) {
      // What has gone until then is gone, and journaled; there is no more room than that.
      this.ports.onFault(thrown);
      this.shortage = OUT_OF_MEMORY;
    }
  }
}
