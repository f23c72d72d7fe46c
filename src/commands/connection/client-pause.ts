// CLIENT PAUSE and CLIENT UNPAUSE.

import type { Bytes } from '../../bytes/bytes';
import { redisError, wrongSubcommandUse } from '../../protocol/errors';
import { OK } from '../../protocol/reply';
import { requireTimeoutMs } from '../../spec/blocking';
import { command, type Flag } from '../../spec/command';
import type { PauseMode } from '../../spec/server';

const FLAGS: readonly Flag[] = ['admin', 'noscript', 'loading', 'stale', 'sentinel'];
const BAD_MODE = redisError('ERR CLIENT PAUSE mode must be WRITE or ALL');

function requireMode(arg: Bytes | undefined): PauseMode {
  const mode = arg === undefined ? 'all' : arg.toLowerCase();
  if (mode !== 'write' && mode !== 'all') throw BAD_MODE;
  return mode;
}

export const clientPause = command({
  name: 'client|pause',
  group: 'connection',
  summary: 'Puts commands off for a while: those that change something, or all.',
  since: '2.9.50',
  complexity: 'O(1)',
  arity: -3,
  flags: FLAGS,
  syntax: 'timeout:integer [WRITE | ALL]',
  history: [['6.2.0', 'Added the mode, with `WRITE`.']],
  sharding: { all: 'ok' },
  rest: 'refused',
  run(ctx, argv) {
    if (argv.length > 4) throw wrongSubcommandUse(argv);
    const mode = requireMode(argv[3]);
    const until = requireTimeoutMs(argv[2], ctx.now);
    // No time at all, unlike that of a command that waits for a key, is no pause.
    ctx.server.pause(mode, until === Number.POSITIVE_INFINITY ? 0 : until);
    return OK;
  },
});

export const clientUnpause = command({
  name: 'client|unpause',
  group: 'connection',
  summary: 'Ends a pause: what was put off is run.',
  since: '6.2.0',
  complexity: 'O(N) where N is the number of clients that wait.',
  arity: 2,
  flags: FLAGS,
  syntax: '',
  sharding: { all: 'ok' },
  rest: 'refused',
  run(ctx) {
    ctx.server.unpause();
    return OK;
  },
});
