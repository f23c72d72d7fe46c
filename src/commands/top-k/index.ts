// Lists of the most frequent items.

import type { Bytes } from '../../bytes/bytes';
import { parseDouble } from '../../bytes/double';
import { parseInt64 } from '../../bytes/integer';
import { redisError, wrongArity } from '../../protocol/errors';
import { BooleanReply, DoubleReply, MapReply, OK, type Reply, Status } from '../../protocol/reply';
import { type AnyCommandSpec, command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';
import { asTopK } from '../../spec/narrow';
import { TopK } from '../../types/top-k';

const EXISTS = redisError('TopK: key already exists');
const MISSING = redisError('TopK: key does not exist');
const TOO_LARGE = redisError('ERR Insufficient memory to create topk data structure');
/** The line break in RedisBloom's source has left its margin in the text. */
const BAD_INCREMENT = redisError(
  `TopK: increment must be an integer greater or equal to 0${' '.repeat(28)}and smaller or equal to 100,000`,
);

const DEFAULT_WIDTH = 8;
const DEFAULT_DEPTH = 7;
const DEFAULT_DECAY = 0.9;
const MAX_SIZE = 0xffffffff;
const MAX_INCREMENT = 100_000;

const shared = { group: 'topk', since: '2.0.0' } as const;
const writing = { ...shared, flags: ['write', 'denyoom'], keys: [keyAt(1, 'RW', 'access', 'update')] } as const;
const reading = { ...shared, flags: ['readonly'], keys: [keyAt(1, 'RO', 'access')] } as const;

function requireSize(arg: Bytes, what: string): number {
  const value = parseInt64(arg);
  if (value === undefined || value < 1 || value > MAX_SIZE) throw redisError(`TopK: invalid ${what}`);
  return Number(value);
}

function requireDecay(arg: Bytes): number {
  const value = parseDouble(arg);
  if (value === undefined || value <= 0 || value > 1) throw redisError("TopK: invalid decay value. must be '<= 1' & '> 0'");
  return value;
}

function requireList(ctx: Context, key: Bytes, access: 'read' | 'write'): TopK {
  const list = asTopK(ctx.keys[access](key));
  if (list === undefined) throw MISSING;
  return list;
}

const reserve = command({
  ...writing,
  name: 'topk.reserve',
  summary: 'Makes an empty list of the k most frequent items.',
  complexity: 'O(1)',
  arity: -3,
  keys: [keyAt(1, 'OW', 'insert')],
  syntax: 'key topk:integer [width:integer depth:integer decay:double]',
  run(ctx, argv) {
    if (argv.length !== 3 && argv.length !== 6) throw wrongArity('topk.reserve');
    const [, key, k, width, depth, decay] = argv as [Bytes, Bytes, Bytes, Bytes?, Bytes?, Bytes?];
    if (ctx.keys.write(key) !== undefined) throw EXISTS;
    const list = TopK.create({
      k: requireSize(k, 'k'),
      width: width === undefined ? DEFAULT_WIDTH : requireSize(width, 'width'),
      depth: depth === undefined ? DEFAULT_DEPTH : requireSize(depth, 'depth'),
      decay: decay === undefined ? DEFAULT_DECAY : requireDecay(decay),
    });
    if (list === undefined) throw TOO_LARGE;
    ctx.keys.set(key, list, 'topk.reserve');
    return OK;
  },
});

const add = command({
  ...writing,
  name: 'topk.add',
  summary: 'Counts items, and returns for each the item that it drove out of the list, if any.',
  complexity: 'O(n * k) where n is the number of items and k the depth',
  arity: -3,
  syntax: 'key item [item ...]',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const list = requireList(ctx, key, 'write');
    const expelled = argv.slice(2).map((item) => list.add(item, 1) ?? null);
    ctx.keys.changed(key, 'topk.add');
    return expelled;
  },
});

const incrBy = command({
  ...writing,
  name: 'topk.incrby',
  summary: 'Counts items several times, and returns for each the item that it drove out of the list, if any.',
  complexity: 'O(n * k * incr) where n is the number of items, k the depth and incr the increment',
  arity: -4,
  syntax: 'key item increment:integer [item increment:integer ...]',
  difference: 'TOPK.INCRBY with an increment that is out of range counts nothing; in RedisBloom it counts the items before it.',
  run(ctx, argv) {
    if (argv.length % 2 === 1) throw wrongArity('topk.incrby');
    const key = argv[1] as Bytes;
    const list = requireList(ctx, key, 'write');
    const increments: number[] = [];
    for (let i = 3; i < argv.length; i += 2) {
      const increment = parseInt64(argv[i] as Bytes);
      if (increment === undefined || increment < 0 || increment > MAX_INCREMENT) throw BAD_INCREMENT;
      increments.push(Number(increment));
    }
    const expelled = increments.map((increment, i) => list.add(argv[2 + i * 2] as Bytes, increment) ?? null);
    ctx.keys.changed(key, 'topk.incrby');
    return expelled;
  },
});

const query = command({
  ...reading,
  name: 'topk.query',
  summary: 'Tells which items are in the list of the most frequent ones.',
  complexity: 'O(n) where n is the number of items',
  arity: -3,
  syntax: 'key item [item ...]',
  run(ctx, argv) {
    const list = requireList(ctx, argv[1] as Bytes, 'read');
    return argv.slice(2).map((item) => new BooleanReply(list.has(item)));
  },
});

const count = command({
  ...reading,
  name: 'topk.count',
  summary: 'Returns what is known of how often items came, which may be too low.',
  complexity: 'O(n) where n is the number of items',
  arity: -3,
  syntax: 'key item [item ...]',
  deprecated: { since: '2.4', replacedBy: '`TOPK.LIST` with `WITHCOUNT`' },
  run(ctx, argv) {
    const list = requireList(ctx, argv[1] as Bytes, 'read');
    return argv.slice(2).map((item) => list.countOf(item));
  },
});

const list = command({
  ...reading,
  name: 'topk.list',
  summary: 'Returns the most frequent items, the first one first.',
  complexity: 'O(k*log(k)) where k is the length of the list',
  arity: -2,
  syntax: 'key [WITHCOUNT]',
  run(ctx, argv) {
    if (argv.length > 3) throw wrongArity('topk.list');
    const withCount = argv.length === 3;
    if (withCount && argv[2]?.toUpperCase() !== 'WITHCOUNT') throw redisError('WITHCOUNT keyword expected');
    const items = requireList(ctx, argv[1] as Bytes, 'read').list();
    return items.flatMap((entry): Reply[] => (withCount ? [entry.item, entry.count] : [entry.item]));
  },
});

const info = command({
  ...reading,
  name: 'topk.info',
  summary: 'Tells how a list of the most frequent items is made.',
  complexity: 'O(1)',
  arity: 2,
  syntax: 'key',
  run(ctx, argv) {
    const { k, width, depth, decay } = requireList(ctx, argv[1] as Bytes, 'read').options;
    const fields: Reply[] = [new Status('k'), k, new Status('width'), width, new Status('depth'), depth];
    return new MapReply([...fields, new Status('decay'), new DoubleReply(decay)]);
  },
});

export const topKCommands: readonly AnyCommandSpec[] = [add, count, incrBy, info, list, query, reserve];
