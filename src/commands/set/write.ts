// Adding, removing and moving members.

import type { Bytes } from '../../bytes/bytes';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';
import { asSet } from '../../spec/narrow';
import { SetValue } from '../../types/set';

/** Adds the members from `argv[first]` on to the set at `key`. Returns how many are new. */
function addMembers(ctx: Context, key: Bytes, existing: SetValue | undefined, argv: readonly Bytes[], first: number): number {
  const set = existing ?? new SetValue(ctx.limits);
  let added = 0;
  for (let i = first; i < argv.length; i++) if (set.add(argv[i] as Bytes)) added++;
  if (!existing) ctx.keys.set(key, set, 'sadd');
  else if (added > 0) ctx.keys.changed(key, 'sadd');
  return added;
}

export const sadd = command({
  name: 'sadd',
  group: 'set',
  summary: 'Adds members to a set, which is created when it does not exist.',
  since: '1.0.0',
  complexity: 'O(N), N being the number of members to add',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'insert')],
  syntax: 'key member [member ...]',
  history: [['2.4.0', 'Takes several members.']],
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    return addMembers(ctx, key, asSet(ctx.keys.write(key)), argv, 2);
  },
});

export const srem = command({
  name: 'srem',
  group: 'set',
  summary: 'Removes members from a set. A set without members is deleted.',
  since: '1.0.0',
  complexity: 'O(N), N being the number of members to remove',
  arity: -3,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'delete')],
  syntax: 'key member [member ...]',
  history: [['2.4.0', 'Takes several members.']],
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const set = asSet(ctx.keys.write(key));
    if (!set) return 0;
    let removed = 0;
    for (let i = 2; i < argv.length; i++) if (set.delete(argv[i] as Bytes)) removed++;
    if (removed > 0) ctx.keys.changed(key, 'srem');
    return removed;
  },
});

export const smove = command({
  name: 'smove',
  group: 'set',
  summary: 'Moves a member from one set to another.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'delete'), keyAt(2, 'RW', 'insert')],
  syntax: 'source:key destination:key member',
  run(ctx, argv) {
    const [, from, to, member] = argv as [Bytes, Bytes, Bytes, Bytes];
    const source = ctx.keys.write(from);
    const target = ctx.keys.write(to);
    // Without a source the type of the destination does not matter.
    if (source === undefined) return 0;
    const set = asSet(source) as SetValue;
    const destination = asSet(target);
    if (set === destination) return set.has(member) ? 1 : 0;
    if (!set.delete(member)) return 0;
    ctx.keys.changed(from, 'srem');
    addMembers(ctx, to, destination, argv, 3);
    return 1;
  },
});
