import type { Bytes } from '../../bytes/bytes';
import { redisError, SYNTAX } from '../../protocol/errors';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { requireDatabase } from '../../spec/database';
import { keyAt } from '../../spec/keys';
import { StringBuffer } from '../../types/string';
import type { Value } from '../../types/value';

const SAME_OBJECT = redisError('ERR source and destination objects are the same');

export const copy = command({
  name: 'copy',
  group: 'generic',
  summary: 'Copies the value of a key, with its deadline, to another key.',
  since: '6.2.0',
  complexity: 'O(N) for a collection of N elements, O(1) for a string.',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: [keyAt(1, 'RO', 'access'), keyAt(2, 'OW', 'update')],
  syntax: 'source:key destination:key [DB destination-db:integer] [REPLACE]',
  run(ctx, argv) {
    const [, source, destination] = argv as [Bytes, Bytes, Bytes];
    const args = new Cursor(argv, 3);
    let replace = false;
    while (!args.done) {
      if (args.keyword('REPLACE')) replace = true;
      else if (args.option('DB')) requireDatabase(args.next());
      else throw SYNTAX;
    }
    if (source === destination) throw SAME_OBJECT;
    const value = ctx.keys.read(source);
    if (value === undefined || (ctx.keys.has(destination) && !replace)) return 0;
    ctx.keys.set(destination, copyOf(value), 'copy_to', ctx.keys.deadline(source));
    return 1;
  },
});

function copyOf(value: Value): Value {
  if (typeof value === 'string') return value;
  return value.type === 'string' ? new StringBuffer(value.toBytes()) : value.copy();
}
