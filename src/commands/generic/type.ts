import type { Bytes } from '../../bytes/bytes';
import { Status } from '../../protocol/reply';
import { command } from '../../spec/command';
import { keyAt } from '../../spec/keys';
import { typeOf } from '../../types/value';

export const type = command({
  name: 'type',
  group: 'generic',
  summary: 'Names the type of the value of a key.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO')],
  syntax: 'key',
  run(ctx, argv) {
    const value = ctx.keys.look(argv[1] as Bytes);
    return new Status(value === undefined ? 'none' : typeOf(value));
  },
});
