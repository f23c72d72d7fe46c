import type { Bytes } from '../../bytes/bytes';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { countedKeysAt, keyAt } from '../../spec/keys';
import { inOrder, subtract } from './combine';
import { readSources, replyInOrder } from './inputs';
import { storeSorted } from './store';

const COMPLEXITY = 'O(L+M*log(M)) at worst, where L is the sum of the sizes of the inputs and M the size of the result.';

export const zdiff = command({
  name: 'zdiff',
  group: 'sorted-set',
  summary: 'Returns the members of the first sorted set that the others do not have.',
  since: '6.2.0',
  complexity: COMPLEXITY,
  arity: -3,
  flags: ['readonly'],
  keys: [countedKeysAt(1, 'RO', 'access')],
  syntax: 'numkeys:integer key [key ...] [WITHSCORES]',
  run(ctx, argv) {
    const cursor = new Cursor(argv, 1);
    const sources = readSources(ctx, cursor, 'zdiff');
    let withScores = false;
    while (cursor.keyword('WITHSCORES')) withScores = true;
    cursor.end();
    return replyInOrder(subtract(sources), withScores);
  },
});

export const zdiffstore = command({
  name: 'zdiffstore',
  group: 'sorted-set',
  summary: 'Stores the members of the first sorted set that the others do not have in a key.',
  since: '6.2.0',
  complexity: COMPLEXITY,
  arity: -4,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'OW', 'update'), countedKeysAt(2, 'RO', 'access')],
  syntax: 'destination:key numkeys:integer key [key ...]',
  run(ctx, argv) {
    const cursor = new Cursor(argv, 2);
    const sources = readSources(ctx, cursor, 'zdiffstore');
    cursor.end();
    const { scores, names } = inOrder(subtract(sources));
    return storeSorted(ctx, argv[1] as Bytes, scores, names, 'zdiffstore');
  },
});
