// Functions come with scripting. Until then there are none, and what is here says so truthfully.

import { redisError, wrongSubcommandUse } from '../../protocol/errors';
import { OK } from '../../protocol/reply';
import { command, container } from '../../spec/command';
import { helpFor } from '../../spec/help';

const BAD_MODE = redisError('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');

const flush = command({
  name: 'function|flush',
  group: 'scripting',
  summary: 'Deletes all functions, of which there are none yet.',
  since: '7.0.0',
  complexity: 'O(1)',
  arity: -2,
  flags: ['write', 'noscript'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  syntax: '[ASYNC | SYNC]',
  sharding: { all: 'ok' },
  difference: 'Functions cannot be loaded yet, so there is nothing to delete; Redis test suites call it before every test.',
  run(_ctx, argv) {
    if (argv.length > 3) throw wrongSubcommandUse(argv);
    const mode = argv[2]?.toUpperCase();
    if (mode !== undefined && mode !== 'ASYNC' && mode !== 'SYNC') throw BAD_MODE;
    return OK;
  },
});

export const functionContainer = container({
  name: 'function',
  group: 'scripting',
  summary: 'Holds the commands for functions.',
  since: '7.0.0',
  complexity: 'Depends on the subcommand.',
  arity: -2,
  flags: [],
  syntax: '',
  subcommands: [flush, helpFor('function', 'scripting', '7.0.0', ['loading', 'stale'], [flush])],
});
