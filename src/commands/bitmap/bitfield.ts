// BITFIELD: integers of any width in a string.

import type { Bytes } from '../../bytes/bytes';
import { type Int64, parseInt64 } from '../../bytes/integer';
import { redisError, SYNTAX } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor, requireInt64 } from '../../spec/cursor';
import { type KeyFlag, keyAt } from '../../spec/keys';
import { asString } from '../../spec/narrow';
import { editable, keepEdited } from '../../spec/string-edit';
import { readField, writeField } from '../../structures/bits';
import { lengthOf, viewOf } from '../../types/string';
import { type FieldType, incremented, type Outcome, type Overflow, signedOf, stored } from './field-arithmetic';
import { requireFieldOffset } from './offset';

const INVALID_TYPE = redisError('ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.');
const INVALID_OVERFLOW = redisError('ERR Invalid OVERFLOW type specified');
const GET_ONLY = redisError('ERR BITFIELD_RO only supports the GET subcommand');

const MAX_SIGNED_BITS = 64;
/** A reply is a signed integer. */
const MAX_UNSIGNED_BITS = 63;
/** Bytes that a field of 64 bits can touch. */
const FIELD_BYTES = 9;

interface Operation {
  readonly kind: 'get' | 'set' | 'incrby';
  readonly type: FieldType;
  readonly offset: number;
  /** What is set or added. */
  readonly operand: bigint;
  readonly overflow: Overflow;
}

function requireType(arg: Bytes): FieldType {
  const signed = arg.startsWith('i');
  const bits = signed || arg.startsWith('u') ? parseInt64(arg.slice(1)) : undefined;
  if (typeof bits !== 'number' || bits < 1 || bits > (signed ? MAX_SIGNED_BITS : MAX_UNSIGNED_BITS)) throw INVALID_TYPE;
  return { signed, bits };
}

function readOverflow(cursor: Cursor): Overflow {
  for (const overflow of ['wrap', 'sat', 'fail'] as const) if (cursor.keyword(overflow.toUpperCase())) return overflow;
  throw INVALID_OVERFLOW;
}

function readOperations(argv: readonly Bytes[]): Operation[] {
  const operations: Operation[] = [];
  let overflow: Overflow = 'wrap';
  const cursor = new Cursor(argv, 2);
  while (!cursor.done) {
    if (cursor.option('OVERFLOW')) {
      overflow = readOverflow(cursor);
      continue;
    }
    const kind = readKind(cursor);
    const type = requireType(cursor.next());
    const offset = requireFieldOffset(cursor.next(), type.bits);
    const operand: Int64 = kind === 'get' ? 0 : requireInt64(cursor.next());
    operations.push({ kind, type, offset, operand: BigInt(operand), overflow });
  }
  return operations;
}

function readKind(cursor: Cursor): Operation['kind'] {
  if (cursor.option('GET', 2)) return 'get';
  if (cursor.option('SET', 3)) return 'set';
  if (cursor.option('INCRBY', 3)) return 'incrby';
  throw SYNTAX;
}

/** The value of a field as it is read from bytes that begin at the field's first byte or before it. */
function fieldAt(bytes: Uint8Array, offset: number, { signed, bits }: FieldType): bigint {
  const value = readField(bytes, offset, bits);
  return signed ? signedOf(value, bits) : value;
}

function replyTo(value: bigint): Reply {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Only GETs: nothing grows and nothing is copied but what they read. */
function runReads(ctx: Context, key: Bytes, operations: readonly Operation[]): Reply {
  const value = asString(ctx.keys.read(key));
  return operations.map(({ type, offset }) => {
    const first = Math.floor(offset / 8);
    if (value === undefined || first >= lengthOf(value)) return 0;
    return replyTo(fieldAt(viewOf(value, first, first + FIELD_BYTES), offset % 8, type));
  });
}

function runWrites(ctx: Context, key: Bytes, operations: readonly Operation[]): Reply {
  const value = asString(ctx.keys.write(key));
  const buffer = editable(value);
  let firstBit = Number.POSITIVE_INFINITY;
  let lastBit = 0;
  for (const { kind, type, offset } of operations) {
    if (kind === 'get') continue;
    firstBit = Math.min(firstBit, offset);
    lastBit = Math.max(lastBit, offset + type.bits - 1);
  }
  const end = Math.floor(lastBit / 8) + 1;
  // The string grows even where an overflow then forbids to write, as in Redis.
  let changed = buffer.extend(end);
  const view = buffer.view(Math.floor(firstBit / 8), end);
  const replies = operations.map(({ kind, type, offset, operand, overflow }): Reply => {
    const former = fieldAt(view, offset, type);
    if (kind === 'get') return replyTo(former);
    const outcome: Outcome = kind === 'set' ? stored(operand, type, overflow) : incremented(former, operand, type, overflow);
    if (outcome === undefined) return null;
    if (outcome !== former) {
      writeField(view, offset, type.bits, outcome);
      changed = true;
    }
    return replyTo(kind === 'set' ? former : outcome);
  });
  if (changed) keepEdited(ctx, key, value, buffer, 'setbit');
  return replies;
}

/** What is done to the key: only read when there are but GETs (db.c bitfieldGetKeys). */
function keyFlagsOf(argv: readonly Bytes[]): readonly KeyFlag[] {
  const cursor = new Cursor(argv, 2);
  while (!cursor.done) {
    if (cursor.option('GET', 2)) cursor.take(2);
    else if (cursor.option('OVERFLOW')) cursor.next();
    else return ['RW', 'access', 'update'];
  }
  return ['RO', 'access'];
}

export const bitfield = command({
  name: 'bitfield',
  group: 'bitmap',
  summary: 'Reads, writes and increments integers of any width at any bit of the string value of a key.',
  since: '3.2.0',
  complexity: 'O(1) for each operation',
  arity: -2,
  flags: ['write', 'denyoom'],
  keys: [
    {
      ...keyAt(1, 'RW', 'update', 'access', 'variable_flags'),
      notes: 'With nothing but `GET` the key is only read.',
      resolve: keyFlagsOf,
    },
  ],
  syntax:
    'key [GET encoding offset:integer | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset:integer value:integer | INCRBY encoding offset:integer increment:integer> ...]',
  run(ctx, argv) {
    const operations = readOperations(argv);
    const run = operations.every(({ kind }) => kind === 'get') ? runReads : runWrites;
    return run(ctx, argv[1] as Bytes, operations);
  },
});

export const bitfieldRo = command({
  name: 'bitfield_ro',
  group: 'bitmap',
  summary: 'Reads integers of any width at any bit of the string value of a key.',
  since: '6.0.0',
  complexity: 'O(1) for each operation',
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key [GET encoding offset:integer [GET encoding offset:integer ...]]',
  run(ctx, argv) {
    const operations = readOperations(argv);
    if (operations.some(({ kind }) => kind !== 'get')) throw GET_ONLY;
    return runReads(ctx, argv[1] as Bytes, operations);
  },
});
