import type { Bytes } from '../../bytes/bytes';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { countedKeysAt, keyAt } from '../../spec/keys';
import { inOrder, unite } from './combine';
import { readCombineOptions, readSources, replyInOrder } from './inputs';
import { storeSorted } from './store';

const COMPLEXITY = 'O(N)+O(M*log(M)) where N is the sum of the sizes of the inputs and M the size of the result.';

export const zunion = command({
  name: 'zunion',
  group: 'sorted-set',
  summary: 'Returns the union of several sorted sets.',
  since: '6.2.0',
  complexity: COMPLEXITY,
  arity: -3,
  flags: ['readonly'],
  keys: [countedKeysAt(1, 'RO', 'access')],
  syntax: 'numkeys:integer key [key ...] [WEIGHTS weight:double [weight ...]] [AGGREGATE <SUM | MIN | MAX | COUNT>] [WITHSCORES]',
  history: [['8.8.0', 'AGGREGATE COUNT.']],
  run(ctx, argv) {
    const cursor = new Cursor(argv, 1);
    const { inputs, aggregate, withScores } = readCombineOptions(cursor, readSources(ctx, cursor, 'zunion'), false);
    return replyInOrder(unite(inputs, aggregate), withScores);
  },
});

export const zunionstore = command({
  name: 'zunionstore',
  group: 'sorted-set',
  summary: 'Stores the union of several sorted sets in a key.',
  since: '2.0.0',
  complexity: COMPLEXITY,
  arity: -4,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'OW', 'update'), countedKeysAt(2, 'RO', 'access')],
  syntax: 'destination:key numkeys:integer key [key ...] [WEIGHTS weight:double [weight ...]] [AGGREGATE <SUM | MIN | MAX | COUNT>]',
  history: [['8.8.0', 'AGGREGATE COUNT.']],
  run(ctx, argv) {
    const cursor = new Cursor(argv, 2);
    const { inputs, aggregate } = readCombineOptions(cursor, readSources(ctx, cursor, 'zunionstore'), true);
    const { scores, names } = inOrder(unite(inputs, aggregate));
    return storeSorted(ctx, argv[1] as Bytes, scores, names, 'zunionstore');
  },
});
