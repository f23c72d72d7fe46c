// What replication is asked for: ROLE, WAIT and WAITAOF. There are no Redis replicas; the platform keeps copies
// of the storage, and a write is answered when it is durable.

import { ascii } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { requireTimeoutMs } from '../../spec/blocking';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { requireInteger } from '../../spec/cursor';

const OUT_OF_RANGE = redisError('ERR value is out of range, value must between 0 and 1');
const NOT_WRITTEN = redisError('ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.');
const NOT_POSITIVE = redisError('ERR value is out of range, must be positive');

export const role = command({
  name: 'role',
  group: 'server',
  summary: 'Returns the role of the server in replication: a master without replicas.',
  since: '2.8.12',
  complexity: 'O(1)',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'sentinel'],
  categories: ['admin', 'dangerous'],
  syntax: '',
  sharding: 'local',
  difference: 'The offset in ROLE and INFO counts effects of the first shard; nothing replicates from it.',
  run: (ctx): Reply => [ascii('master'), ctx.server.sequence, []],
});

/** Waits for replicas to acknowledge, which none will. */
function waitInVain(ctx: Context, deadline: number, nothing: Reply): Reply {
  return ctx.block({ keys: [], deadline, nothing, serve: () => undefined });
}

export const wait = command({
  name: 'wait',
  group: 'connection',
  summary: 'Returns the number of replicas that have the writes of the connection, which is 0.',
  since: '3.0.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['noscript'],
  tips: ['request_policy:all_shards', 'response_policy:agg_min'],
  syntax: 'numreplicas:integer timeout:integer',
  sharding: 'local',
  difference:
    'WAIT finds no replicas, so it waits until its time is over; WAITAOF has everything written at once, and is answered when it is.',
  run(ctx, argv) {
    const replicas = requireInteger(argv[1]);
    const deadline = requireTimeoutMs(argv[2], ctx.now);
    return replicas > 0 ? waitInVain(ctx, deadline, 0) : 0;
  },
});

export const waitAof = command({
  name: 'waitaof',
  group: 'connection',
  summary: 'Returns on how many servers the writes of the connection are durable: on this one, and on 0 replicas.',
  since: '7.2.0',
  complexity: 'O(1)',
  arity: 4,
  flags: ['noscript', 'blocking'],
  tips: ['request_policy:all_shards', 'response_policy:agg_min'],
  syntax: 'numlocal:integer numreplicas:integer timeout:integer',
  sharding: { all: 'every' },
  run(ctx, argv): Reply {
    const local = requireInteger(argv[1]);
    if (local < 0 || local > 1) throw OUT_OF_RANGE;
    const replicas = requireInteger(argv[2], NOT_POSITIVE, 0);
    const deadline = requireTimeoutMs(argv[3], ctx.now);
    const { persistence } = ctx.server;
    if (persistence.durability === 'memory') {
      if (local > 0) throw NOT_WRITTEN;
      return replicas > 0 ? waitInVain(ctx, deadline, [0, 0]) : [0, 0];
    }
    persistence.sync();
    const durable = [1, 0];
    return replicas > 0 ? waitInVain(ctx, deadline, durable) : durable;
  },
});
