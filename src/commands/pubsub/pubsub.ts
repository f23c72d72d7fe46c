// PUBSUB.

import type { Bytes } from '../../bytes/bytes';
import { globMatch } from '../../bytes/glob';
import { wrongSubcommandUse } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { type CommandSpec, command, container, type Flag } from '../../spec/command';
import { helpFor } from '../../spec/help';

const FLAGS: readonly Flag[] = ['pubsub', 'loading', 'stale'];

interface Declared {
  readonly name: string;
  readonly kind: 'channel' | 'shard';
  readonly since: string;
  readonly what: string;
}

/** The active channels. */
function channelsOf({ name, kind, since, what }: Declared): CommandSpec {
  return command({
    name: `pubsub|${name}`,
    group: 'pubsub',
    summary: `Lists the ${what} that somebody is subscribed to.`,
    since,
    complexity: `O(N) where N is the number of active ${what}, and assuming constant time pattern matching (relatively short channels and patterns).`,
    arity: -2,
    flags: FLAGS,
    syntax: '[pattern]',
    sharding: { all: 'union' },
    run(ctx, argv) {
      if (argv.length > 3) throw wrongSubcommandUse(argv);
      const names = [...ctx.pubsub.names(kind)];
      const pattern = argv[2];
      return pattern === undefined ? names : names.filter((one) => globMatch(pattern, one));
    },
  });
}

/** How many are subscribed to each of some channels. */
function countsOf({ name, kind, since, what }: Declared): CommandSpec {
  const noun = kind === 'shard' ? 'shardchannel' : 'channel';
  return command({
    name: `pubsub|${name}`,
    group: 'pubsub',
    summary: `Counts the subscribers of ${what}.`,
    since,
    complexity: `O(N) where N is the number of requested ${what}.`,
    arity: -2,
    flags: FLAGS,
    syntax: `[${noun} [${noun} ...]]`,
    sharding: { all: 'most' },
    run: (ctx, argv) => argv.slice(2).flatMap((channel): Reply[] => [channel as Bytes, ctx.pubsub.subscribers(kind, channel)]),
  });
}

const numpat = command({
  name: 'pubsub|numpat',
  group: 'pubsub',
  summary: 'Counts the different patterns that somebody is subscribed to.',
  since: '2.8.0',
  complexity: 'O(1)',
  arity: 2,
  flags: FLAGS,
  syntax: '',
  // Patterns are subscribed to on every shard.
  sharding: 'local',
  run: (ctx) => ctx.pubsub.count('pattern'),
});

const subcommands = [
  channelsOf({ name: 'channels', kind: 'channel', since: '2.8.0', what: 'channels' }),
  numpat,
  countsOf({ name: 'numsub', kind: 'channel', since: '2.8.0', what: 'channels' }),
  channelsOf({ name: 'shardchannels', kind: 'shard', since: '7.0.0', what: 'shard channels' }),
  countsOf({ name: 'shardnumsub', kind: 'shard', since: '7.0.0', what: 'shard channels' }),
];

export const pubsub = container({
  name: 'pubsub',
  group: 'pubsub',
  summary: 'Commands about channels and their subscribers.',
  since: '2.8.0',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: [],
  syntax: '',
  subcommands: [...subcommands, helpFor('pubsub', 'pubsub', '6.2.0', ['loading', 'stale'], subcommands)],
});
