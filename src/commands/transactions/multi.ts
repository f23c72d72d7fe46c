// MULTI, EXEC and DISCARD.

import { redisError } from '../../protocol/errors';
import { OK } from '../../protocol/reply';
import { command } from '../../spec/command';

const NESTED = redisError('ERR MULTI calls can not be nested');
const EXEC_WITHOUT_MULTI = redisError('ERR EXEC without MULTI');
const DISCARD_WITHOUT_MULTI = redisError('ERR DISCARD without MULTI');

export const multi = command({
  name: 'multi',
  group: 'transactions',
  summary: 'Begins a transaction: the commands that follow are queued.',
  since: '1.2.0',
  complexity: 'O(1)',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  syntax: '',
  sharding: 'local',
  inTransaction: 'immediate',
  rest: 'refused',
  run(ctx) {
    if (ctx.transaction.open) throw NESTED;
    ctx.transaction.begin();
    return OK;
  },
});

export const exec = command({
  name: 'exec',
  group: 'transactions',
  summary: 'Runs the queued commands as one, unless a watched key has changed.',
  since: '1.2.0',
  complexity: 'Depends on the commands of the transaction.',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
  syntax: '',
  sharding: 'local',
  inTransaction: 'immediate',
  rest: 'refused',
  run(ctx) {
    if (!ctx.transaction.open) throw EXEC_WITHOUT_MULTI;
    return ctx.transaction.exec();
  },
});

export const discard = command({
  name: 'discard',
  group: 'transactions',
  summary: 'Forgets the queued commands and the watched keys.',
  since: '2.0.0',
  complexity: 'O(N) where N is the number of queued commands and watched keys.',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  syntax: '',
  sharding: 'local',
  inTransaction: 'immediate',
  rest: 'refused',
  run(ctx) {
    if (!ctx.transaction.open) throw DISCARD_WITHOUT_MULTI;
    ctx.transaction.discard();
    return OK;
  },
});
