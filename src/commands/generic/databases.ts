// MOVE and SWAPDB, which are about several databases, where there is one.

import type { Bytes } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import { OK } from '../../protocol/reply';
import { command } from '../../spec/command';
import { requireInteger } from '../../spec/cursor';
import { requireDatabase } from '../../spec/database';
import { keyAt } from '../../spec/keys';

const SAME = redisError('ERR source and destination objects are the same');
const BAD_FIRST = redisError('ERR invalid first DB index');
const BAD_SECOND = redisError('ERR invalid second DB index');

export const move = command({
  name: 'move',
  group: 'generic',
  summary: 'Moves a key to another database, of which there is none.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  syntax: 'key db:integer',
  run(_ctx, argv) {
    requireDatabase(argv[2] as Bytes);
    throw SAME;
  },
});

export const swapDb = command({
  name: 'swapdb',
  group: 'server',
  summary: 'Swaps two databases; there is only 0 to swap with itself.',
  since: '4.0.0',
  complexity: 'O(N) where N is the count of clients watching or blocking on keys from both databases.',
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['keyspace', 'dangerous'],
  syntax: 'index1:integer index2:integer',
  sharding: 'local',
  run(_ctx, argv) {
    requireInteger(argv[1], BAD_FIRST);
    requireInteger(argv[2], BAD_SECOND);
    requireDatabase(argv[1] as Bytes);
    requireDatabase(argv[2] as Bytes);
    return OK;
  },
});
