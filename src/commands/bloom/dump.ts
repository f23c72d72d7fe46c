// Moving Bloom filters: BF.SCANDUMP and BF.LOADCHUNK, in RedisBloom's form.

import { type Bytes, EMPTY } from '../../bytes/bytes';
import { parseInt64 } from '../../bytes/integer';
import { redisError } from '../../protocol/errors';
import { OK } from '../../protocol/reply';
import { command } from '../../spec/command';
import { keyAt } from '../../spec/keys';
import { asBloom } from '../../spec/narrow';
import { BloomFilter } from '../../types/bloom';
import { NOT_FOUND } from './write';

/** As RedisBloom. */
const MAX_CHUNK_BYTES = 16 * 1024 * 1024;
const BAD_DATA = redisError('ERR received bad data');

export const bfScandump = command({
  name: 'bf.scandump',
  group: 'bloom',
  summary: 'Returns a part of a Bloom filter, to be loaded elsewhere.',
  since: '1.0.0',
  complexity: 'O(n) where n is the size of the part',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key iterator:integer',
  run(ctx, argv) {
    const filter = asBloom(ctx.keys.read(argv[1] as Bytes));
    if (filter === undefined) throw NOT_FOUND;
    const iterator = parseInt64(argv[2] as Bytes);
    if (iterator === undefined) throw redisError('Second argument must be numeric');
    // 0 is the header; from 1 on it is one more than the place in the bits.
    if (iterator === 0) return [1, filter.header()];
    const chunk = iterator < 0 ? undefined : filter.chunk(Number(iterator) - 1, MAX_CHUNK_BYTES);
    return chunk === undefined ? [0, EMPTY] : [Number(iterator) + chunk.length, chunk];
  },
});

export const bfLoadchunk = command({
  name: 'bf.loadchunk',
  group: 'bloom',
  summary: 'Loads a part that BF.SCANDUMP gave, the first one into a new key.',
  since: '1.0.0',
  complexity: 'O(n) where n is the size of the part',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'update')],
  syntax: 'key iterator:integer data',
  difference: 'BF.LOADCHUNK refuses filters of RedisBloom 1, which hashed otherwise.',
  run(ctx, argv) {
    const [, key, , data] = argv as [Bytes, Bytes, Bytes, Bytes];
    const iterator = parseInt64(argv[2] as Bytes);
    if (iterator === undefined) throw redisError('ERR Second argument must be numeric');
    const existing = asBloom(ctx.keys.write(key));
    if (existing === undefined) {
      if (iterator !== 1) throw NOT_FOUND;
      const filter = BloomFilter.fromHeader(data);
      if (filter === undefined) throw BAD_DATA;
      ctx.keys.set(key, filter, 'bf.loadchunk');
      return OK;
    }
    // The iterator that came with a part is that of the next one.
    const from = Number(iterator) - data.length - 1;
    if (iterator <= 0 || from < -1) throw BAD_DATA;
    if (from < 0 || from >= existing.bytes) throw redisError('ERR invalid offset - no link found');
    if (!existing.loadChunk(from, data)) throw redisError('ERR invalid chunk - Too big for current filter');
    ctx.keys.changed(key, 'bf.loadchunk');
    return OK;
  },
});
