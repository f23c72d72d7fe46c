// Making, filling and emptying cuckoo filters: CF.RESERVE, CF.ADD, CF.ADDNX, CF.INSERT, CF.INSERTNX, CF.DEL.

import type { Bytes } from '../../bytes/bytes';
import { parseInt64 } from '../../bytes/integer';
import { redisError, SYNTAX, wrongArity } from '../../protocol/errors';
import { BooleanReply, OK, type Reply } from '../../protocol/reply';
import { type CommandSpec, command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asCuckoo } from '../../spec/narrow';
import { CuckooFilter, type CuckooSize } from '../../types/cuckoo';

export const NOT_FOUND = redisError('ERR not found');
const EXISTS = redisError('ERR item exists');
const TOO_LARGE = redisError('ERR Insufficient memory to create filter');
const EXHAUSTED = redisError('Maximum expansions reached');
const MAX_CAPACITY = 2 ** 30;
const DEFAULTS: CuckooSize = { capacity: 1024, bucketSize: 2, maxIterations: 20, expansion: 1 };

const writing = {
  group: 'cuckoo',
  since: '1.0.0',
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'update')],
} as const;

function createFilter(size: CuckooSize): CuckooFilter {
  const filter = CuckooFilter.create(size);
  if (filter === undefined) throw TOO_LARGE;
  return filter;
}

function requireWithin(arg: Bytes, name: string, min: number, max: number): number {
  const value = parseInt64(arg);
  if (value === undefined) throw redisError(`Couldn't parse ${name}`);
  if (value < min || value > max) throw redisError(`${name}: value must be in the range [${min}, ${max}]`);
  return Number(value);
}

export const cfReserve = command({
  ...writing,
  name: 'cf.reserve',
  summary: 'Makes an empty cuckoo filter for so many items.',
  complexity: 'O(1)',
  arity: -3,
  syntax: 'key capacity:integer [BUCKETSIZE bucketsize:integer] [MAXITERATIONS maxiterations:integer] [EXPANSION expansion:integer]',
  run(ctx, argv) {
    if (argv.length % 2 === 0) throw wrongArity('cf.reserve');
    const key = argv[1] as Bytes;
    const capacity = parseInt64(argv[2] as Bytes);
    if (capacity === undefined) throw redisError('Bad capacity');
    let { bucketSize, maxIterations, expansion } = DEFAULTS;
    const cursor = new Cursor(argv, 3);
    while (!cursor.done) {
      if (cursor.keyword('BUCKETSIZE')) bucketSize = requireWithin(cursor.next(), 'BUCKETSIZE', 1, 255);
      else if (cursor.keyword('MAXITERATIONS')) maxIterations = requireWithin(cursor.next(), 'MAXITERATIONS', 1, 65535);
      else if (cursor.keyword('EXPANSION')) expansion = requireWithin(cursor.next(), 'EXPANSION', 0, 32768);
      else throw SYNTAX;
    }
    if (capacity < bucketSize * 2 || capacity > MAX_CAPACITY) {
      throw redisError(`Capacity must be in the range [2 * BUCKETSIZE, ${MAX_CAPACITY}]`);
    }
    if (asCuckoo(ctx.keys.write(key)) !== undefined) throw EXISTS;
    ctx.keys.set(key, createFilter({ capacity: Number(capacity), bucketSize, maxIterations, expansion }), 'cf.reserve');
    return OK;
  },
});

type Outcome = 'added' | 'exists' | 'full' | 'large';

/** Adds items, each or only those that are not there, to a filter that is made where there is none. */
function insert(ctx: Context, key: Bytes, items: readonly Bytes[], unique: boolean, size: CuckooSize | undefined): Outcome[] {
  const existing = asCuckoo(ctx.keys.write(key));
  if (existing === undefined && size === undefined) throw NOT_FOUND;
  const filter = existing ?? createFilter(size as CuckooSize);
  if (filter.isExhausted) throw EXHAUSTED;
  const outcomes = items.map((item): Outcome => (unique && filter.has(item) ? 'exists' : filter.add(item)));
  if (existing === undefined) ctx.keys.set(key, filter, 'cf.add');
  else if (outcomes.includes('added')) ctx.keys.changed(key, 'cf.add');
  return outcomes;
}

function addition(name: string, unique: boolean, summary: string): CommandSpec {
  return command({
    ...writing,
    name,
    summary,
    complexity: 'O(k + i) where k is the number of filters and i that of iterations',
    arity: 3,
    syntax: 'key item',
    run(ctx, argv) {
      const [outcome] = insert(ctx, argv[1] as Bytes, argv.slice(2), unique, DEFAULTS) as [Outcome];
      if (outcome === 'full') return redisError('Filter is full');
      if (outcome === 'large') return redisError('ERR Insufficient memory');
      return new BooleanReply(outcome === 'added');
    },
  });
}

export const cfAdd = addition('cf.add', false, 'Adds an item to a cuckoo filter, which is made when there is none.');
export const cfAddnx = addition('cf.addnx', true, 'Adds an item to a cuckoo filter if it seems not to be there.');

function insertion(name: string, unique: boolean, summary: string): CommandSpec {
  return command({
    ...writing,
    name,
    summary,
    complexity: 'O(n * (k + i)) where n is the number of items, k that of filters and i that of iterations',
    arity: -4,
    syntax: 'key [CAPACITY capacity:integer] [NOCREATE] ITEMS item [item ...]',
    run(ctx, argv) {
      const cursor = new Cursor(argv, 2);
      const arity = wrongArity(name);
      let { capacity } = DEFAULTS;
      let create = true;
      while (!cursor.keyword('ITEMS')) {
        if (cursor.done) throw arity;
        if (cursor.keyword('NOCREATE')) create = false;
        else if (cursor.keyword('CAPACITY')) capacity = requireCapacity(cursor.next(arity));
        else throw redisError('Unknown argument received');
      }
      if (cursor.done) throw arity;
      const outcomes = insert(ctx, argv[1] as Bytes, cursor.rest(), unique, create ? { ...DEFAULTS, capacity } : undefined);
      return outcomes.map((outcome) => answerTo(outcome, ctx.client.protocol === 3 && !unique));
    },
  });
}

function requireCapacity(arg: Bytes): number {
  const value = parseInt64(arg);
  if (value === undefined) throw redisError('Bad capacity');
  if (value < 4 || value > MAX_CAPACITY) throw redisError(`Capacity must be in the range [cf-bucket-size * 2, ${MAX_CAPACITY}]`);
  return Number(value);
}

function answerTo(outcome: Outcome, asBoolean: boolean): Reply {
  if (asBoolean) return new BooleanReply(outcome === 'added');
  if (outcome === 'added') return 1;
  return outcome === 'exists' ? 0 : -1;
}

export const cfInsert = insertion('cf.insert', false, 'Adds items to a cuckoo filter, and says how it is to be made when there is none.');
export const cfInsertnx = insertion('cf.insertnx', true, 'Adds those items to a cuckoo filter that seem not to be there.');

export const cfDel = command({
  ...writing,
  name: 'cf.del',
  summary: 'Removes an item from a cuckoo filter, once. It must have been added.',
  complexity: 'O(k) where k is the number of filters',
  arity: 3,
  flags: ['write', 'fast'],
  keys: [keyAt(1, 'RW', 'delete')],
  syntax: 'key item',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const filter = requireHere(ctx, key);
    const deleted = filter.delete(argv[2] as Bytes);
    if (deleted) ctx.keys.changed(key, 'cf.del');
    return new BooleanReply(deleted);
  },
});

/** For CF.DEL a key that holds something else is one that holds nothing. */
function requireHere(ctx: Context, key: Bytes): CuckooFilter {
  const value = ctx.keys.write(key);
  if (value instanceof CuckooFilter) return value;
  throw redisError('Not found');
}
