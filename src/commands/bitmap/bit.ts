// One bit.

import type { Bytes } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import { command } from '../../spec/command';
import { requireInteger } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asString } from '../../spec/narrow';
import { editable, keepEdited } from '../../spec/string-edit';
import { lengthOf } from '../../types/string';
import type { StringValue } from '../../types/value';
import { requireBitOffset } from './offset';

const NOT_A_BIT = redisError('ERR bit is not an integer or out of range');

function bitOf(value: StringValue | undefined, offset: number): number {
  const index = offset >> 3;
  if (value === undefined || index >= lengthOf(value)) return 0;
  const byte = typeof value === 'string' ? value.charCodeAt(index) : (value.content()[index] as number);
  return (byte >> (7 - (offset & 7))) & 1;
}

export const getbit = command({
  name: 'getbit',
  group: 'bitmap',
  summary: 'Returns a bit of the string value of a key; beyond its end all bits are 0.',
  since: '2.2.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key offset:integer',
  run(ctx, argv) {
    const offset = requireBitOffset(argv[2]);
    return bitOf(asString(ctx.keys.read(argv[1] as Bytes)), offset);
  },
});

export const setbit = command({
  name: 'setbit',
  group: 'bitmap',
  summary: 'Sets or clears a bit of the string value of a key, which grows to hold it. Returns what the bit was.',
  since: '2.2.0',
  complexity: 'O(1), as the value is edited in place',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RW', 'access', 'update')],
  syntax: 'key offset:integer value:integer',
  run(ctx, argv) {
    const key = argv[1] as Bytes;
    const offset = requireBitOffset(argv[2]);
    const bit = requireInteger(argv[3], NOT_A_BIT, 0, 1);
    const value = asString(ctx.keys.write(key));
    const former = bitOf(value, offset);
    const index = offset >> 3;
    if (former === bit && value !== undefined && index < lengthOf(value)) return former;
    const buffer = editable(value);
    buffer.extend(index + 1);
    const view = buffer.view(index, index + 1);
    const mask = 0x80 >> (offset & 7);
    view[index] = bit === 1 ? (view[index] as number) | mask : (view[index] as number) & ~mask;
    keepEdited(ctx, key, value, buffer, 'setbit');
    return former;
  },
});
