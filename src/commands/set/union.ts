import type { Bytes } from '../../bytes/bytes';
import { SetReply } from '../../protocol/reply';
import { command } from '../../spec/command';
import { countedKeysAt, keyAt, keysFrom } from '../../spec/keys';
import { countUnion, estimateUnion, readCountOptions, readInputs, storeSet, unite } from './combine';

const COMPLEXITY = 'O(N), N being the number of members of all sets together';

export const sunion = command({
  name: 'sunion',
  group: 'set',
  summary: 'Returns the members that are in any of several sets.',
  since: '1.0.0',
  complexity: COMPLEXITY,
  arity: -2,
  flags: ['readonly'],
  keys: [keysFrom(1, -1, 1, 'RO', 'access')],
  tips: ['nondeterministic_output_order'],
  syntax: 'key [key ...]',
  run: (ctx, argv) => new SetReply(unite(readInputs(ctx, argv.slice(1)), ctx.limits).members()),
});

export const sunionstore = command({
  name: 'sunionstore',
  group: 'set',
  summary: 'Stores the members that are in any of several sets in a key.',
  since: '1.0.0',
  complexity: COMPLEXITY,
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'OW', 'update'), keysFrom(2, -1, 1, 'RO', 'access')],
  syntax: 'destination:key key [key ...]',
  run: (ctx, argv) => storeSet(ctx, argv[1] as Bytes, unite(readInputs(ctx, argv.slice(2)), ctx.limits), 'sunionstore'),
});

export const sunioncard = command({
  name: 'sunioncard',
  group: 'set',
  summary: 'Returns how many members several sets have together, counting up to a limit, or an estimate of that.',
  since: '8.10.0',
  complexity: COMPLEXITY,
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keys: [countedKeysAt(1, 'RO', 'access')],
  syntax: 'numkeys:integer key [key ...] [APPROX] [LIMIT limit:integer]',
  run(ctx, argv) {
    const { keys, limit, approximate } = readCountOptions(argv, true);
    const inputs = readInputs(ctx, keys);
    return approximate ? estimateUnion(inputs, limit) : countUnion(inputs, limit);
  },
});
