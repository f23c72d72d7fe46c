// Where members are, and how far from each other.

import { ascii, type Bytes } from '../../bytes/bytes';
import { SYNTAX } from '../../protocol/errors';
import { NULL_ARRAY, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';
import { asZSet } from '../../spec/narrow';
import { distance, lettersOf, type Point, pointOf } from '../../structures/geohash';
import { distanceReply, pointReply, requireUnit } from './arguments';

/** One answer for each of the members that are named, `missing` for those that are not there. */
function forMembers(ctx: Context, argv: readonly Bytes[], missing: Reply, answer: (point: Point) => Reply): Reply {
  const zset = asZSet(ctx.keys.read(argv[1] as Bytes));
  return argv.slice(2).map((member) => {
    const score = zset?.score(member);
    return score === undefined ? missing : answer(pointOf(score));
  });
}

export const geohash = command({
  name: 'geohash',
  group: 'geo',
  summary: 'Returns the geohashes of places, as they are written elsewhere.',
  since: '3.2.0',
  complexity: 'O(log(N)) for each member, where N is the size of the sorted set.',
  arity: -2,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key [member [member ...]]',
  run: (ctx, argv) => forMembers(ctx, argv, null, (point) => ascii(lettersOf(point))),
});

export const geopos = command({
  name: 'geopos',
  group: 'geo',
  summary: 'Returns the longitudes and latitudes of places.',
  since: '3.2.0',
  complexity: 'O(N) where N is the number of members that are named.',
  arity: -2,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key [member [member ...]]',
  run: (ctx, argv) => forMembers(ctx, argv, NULL_ARRAY, pointReply),
});

export const geodist = command({
  name: 'geodist',
  group: 'geo',
  summary: 'Returns how far two places are from each other, in metres unless a unit is given.',
  since: '3.2.0',
  complexity: 'O(log(N))',
  arity: -4,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key member1 member2 [M | KM | FT | MI]',
  run(ctx, argv) {
    const [, key, member1, member2, unitArgument] = argv as [Bytes, Bytes, Bytes, Bytes, Bytes?];
    if (argv.length > 5) throw SYNTAX;
    const unit = unitArgument === undefined ? 1 : requireUnit(unitArgument);
    const zset = asZSet(ctx.keys.read(key));
    const score1 = zset?.score(member1);
    const score2 = zset?.score(member2);
    if (score1 === undefined || score2 === undefined) return null;
    return distanceReply(distance(pointOf(score1), pointOf(score2)) / unit);
  },
});
