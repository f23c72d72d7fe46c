// CONFIG: settings by name. What each setting is, and whether it does anything here, is the engine's table.

import { ascii, type Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX } from '../../protocol/errors';
import { MapReply, OK, type Reply } from '../../protocol/reply';
import { command, container } from '../../spec/command';
import { helpFor } from '../../spec/help';

const NO_CONFIG_FILE = redisError('ERR The server is running without a config file');

const SECRET_SETTINGS = new Set(['masteruser', 'masterauth', 'requirepass', 'tls-key-file-pass', 'tls-client-key-file-pass']);

const SHARED = { group: 'server', flags: ['admin', 'noscript', 'loading', 'stale'] } as const;

const get = command({
  ...SHARED,
  name: 'config|get',
  summary: 'Returns the settings whose names match any of the patterns.',
  since: '2.0.0',
  complexity: 'O(N) when N is the number of configuration parameters provided',
  arity: -3,
  syntax: 'parameter [parameter ...]',
  sharding: 'local',
  history: [['7.0.0', 'Takes several patterns.']],
  difference:
    'CONFIG keeps many of Redis’ settings only so that clients can read and set them; src/engine/settings-table.ts says which have an effect.',
  run(ctx, argv): Reply {
    const matches = ctx.server.settings.match(argv.slice(2));
    return new MapReply(matches.flatMap(([name, value]) => [ascii(name), value]));
  },
});

const set = command({
  ...SHARED,
  name: 'config|set',
  summary: 'Changes settings: all of those that are named, or none.',
  since: '2.0.0',
  complexity: 'O(N) when N is the number of configuration parameters provided',
  arity: -4,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  syntax: 'parameter value [parameter value ...]',
  sharding: { all: 'ok' },
  history: [['7.0.0', 'Takes several settings.']],
  difference:
    'What CONFIG SET changes lasts until the shard restarts, but for the settings of eviction, notify-keyspace-events and appendfsync, which are kept. maxmemory is about the dataset alone, that of all shards together.',
  secrets: (argv) => argv.flatMap((name, i) => (i % 2 === 0 && SECRET_SETTINGS.has(name.toLowerCase()) ? [i + 1] : [])),
  run(ctx, argv): Reply {
    if (argv.length % 2 !== 0) throw SYNTAX;
    const pairs: [Bytes, Bytes][] = [];
    for (let i = 2; i < argv.length; i += 2) pairs.push([argv[i] as Bytes, argv[i + 1] as Bytes]);
    ctx.server.settings.set(pairs);
    return OK;
  },
});

const resetStat = command({
  ...SHARED,
  name: 'config|resetstat',
  summary: 'Sets the counters of INFO back to zero.',
  since: '2.0.0',
  complexity: 'O(1)',
  arity: 2,
  syntax: '',
  sharding: { all: 'ok' },
  run(ctx) {
    ctx.server.resetStats();
    return OK;
  },
});

const rewrite = command({
  ...SHARED,
  name: 'config|rewrite',
  summary: 'Would write the settings to a configuration file; there is none, which it says.',
  since: '2.8.0',
  complexity: 'O(1)',
  arity: 2,
  syntax: '',
  sharding: 'local',
  run: () => NO_CONFIG_FILE,
});

const subcommands = [get, resetStat, rewrite, set];

export const config = container({
  name: 'config',
  group: 'server',
  summary: 'Reads and changes settings.',
  since: '2.0.0',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: [],
  syntax: '',
  subcommands: [...subcommands, helpFor('config', 'server', '5.0.0', ['loading', 'stale'], subcommands)],
});
