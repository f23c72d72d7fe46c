// CLIENT ID, CLIENT INFO and CLIENT LIST.

import { ascii, type Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX } from '../../protocol/errors';
import { type Reply, VerbatimReply } from '../../protocol/reply';
import type { Client } from '../../spec/client';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { clientLine } from './client-line';
import { isOfType, requireClientType } from './client-type';

const INVALID_ID = redisError('ERR Invalid client ID');

function lines(ctx: Context, argv: readonly Bytes[], clients: readonly Client[]): Reply {
  const argumentBytes = argv.reduce((sum, arg) => sum + arg.length, 0);
  const text = clients.map((client) => clientLine(client, ctx.now, client === ctx.client ? argumentBytes : 0)).join('');
  return new VerbatimReply('txt', ascii(text));
}

export const clientId = command({
  name: 'client|id',
  group: 'connection',
  summary: 'Returns the id of the connection.',
  since: '5.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  syntax: '',
  sharding: 'local',
  rest: 'refused',
  run: (ctx) => ctx.client.id,
});

export const clientInfo = command({
  name: 'client|info',
  group: 'connection',
  summary: 'Describes the connection.',
  since: '6.2.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  tips: ['nondeterministic_output'],
  syntax: '',
  sharding: 'local',
  rest: 'refused',
  run: (ctx, argv) => lines(ctx, argv, [ctx.client]),
});

export const clientList = command({
  name: 'client|list',
  group: 'connection',
  summary: 'Describes the connections, one a line.',
  since: '2.4.0',
  complexity: 'O(N) where N is the number of connections.',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  tips: ['nondeterministic_output'],
  syntax: '[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id:integer [client-id ...]]',
  history: [
    ['2.8.12', 'Added the field `id`.'],
    ['5.0.0', 'Added `TYPE`.'],
    ['6.0.0', 'Added the field `user`.'],
    ['6.2.0', 'Added the fields `argv-mem`, `tot-mem`, `laddr` and `redir`, and `ID`.'],
    ['7.0.0', 'Added the fields `resp`, `multi-mem`, `rbs` and `rbp`.'],
    ['7.0.3', 'Added the field `ssub`.'],
  ],
  sharding: 'local',
  rest: 'refused',
  run(ctx, argv) {
    const args = new Cursor(argv, 2);
    if (args.done) return lines(ctx, argv, ctx.server.clients());
    if (argv.length === 4 && args.keyword('TYPE')) {
      const type = requireClientType(args.next());
      return lines(
        ctx,
        argv,
        ctx.server.clients().filter((client) => isOfType(client, type)),
      );
    }
    if (!args.option('ID')) throw SYNTAX;
    const wanted: number[] = [];
    while (!args.done) wanted.push(args.integer(INVALID_ID));
    const byId = new Map(ctx.server.clients().map((client) => [client.id, client]));
    return lines(
      ctx,
      argv,
      wanted.map((id) => byId.get(id)).filter((client) => client !== undefined),
    );
  },
});
