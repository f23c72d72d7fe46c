// What one client is subscribed to.

import type { Bytes } from '../bytes/bytes';
import { SUBSCRIPTION_KINDS, type SubscribedNames, type SubscriptionKind } from '../spec/pubsub';

/** Memory that a subscription takes beside its name: a rough constant. */
const OVERHEAD = 64;

/** What nearly all clients are subscribed to. */
const NOTHING = new Set<Bytes>();

export class Subscriptions implements SubscribedNames {
  channel = NOTHING;
  pattern = NOTHING;
  shard = NOTHING;
  /** An estimate of the memory that they take. */
  bytes = 0;
  /** Grows with every change. */
  version = 0;
  /** Told of every change. */
  onChange: ((kind: SubscriptionKind, name: Bytes, subscribed: boolean) => void) | undefined;

  get size(): number {
    return this.channel.size + this.pattern.size + this.shard.size;
  }

  /** Of all names together. */
  get nameBytes(): number {
    return this.bytes - this.size * OVERHEAD;
  }

  /** False when it was there. */
  add(kind: SubscriptionKind, name: Bytes): boolean {
    if (this[kind].has(name)) return false;
    if (this[kind] === NOTHING) this[kind] = new Set();
    this[kind].add(name);
    this.changed(kind, name, true);
    return true;
  }

  /** False when it was not there. */
  delete(kind: SubscriptionKind, name: Bytes): boolean {
    if (!this[kind].delete(name)) return false;
    this.changed(kind, name, false);
    return true;
  }

  private changed(kind: SubscriptionKind, name: Bytes, subscribed: boolean): void {
    this.bytes += (subscribed ? 1 : -1) * (name.length + OVERHEAD);
    this.version++;
    this.onChange?.(kind, name, subscribed);
  }

  *[Symbol.iterator](): Generator<[kind: SubscriptionKind, name: Bytes]> {
    for (const kind of SUBSCRIPTION_KINDS) for (const name of this[kind]) yield [kind, name];
  }
}
