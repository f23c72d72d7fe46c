// Count-min sketches.

import type { Bytes } from '../../bytes/bytes';
import { parseDouble } from '../../bytes/double';
import { parseInt64 } from '../../bytes/integer';
import { redisError, wrongArity } from '../../protocol/errors';
import { MapReply, OK, type Reply, Status } from '../../protocol/reply';
import { type AnyCommandSpec, type CommandSpec, command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { countedKeysAt, keyAt } from '../../spec/keys';
import { asCountMin } from '../../spec/narrow';
import { CountMinSketch } from '../../types/count-min';

const EXISTS = redisError('CMS: key already exists');
const MISSING = redisError('CMS: key does not exist');
const TOO_LARGE = redisError('CMS: Insufficient memory to create the key');
const OTHER_SIZE = redisError('CMS: width/depth is not equal');
const OVERFLOW = redisError('CMS: INCRBY overflow');
const MAX_COUNT = 0xffffffff;

interface Dimensions {
  readonly width: number;
  readonly depth: number;
}

function creation(name: string, summary: string, syntax: string, read: (argv: readonly Bytes[]) => Dimensions): CommandSpec {
  return command({
    name,
    group: 'cms',
    summary,
    since: '2.0.0',
    complexity: 'O(1)',
    arity: 4,
    flags: ['write', 'denyoom'],
    keys: [keyAt(1, 'OW', 'insert')],
    syntax,
    run(ctx, argv) {
      const key = argv[1] as Bytes;
      if (ctx.keys.write(key) !== undefined) throw EXISTS;
      const { width, depth } = read(argv);
      const sketch = CountMinSketch.create(width, depth);
      if (sketch === undefined) throw TOO_LARGE;
      ctx.keys.set(key, sketch, name);
      return OK;
    },
  });
}

function requireDimension(arg: Bytes, what: string): number {
  const value = parseInt64(arg);
  if (value === undefined || value < 1) throw redisError(`CMS: invalid ${what}`);
  return Number(value);
}

const initByDim = creation(
  'cms.initbydim',
  'Makes a count-min sketch of a width and a depth.',
  'key width:integer depth:integer',
  (argv) => ({
    width: requireDimension(argv[2] as Bytes, 'width'),
    depth: requireDimension(argv[3] as Bytes, 'depth'),
  }),
);

function requireFraction(arg: Bytes, what: string): number {
  const value = parseDouble(arg);
  if (value === undefined || value <= 0 || value >= 1) throw redisError(`CMS: invalid ${what} value`);
  return value;
}

const initByProb = creation(
  'cms.initbyprob',
  'Makes a count-min sketch for a share of all counts by which one may be too high, and the probability that it is more.',
  'key error:double probability:double',
  (argv) => {
    const error = requireFraction(argv[2] as Bytes, 'overestimation');
    const probability = requireFraction(argv[3] as Bytes, 'prob');
    // RedisBloom computes the depth with floats of 32 bits.
    const logarithm = (value: number) => Math.fround(Math.log10(Math.fround(value)));
    return { width: Math.ceil(2 / error), depth: Math.ceil(Math.fround(logarithm(probability) / logarithm(0.5))) };
  },
);

function requireSketch(ctx: Context, key: Bytes, access: 'read' | 'write'): CountMinSketch {
  const sketch = asCountMin(ctx.keys[access](key));
  if (sketch === undefined) throw MISSING;
  return sketch;
}

function requireIncrement(arg: Bytes): bigint {
  const value = parseInt64(arg);
  if (value === undefined) throw redisError('CMS: Cannot parse number');
  if (value < 0) throw redisError('CMS: Number cannot be negative');
  return BigInt(value);
}

const incrBy = command({
  name: 'cms.incrby',
  group: 'cms',
  summary: 'Counts items in a count-min sketch and returns their counts.',
  since: '2.0.0',
  complexity: 'O(n) where n is the number of items',
  arity: -4,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  syntax: 'key item increment:integer [item increment:integer ...]',
  run(ctx, argv) {
    if (argv.length % 2 === 1) throw wrongArity('cms.incrby');
    const key = argv[1] as Bytes;
    const sketch = requireSketch(ctx, key, 'write');
    const pairs: (readonly [item: Bytes, increment: bigint])[] = [];
    for (let i = 2; i < argv.length; i += 2) pairs.push([argv[i] as Bytes, requireIncrement(argv[i + 1] as Bytes)]);
    const counts = pairs.map(([item, increment]) => sketch.add(item, increment));
    ctx.keys.changed(key, 'cms.incrby');
    return counts.map((count): Reply => (count === MAX_COUNT ? OVERFLOW : count));
  },
});

const query = command({
  name: 'cms.query',
  group: 'cms',
  summary: 'Returns the counts of items in a count-min sketch, which may be too high but never too low.',
  since: '2.0.0',
  complexity: 'O(n) where n is the number of items',
  arity: -3,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key item [item ...]',
  run(ctx, argv) {
    const sketch = requireSketch(ctx, argv[1] as Bytes, 'read');
    return argv.slice(2).map((item) => sketch.countOf(item));
  },
});

const merge = command({
  name: 'cms.merge',
  group: 'cms',
  summary: 'Makes a count-min sketch the weighted sum of others of the same size.',
  since: '2.0.0',
  complexity: 'O(n) where n is the number of sketches',
  arity: -4,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'update'), countedKeysAt(2, 'RO', 'access')],
  syntax: 'destination:key numkeys:integer key [key ...] [WEIGHTS weight:integer [weight ...]]',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const weighted = readWeighted(argv);
    const target = requireSketch(ctx, key, 'write');
    const sources = weighted.map(([from, weight]) => ({ sketch: requireSketch(ctx, from, 'read'), weight }));
    if (sources.some(({ sketch }) => sketch.width !== target.width || sketch.depth !== target.depth)) throw OTHER_SIZE;
    if (!target.merge(sources)) throw redisError('CMS: MERGE overflow');
    ctx.keys.changed(key, 'cms.merge');
    return OK;
  },
});

function readWeighted(argv: readonly Bytes[]): (readonly [key: Bytes, weight: bigint])[] {
  const announced = parseInt64(argv[2] as Bytes);
  if (announced === undefined) throw redisError('CMS: invalid numkeys');
  if (announced <= 0) throw redisError('CMS: Number of keys must be positive');
  const count = Number(announced);
  const weights = argv.findIndex((arg, i) => i > 2 && arg.toUpperCase() === 'WEIGHTS');
  if (weights < 0) {
    if (count !== argv.length - 3) throw redisError('CMS: wrong number of keys');
  } else if (weights !== count + 3 || argv.length !== 4 + count * 2) throw redisError('CMS: wrong number of keys/weights');
  return argv.slice(3, 3 + count).map((key, i) => {
    const weight = weights < 0 ? 1 : parseInt64(argv[weights + 1 + i] as Bytes);
    if (weight === undefined) throw redisError('CMS: invalid weight value');
    return [key, BigInt(weight)];
  });
}

const info = command({
  name: 'cms.info',
  group: 'cms',
  summary: 'Tells the size of a count-min sketch and how much it has counted.',
  since: '2.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key',
  run(ctx, argv) {
    const { width, depth, count } = requireSketch(ctx, argv[1] as Bytes, 'read');
    return new MapReply([new Status('width'), width, new Status('depth'), depth, new Status('count'), count]);
  },
});

export const countMinCommands: readonly AnyCommandSpec[] = [incrBy, info, initByDim, initByProb, merge, query];
