// Asking cuckoo filters: CF.EXISTS, CF.MEXISTS, CF.COUNT, CF.INFO; moving them: CF.SCANDUMP, CF.LOADCHUNK.

import type { Bytes } from '../../bytes/bytes';
import { parseInt64 } from '../../bytes/integer';
import { redisError } from '../../protocol/errors';
import { BooleanReply, MapReply, OK, type Reply, Status } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keyAt } from '../../spec/keys';
import { asCuckoo } from '../../spec/narrow';
import { CUCKOO_HEADER_BYTES, CuckooFilter } from '../../types/cuckoo';
import { NOT_FOUND } from './write';

/** As RedisBloom. */
const MAX_CHUNK_BYTES = 16 * 1024 * 1024;
const BAD_POSITION = redisError('Invalid position');
const BAD_CHUNK = redisError("Couldn't load chunk!");

const reading = { group: 'cuckoo', since: '1.0.0', flags: ['readonly', 'fast'], keys: [keyAt(1, 'RO', 'access')] } as const;

/** A key that holds something else counts as one that holds nothing. */
function filterAt(ctx: Context, key: Bytes): CuckooFilter | undefined {
  const value = ctx.keys.read(key);
  return value instanceof CuckooFilter ? value : undefined;
}

function contained(ctx: Context, argv: readonly Bytes[]): Reply[] {
  const filter = filterAt(ctx, argv[1] as Bytes);
  return argv.slice(2).map((item) => new BooleanReply(filter?.has(item) ?? false));
}

export const cfExists = command({
  ...reading,
  name: 'cf.exists',
  summary: 'Tells whether an item may be in a cuckoo filter, or surely is not.',
  complexity: 'O(k) where k is the number of filters',
  arity: 3,
  syntax: 'key item',
  run: (ctx, argv) => contained(ctx, argv)[0] as Reply,
});

export const cfMexists = command({
  ...reading,
  name: 'cf.mexists',
  summary: 'Tells of several items whether they may be in a cuckoo filter.',
  complexity: 'O(k * n) where k is the number of filters and n that of the items',
  arity: -3,
  syntax: 'key item [item ...]',
  run: contained,
});

export const cfCount = command({
  ...reading,
  name: 'cf.count',
  summary: 'Returns how often an item may be in a cuckoo filter.',
  complexity: 'O(k) where k is the number of filters',
  arity: 3,
  syntax: 'key item',
  run: (ctx, argv) => filterAt(ctx, argv[1] as Bytes)?.countOf(argv[2] as Bytes) ?? 0,
});

export const cfInfo = command({
  ...reading,
  name: 'cf.info',
  summary: 'Tells how a cuckoo filter is made and how full it is.',
  complexity: 'O(1)',
  arity: 2,
  syntax: 'key',
  run(ctx, argv) {
    const filter = asCuckoo(ctx.keys.read(argv[1] as Bytes));
    if (filter === undefined) throw NOT_FOUND;
    const { buckets, bucketSize, expansion, maxIterations } = filter.options;
    const fields: readonly (readonly [string, number])[] = [
      ['Size', filter.foreignMemory],
      ['Number of buckets', buckets],
      ['Number of filters', filter.filterCount],
      ['Number of items inserted', filter.size],
      ['Number of items deleted', filter.deletions],
      ['Bucket size', bucketSize],
      ['Expansion rate', expansion],
      ['Max iterations', maxIterations],
    ];
    return new MapReply(fields.flatMap(([name, value]): Reply[] => [new Status(name), value]));
  },
});

export const cfScandump = command({
  ...reading,
  name: 'cf.scandump',
  summary: 'Returns a part of a cuckoo filter, to be loaded elsewhere.',
  complexity: 'O(n) where n is the size of the part',
  arity: 3,
  syntax: 'key iterator:integer',
  run(ctx, argv) {
    const position = parseInt64(argv[2] as Bytes);
    if (position === undefined || position < 0) throw BAD_POSITION;
    const filter = asCuckoo(ctx.keys.read(argv[1] as Bytes));
    if (filter === undefined) throw NOT_FOUND;
    if (filter.size === 0) return [0, null];
    // 0 is the header; from 1 on it is one more than the place in the buckets.
    if (position === 0) return [1, filter.header()];
    const chunk = filter.chunk(Number(position) - 1, MAX_CHUNK_BYTES);
    return chunk === undefined ? [0, null] : [Number(position) + chunk.length, chunk];
  },
});

export const cfLoadchunk = command({
  ...reading,
  name: 'cf.loadchunk',
  summary: 'Loads a part that CF.SCANDUMP gave, the first one into a new key.',
  complexity: 'O(n) where n is the size of the part',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'update')],
  syntax: 'key iterator:integer data',
  run(ctx, argv) {
    const [, key, , data] = argv as [Bytes, Bytes, Bytes, Bytes];
    const existing = asCuckoo(ctx.keys.write(key));
    const position = parseInt64(argv[2] as Bytes);
    if (position === undefined || position === 0) throw BAD_POSITION;
    if (position === 1) {
      if (existing !== undefined) throw redisError('ERR item exists');
      if (data.length !== CUCKOO_HEADER_BYTES) throw redisError('Invalid header');
      const filter = CuckooFilter.fromHeader(data);
      if (filter === undefined) throw redisError("Couldn't create filter!");
      ctx.keys.set(key, filter, 'cf.loadchunk');
      return OK;
    }
    if (existing === undefined) throw NOT_FOUND;
    // The position that came with a part is that of the next one.
    const from = Number(position) - data.length - 1;
    if (data.length === 0 || from < 0 || !existing.loadChunk(from, data)) throw BAD_CHUNK;
    ctx.keys.changed(key, 'cf.loadchunk');
    return OK;
  },
});
