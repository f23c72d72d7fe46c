// What a connection is subscribed to, kept while its object sleeps: with its socket as long as the names are few, which
// is nearly always, and otherwise in a table, a row for each.

import type { Bytes } from '../bytes/bytes';
import { fromBuffer, toBuffer } from '../bytes/bytes';
import type { Subscriptions } from '../engine/subscriptions';
import { SUBSCRIPTION_KINDS, type SubscriptionKind } from '../spec/pubsub';
import type { Database, Parameter } from './database';
import type { Disk } from './disk';

/** What names may take of the 16,384 bytes that the runtime keeps for a socket. The rest of a connection takes 2,048. */
const MAX_ATTACHED_BYTES = 12 * 1024;
/** What a name takes there beside its bytes. */
const NAME_OVERHEAD = 8;

/** The part of a socket's attachment that is about subscriptions: the names, or that they are in the table. */
export type AttachedSubscriptions = Readonly<Record<SubscriptionKind, readonly Bytes[]>> | 'stored' | undefined;

/** The table, for all connections. It is brought up to date when there is room on the disk. */
export class SubscriptionStore {
  constructor(
    private readonly database: Database,
    private readonly disk: Disk,
  ) {}

  private write(statement: string, ...parameters: Parameter[]): void {
    this.disk.whenRoom(() => this.database.write(statement, ...parameters));
  }

  /** Those of a client, by its id. */
  load(client: number): (readonly [SubscriptionKind, Bytes])[] {
    const rows = this.database.query<{ kind: number; name: ArrayBuffer }>('SELECT kind, name FROM subscription WHERE client = ?', client);
    return [...rows].map(({ kind, name }) => [SUBSCRIPTION_KINDS[kind] as SubscriptionKind, fromBuffer(name)]);
  }

  put(client: number, kind: SubscriptionKind, name: Bytes): void {
    this.write(
      'INSERT OR REPLACE INTO subscription (client, kind, name) VALUES (?, ?, ?)',
      ...[client, SUBSCRIPTION_KINDS.indexOf(kind), toBuffer(name)],
    );
  }

  remove(client: number, kind: SubscriptionKind, name: Bytes): void {
    this.write(
      'DELETE FROM subscription WHERE client = ? AND kind = ? AND name = ?',
      ...[client, SUBSCRIPTION_KINDS.indexOf(kind), toBuffer(name)],
    );
  }

  forget(client: number): void {
    this.write('DELETE FROM subscription WHERE client = ?', client);
  }

  /** Clients that went while the object was not there to notice are forgotten. */
  retain(clients: ReadonlySet<number>): void {
    const rows = this.database.query<{ client: number }>('SELECT DISTINCT client FROM subscription');
    for (const { client } of [...rows]) if (!clients.has(client)) this.forget(client);
  }
}

/** Those of one connection. */
export class KeptSubscriptions {
  private stored = false;
  /** Changes since the table was written. */
  private readonly changes: (readonly [kind: SubscriptionKind, name: Bytes, subscribed: boolean])[] = [];

  constructor(
    private readonly store: SubscriptionStore,
    private readonly client: number,
    private readonly subscriptions: Subscriptions,
  ) {}

  /** What was kept of a connection that has slept. */
  static load(store: SubscriptionStore, client: number, attached: AttachedSubscriptions): Iterable<readonly [SubscriptionKind, Bytes]> {
    if (attached === 'stored') return store.load(client);
    if (attached === undefined) return [];
    return SUBSCRIPTION_KINDS.flatMap((kind) => attached[kind].map((name) => [kind, name] as const));
  }

  /** Goes on where the last life of the object ended. */
  resume(attached: AttachedSubscriptions): void {
    if (attached === 'stored') this.watch();
  }

  /** Keeps them. Returns what the attachment is to hold. */
  save(): AttachedSubscriptions {
    const { subscriptions } = this;
    const { size, nameBytes } = subscriptions;
    if (nameBytes + size * NAME_OVERHEAD > MAX_ATTACHED_BYTES) {
      this.write();
      return 'stored';
    }
    this.forget();
    if (size === 0) return undefined;
    return { channel: [...subscriptions.channel], pattern: [...subscriptions.pattern], shard: [...subscriptions.shard] };
  }

  private write(): void {
    const { store, client } = this;
    if (this.stored) {
      for (const [kind, name, subscribed] of this.changes) {
        if (subscribed) store.put(client, kind, name);
        else store.remove(client, kind, name);
      }
    } else {
      for (const [kind, name] of this.subscriptions) store.put(client, kind, name);
      this.watch();
    }
    this.changes.length = 0;
  }

  private watch(): void {
    this.stored = true;
    this.subscriptions.onChange = (...change) => this.changes.push(change);
  }

  /** The connection has gone, or they fit into the attachment again. */
  forget(): void {
    if (!this.stored) return;
    this.stored = false;
    this.subscriptions.onChange = undefined;
    this.changes.length = 0;
    this.store.forget(this.client);
  }
}
