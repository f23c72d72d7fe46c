import type { Bytes } from '../../bytes/bytes';
import { command } from '../../spec/command';
import { keyAt } from '../../spec/keys';
import { asString } from '../../spec/narrow';
import { StringBuffer } from '../../types/string';

export const get = command({
  name: 'get',
  group: 'string',
  summary: 'Returns the string value of a key.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key',
  run(ctx, argv) {
    const value = asString(ctx.keys.read(argv[1] as Bytes));
    if (value === undefined) return null;
    return value instanceof StringBuffer ? value.toBytes() : value;
  },
});
