import type { Bytes } from '../../bytes/bytes';
import { SYNTAX } from '../../protocol/errors';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { scoreOf } from '../../structures/geohash';
import { addMembers } from '../sorted-set/add';
import { requirePoint } from './arguments';

/** Arguments of each member: longitude, latitude, name. */
const PER_MEMBER = 3;

export const geoadd = command({
  name: 'geoadd',
  group: 'geo',
  summary: 'Adds places to a sorted set, with their coordinates as scores, or moves those that it has.',
  since: '3.2.0',
  complexity: 'O(log(N)) for each place, where N is the size of the sorted set.',
  arity: -5,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'update')],
  history: [['6.2.0', 'Options `CH`, `NX` and `XX`.']],
  syntax: 'key [NX | XX] [CH] longitude:double latitude:double member [longitude:double latitude:double member ...]',
  run(ctx, argv) {
    const options = { nx: false, xx: false, gt: false, lt: false, ch: false, incr: false };
    const cursor = new Cursor(argv, 2);
    for (;;) {
      if (cursor.keyword('NX')) options.nx = true;
      else if (cursor.keyword('XX')) options.xx = true;
      else if (cursor.keyword('CH')) options.ch = true;
      else break;
    }
    const first = cursor.position;
    if (cursor.done || cursor.left % PER_MEMBER !== 0 || (options.nx && options.xx)) throw SYNTAX;
    const scores: number[] = [];
    for (let i = first; i < argv.length; i += PER_MEMBER) scores.push(scoreOf(requirePoint(argv[i] as Bytes, argv[i + 1] as Bytes)));
    return addMembers(ctx, argv, options, scores, first + 2, PER_MEMBER);
  },
});
