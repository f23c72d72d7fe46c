// Who listens to which channel of this shard, and what they are sent.
//
// A message goes to those who are subscribed when it is published. It is handed over when its unit is committed, in the
// order of all messages of the unit.

import { type Bytes, own } from '../bytes/bytes';
import { globMatch } from '../bytes/glob';
import { bulk } from '../protocol/reply';
import type { PubSub, SubscriptionKind } from '../spec/pubsub';
import type { ChangeSet } from './changes';
import type { ClientState } from './client-state';
import { Message } from './message';

const WORDS = { channel: bulk('message'), shard: bulk('smessage') } as const;
const PATTERN_MESSAGE = bulk('pmessage');

/** A message for a channel of another shard, whose subscribers are there. */
export interface ForeignMessage {
  readonly kind: 'channel' | 'shard';
  readonly channel: Bytes;
  readonly message: Bytes;
}

export class EnginePubSub implements PubSub {
  private readonly subscribed: Record<SubscriptionKind, Map<Bytes, Set<ClientState>>> = {
    channel: new Map(),
    pattern: new Map(),
    shard: new Map(),
  };

  constructor(
    private readonly changes: ChangeSet,
    private readonly owns: (channel: Bytes) => boolean,
    private readonly onForeignMessage: (message: ForeignMessage) => void = () => undefined,
  ) {}

  subscribe(client: ClientState, kind: SubscriptionKind, name: Bytes): void {
    if (client.subscriptions[kind].has(name)) return;
    const kept = own(name);
    client.subscriptions.add(kind, kept);
    const clients = this.subscribed[kind].get(kept);
    if (clients) clients.add(client);
    else this.subscribed[kind].set(kept, new Set([client]));
  }

  unsubscribe(client: ClientState, kind: SubscriptionKind, name: Bytes): void {
    if (client.subscriptions.delete(kind, name)) this.remove(client, kind, name);
  }

  private remove(client: ClientState, kind: SubscriptionKind, name: Bytes): void {
    const clients = this.subscribed[kind].get(name);
    clients?.delete(client);
    if (clients?.size === 0) this.subscribed[kind].delete(name);
  }

  forget(client: ClientState): void {
    if (client.subscriptions.size === 0) return;
    for (const [kind, name] of client.subscriptions) this.unsubscribe(client, kind, name);
  }

  publish(kind: 'channel' | 'shard', channel: Bytes, message: Bytes): number {
    if (this.owns(channel)) return this.deliver(kind, channel, message);
    this.changes.messages.push({ kind, channel, message });
    return this.receivers(kind, channel);
  }

  /**
   * Sends a message to the subscribers that this shard has, whichever shard the channel belongs to: what a shard tells of
   * its own keys, and what another one has forwarded. As {@link PubSub.publish}.
   */
  deliver(kind: 'channel' | 'shard', channel: Bytes, message: Bytes): number {
    let receivers = 0;
    const send = (clients: ReadonlySet<ClientState>, items: readonly Bytes[]): void => {
      this.changes.messages.push({ message: new Message(items), clients: [...clients] });
      receivers += clients.size;
    };
    const clients = this.subscribed[kind].get(channel);
    if (clients) send(clients, [WORDS[kind], channel, message]);
    if (kind === 'channel') {
      for (const [pattern, listeners] of this.subscribed.pattern) {
        if (globMatch(pattern, channel)) send(listeners, [PATTERN_MESSAGE, pattern, channel, message]);
      }
    }
    return receivers;
  }

  /** The unit is committed: its messages go out. */
  handOver(): void {
    for (const sent of this.changes.messages) {
      if ('clients' in sent) for (const client of sent.clients) client.tell(sent.message);
      else this.onForeignMessage(sent);
    }
  }

  private receivers(kind: 'channel' | 'shard', channel: Bytes): number {
    let receivers = this.subscribers(kind, channel);
    if (kind === 'channel') {
      for (const [pattern, { size }] of this.subscribed.pattern) if (globMatch(pattern, channel)) receivers += size;
    }
    return receivers;
  }

  names(kind: SubscriptionKind): Iterable<Bytes> {
    return this.subscribed[kind].keys();
  }

  count(kind: SubscriptionKind): number {
    return this.subscribed[kind].size;
  }

  subscribers(kind: SubscriptionKind, name: Bytes): number {
    return this.subscribed[kind].get(name)?.size ?? 0;
  }
}
