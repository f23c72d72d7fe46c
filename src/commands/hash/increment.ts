// Arithmetic on a field.

import { ascii, type Bytes } from '../../bytes/bytes';
import { addInt64, parseInt64 } from '../../bytes/integer';
import { addLongDouble } from '../../bytes/long-double';
import { NOT_A_FLOAT, redisError } from '../../protocol/errors';
import { command } from '../../spec/command';
import { requireInt64 } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { HashValue } from '../../types/hash';
import { fieldsClause, hashToWrite } from './fields';
import { store } from './write';

const VALUE_NOT_AN_INTEGER = redisError('ERR hash value is not an integer');
const VALUE_NOT_A_FLOAT = redisError('ERR hash value is not a float');
const OVERFLOW = redisError('ERR increment or decrement would overflow');
const NOT_FINITE = redisError('ERR increment would produce NaN or Infinity');
const NAN_OR_INFINITY = redisError('ERR value is NaN or Infinity');
const ZERO = ascii('0');

export const hincrby = command({
  name: 'hincrby',
  group: 'hash',
  summary: 'Adds an integer to a field of a hash; a missing field counts as 0.',
  since: '2.0.0',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  syntax: 'key field increment:integer',
  run(ctx, argv) {
    const [, key, field] = argv as [Bytes, Bytes, Bytes];
    const increment = requireInt64(argv[3]);
    const existing = hashToWrite(ctx, argv, 2);
    const current = parseInt64(existing?.get(field) ?? ZERO);
    if (current === undefined) throw VALUE_NOT_AN_INTEGER;
    const sum = addInt64(current, increment);
    if (sum === undefined) throw OVERFLOW;
    const hash = existing ?? new HashValue(ctx.limits);
    hash.put(field, ascii(`${sum}`));
    store(ctx, key, hash, existing !== undefined, 'hincrby');
    return sum;
  },
});

export const hincrbyfloat = command({
  name: 'hincrbyfloat',
  group: 'hash',
  summary: 'Adds a floating-point number to a field of a hash; a missing field counts as 0.',
  since: '2.6.0',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  syntax: 'key field increment:double',
  run(ctx, argv) {
    const [, key, field, increment] = argv as [Bytes, Bytes, Bytes, Bytes];
    const alone = addLongDouble(ZERO, increment);
    if (alone === 'invalid-increment') throw NOT_A_FLOAT;
    if (alone === 'not-finite') throw NAN_OR_INFINITY;
    const existing = hashToWrite(ctx, argv, 2);
    const sum = addLongDouble(existing?.get(field) ?? ZERO, increment);
    if (sum === 'invalid-current' || sum === 'invalid-increment') throw VALUE_NOT_A_FLOAT;
    if (sum === 'not-finite') throw NOT_FINITE;
    const hash = existing ?? new HashValue(ctx.limits);
    hash.put(field, sum);
    store(ctx, key, hash, existing !== undefined, 'hincrbyfloat');
    // The result and not the sum is recorded, so that no other arithmetic can ever read the journal differently.
    if (hash.deadlineOf(field) === undefined) ctx.effect(ascii('HSET'), key, field, sum);
    else ctx.effect(ascii('HSETEX'), key, ascii('KEEPTTL'), ...fieldsClause([field]), sum);
    return sum;
  },
});
