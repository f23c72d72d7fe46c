// PUBLISH and SPUBLISH.

import type { Bytes } from '../../bytes/bytes';
import { command, type Flag } from '../../spec/command';
import { keyAt } from '../../spec/keys';

const FLAGS: readonly Flag[] = ['pubsub', 'loading', 'stale', 'fast', 'may_replicate'];
const DIFFERENCE =
  'A client that listens to the channel itself gets the message behind the reply, as since Redis 7.2. With several shards, inside a transaction or a script, the reply counts only those subscribers that its shard knows when the channel belongs to another shard.';

export const publish = command({
  name: 'publish',
  group: 'pubsub',
  summary: 'Sends a message to the subscribers of a channel.',
  since: '2.0.0',
  complexity:
    'O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).',
  arity: 3,
  flags: [...FLAGS, 'sentinel'],
  syntax: 'channel message',
  sharding: 'channel',
  difference: DIFFERENCE,
  run: (ctx, argv) => ctx.pubsub.publish('channel', argv[1] as Bytes, argv[2] as Bytes),
});

export const spublish = command({
  name: 'spublish',
  group: 'pubsub',
  summary: 'Sends a message to the subscribers of a shard channel.',
  since: '7.0.0',
  complexity: 'O(N) where N is the number of clients subscribed to the receiving shard channel.',
  arity: 3,
  flags: FLAGS,
  keys: [keyAt(1, 'not_key')],
  syntax: 'shardchannel message',
  sharding: 'channel',
  difference: DIFFERENCE,
  run: (ctx, argv) => ctx.pubsub.publish('shard', argv[1] as Bytes, argv[2] as Bytes),
});
