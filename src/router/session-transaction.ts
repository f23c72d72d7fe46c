// To which shard a session's MULTI belongs.
//
// A transaction runs on one shard: that of the first key that it queues. Until a key is known another one holds the
// MULTI, so that every command is judged and answered by an engine at once; should the first key live elsewhere, what
// was queued so far is repeated there. Keys may be watched on any shards (session-commit.ts).

import { type Bytes, own } from '../bytes/bytes';
import type { Plan } from './plan';
import { MAX_REPEATED_BYTES, MAX_REPEATED_COMMANDS } from './session-limits';
import { HOME_SHARD } from './slot-map';

export class SessionTransaction {
  /** The shards of the watched keys. */
  readonly watching = new Set<number>();
  /** The shard that holds the MULTI; undefined outside of one. */
  shard: number | undefined;
  /** A command was refused here while queueing: EXEC aborts. */
  broken = false;
  /** Queued on the home shard while the transaction may still move; undefined when it may not. */
  private repeatable: (readonly Bytes[])[] | undefined;
  private repeatableBytes = 0;

  /** MULTI. */
  begin(): void {
    const [watched = HOME_SHARD] = this.watching;
    this.shard = watched;
    this.repeatable = [];
    this.repeatableBytes = 0;
    this.broken = false;
  }

  /** EXEC, DISCARD or RESET. */
  finish(): void {
    this.shard = undefined;
    this.watching.clear();
    this.repeatable = undefined;
    this.broken = false;
  }

  /** Shards with watched keys beside the one that holds the MULTI. */
  get watchedElsewhere(): number[] {
    return [...this.watching].filter((shard) => shard !== this.shard);
  }

  /** Whether a command with this plan may be queued: `move` when the transaction must go to another shard first. */
  admits(plan: Plan): 'yes' | 'move' | 'no' {
    if (plan.kind !== 'one') return 'no';
    if (!plan.keyed || plan.shard === this.shard) return 'yes';
    return this.repeatable ? 'move' : 'no';
  }

  /** A command goes to the shard that holds the MULTI. */
  queued(argv: readonly Bytes[], keyed: boolean): void {
    if (!this.repeatable) return;
    if (keyed) {
      this.repeatable = undefined;
      return;
    }
    this.repeatable.push(argv.map(own));
    for (const arg of argv) this.repeatableBytes += arg.length;
    if (this.repeatable.length > MAX_REPEATED_COMMANDS || this.repeatableBytes > MAX_REPEATED_BYTES) this.repeatable = undefined;
  }

  /** The transaction goes to `shard`; what must be repeated there, in order. */
  move(shard: number): readonly (readonly Bytes[])[] {
    const lines = this.repeatable ?? [];
    this.shard = shard;
    this.repeatable = undefined;
    return lines;
  }
}
