// Counting and finding bits. Arguments are judged before the key is looked up, as in Redis from 7.2 on.

import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX } from '../../protocol/errors';
import { command } from '../../spec/command';
import { requireInteger } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asString } from '../../spec/narrow';
import { countBitsBetween, findBit } from '../../structures/bits';
import { lengthOf, viewOf } from '../../types/string';
import type { StringValue } from '../../types/value';
import { type BitRange, bitsOfRange, readUnit, WHOLE_STRING } from './offset';

const NOT_0_OR_1 = redisError('ERR The bit argument must be 1 or 0.');

/** Bytes that are read at a time: a string that is not a buffer is copied to be read, but never all of it. */
const BLOCK_BYTES = 256 * 1024;

interface Block {
  readonly view: Uint8Array;
  readonly firstByte: number;
  /** The bits of the block that belong to the range. */
  readonly first: number;
  readonly last: number;
}

function* blocksOf(value: StringValue, { first, last }: { first: number; last: number }): Iterable<Block> {
  const end = Math.floor(last / 8) + 1;
  for (let from = Math.floor(first / 8); from < end; from += BLOCK_BYTES) {
    const view = viewOf(value, from, Math.min(from + BLOCK_BYTES, end));
    yield { view, firstByte: from, first: Math.max(first - from * 8, 0), last: Math.min(last - from * 8, view.length * 8 - 1) };
  }
}

/** `[start end [BYTE | BIT]]` */
function readCountRange(argv: readonly Bytes[]): BitRange {
  if (argv.length === 2) return WHOLE_STRING;
  if (argv.length === 3 || argv.length > 5) throw SYNTAX;
  return { start: requireInteger(argv[2]), end: requireInteger(argv[3]), unit: readUnit(argv, 4) };
}

/** `[start [end [BYTE | BIT]]]` */
function readPositionRange(argv: readonly Bytes[]): BitRange {
  if (argv.length === 3) return WHOLE_STRING;
  if (argv.length > 6) throw SYNTAX;
  const start = requireInteger(argv[3]);
  const unit = readUnit(argv, 5);
  return { start, end: argv.length > 4 ? requireInteger(argv[4]) : undefined, unit };
}

export const bitcount = command({
  name: 'bitcount',
  group: 'bitmap',
  summary: 'Counts the bits that are set in the string value of a key, or in a part of it.',
  since: '2.6.0',
  complexity: 'O(N)',
  arity: -2,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  history: [['7.0.0', 'Options `BYTE` and `BIT`.']],
  syntax: 'key [start:integer end:integer [BYTE | BIT]]',
  run(ctx, argv) {
    const range = readCountRange(argv);
    const value = asString(ctx.keys.read(argv[1] as Bytes));
    const { start, end } = range;
    if (value === undefined || (start < 0 && end !== undefined && end < 0 && start > end)) return 0;
    const bits = bitsOfRange(range, lengthOf(value));
    if (!bits) return 0;
    let count = 0;
    for (const { view, first, last } of blocksOf(value, bits)) count += countBitsBetween(view, first, last);
    return count;
  },
});

export const bitpos = command({
  name: 'bitpos',
  group: 'bitmap',
  summary: 'Returns the position of the first bit that is 1, or the first that is 0, in the string value of a key.',
  since: '2.8.7',
  complexity: 'O(N)',
  arity: -3,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  history: [['7.0.0', 'Options `BYTE` and `BIT`.']],
  syntax: 'key bit:integer [start:integer [end:integer [BYTE | BIT]]]',
  run(ctx, argv) {
    const bit = requireInteger(argv[2]);
    if (bit !== 0 && bit !== 1) throw NOT_0_OR_1;
    const range = readPositionRange(argv);
    const value = asString(ctx.keys.read(argv[1] as Bytes));
    // What does not exist is zero bits without end.
    if (value === undefined) return bit === 1 ? -1 : 0;
    const length = lengthOf(value);
    const bits = bitsOfRange(range, length);
    if (!bits) return -1;
    for (const { view, firstByte, first, last } of blocksOf(value, bits)) {
      const found = findBit(view, bit === 1, first, last);
      if (found >= 0) return firstByte * 8 + found;
    }
    // So is what follows the string, unless the range has an end.
    return bit === 0 && range.end === undefined ? length * 8 : -1;
  },
});
