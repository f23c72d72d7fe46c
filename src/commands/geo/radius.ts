// The GEORADIUS commands, which GEOSEARCH has replaced.

import type { Bytes } from '../../bytes/bytes';
import type { Reply } from '../../protocol/reply';
import { type CommandSpec, command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { type KeySpec, keyAt } from '../../spec/keys';
import { asZSet } from '../../spec/narrow';
import { requireCircle, requirePoint } from './arguments';
import { newQuery, readOptions, requireMember } from './query';
import { answer } from './results';
import { LAST_DIGIT } from './search';

const UNIT = '<M | KM | FT | MI>';
const OPTIONS = '[WITHCOORD] [WITHDIST] [WITHHASH] [COUNT count:integer [ANY]] [ASC | DESC]';
const STORE = '[STORE key] [STOREDIST key]';
const ANY_ADDED = ['6.2.0', 'Option `ANY` of `COUNT`.'] as const;
const UPPER_CASE = ['7.0.0', 'Units in upper case.'] as const;

function aroundPoint(ctx: Context, argv: readonly Bytes[], store: 'no' | 'key'): Reply {
  const [, key, longitude, latitude, radius, unit] = argv as [Bytes, Bytes, Bytes, Bytes, Bytes, Bytes];
  const zset = asZSet(ctx.keys.read(key));
  const query = newQuery();
  query.centre = requirePoint(longitude, latitude);
  query.shape = requireCircle(radius, unit);
  readOptions(query, argv, 6, { open: false, store }, zset);
  return answer(ctx, zset, query, 'georadiusstore');
}

function aroundMember(ctx: Context, argv: readonly Bytes[], store: 'no' | 'key'): Reply {
  const [, key, member, radius, unit] = argv as [Bytes, Bytes, Bytes, Bytes, Bytes];
  const zset = asZSet(ctx.keys.read(key));
  const query = newQuery();
  // Without a key nothing of this is looked at, as in Redis.
  if (zset) {
    query.centre = requireMember(zset, member);
    query.shape = requireCircle(radius, unit);
  }
  readOptions(query, argv, 5, { open: false, store }, zset);
  return answer(ctx, zset, query, 'georadiusstore');
}

/** What the four have in common. */
const base = {
  group: 'geo',
  complexity:
    'O(N+log(M)) where N is the number of members in the cells of the grid around the circle and M the number of those inside of it',
} satisfies Partial<CommandSpec>;

/** The key of an option from the argument at `from` on. */
function storeKeyAfter(keyword: string, from: number): KeySpec {
  return { flags: ['OW', 'update'], begin: { keyword, from }, find: { last: 0, step: 1, limit: 0 } };
}

export const georadius = command({
  ...base,
  name: 'georadius',
  summary: 'Returns or stores the places inside of a circle around a point.',
  since: '3.2.0',
  arity: -6,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: [keyAt(1, 'RO', 'access'), storeKeyAfter('STORE', 6), storeKeyAfter('STOREDIST', 6)],
  history: [ANY_ADDED, UPPER_CASE],
  deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument' },
  difference: LAST_DIGIT,
  syntax: `key longitude:double latitude:double radius:double ${UNIT} ${OPTIONS} ${STORE}`,
  run: (ctx, argv) => aroundPoint(ctx, argv, 'key'),
});

export const georadiusRo = command({
  ...base,
  name: 'georadius_ro',
  summary: 'Returns the places inside of a circle around a point.',
  since: '3.2.10',
  arity: -6,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  history: [ANY_ADDED],
  deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` with the `BYRADIUS` argument' },
  syntax: `key longitude:double latitude:double radius:double ${UNIT} ${OPTIONS}`,
  run: (ctx, argv) => aroundPoint(ctx, argv, 'no'),
});

export const georadiusbymember = command({
  ...base,
  name: 'georadiusbymember',
  summary: 'Returns or stores the places inside of a circle around one of them.',
  since: '3.2.0',
  arity: -5,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: [keyAt(1, 'RO', 'access'), storeKeyAfter('STORE', 5), storeKeyAfter('STOREDIST', 5)],
  history: [UPPER_CASE],
  deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments' },
  difference: LAST_DIGIT,
  syntax: `key member radius:double ${UNIT} ${OPTIONS} ${STORE}`,
  run: (ctx, argv) => aroundMember(ctx, argv, 'key'),
});

export const georadiusbymemberRo = command({
  ...base,
  name: 'georadiusbymember_ro',
  summary: 'Returns the places inside of a circle around one of them.',
  since: '3.2.10',
  arity: -5,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments' },
  syntax: `key member radius:double ${UNIT} ${OPTIONS}`,
  run: (ctx, argv) => aroundMember(ctx, argv, 'no'),
});
