// BITOP, block by block: strings that are not buffers are copied to be read, and of several that fill the memory of an
// isolate together only a block each is copied at a time.

import { type Bytes, copyInto } from '../../bytes/bytes';
import { redisError, SYNTAX } from '../../protocol/errors';
import { command } from '../../spec/command';
import { keyAt, keysFrom } from '../../spec/keys';
import { asString } from '../../spec/narrow';
import { editable } from '../../spec/string-edit';
import { addSeen, invert, OPERATIONS } from '../../structures/bits';
import { lengthOf, type StringBuffer } from '../../types/string';
import type { StringValue } from '../../types/value';

const NOT_TAKES_ONE = redisError('ERR BITOP NOT must be called with a single source key.');

/** Bytes of each source that are combined at a time: what stays in the processor's cache. A multiple of a word. */
const BLOCK_BYTES = 16 * 1024;

/** The blocks of the sources at one place, as words; the last word is filled up with zero bits. */
type Blocks = readonly Int32Array[];

/** Writes what the operation makes of the blocks into `target`. */
type Operation = (target: Int32Array, blocks: Blocks) => void;

/** The first source combined with each of the others in turn. */
function inTurn(combine: (target: Int32Array, source: Int32Array) => void): Operation {
  return (target, [first, ...others]) => {
    target.set(first as Int32Array);
    for (const block of others) combine(target, block);
  };
}

/** The first source combined with all that any of the others has. */
function withAny(finish: (target: Int32Array, any: Int32Array, first: Int32Array) => void): Operation {
  return (target, [first, ...others]) => {
    const any = new Int32Array(target.length);
    for (const block of others) OPERATIONS.or(any, block);
    finish(target, any, first as Int32Array);
  };
}

function inExactlyOne(target: Int32Array, blocks: Blocks): void {
  const repeated = new Int32Array(target.length);
  for (const block of blocks) addSeen(target, repeated, block);
  OPERATIONS.clear(target, repeated);
}

const OPERATORS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['AND', inTurn(OPERATIONS.and)],
  ['OR', inTurn(OPERATIONS.or)],
  ['XOR', inTurn(OPERATIONS.xor)],
  [
    'NOT',
    (target, [only]) => {
      target.set(only as Int32Array);
      invert(target);
    },
  ],
  ['DIFF', inTurn(OPERATIONS.clear)],
  [
    'DIFF1',
    withAny((target, any, first) => {
      target.set(any);
      OPERATIONS.clear(target, first);
    }),
  ],
  [
    'ANDOR',
    withAny((target, any, first) => {
      target.set(first);
      OPERATIONS.and(target, any);
    }),
  ],
  ['ONE', inExactlyOne],
]);
const NEED_TWO = new Set(['DIFF', 'DIFF1', 'ANDOR']);

function readOperation(name: string, sources: number): Operation {
  const upper = name.toUpperCase();
  const operation = OPERATORS.get(upper);
  if (!operation) throw SYNTAX;
  if (upper === 'NOT' && sources !== 1) throw NOT_TAKES_ONE;
  if (NEED_TWO.has(upper) && sources < 2) throw redisError(`ERR BITOP ${upper} must be called with at least two source keys.`);
  return operation;
}

const NO_WORDS = new Int32Array(0);

/** A source, block by block, always through the same memory. */
class Source {
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;

  constructor(private readonly value: StringValue) {
    this.words = new Int32Array(Math.ceil(Math.min(lengthOf(value), BLOCK_BYTES) / 4));
    this.bytes = new Uint8Array(this.words.buffer);
  }

  /** The block from a byte on, good until the next one is asked for. Beyond the end there are no words. */
  blockAt(from: number): Int32Array {
    const { value, words, bytes } = this;
    const length = Math.min(lengthOf(value) - from, BLOCK_BYTES);
    if (length <= 0) return NO_WORDS;
    if (typeof value === 'string') copyInto(value.slice(from, from + length) as Bytes, bytes, 0);
    else bytes.set(value.content().subarray(from, from + length));
    const count = Math.ceil(length / 4);
    bytes.fill(0, length, count * 4);
    return words.subarray(0, count);
  }
}

/** What the operation makes of values whose longest has `length` bytes. */
function combine(operation: Operation, values: readonly (StringValue | undefined)[], length: number): StringBuffer {
  const sources = values.map((value) => value !== undefined && new Source(value));
  const result = editable(undefined);
  result.extend(length);
  const view = result.view();
  const words = new Int32Array(Math.ceil(Math.min(length, BLOCK_BYTES) / 4));
  const bytes = new Uint8Array(words.buffer);
  for (let from = 0; from < length; from += BLOCK_BYTES) {
    const size = Math.min(length - from, BLOCK_BYTES);
    const target = words.subarray(0, Math.ceil(size / 4)).fill(0);
    operation(
      target,
      sources.map((source) => (source ? source.blockAt(from) : NO_WORDS)),
    );
    view.set(bytes.subarray(0, size), from);
  }
  return result;
}

export const bitop = command({
  name: 'bitop',
  group: 'bitmap',
  summary: 'Combines the bits of strings and stores the result. Shorter strings count as if they were filled up with zero bits.',
  since: '2.6.0',
  complexity: 'O(N)',
  arity: -4,
  flags: ['write', 'denyoom'],
  keys: [keyAt(2, 'OW', 'update'), keysFrom(3, -1, 1, 'RO', 'access')],
  history: [['8.2.0', 'Operations `DIFF`, `DIFF1`, `ANDOR` and `ONE`.']],
  syntax: '<AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE> destkey:key key [key ...]',
  run(ctx, argv) {
    const destination = argv[2] as Bytes;
    const operation = readOperation(argv[1] as Bytes, argv.length - 3);
    const sources = argv.slice(3).map((key) => asString(ctx.keys.read(key)));
    const length = sources.reduce((longest, value) => Math.max(longest, value === undefined ? 0 : lengthOf(value)), 0);
    if (length === 0) {
      ctx.keys.remove(destination);
      return 0;
    }
    ctx.keys.set(destination, combine(operation, sources, length), 'set');
    return length;
  },
});
