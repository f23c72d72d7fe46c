// Moving several elements at once (Redis 8.10): LMOVEM, and BLMOVEM, which waits for them.

import { ascii, type Bytes, own } from '../../bytes/bytes';
import { redisError, SYNTAX } from '../../protocol/errors';
import { NULL_ARRAY, type Reply } from '../../protocol/reply';
import { requireTimeout } from '../../spec/blocking';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asList } from '../../spec/narrow';
import { ListValue, type Side } from '../../types/list';
import { POPPED, PUSHED, requireSide } from './side';

const COUNT_TOO_SMALL = redisError('ERR count should be greater than 0');

interface Amount {
  readonly count: number;
  /** All of them or none. */
  readonly exactly: boolean;
  /** As a block that keeps its order; otherwise one is pushed after the other. */
  readonly bulk: boolean;
}

/** `[<COUNT count | EXACTLY count> <OBO | BULK>]`, to the end of the arguments. */
function readAmount(cursor: Cursor): Amount {
  if (cursor.done) return { count: 1, exactly: false, bulk: false };
  const exactly = cursor.option('EXACTLY');
  if (!exactly && !cursor.option('COUNT')) throw SYNTAX;
  const count = cursor.integer(COUNT_TOO_SMALL, 1);
  const bulk = cursor.keyword('BULK');
  if (!bulk && !cursor.keyword('OBO')) throw SYNTAX;
  cursor.end();
  return { count, exactly, bulk };
}

interface Move extends Amount {
  readonly from: Bytes;
  readonly to: Bytes;
  readonly fromSide: Side;
  readonly toSide: Side;
}

/** The elements in the order in which they stand at the destination; undefined when there are too few to be moved. */
function moveMany(ctx: Context, { from, to, fromSide, toSide, count, exactly, bulk }: Move): Bytes[] | undefined {
  const source = asList(ctx.keys.write(from));
  if (!source || (exactly && source.size < count)) return undefined;
  const destination = asList(ctx.keys.write(to));
  const popped: Bytes[] = [];
  for (let left = Math.min(count, source.size); left > 0; left--) popped.push(source.pop(fromSide) as Bytes);
  const pushed = bulk && fromSide !== toSide ? popped : bulk ? popped.reverse() : popped;
  const target = destination ?? new ListValue(ctx.limits);
  for (const element of pushed) target.push(toSide, element);
  // The source is reported last: when it is also the destination it is never seen empty.
  if (destination) ctx.keys.changed(to, PUSHED[toSide]);
  else ctx.keys.set(to, target, PUSHED[toSide]);
  ctx.keys.changed(from, POPPED[fromSide]);
  return toSide === 'left' ? [...pushed].reverse() : pushed;
}

const common = {
  group: 'list',
  since: '8.10.0',
  complexity: 'O(N), N being the number of elements moved',
  keys: [keyAt(1, 'RW', 'access', 'delete'), keyAt(2, 'RW', 'insert')],
} as const;

export const lmovem = command({
  ...common,
  name: 'lmovem',
  summary: 'Takes elements from an end of a list, adds them at an end of another or of the same, and returns them.',
  arity: -5,
  flags: ['write', 'denyoom'],
  syntax: 'source:key destination:key <LEFT | RIGHT> <LEFT | RIGHT> [<COUNT count:integer | EXACTLY exactly:integer> <OBO | BULK>]',
  run(ctx, argv) {
    const [fromSide, toSide] = [requireSide(argv[3]), requireSide(argv[4])];
    const amount = readAmount(new Cursor(argv, 5));
    const moved = moveMany(ctx, { from: argv[1] as Bytes, to: argv[2] as Bytes, fromSide, toSide, ...amount });
    return moved ?? (amount.exactly ? null : []);
  },
});

function recorded(ctx: Context, { from, to, fromSide, toSide, bulk }: Move, moved: Bytes[] | undefined): Reply | undefined {
  if (moved) {
    const sides = [fromSide, toSide].map((side) => ascii(side.toUpperCase()));
    ctx.effect(ascii('LMOVEM'), from, to, ...sides, ascii('EXACTLY'), ascii(`${moved.length}`), ascii(bulk ? 'BULK' : 'OBO'));
  }
  return moved;
}

function hasEnough(ctx: Context, key: Bytes, { exactly, count }: Amount): boolean {
  const list = ctx.keys.peek(key);
  return list instanceof ListValue && (!exactly || list.size >= count);
}

export const blmovem = command({
  ...common,
  name: 'blmovem',
  summary:
    'Takes elements from an end of a list, adds them at an end of another or of the same, and returns them; waits until there are enough.',
  arity: -6,
  flags: ['write', 'denyoom', 'blocking'],
  syntax:
    'source:key destination:key <LEFT | RIGHT> <LEFT | RIGHT> timeout:double [<COUNT count:integer | EXACTLY exactly:integer> <OBO | BULK>]',
  run(ctx, argv) {
    const [fromSide, toSide] = [requireSide(argv[3]), requireSide(argv[4])];
    const amount = readAmount(new Cursor(argv, 6));
    const deadline = requireTimeout(argv[5], ctx.now);
    const move: Move = { from: own(argv[1] as Bytes), to: own(argv[2] as Bytes), fromSide, toSide, ...amount };
    const moved = ctx.watching ? undefined : recorded(ctx, move, moveMany(ctx, move));
    if (moved !== undefined) return moved;
    return ctx.block({
      keys: [move.from],
      deadline,
      nothing: null,
      timedOut: NULL_ARRAY,
      ready: (later, key) => hasEnough(later, key, move),
      serve: (later, key) => (hasEnough(later, key, move) ? recorded(later, move, moveMany(later, move)) : undefined),
    });
  },
});
