// The longest common subsequence of two strings.

import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX } from '../../protocol/errors';
import { MAX_BULK_BYTES } from '../../protocol/limits';
import { bulk, MapReply, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { keysFrom } from '../../spec/keys';
import { type CommonRange, commonLength, commonRanges } from '../../structures/common-subsequence';
import { bytesOf, StringBuffer } from '../../types/string';
import type { Value } from '../../types/value';

const NOT_STRINGS = redisError('ERR The specified keys must contain string values');
const LEN_AND_IDX = redisError('ERR If you want both the length and indexes, please just use IDX.');
const TOO_MUCH_MEMORY = redisError('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len');

/** Redis counts the cells of its table at four bytes each against the longest string that it allows. */
const REDIS_CELL_BYTES = 4;

interface LcsOptions {
  len: boolean;
  idx: boolean;
  withMatchLength: boolean;
  minMatchLength: number;
}

function readOptions(argv: readonly Bytes[]): LcsOptions {
  const options: LcsOptions = { len: false, idx: false, withMatchLength: false, minMatchLength: 0 };
  const cursor = new Cursor(argv, 3);
  while (!cursor.done) {
    if (cursor.keyword('IDX')) options.idx = true;
    else if (cursor.keyword('LEN')) options.len = true;
    else if (cursor.keyword('WITHMATCHLEN')) options.withMatchLength = true;
    else if (cursor.option('MINMATCHLEN')) options.minMatchLength = Math.max(0, cursor.integer());
    else throw SYNTAX;
  }
  return options;
}

function operand(value: Value | undefined): Bytes {
  if (value === undefined) return bulk('');
  if (typeof value === 'string' || value instanceof StringBuffer) return bytesOf(value);
  throw NOT_STRINGS;
}

function describe(range: CommonRange, withMatchLength: boolean): Reply {
  const { aStart, aEnd, bStart, bEnd } = range;
  const reply: Reply[] = [
    [aStart, aEnd],
    [bStart, bEnd],
  ];
  if (withMatchLength) reply.push(aEnd - aStart + 1);
  return reply;
}

function indexes(ranges: readonly CommonRange[], options: LcsOptions): Reply {
  const matches: Reply[] = [];
  let length = 0;
  for (const range of ranges) {
    const matchLength = range.aEnd - range.aStart + 1;
    length += matchLength;
    if (matchLength >= options.minMatchLength) matches.push(describe(range, options.withMatchLength));
  }
  return new MapReply([bulk('matches'), matches, bulk('len'), length]);
}

export const lcs = command({
  name: 'lcs',
  group: 'string',
  summary: 'Finds the longest subsequence that two strings have in common.',
  since: '7.0.0',
  complexity: 'O(N*M), N and M being the lengths of the two strings',
  arity: -3,
  flags: ['readonly'],
  keys: [keysFrom(1, 1, 1, 'RO', 'access')],
  syntax: 'key1:key key2:key [LEN] [IDX] [MINMATCHLEN min-match-len:integer] [WITHMATCHLEN]',
  run(ctx, argv) {
    const [first, second] = [ctx.keys.read(argv[1] as Bytes), ctx.keys.read(argv[2] as Bytes)];
    const a = operand(first);
    const b = operand(second);
    const options = readOptions(argv);
    if (options.len && options.idx) throw LEN_AND_IDX;
    if ((a.length + 1) * (b.length + 1) * REDIS_CELL_BYTES > MAX_BULK_BYTES) throw TOO_MUCH_MEMORY;
    if (options.len) return commonLength(a, b);
    const ranges = commonRanges(a, b);
    if (options.idx) return indexes(ranges, options);
    return bulk(
      ranges
        .map(({ aStart, aEnd }) => a.slice(aStart, aEnd + 1))
        .reverse()
        .join(''),
    );
  },
});
