// Conditions on the value that is there (Redis 8.4): compare and set, compare and delete, by the value or its digest.

import { ascii, type Bytes } from '../../bytes/bytes';
import { xxh3Hex } from '../../bytes/xxh3';
import { redisError, wrongArity } from '../../protocol/errors';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asString } from '../../spec/narrow';
import { bytesOf } from '../../types/string';
import type { StringValue } from '../../types/value';

/** Hexadecimal digits of a digest. */
const DIGEST_DIGITS = 16;

const NOT_A_DIGEST = redisError(`ERR must be exactly ${DIGEST_DIGITS} hexadecimal characters`);
const NOT_A_STRING = redisError('ERR Key should be of string type if conditions are specified');
const UNKNOWN_CONDITION = redisError('ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE');

const WORDS = ['IFEQ', 'IFNE', 'IFDEQ', 'IFDNE'] as const;

/** What the current value is compared with: a value, or the digest of one. */
export interface Comparison {
  readonly word: (typeof WORDS)[number];
  readonly operand: Bytes;
}

/** Takes a condition with its operand when the cursor is there. */
export function readComparison(cursor: Cursor): Comparison | undefined {
  for (const word of WORDS) if (cursor.option(word)) return { word, operand: cursor.next() };
  return undefined;
}

/**
 * Whether a condition is true of a value. Without a value those that ask for a difference are. As in Redis a digest is
 * only looked at where there is a value, and only its length is checked: no other text can be one.
 */
export function holds({ word, operand }: Comparison, value: StringValue | undefined): boolean {
  const wantsEqual = word === 'IFEQ' || word === 'IFDEQ';
  if (value === undefined) return !wantsEqual;
  if (word === 'IFEQ' || word === 'IFNE') return (bytesOf(value) === operand) === wantsEqual;
  if (operand.length !== DIGEST_DIGITS) throw NOT_A_DIGEST;
  return (xxh3Hex(bytesOf(value)) === operand.toLowerCase()) === wantsEqual;
}

export const delex = command({
  name: 'delex',
  group: 'string',
  summary: 'Deletes a key if its value, or the digest of its value, equals or differs from a given one.',
  since: '8.4.0',
  complexity: 'O(1) for IFEQ and IFNE, O(N) for IFDEQ and IFDNE, N being the length of the value',
  arity: -2,
  flags: ['write', 'fast'],
  keys: [
    {
      ...keyAt(1, 'RW', 'delete', 'variable_flags'),
      resolve: (argv) => (argv.length === 2 ? ['RM', 'delete'] : ['RW', 'access', 'delete']),
    },
  ],
  syntax: 'key [IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest]',
  run(ctx, argv) {
    if (argv.length !== 2 && argv.length !== 4) throw wrongArity('delex');
    const key = argv[1] as Bytes;
    if (argv.length === 4) {
      const value = ctx.keys.write(key);
      if (value === undefined) return 0;
      if (typeof value !== 'string' && value.type !== 'string') throw NOT_A_STRING;
      const comparison = readComparison(new Cursor(argv, 2));
      if (!comparison) throw UNKNOWN_CONDITION;
      if (!holds(comparison, value)) return 0;
    }
    if (!ctx.keys.remove(key)) return 0;
    ctx.effect(ascii('DEL'), key);
    return 1;
  },
});

export const digest = command({
  name: 'digest',
  group: 'string',
  summary: 'Returns the digest (XXH3, 64 bits) of the string value of a key, as hexadecimal digits.',
  since: '8.4.0',
  complexity: 'O(N), N being the length of the value',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key',
  run(ctx, argv) {
    const value = asString(ctx.keys.read(argv[1] as Bytes));
    return value === undefined ? null : ascii(xxh3Hex(bytesOf(value)));
  },
});
