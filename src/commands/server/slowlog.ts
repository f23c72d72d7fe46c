// SLOWLOG: the commands that took long (engine/slow-log.ts).

import { redisError, wrongSubcommandUse } from '../../protocol/errors';
import { OK, type Reply } from '../../protocol/reply';
import { command, container } from '../../spec/command';
import { requireInteger } from '../../spec/cursor';
import { helpFor } from '../../spec/help';

const BAD_COUNT = redisError('ERR count should be greater than or equal to -1');
const DEFAULT_COUNT = 10;

const SHARED = { group: 'server', flags: ['admin', 'loading', 'stale'] } as const;

const get = command({
  ...SHARED,
  name: 'slowlog|get',
  summary: 'Returns the newest entries of the slow log, or all of them for -1.',
  since: '2.2.12',
  complexity: 'O(N) where N is the number of entries returned',
  arity: -2,
  tips: ['request_policy:all_nodes', 'nondeterministic_output'],
  syntax: '[count:integer]',
  sharding: { all: 'concatenate' },
  history: [['4.0.0', 'Added the address and the name of the client.']],
  difference:
    'SLOWLOG and LATENCY know time in whole milliseconds; on Cloudflare the clock stands still while a command runs, so that there every command seems to take none. Commands that are flagged `fast` are not timed. The slow log keeps 4,096 entries at most.',
  run(ctx, argv): Reply {
    if (argv.length > 3) throw wrongSubcommandUse(argv);
    const { slowLog } = ctx.server;
    const count = argv.length > 2 ? requireInteger(argv[2], BAD_COUNT, -1) : DEFAULT_COUNT;
    return slowLog
      .newest(count === -1 ? slowLog.length : count)
      .map((entry) => [entry.id, entry.seconds, entry.tookUs, [...entry.argv], entry.address, entry.name]);
  },
});

const len = command({
  ...SHARED,
  name: 'slowlog|len',
  summary: 'Returns the number of entries in the slow log.',
  since: '2.2.12',
  complexity: 'O(1)',
  arity: 2,
  tips: ['request_policy:all_nodes', 'response_policy:agg_sum', 'nondeterministic_output'],
  syntax: '',
  sharding: { all: 'sum' },
  run: (ctx) => ctx.server.slowLog.length,
});

const reset = command({
  ...SHARED,
  name: 'slowlog|reset',
  summary: 'Empties the slow log.',
  since: '2.2.12',
  complexity: 'O(N) where N is the number of entries in the slowlog',
  arity: 2,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  syntax: '',
  sharding: { all: 'ok' },
  run(ctx) {
    ctx.server.slowLog.clear();
    return OK;
  },
});

const subcommands = [get, len, reset];

export const slowlog = container({
  name: 'slowlog',
  group: 'server',
  summary: 'Tells which commands took long.',
  since: '2.2.12',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  syntax: '',
  subcommands: [...subcommands, helpFor('slowlog', 'server', '6.2.0', ['loading', 'stale'], subcommands)],
});
