// GEOSEARCH and GEOSEARCHSTORE.

import type { Bytes } from '../../bytes/bytes';
import { command } from '../../spec/command';
import { keyAt } from '../../spec/keys';
import { asZSet } from '../../spec/narrow';
import { newQuery, readOptions } from './query';
import { answer } from './results';

const COMPLEXITY =
  'O(N+log(M)) where N is the number of members in the cells of the grid around the shape and M the number of those inside of it';
const FROM_BY =
  '<FROMMEMBER member | FROMLONLAT longitude:double latitude:double> <BYRADIUS radius:double <M | KM | FT | MI> | BYBOX width:double height:double <M | KM | FT | MI>> [ASC | DESC] [COUNT count:integer [ANY]]';
/** What storing a distance may differ in: V8's sines are not those of the C library. */
export const LAST_DIGIT = 'The last digits of a distance that `STOREDIST` stores can differ.';

export const geosearch = command({
  name: 'geosearch',
  group: 'geo',
  summary: 'Returns the places inside of a circle or a box.',
  since: '6.2.0',
  complexity: COMPLEXITY,
  arity: -7,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  history: [['7.0.0', 'Units in upper case.']],
  syntax: `key ${FROM_BY} [WITHCOORD] [WITHDIST] [WITHHASH]`,
  run(ctx, argv) {
    const zset = asZSet(ctx.keys.read(argv[1] as Bytes));
    const query = newQuery();
    readOptions(query, argv, 2, { open: true, store: 'no' }, zset);
    return answer(ctx, zset, query, '');
  },
});

export const geosearchstore = command({
  name: 'geosearchstore',
  group: 'geo',
  summary: 'Stores the places inside of a circle or a box as a sorted set of their own, with their positions or distances as scores.',
  since: '6.2.0',
  complexity: COMPLEXITY,
  arity: -8,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'OW', 'update'), keyAt(2, 'RO', 'access')],
  history: [['7.0.0', 'Units in upper case.']],
  difference: LAST_DIGIT,
  syntax: `destination:key source:key ${FROM_BY} [STOREDIST]`,
  run(ctx, argv) {
    const zset = asZSet(ctx.keys.read(argv[2] as Bytes));
    const query = newQuery();
    query.storeKey = argv[1] as Bytes;
    readOptions(query, argv, 3, { open: true, store: 'distances' }, zset);
    return answer(ctx, zset, query, 'geosearchstore');
  },
});
