// FLUSHDB and FLUSHALL. There is one database, and freeing memory never blocks, so they and their modes do the same.

import type { Bytes } from '../../bytes/bytes';
import { OK, type Reply } from '../../protocol/reply';
import { type CommandSpec, command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';

function flush(ctx: Context, argv: readonly Bytes[]): Reply {
  const args = new Cursor(argv, 1);
  if (!args.keyword('ASYNC')) args.keyword('SYNC');
  args.end();
  // Redis frees the keys in the background, also for SYNC (since 7.4) where the client may wait for that.
  if (ctx.mayBlock) ctx.server.stats.lazyFreed += ctx.keys.size;
  ctx.keys.clear();
  return OK;
}

function declare(name: string, summary: string): CommandSpec {
  return command({
    name,
    group: 'server',
    summary,
    since: '1.0.0',
    complexity: 'O(N) where N is the number of keys.',
    arity: -1,
    flags: ['write'],
    categories: ['keyspace', 'dangerous'],
    tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
    syntax: '[ASYNC | SYNC]',
    history: [
      ['4.0.0', 'Added `ASYNC`.'],
      ['6.2.0', 'Added `SYNC`.'],
    ],
    sharding: { all: 'ok' },
    run: flush,
  });
}

export const flushCommands: readonly CommandSpec[] = [
  declare('flushdb', 'Removes all keys of the database.'),
  declare('flushall', 'Removes all keys of all databases.'),
];
