// WATCH and UNWATCH.

import { redisError } from '../../protocol/errors';
import { OK } from '../../protocol/reply';
import { command } from '../../spec/command';
import { keysFrom } from '../../spec/keys';

const INSIDE_MULTI = redisError('ERR WATCH inside MULTI is not allowed');

export const watch = command({
  name: 'watch',
  group: 'transactions',
  summary: 'Lets the next transaction run only if these keys do not change before.',
  since: '2.2.0',
  complexity: 'O(N) where N is the number of keys.',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  keys: [keysFrom(1, -1, 1, 'RO')],
  syntax: 'key [key ...]',
  sharding: { split: 'ok' },
  inTransaction: 'immediate',
  rest: 'refused',
  run(ctx, argv) {
    if (ctx.transaction.open) throw INSIDE_MULTI;
    ctx.transaction.watch(argv.slice(1));
    return OK;
  },
});

export const unwatch = command({
  name: 'unwatch',
  group: 'transactions',
  summary: 'Forgets the watched keys.',
  since: '2.2.0',
  complexity: 'O(N) where N is the number of watched keys.',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  syntax: '',
  sharding: 'local',
  rest: 'refused',
  run(ctx) {
    ctx.transaction.unwatch();
    return OK;
  },
});
