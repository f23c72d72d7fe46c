// Several strings at once.

import type { Bytes } from '../../bytes/bytes';
import { wrongArity } from '../../protocol/errors';
import { OK, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keysFrom } from '../../spec/keys';
import { bytesOf, StringBuffer } from '../../types/string';

export const mget = command({
  name: 'mget',
  group: 'string',
  summary: 'Returns the string values of several keys.',
  since: '1.0.0',
  complexity: 'O(N), N being the number of keys',
  arity: -2,
  flags: ['readonly', 'fast'],
  tips: ['request_policy:multi_shard'],
  keys: [keysFrom(1, -1, 1, 'RO', 'access')],
  syntax: 'key [key ...]',
  sharding: { split: 'scatter' },
  run(ctx, argv) {
    const replies: Reply[] = [];
    for (let i = 1; i < argv.length; i++) {
      const value = ctx.keys.read(argv[i] as Bytes);
      replies.push(typeof value === 'string' || value instanceof StringBuffer ? bytesOf(value) : null);
    }
    return replies;
  },
});

function setPairs(ctx: Context, argv: readonly Bytes[]): void {
  for (let i = 1; i < argv.length; i += 2) ctx.keys.set(argv[i] as Bytes, argv[i + 1] as Bytes, 'set');
}

export const mset = command({
  name: 'mset',
  group: 'string',
  summary: 'Stores strings at several keys.',
  since: '1.0.1',
  complexity: 'O(N), N being the number of keys',
  arity: -3,
  flags: ['write', 'denyoom'],
  tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
  keys: [keysFrom(1, -1, 2, 'OW', 'update')],
  syntax: 'key value [key value ...]',
  sharding: { split: 'ok' },
  run(ctx, argv) {
    if (argv.length % 2 === 0) throw wrongArity('mset');
    setPairs(ctx, argv);
    return OK;
  },
});

export const msetnx = command({
  name: 'msetnx',
  group: 'string',
  summary: 'Stores strings at several keys, provided that none of the keys exists.',
  since: '1.0.1',
  complexity: 'O(N), N being the number of keys',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: [keysFrom(1, -1, 2, 'OW', 'insert')],
  tips: ['request_policy:multi_shard', 'response_policy:agg_min'],
  syntax: 'key value [key value ...]',
  run(ctx, argv) {
    if (argv.length % 2 === 0) throw wrongArity('msetnx');
    for (let i = 1; i < argv.length; i += 2) if (ctx.keys.write(argv[i] as Bytes) !== undefined) return 0;
    setPairs(ctx, argv);
    return 1;
  },
});
