import type { Bytes } from '../../bytes/bytes';
import { SetReply } from '../../protocol/reply';
import { command } from '../../spec/command';
import { countedKeysAt, keyAt, keysFrom } from '../../spec/keys';
import { countOwn, readCountOptions, readInputs, storeSet, subtract } from './combine';

const COMPLEXITY = 'O(N), N being the number of members of all sets together';

export const sdiff = command({
  name: 'sdiff',
  group: 'set',
  summary: 'Returns the members that the first of several sets has and no other.',
  since: '1.0.0',
  complexity: COMPLEXITY,
  arity: -2,
  flags: ['readonly'],
  keys: [keysFrom(1, -1, 1, 'RO', 'access')],
  tips: ['nondeterministic_output_order'],
  syntax: 'key [key ...]',
  run: (ctx, argv) => new SetReply(subtract(readInputs(ctx, argv.slice(1)), ctx.limits).members()),
});

export const sdiffstore = command({
  name: 'sdiffstore',
  group: 'set',
  summary: 'Stores the members that the first of several sets has and no other in a key.',
  since: '1.0.0',
  complexity: COMPLEXITY,
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'OW', 'update'), keysFrom(2, -1, 1, 'RO', 'access')],
  syntax: 'destination:key key [key ...]',
  run: (ctx, argv) => storeSet(ctx, argv[1] as Bytes, subtract(readInputs(ctx, argv.slice(2)), ctx.limits), 'sdiffstore'),
});

export const sdiffcard = command({
  name: 'sdiffcard',
  group: 'set',
  summary: 'Returns how many members the first of several sets has and no other, counting up to a limit.',
  since: '8.10.0',
  complexity: COMPLEXITY,
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keys: [countedKeysAt(1, 'RO', 'access')],
  syntax: 'numkeys:integer key [key ...] [LIMIT limit:integer]',
  run(ctx, argv) {
    const { keys, limit } = readCountOptions(argv);
    return countOwn(readInputs(ctx, keys), limit);
  },
});
