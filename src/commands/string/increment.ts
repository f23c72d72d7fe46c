// Strings as numbers.

import { ascii, type Bytes } from '../../bytes/bytes';
import { addInt64, type Int64, negateInt64 } from '../../bytes/integer';
import { addLongDouble, MAX_NUMERAL_BYTES } from '../../bytes/long-double';
import { NOT_A_FLOAT, redisError } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { requireInt64 } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asString } from '../../spec/narrow';
import type { StringValue } from '../../types/value';

const OVERFLOW = redisError('ERR increment or decrement would overflow');
const DECREMENT_OVERFLOW = redisError('ERR decrement would overflow');
const NOT_FINITE = redisError('ERR increment would produce NaN or Infinity');
const ZERO = ascii('0');

/** A value to be read as a number, without copying more of a long one than shows that it is none. */
export function numeralOf(value: StringValue): Bytes {
  return value.slice(0, MAX_NUMERAL_BYTES + 1) as Bytes;
}

/** Creates or replaces a number; an existing key keeps its deadline. */
function store(ctx: Context, key: Bytes, number: Bytes, exists: boolean, event: string): void {
  if (exists) ctx.keys.replace(key, number, event);
  else ctx.keys.set(key, number, event);
}

function add(ctx: Context, key: Bytes, increment: Int64): Reply {
  const value = asString(ctx.keys.write(key));
  const current = value === undefined ? 0 : requireInt64(numeralOf(value));
  const sum = addInt64(current, increment);
  if (sum === undefined) throw OVERFLOW;
  store(ctx, key, ascii(`${sum}`), value !== undefined, 'incrby');
  return sum;
}

export const incr = command({
  name: 'incr',
  group: 'string',
  summary: 'Adds 1 to the integer value of a key; a missing key counts as 0.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  syntax: 'key',
  run: (ctx, argv) => add(ctx, argv[1] as Bytes, 1),
});

export const decr = command({
  name: 'decr',
  group: 'string',
  summary: 'Subtracts 1 from the integer value of a key; a missing key counts as 0.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  syntax: 'key',
  run: (ctx, argv) => add(ctx, argv[1] as Bytes, -1),
});

export const incrby = command({
  name: 'incrby',
  group: 'string',
  summary: 'Adds an integer to the integer value of a key; a missing key counts as 0.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  syntax: 'key increment:integer',
  run: (ctx, argv) => add(ctx, argv[1] as Bytes, requireInt64(argv[2])),
});

export const decrby = command({
  name: 'decrby',
  group: 'string',
  summary: 'Subtracts an integer from the integer value of a key; a missing key counts as 0.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  syntax: 'key decrement:integer',
  run(ctx, argv) {
    const increment = negateInt64(requireInt64(argv[2]));
    if (increment === undefined) throw DECREMENT_OVERFLOW;
    return add(ctx, argv[1] as Bytes, increment);
  },
});

export const incrbyfloat = command({
  name: 'incrbyfloat',
  group: 'string',
  summary: 'Adds a floating-point number to the value of a key; a missing key counts as 0.',
  since: '2.6.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  syntax: 'key increment:double',
  run(ctx, argv) {
    const [, key, increment] = argv as [Bytes, Bytes, Bytes];
    const value = asString(ctx.keys.write(key));
    const sum = addLongDouble(value === undefined ? ZERO : numeralOf(value), increment);
    if (sum === 'invalid-current' || sum === 'invalid-increment') throw NOT_A_FLOAT;
    if (sum === 'not-finite') throw NOT_FINITE;
    store(ctx, key, sum, value !== undefined, 'incrbyfloat');
    // The result and not the sum is recorded, so that no other arithmetic can ever read the journal differently.
    ctx.effect(ascii('SET'), key, sum, ascii('KEEPTTL'));
    return sum;
  },
});
