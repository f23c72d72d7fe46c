import type { Bytes } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { countedKeysAt, keyAt } from '../../spec/keys';
import { countShared, inOrder, intersect } from './combine';
import { readCombineOptions, readSources, replyInOrder } from './inputs';
import { storeSorted } from './store';

const NEGATIVE_LIMIT = redisError("ERR LIMIT can't be negative");

const COMPLEXITY = 'O(N*K)+O(M*log(M)) where N is the size of the smallest input, K the number of inputs and M the size of the result.';

export const zinter = command({
  name: 'zinter',
  group: 'sorted-set',
  summary: 'Returns the intersection of several sorted sets.',
  since: '6.2.0',
  complexity: COMPLEXITY,
  arity: -3,
  flags: ['readonly'],
  keys: [countedKeysAt(1, 'RO', 'access')],
  syntax: 'numkeys:integer key [key ...] [WEIGHTS weight:double [weight ...]] [AGGREGATE <SUM | MIN | MAX | COUNT>] [WITHSCORES]',
  history: [['8.8.0', 'AGGREGATE COUNT.']],
  run(ctx, argv) {
    const cursor = new Cursor(argv, 1);
    const { inputs, aggregate, withScores } = readCombineOptions(cursor, readSources(ctx, cursor, 'zinter'), false);
    return replyInOrder(intersect(inputs, aggregate), withScores);
  },
});

export const zinterstore = command({
  name: 'zinterstore',
  group: 'sorted-set',
  summary: 'Stores the intersection of several sorted sets in a key.',
  since: '2.0.0',
  complexity: COMPLEXITY,
  arity: -4,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'OW', 'update'), countedKeysAt(2, 'RO', 'access')],
  syntax: 'destination:key numkeys:integer key [key ...] [WEIGHTS weight:double [weight ...]] [AGGREGATE <SUM | MIN | MAX | COUNT>]',
  history: [['8.8.0', 'AGGREGATE COUNT.']],
  run(ctx, argv) {
    const cursor = new Cursor(argv, 2);
    const { inputs, aggregate } = readCombineOptions(cursor, readSources(ctx, cursor, 'zinterstore'), true);
    const { scores, names } = inOrder(intersect(inputs, aggregate));
    return storeSorted(ctx, argv[1] as Bytes, scores, names, 'zinterstore');
  },
});

export const zintercard = command({
  name: 'zintercard',
  group: 'sorted-set',
  summary: 'Counts the members that several sorted sets share, up to a limit.',
  since: '7.0.0',
  complexity: 'O(N*K) where N is the size of the smallest input and K the number of inputs.',
  arity: -3,
  flags: ['readonly'],
  keys: [countedKeysAt(1, 'RO', 'access')],
  syntax: 'numkeys:integer key [key ...] [LIMIT limit:integer]',
  run(ctx, argv) {
    const cursor = new Cursor(argv, 1);
    const sources = readSources(ctx, cursor, 'zintercard');
    let limit = 0;
    while (cursor.option('LIMIT')) limit = cursor.integer(NEGATIVE_LIMIT, 0);
    cursor.end();
    return countShared(sources, limit);
  },
});
