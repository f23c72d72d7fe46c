// MONITOR.

import { redisError } from '../../protocol/errors';
import { NO_REPLY, OK } from '../../protocol/reply';
import { command } from '../../spec/command';

const NOT_HERE = redisError("ERR MONITOR isn't allowed for DENY BLOCKING client");

export const monitor = command({
  name: 'monitor',
  group: 'server',
  summary: 'Shows the connection every command as it runs.',
  since: '1.0.0',
  complexity: 'O(N) for each command, N being the number of connections that are shown it.',
  arity: 1,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  syntax: '',
  sharding: { all: 'ok' },
  rest: 'refused',
  difference:
    'MONITOR shows times in milliseconds, and over several shards each part of a command that was cut; a connection that reads too slowly is closed, and one over a WebSocket after 15 minutes.',
  run(ctx) {
    if (!ctx.mayBlock) throw NOT_HERE;
    if (ctx.client.monitoring) return NO_REPLY;
    ctx.server.monitor(ctx.client);
    return OK;
  },
});
