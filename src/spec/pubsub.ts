// Channels and those who listen to them, as handlers see them.

import type { Bytes } from '../bytes/bytes';
import type { Client } from './client';

/** What SUBSCRIBE, PSUBSCRIBE and SSUBSCRIBE subscribe to. The channels of the last are apart from those of the first. */
export type SubscriptionKind = 'channel' | 'pattern' | 'shard';

export const SUBSCRIPTION_KINDS: readonly SubscriptionKind[] = ['channel', 'pattern', 'shard'];

/** What one client is subscribed to, of each kind in the order in which it began. */
export type SubscribedNames = Readonly<Record<SubscriptionKind, ReadonlySet<Bytes>>>;

export interface PubSub {
  subscribe(client: Client, kind: SubscriptionKind, name: Bytes): void;
  unsubscribe(client: Client, kind: SubscriptionKind, name: Bytes): void;
  /** Ends all subscriptions of a client. It is told nothing. */
  forget(client: Client): void;
  /**
   * Sends a message to those who are subscribed now. They get it when the running unit has ended, and when what it
   * changed is durable. Returns how many they are, as far as this shard knows.
   */
  publish(kind: 'channel' | 'shard', channel: Bytes, message: Bytes): number;
  /** Names that somebody is subscribed to. */
  names(kind: SubscriptionKind): Iterable<Bytes>;
  count(kind: SubscriptionKind): number;
  /** How many clients are subscribed to exactly this. */
  subscribers(kind: SubscriptionKind, name: Bytes): number;
}

const PREFIXES = ['__keyspace@', '__keyevent@'];
const INVALIDATE = '__redis__:invalidate';

/**
 * Every shard tells of its own keys on these channels, so with several shards they are subscribed to on all; any other
 * channel belongs to the shard of its hash slot, as a key does.
 */
export function isToldByEveryShard(channel: Bytes): boolean {
  return PREFIXES.some((prefix) => channel.startsWith(prefix)) || channel === INVALIDATE;
}
