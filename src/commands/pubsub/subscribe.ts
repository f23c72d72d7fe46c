// SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE, and their opposites. Each name is confirmed by a message of its own, which has the
// form of a reply in RESP2 and of a push in RESP3, and comes although replies are off.

import type { Bytes } from '../../bytes/bytes';
import { noPermission, redisError } from '../../protocol/errors';
import { MAX_CHANNEL_BYTES, MAX_SUBSCRIPTION_BYTES } from '../../protocol/limits';
import { bulk, PushReply, type Reply, SeveralReplies } from '../../protocol/reply';
import { type CommandSpec, command, type Flag } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keysFrom } from '../../spec/keys';
import type { SubscriptionKind } from '../../spec/pubsub';

const TOO_LONG = redisError(`ERR the name of a channel is too long (most is ${MAX_CHANNEL_BYTES} bytes)`);
const TOO_MANY = redisError('ERR too many subscriptions on one connection');

interface Family {
  readonly kind: SubscriptionKind;
  readonly subscribe: string;
  readonly unsubscribe: string;
  /** What its names are called. */
  readonly noun: string;
  readonly since: string;
  readonly what: string;
  readonly complexity: readonly [subscribe: string, unsubscribe: string];
}

const FAMILIES: readonly Family[] = [
  {
    kind: 'channel',
    subscribe: 'subscribe',
    unsubscribe: 'unsubscribe',
    noun: 'channel',
    since: '2.0.0',
    what: 'channels',
    complexity: [
      'O(N) where N is the number of channels to subscribe to.',
      'O(N) where N is the number of clients already subscribed to a channel.',
    ],
  },
  {
    kind: 'pattern',
    subscribe: 'psubscribe',
    unsubscribe: 'punsubscribe',
    noun: 'pattern',
    since: '2.0.0',
    what: 'all channels whose names match patterns',
    complexity: [
      'O(N) where N is the number of patterns the client is already subscribed to.',
      'O(N) where N is the number of patterns to unsubscribe from.',
    ],
  },
  {
    kind: 'shard',
    subscribe: 'ssubscribe',
    unsubscribe: 'sunsubscribe',
    noun: 'shardchannel',
    since: '7.0.0',
    what: 'shard channels',
    complexity: [
      'O(N) where N is the number of shard channels to subscribe to.',
      'O(N) where N is the number of shard channels to unsubscribe from.',
    ],
  },
];

/** Channels and patterns are counted together, shard channels apart. */
function countOf({ client }: Context, kind: SubscriptionKind): number {
  const { channel, pattern, shard } = client.subscriptions;
  return kind === 'shard' ? shard.size : channel.size + pattern.size;
}

function confirmation(ctx: Context, word: string, kind: SubscriptionKind, name: Bytes | null): Reply {
  return new PushReply([bulk(word), name, countOf(ctx, kind)]);
}

/** A client that cannot be sent anything later. Inside a transaction Redis lets SUBSCRIBE and PSUBSCRIBE pass all the same. */
function mayListen({ client, mayBlock }: Context, kind: SubscriptionKind): boolean {
  return client.listens && (mayBlock || kind !== 'shard');
}

/** Its holder sees what it knows the name of, and no more: events come with the names of keys. */
function readOnlyMayHear(channel: Bytes): boolean {
  return !channel.startsWith('__keyevent@');
}

function judge(ctx: Context, { kind, subscribe }: Family, names: readonly Bytes[]): void {
  const { client } = ctx;
  if (!mayListen(ctx, kind)) throw redisError(`ERR ${subscribe.toUpperCase()} isn't allowed for a DENY BLOCKING client`);
  let bytes = client.subscriptions.bytes;
  for (const name of names) {
    if (name.length > MAX_CHANNEL_BYTES) throw TOO_LONG;
    if (client.access === 'read' && !readOnlyMayHear(name)) throw noPermission(subscribe);
    if (!client.subscriptions[kind].has(name)) bytes += name.length;
  }
  if (bytes > MAX_SUBSCRIPTION_BYTES) throw TOO_MANY;
}

const FLAGS: readonly Flag[] = ['pubsub', 'noscript', 'loading', 'stale'];

function flagsOf(kind: SubscriptionKind): readonly Flag[] {
  return kind === 'shard' ? FLAGS : [...FLAGS, 'sentinel'];
}

/** With several shards the session keeps what follows from that: src/router/session-subscriptions.ts. */
const SHARDED = 'Over several shards it is not allowed inside MULTI.';

function subscribeOf(family: Family): CommandSpec {
  const { kind, subscribe, noun, since, what, complexity } = family;
  return command({
    name: subscribe,
    group: 'pubsub',
    summary: `Has the connection told of messages for ${what}.`,
    since,
    complexity: complexity[0],
    arity: -2,
    flags: flagsOf(kind),
    ...(kind === 'shard' && { keys: [keysFrom(1, -1, 1, 'not_key')] }),
    syntax: `${noun} [${noun} ...]`,
    sharding: 'local',
    rest: 'refused',
    difference: SHARDED,
    run(ctx, argv) {
      const names = argv.slice(1);
      judge(ctx, family, names);
      return new SeveralReplies(
        names.map((name) => {
          ctx.pubsub.subscribe(ctx.client, kind, name);
          return confirmation(ctx, subscribe, kind, name);
        }),
      );
    },
  });
}

function unsubscribeOf({ kind, unsubscribe, noun, since, what, complexity }: Family): CommandSpec {
  return command({
    name: unsubscribe,
    group: 'pubsub',
    summary: `Has the connection told no longer of messages for ${what}; without arguments for any.`,
    since,
    complexity: complexity[1],
    arity: -1,
    flags: flagsOf(kind),
    ...(kind === 'shard' && { keys: [keysFrom(1, -1, 1, 'not_key')] }),
    syntax: `[${noun} [${noun} ...]]`,
    sharding: 'local',
    rest: 'refused',
    run(ctx, argv) {
      const names = argv.length > 1 ? argv.slice(1) : [...ctx.client.subscriptions[kind]];
      if (names.length === 0) return new SeveralReplies([confirmation(ctx, unsubscribe, kind, null)]);
      return new SeveralReplies(
        names.map((name) => {
          ctx.pubsub.unsubscribe(ctx.client, kind, name);
          return confirmation(ctx, unsubscribe, kind, name);
        }),
      );
    },
  });
}

export const subscriptionCommands = FAMILIES.flatMap((family) => [subscribeOf(family), unsubscribeOf(family)]);
