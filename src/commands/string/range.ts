// Parts of a string: reading them, overwriting them, adding at the end.

import type { Bytes } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import { MAX_BULK_BYTES } from '../../protocol/limits';
import { bulk, type Reply } from '../../protocol/reply';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { requireInteger } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asString } from '../../spec/narrow';
import { editable, keepEdited } from '../../spec/string-edit';
import { lengthOf } from '../../types/string';

const TOO_LONG = redisError('ERR string exceeds maximum allowed size (proto-max-bulk-len)');
const OFFSET_OUT_OF_RANGE = redisError('ERR offset is out of range');

export const append = command({
  name: 'append',
  group: 'string',
  summary: 'Adds a string at the end of the value of a key; a missing key counts as an empty string.',
  since: '2.0.0',
  complexity: 'O(1) amortised for short additions, since the value is edited in place',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: [keyAt(1, 'RW', 'insert')],
  syntax: 'key value',
  run(ctx, argv) {
    const [, key, addition] = argv as [Bytes, Bytes, Bytes];
    const value = asString(ctx.keys.write(key));
    if (value === undefined) {
      ctx.keys.set(key, addition, 'append');
      return addition.length;
    }
    if (lengthOf(value) + addition.length > MAX_BULK_BYTES) throw TOO_LONG;
    const buffer = editable(value);
    buffer.append(addition);
    keepEdited(ctx, key, value, buffer, 'append');
    return buffer.size;
  },
});

export const setrange = command({
  name: 'setrange',
  group: 'string',
  summary: 'Overwrites a part of the string value of a key from an offset on, filling a gap with zero bytes.',
  since: '2.2.0',
  complexity: 'O(M), M being the length of the new part',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'update')],
  syntax: 'key offset:integer value',
  run(ctx, argv) {
    const [, key, offsetArgument, part] = argv as [Bytes, Bytes, Bytes, Bytes];
    const offset = requireInteger(offsetArgument);
    if (offset < 0) throw OFFSET_OUT_OF_RANGE;
    const value = asString(ctx.keys.write(key));
    if (part.length === 0) return value === undefined ? 0 : lengthOf(value);
    if (offset + part.length > MAX_BULK_BYTES) throw TOO_LONG;
    const buffer = editable(value);
    buffer.write(offset, part);
    keepEdited(ctx, key, value, buffer, 'setrange');
    return buffer.size;
  },
});

/** GETRANGE, with its habit of taking an end before the start of the string for the first byte. */
function runGetrange(ctx: Context, argv: readonly Bytes[]): Reply {
  let start = requireInteger(argv[2]);
  let end = requireInteger(argv[3]);
  const value = asString(ctx.keys.read(argv[1] as Bytes));
  if (value === undefined || (start < 0 && end < 0 && start > end)) return bulk('');
  const length = lengthOf(value);
  if (start < 0) start = Math.max(0, length + start);
  if (end < 0) end = Math.max(0, length + end);
  end = Math.min(end, length - 1);
  return start > end ? bulk('') : (value.slice(start, end + 1) as Bytes);
}

export const getrange = command({
  name: 'getrange',
  group: 'string',
  summary: 'Returns a part of the string value of a key.',
  since: '2.4.0',
  complexity: 'O(N), N being the length of what is returned',
  arity: 4,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key start:integer end:integer',
  run: runGetrange,
});

export const substr = command({
  name: 'substr',
  group: 'string',
  summary: 'Returns a part of the string value of a key: the former name of GETRANGE.',
  since: '1.0.0',
  complexity: 'O(N), N being the length of what is returned',
  arity: 4,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key start:integer end:integer',
  deprecated: { since: '2.0.0', replacedBy: '`GETRANGE`' },
  run: runGetrange,
});
