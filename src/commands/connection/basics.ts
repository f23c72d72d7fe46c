// ECHO, SELECT, QUIT and RESET.

import { type Bytes, EMPTY } from '../../bytes/bytes';
import { OK, Status } from '../../protocol/reply';
import { command } from '../../spec/command';
import { requireDatabase } from '../../spec/database';

const RESET_DONE = new Status('RESET');

export const echo = command({
  name: 'echo',
  group: 'connection',
  summary: 'Returns its argument.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  syntax: 'message',
  sharding: 'local',
  run: (_ctx, argv) => argv[1] as Bytes,
});

export const select = command({
  name: 'select',
  group: 'connection',
  summary: 'Chooses the database of the connection.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  syntax: 'index:integer',
  difference: 'There is only database 0; a database of Kedge has a name and a token instead of a number.',
  sharding: 'local',
  run(_ctx, argv) {
    requireDatabase(argv[1] as Bytes);
    return OK;
  },
});

export const quit = command({
  name: 'quit',
  group: 'connection',
  summary: 'Closes the connection.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: -1,
  flags: ['allow_busy', 'noscript', 'loading', 'stale', 'fast', 'no_auth'],
  syntax: '',
  deprecated: { since: '7.2.0', replacedBy: 'just closing the connection' },
  sharding: 'local',
  inTransaction: 'immediate',
  rest: 'refused',
  run(ctx) {
    ctx.client.close(true);
    return OK;
  },
});

export const reset = command({
  name: 'reset',
  group: 'connection',
  summary: 'Puts the connection back into the state in which it began.',
  since: '6.2.0',
  complexity: 'O(N) where N is the number of queued commands, watched keys and subscriptions.',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  syntax: '',
  sharding: 'local',
  inTransaction: 'immediate',
  rest: 'refused',
  run(ctx) {
    const { client } = ctx;
    ctx.transaction.discard();
    ctx.server.unmonitor(client);
    ctx.pubsub.forget(client);
    ctx.server.untrack(client);
    client.protocol = 2;
    client.access = client.initialAccess;
    client.name = EMPTY;
    client.noEvict = false;
    client.noTouch = false;
    client.fieldsets.clear();
    // The library stays what it is, and a reply that CLIENT REPLY SKIP has muted stays muted.
    if (client.replyMode !== 'skip') client.replyMode = 'on';
    return RESET_DONE;
  },
});
