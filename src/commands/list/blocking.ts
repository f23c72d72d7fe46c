// The commands of lists that wait for an element: BLPOP, BRPOP, BLMPOP, BLMOVE and BRPOPLPUSH.

import { ascii, type Bytes, own } from '../../bytes/bytes';
import { NULL_ARRAY, type Reply } from '../../protocol/reply';
import { requireTimeout, takeOrWait } from '../../spec/blocking';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { countedKeysAt, keyAt, keysFrom } from '../../spec/keys';
import { asList } from '../../spec/narrow';
import { ListValue, type Side } from '../../types/list';
import { move } from './move';
import { popMany, readMultiplePop } from './pop';
import { requireSide } from './side';

const POP: Readonly<Record<Side, Bytes>> = { left: ascii('LPOP'), right: ascii('RPOP') };
const SIDE: Readonly<Record<Side, Bytes>> = { left: ascii('LEFT'), right: ascii('RIGHT') };
const LMOVE = ascii('LMOVE');

function popFrom(side: Side) {
  return (ctx: Context, argv: readonly Bytes[]): Reply => {
    const deadline = requireTimeout(argv[argv.length - 1], ctx.now);
    return takeOrWait(ctx, {
      keys: argv.slice(1, -1),
      deadline,
      type: 'list',
      narrow: asList,
      take(now, key, list) {
        const elements = popMany(now, key, list, side, 1);
        now.effect(POP[side], key);
        return [key, ...elements];
      },
    });
  };
}

const popOne = {
  group: 'list',
  since: '2.0.0',
  complexity: 'O(N), N being the number of keys',
  arity: -3,
  flags: ['write', 'noscript', 'blocking'],
  keys: [keysFrom(1, -2, 1, 'RW', 'access', 'delete')],
  syntax: 'key [key ...] timeout:double',
  history: [['6.0.0', 'The timeout may have a fraction.']],
  sharding: 'first',
} as const;

export const blpop = command({
  ...popOne,
  name: 'blpop',
  summary: 'Takes the first element of the first list that has any; waits for one when none has.',
  run: popFrom('left'),
});

export const brpop = command({
  ...popOne,
  name: 'brpop',
  summary: 'Takes the last element of the first list that has any; waits for one when none has.',
  run: popFrom('right'),
});

export const blmpop = command({
  name: 'blmpop',
  group: 'list',
  summary: 'Takes elements from an end of the first list that has any; waits for some when none has.',
  since: '7.0.0',
  complexity: 'O(N+M), N being the number of keys and M that of the elements taken',
  arity: -5,
  flags: ['write', 'blocking'],
  keys: [countedKeysAt(2, 'RW', 'access', 'delete')],
  syntax: 'timeout:double numkeys:integer key [key ...] <LEFT | RIGHT> [COUNT count:integer]',
  sharding: 'first',
  run(ctx, argv) {
    const { keys, side, count } = readMultiplePop(new Cursor(argv, 2));
    const deadline = requireTimeout(argv[1], ctx.now);
    return takeOrWait(ctx, {
      keys,
      deadline,
      type: 'list',
      narrow: asList,
      take(now, key, list) {
        const elements = popMany(now, key, list, side, count);
        now.effect(POP[side], key, ascii(`${elements.length}`));
        return [key, elements];
      },
    });
  },
});

function moveOrWait(ctx: Context, from: Bytes, to: Bytes, fromSide: Side, toSide: Side, deadline: number): Reply {
  if (!ctx.watching && asList(ctx.keys.write(from))) return moveNow(ctx, from, to, fromSide, toSide);
  const destination = own(to);
  return ctx.block({
    keys: [own(from)],
    deadline,
    nothing: null,
    // Not the answer of a BLMOVE that may not wait: the one kind of null for all that time out (blocked.c).
    timedOut: NULL_ARRAY,
    ready: holdsList,
    serve(later, key) {
      return holdsList(later, key) ? moveNow(later, key, destination, fromSide, toSide) : undefined;
    },
  });
}

function holdsList(ctx: Context, key: Bytes): boolean {
  return ctx.keys.peek(key) instanceof ListValue;
}

function moveNow(ctx: Context, from: Bytes, to: Bytes, fromSide: Side, toSide: Side): Reply {
  const element = move(ctx, from, to, fromSide, toSide);
  ctx.effect(LMOVE, from, to, SIDE[fromSide], SIDE[toSide]);
  return element;
}

const moving = {
  group: 'list',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'noscript', 'blocking'],
  keys: [keyAt(1, 'RW', 'access', 'delete'), keyAt(2, 'RW', 'insert')],
} as const;

export const blmove = command({
  ...moving,
  name: 'blmove',
  summary: 'Takes an element from an end of a list, adds it at an end of another or of the same, and returns it; waits for one.',
  since: '6.2.0',
  arity: 6,
  syntax: 'source:key destination:key <LEFT | RIGHT> <LEFT | RIGHT> timeout:double',
  run(ctx, argv) {
    const fromSide = requireSide(argv[3]);
    const toSide = requireSide(argv[4]);
    const deadline = requireTimeout(argv[5], ctx.now);
    return moveOrWait(ctx, argv[1] as Bytes, argv[2] as Bytes, fromSide, toSide, deadline);
  },
});

export const brpoplpush = command({
  ...moving,
  name: 'brpoplpush',
  summary: 'Takes the last element of a list, adds it on the left of another or of the same, and returns it; waits for one.',
  since: '2.2.0',
  arity: 4,
  syntax: 'source:key destination:key timeout:double',
  history: [['6.0.0', 'The timeout may have a fraction.']],
  deprecated: { since: '6.2.0', replacedBy: '`BLMOVE` with the `RIGHT` and `LEFT` arguments' },
  run(ctx, argv) {
    const deadline = requireTimeout(argv[3], ctx.now);
    return moveOrWait(ctx, argv[1] as Bytes, argv[2] as Bytes, 'right', 'left', deadline);
  },
});
