// Moving an element from one list to another, or around within one.

import type { Bytes } from '../../bytes/bytes';
import type { Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';
import { asList } from '../../spec/narrow';
import { ListValue, type Side } from '../../types/list';
import { POPPED, PUSHED, requireSide } from './side';

/** Null where there is no source. */
export function move(ctx: Context, from: Bytes, to: Bytes, fromSide: Side, toSide: Side): Reply {
  const source = asList(ctx.keys.write(from));
  if (!source) return null;
  const destination = asList(ctx.keys.write(to));
  const element = source.pop(fromSide) as Bytes;
  // The source is reported last: when it is also the destination it is never seen empty.
  if (destination) {
    destination.push(toSide, element);
    ctx.keys.changed(to, PUSHED[toSide]);
  } else {
    const created = new ListValue(ctx.limits);
    created.push(toSide, element);
    ctx.keys.set(to, created, PUSHED[toSide]);
  }
  ctx.keys.changed(from, POPPED[fromSide], 'same-change');
  return element;
}

export const lmove = command({
  name: 'lmove',
  group: 'list',
  summary: 'Takes an element from an end of a list, adds it at an end of another or of the same, and returns it.',
  since: '6.2.0',
  complexity: 'O(1)',
  arity: 5,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'access', 'delete'), keyAt(2, 'RW', 'insert')],
  syntax: 'source:key destination:key <LEFT | RIGHT> <LEFT | RIGHT>',
  run(ctx, argv) {
    const fromSide = requireSide(argv[3]);
    const toSide = requireSide(argv[4]);
    return move(ctx, argv[1] as Bytes, argv[2] as Bytes, fromSide, toSide);
  },
});

export const rpoplpush = command({
  name: 'rpoplpush',
  group: 'list',
  summary: 'Takes the last element of a list, adds it on the left of another or of the same, and returns it.',
  since: '1.2.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'access', 'delete'), keyAt(2, 'RW', 'insert')],
  syntax: 'source:key destination:key',
  deprecated: { since: '6.2.0', replacedBy: '`LMOVE` with the `RIGHT` and `LEFT` arguments' },
  run: (ctx, argv) => move(ctx, argv[1] as Bytes, argv[2] as Bytes, 'right', 'left'),
});
