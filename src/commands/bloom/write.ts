// Making and filling Bloom filters: BF.RESERVE, BF.ADD, BF.MADD, BF.INSERT.

import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX, wrongArity } from '../../protocol/errors';
import { BooleanReply, type ErrorReply, OK, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asBloom } from '../../spec/narrow';
import type { BloomSize } from '../../types/bloom';
import { createFilter, DEFAULT_CAPACITY, DEFAULT_ERROR, DEFAULT_EXPANSION, readCapacity, readError, readExpansion } from './options';

const EXISTS = redisError('ERR item exists');
export const NOT_FOUND = redisError('ERR not found');
const FULL = redisError('ERR non scaling filter is full');
const TOO_LARGE = redisError('ERR problem inserting into filter');
const DEFAULTS: BloomSize = { capacity: DEFAULT_CAPACITY, error: DEFAULT_ERROR, expansion: DEFAULT_EXPANSION };

const writing = {
  group: 'bloom',
  since: '1.0.0',
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'update')],
} as const;

/** The number of an option: errors for what is none, and for one out of range. */
function required(value: number | undefined, bad: ErrorReply, outOfRange: ErrorReply): number {
  if (value === undefined) throw bad;
  if (Number.isNaN(value)) throw outOfRange;
  return value;
}

export const bfReserve = command({
  ...writing,
  name: 'bf.reserve',
  summary: 'Makes an empty Bloom filter for so many items, with a rate of errors.',
  complexity: 'O(1)',
  arity: -4,
  syntax: 'key error-rate:double capacity:integer [EXPANSION expansion:integer] [NONSCALING]',
  difference: 'A filter or sketch (BF, CMS, TOPK) takes at most 32 MB.',
  run(ctx, argv) {
    if (argv.length > 7) throw wrongArity('bf.reserve');
    const key = argv[1] as Bytes;
    const rates = redisError('ERR error rate must be in the range (0.000000, 1.000000)');
    const error = required(readError(argv[2] as Bytes), redisError('ERR bad error rate'), rates);
    const capacities = redisError('ERR capacity must be in the range [1, 1073741824]');
    const capacity = required(readCapacity(argv[3] as Bytes), redisError('ERR bad capacity'), capacities);
    const expansion = readReserveOptions(new Cursor(argv, 4));
    if (asBloom(ctx.keys.write(key)) !== undefined) throw EXISTS;
    ctx.keys.set(key, createFilter({ capacity, error, expansion }), 'bf.reserve');
    return OK;
  },
});

function readReserveOptions(cursor: Cursor): number {
  let fixed = false;
  let expansion: number | undefined;
  while (!cursor.done) {
    if (cursor.keyword('NONSCALING')) fixed = true;
    else if (cursor.keyword('EXPANSION')) {
      const arg = cursor.next(redisError('ERR no expansion'));
      const range = redisError('ERR expansion must be in the range [0, 32768]');
      expansion = required(readExpansion(arg), redisError('ERR bad expansion'), range);
    } else throw SYNTAX;
  }
  if (!fixed) return expansion ?? DEFAULT_EXPANSION;
  if (expansion !== undefined && expansion !== 0) throw redisError('Nonscaling filters cannot expand');
  return 0;
}

/** Adds items to a filter, which is made where there is none. The answers end at the first item that has no room. */
function insert(ctx: Context, key: Bytes, items: readonly Bytes[], size: BloomSize | undefined): Reply[] {
  const existing = asBloom(ctx.keys.write(key));
  if (existing === undefined && size === undefined) throw NOT_FOUND;
  const filter = existing ?? createFilter(size as BloomSize);
  const replies: Reply[] = [];
  let added = false;
  for (const item of items) {
    const isNew = filter.add(item);
    if (typeof isNew === 'string') {
      replies.push(isNew === 'full' ? FULL : TOO_LARGE);
      if (isNew === 'full') break;
    } else {
      added ||= isNew;
      replies.push(new BooleanReply(isNew));
    }
  }
  if (existing === undefined) ctx.keys.set(key, filter, 'bf.add');
  else if (added) ctx.keys.changed(key, 'bf.add');
  return replies;
}

export const bfAdd = command({
  ...writing,
  name: 'bf.add',
  summary: 'Adds an item to a Bloom filter, which is made when there is none.',
  complexity: 'O(k) where k is the number of hash functions',
  arity: 3,
  syntax: 'key item',
  run: (ctx, argv) => insert(ctx, argv[1] as Bytes, argv.slice(2), DEFAULTS)[0] as Reply,
});

export const bfMadd = command({
  ...writing,
  name: 'bf.madd',
  summary: 'Adds items to a Bloom filter, which is made when there is none.',
  complexity: 'O(k * n) where k is the number of hash functions and n that of the items',
  arity: -3,
  syntax: 'key item [item ...]',
  run: (ctx, argv) => insert(ctx, argv[1] as Bytes, argv.slice(2), DEFAULTS),
});

export const bfInsert = command({
  ...writing,
  name: 'bf.insert',
  summary: 'Adds items to a Bloom filter, and says how it is to be made when there is none.',
  complexity: 'O(k * n) where k is the number of hash functions and n that of the items',
  arity: -4,
  syntax:
    'key [CAPACITY capacity:integer] [ERROR error:double] [EXPANSION expansion:integer] [NOCREATE] [NONSCALING] ITEMS item [item ...]',
  run(ctx, argv) {
    const cursor = new Cursor(argv, 2);
    let { capacity, error, expansion } = DEFAULTS;
    let [fixed, create] = [false, true];
    const arity = wrongArity('bf.insert');
    const option = (read: (arg: Bytes) => number | undefined, bad: string) => {
      const refused = redisError(bad);
      return required(read(cursor.next(arity)), refused, refused);
    };
    while (!cursor.keyword('ITEMS')) {
      if (cursor.done) throw arity;
      if (cursor.keyword('NOCREATE')) create = false;
      else if (cursor.keyword('NONSCALING')) fixed = true;
      else if (cursor.keyword('CAPACITY')) capacity = option(readCapacity, 'Bad capacity');
      else if (cursor.keyword('ERROR')) error = option(readError, 'Bad error rate');
      else if (cursor.keyword('EXPANSION')) expansion = option(readExpansion, 'Bad expansion');
      else throw redisError('Unknown argument received');
    }
    if (cursor.done) throw arity;
    const size = create ? { capacity, error, expansion: fixed ? 0 : expansion } : undefined;
    return insert(ctx, argv[1] as Bytes, cursor.rest(), size);
  },
});
