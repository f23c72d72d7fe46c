// Random members, left where they are or taken away.

import { ascii, type Bytes } from '../../bytes/bytes';
import { MUST_BE_POSITIVE, SYNTAX } from '../../protocol/errors';
import { MAX_REPEATED_DRAWS } from '../../protocol/limits';
import { SetReply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context, Random } from '../../spec/context';
import { requireInteger } from '../../spec/cursor';
import { drawPlaces, readDrawCount } from '../../spec/draw';
import { keyAt } from '../../spec/keys';
import { asSet } from '../../spec/narrow';
import type { SetValue } from '../../types/set';

/** Most members of one effect: a journal line stays far below what a command may hold. */
const MEMBERS_PER_EFFECT = 1000;

export const srandmember = command({
  name: 'srandmember',
  group: 'set',
  summary: 'Returns random members of a set: different ones for a positive count, with repetitions for a negative one.',
  since: '1.0.0',
  complexity: 'O(N), N being the number of members returned',
  arity: -2,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output'],
  syntax: 'key [count:integer]',
  history: [['2.6.0', 'Takes a count.']],
  difference: `A count below -${MAX_REPEATED_DRAWS} is refused as out of range.`,
  run(ctx, argv) {
    if (argv.length > 3) throw SYNTAX;
    const key = argv[1] as Bytes;
    if (argv.length === 2) {
      const set = asSet(ctx.keys.read(key));
      return set ? set.memberAt(ctx.random.below(set.size)) : null;
    }
    const { count } = readDrawCount(argv, undefined);
    const set = asSet(ctx.keys.read(key));
    if (!set) return [];
    return drawPlaces(ctx.random, set.size, count).map((place) => set.memberAt(place));
  },
});

export const spop = command({
  name: 'spop',
  group: 'set',
  summary: 'Removes and returns random members of a set.',
  since: '1.0.0',
  complexity: 'O(N), N being the number of members removed',
  arity: -2,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete')],
  tips: ['nondeterministic_output'],
  syntax: 'key [count:integer]',
  history: [['3.2.0', 'Takes a count.']],
  run(ctx, argv) {
    if (argv.length > 3) throw SYNTAX;
    const key = argv[1] as Bytes;
    const count = argv.length === 2 ? undefined : requireInteger(argv[2], MUST_BE_POSITIVE, 0);
    const set = asSet(ctx.keys.write(key));
    if (count === undefined) return set ? (pop(ctx, key, set, 1)[0] as Bytes) : null;
    return new SetReply(set && count > 0 ? pop(ctx, key, set, count) : []);
  },
});

/** Removes `count` members, at least one, chosen at random. */
function pop(ctx: Context, key: Bytes, set: SetValue, count: number): Bytes[] {
  const popped = count >= set.size ? popAll(set) : popSome(ctx.random, set, count);
  ctx.keys.changed(key, 'spop');
  if (set.size === 0) ctx.effect(ascii('DEL'), key);
  else for (let i = 0; i < count; i += MEMBERS_PER_EFFECT) ctx.effect(ascii('SREM'), key, ...popped.slice(i, i + MEMBERS_PER_EFFECT));
  return popped;
}

function popAll(set: SetValue): Bytes[] {
  const members = set.members();
  set.clear();
  return members;
}

function popSome(random: Random, set: SetValue, count: number): Bytes[] {
  const popped: Bytes[] = [];
  while (popped.length < count) {
    const member = set.memberAt(random.below(set.size));
    set.delete(member);
    popped.push(member);
  }
  return popped;
}
