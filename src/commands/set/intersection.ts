import type { Bytes } from '../../bytes/bytes';
import { SetReply } from '../../protocol/reply';
import { command } from '../../spec/command';
import { countedKeysAt, keyAt, keysFrom } from '../../spec/keys';
import { eachShared, intersect, readCountOptions, readInputs, storeSet } from './combine';

const COMPLEXITY = 'O(N*M), N being the size of the smallest set and M the number of sets';

export const sinter = command({
  name: 'sinter',
  group: 'set',
  summary: 'Returns the members that all of several sets share.',
  since: '1.0.0',
  complexity: COMPLEXITY,
  arity: -2,
  flags: ['readonly'],
  keys: [keysFrom(1, -1, 1, 'RO', 'access')],
  tips: ['nondeterministic_output_order'],
  syntax: 'key [key ...]',
  run(ctx, argv) {
    const members: Bytes[] = [];
    eachShared(readInputs(ctx, argv.slice(1)), (member) => members.push(member) > 0);
    return new SetReply(members);
  },
});

export const sintercard = command({
  name: 'sintercard',
  group: 'set',
  summary: 'Returns how many members all of several sets share, counting up to a limit.',
  since: '7.0.0',
  complexity: COMPLEXITY,
  arity: -3,
  flags: ['readonly'],
  keys: [countedKeysAt(1, 'RO', 'access')],
  syntax: 'numkeys:integer key [key ...] [LIMIT limit:integer]',
  run(ctx, argv) {
    const { keys, limit } = readCountOptions(argv);
    let shared = 0;
    eachShared(readInputs(ctx, keys), () => ++shared !== limit);
    return shared;
  },
});

export const sinterstore = command({
  name: 'sinterstore',
  group: 'set',
  summary: 'Stores the members that all of several sets share in a key.',
  since: '1.0.0',
  complexity: COMPLEXITY,
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'update'), keysFrom(2, -1, 1, 'RO', 'access')],
  syntax: 'destination:key key [key ...]',
  run: (ctx, argv) => storeSet(ctx, argv[1] as Bytes, intersect(readInputs(ctx, argv.slice(2)), ctx.limits), 'sinterstore'),
});
