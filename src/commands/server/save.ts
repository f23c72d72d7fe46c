// SAVE, BGSAVE, LASTSAVE and BGREWRITEAOF: snapshots of the whole database in a bucket, and checkpoints.

import type { Bytes } from '../../bytes/bytes';
import { DISK_FULL, redisError } from '../../protocol/errors';
import { OK, type Reply, Status } from '../../protocol/reply';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import type { Snapshots } from '../../spec/server';

const IN_PROGRESS = redisError('ERR Background save already in progress');
const NO_BUCKET = redisError('ERR there is nowhere to write a snapshot: this deployment has no bucket SNAPSHOTS');
const FAILED = redisError('ERR the snapshot failed; GET /v1/snapshots says why');
const STARTED = new Status('Background saving started');
const SCHEDULED = new Status('Background saving scheduled');
const REWRITE_STARTED = new Status('Background append only file rewriting started');
const REWRITE_SCHEDULED = new Status('Background append only file rewriting scheduled');
const REWRITE_IN_PROGRESS = redisError('ERR Background append only file rewriting already in progress');

function requireBegun(begun: ReturnType<Snapshots['begin']>): void {
  if (begun === 'running') throw IN_PROGRESS;
  if (begun === 'no-bucket') throw NO_BUCKET;
  if (begun === 'no-room') throw DISK_FULL;
}

export const save = command({
  name: 'save',
  group: 'server',
  summary: 'Writes a snapshot of the database into the bucket, and answers when it is there.',
  since: '1.0.0',
  complexity: 'O(N) where N is the number of keys.',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  syntax: '',
  sharding: 'local',
  difference:
    'SAVE and BGSAVE write a snapshot into the bucket, with one RDB file per shard (`/v1/snapshots`). Other clients are served while SAVE waits. Over REST it answers as BGSAVE does.',
  run(ctx): Reply {
    let ended: ((succeeded: boolean) => void) | undefined;
    requireBegun(ctx.server.snapshots.begin((succeeded) => ended?.(succeeded)));
    return ctx.block({
      keys: [],
      deadline: Number.POSITIVE_INFINITY,
      serve: () => undefined,
      nothing: STARTED,
      until: (answered) => {
        ended = (succeeded) => answered(succeeded ? OK : FAILED);
      },
    });
  },
});

export const bgSave = command({
  name: 'bgsave',
  group: 'server',
  summary: 'Begins to write a snapshot of the database into the bucket.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: -1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  syntax: '[SCHEDULE]',
  history: [['3.2.2', 'Added the `SCHEDULE` option.']],
  sharding: 'local',
  run(ctx, argv: readonly Bytes[]): Reply {
    const args = new Cursor(argv, 1);
    args.keyword('SCHEDULE');
    args.end();
    requireBegun(ctx.server.snapshots.begin());
    return ctx.alone ? STARTED : SCHEDULED;
  },
});

export const lastSave = command({
  name: 'lastsave',
  group: 'server',
  summary: 'Returns the Unix time of the last snapshot, or that of the start when there was none.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  categories: ['admin', 'dangerous'],
  tips: ['nondeterministic_output'],
  syntax: '',
  sharding: 'local',
  run: ({ server }) => Math.floor((server.snapshots.lastSaveMs ?? server.startedAtMs) / 1000),
});

export const bgRewriteAof = command({
  name: 'bgrewriteaof',
  group: 'server',
  summary: 'Writes what is in memory alone into storage and begins the journal anew: a checkpoint.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  syntax: '',
  sharding: { all: 'ok' },
  run(ctx): Reply {
    const { persistence } = ctx.server;
    if (persistence.rewriting) throw REWRITE_IN_PROGRESS;
    persistence.rewrite();
    return ctx.alone ? REWRITE_STARTED : REWRITE_SCHEDULED;
  },
});
