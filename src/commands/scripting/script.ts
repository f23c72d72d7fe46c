// SCRIPT: the scripts that are kept for EVALSHA.

import type { Bytes } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import { OK } from '../../protocol/reply';
import { command, container } from '../../spec/command';
import { helpFor } from '../../spec/help';
import { killOf } from './shared';

const BAD_MODE = redisError('ERR SCRIPT FLUSH only support SYNC|ASYNC option');
const BAD_DEBUG_MODE = redisError('ERR Use SCRIPT DEBUG YES/SYNC/NO');
const NO_DEBUGGER = redisError('ERR there is no debugger for scripts');

const shared = { group: 'scripting', since: '2.6.0' } as const;

const debug = command({
  ...shared,
  name: 'script|debug',
  summary: 'Would debug the scripts that follow; there is no debugger, and NO is what is.',
  since: '3.2.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['noscript'],
  syntax: '<YES | SYNC | NO>',
  sharding: 'local',
  difference: 'There is no debugger for Lua scripts (SCRIPT DEBUG): it would hold up everybody else.',
  run(_ctx, argv) {
    const mode = (argv[2] as Bytes).toUpperCase();
    if (mode === 'NO') return OK;
    throw mode === 'YES' || mode === 'SYNC' ? NO_DEBUGGER : BAD_DEBUG_MODE;
  },
});

const exists = command({
  ...shared,
  name: 'script|exists',
  summary: 'Says of each digest whether its script is kept.',
  complexity: 'O(N) with N being the number of scripts to check.',
  arity: -3,
  flags: ['noscript'],
  tips: ['request_policy:all_shards', 'response_policy:agg_logical_and'],
  syntax: 'sha1 [sha1 ...]',
  sharding: { all: 'every' },
  run: (ctx, argv) => argv.slice(2).map((digest) => (ctx.scripts.has(digest) ? 1 : 0)),
});

const flush = command({
  ...shared,
  name: 'script|flush',
  summary: 'Removes all scripts that are kept.',
  complexity: 'O(N) with N being the number of scripts in cache',
  arity: -2,
  flags: ['noscript'],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  syntax: '[ASYNC | SYNC]',
  sharding: { all: 'ok' },
  history: [['6.2.0', 'Took ASYNC and SYNC.']],
  run(ctx, argv) {
    const mode = argv[2]?.toUpperCase();
    if (argv.length > 3 || (mode !== undefined && mode !== 'ASYNC' && mode !== 'SYNC')) throw BAD_MODE;
    ctx.scripts.flush();
    return OK;
  },
});

const kill = killOf('script', shared.since);

const load = command({
  ...shared,
  name: 'script|load',
  summary: 'Keeps a script, and returns the digest that EVALSHA calls it by.',
  complexity: 'O(N) with N being the length in bytes of the script body.',
  arity: 3,
  flags: ['noscript', 'stale'],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  syntax: 'script',
  sharding: { all: 'ok' },
  difference:
    'Scripts outlive a restart: what SCRIPT LOAD has loaded stays until SCRIPT FLUSH (up to 16 MB), and of those that EVAL alone has seen the 500 used last.',
  run: (ctx, argv) => ctx.scripts.load(argv[2] as Bytes),
});

const subcommands = [debug, exists, flush, kill, load];

export const script = container({
  ...shared,
  name: 'script',
  summary: 'Holds the commands for the scripts that are kept.',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: [],
  syntax: '',
  subcommands: [...subcommands, helpFor('script', 'scripting', '5.0.0', ['loading', 'stale'], subcommands)],
});
