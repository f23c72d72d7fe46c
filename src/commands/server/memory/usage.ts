// MEMORY USAGE: what one key costs.

import type { Bytes } from '../../../bytes/bytes';
import { SYNTAX } from '../../../protocol/errors';
import { command } from '../../../spec/command';
import { Cursor } from '../../../spec/cursor';
import { keyAt } from '../../../spec/keys';

export const usage = command({
  name: 'memory|usage',
  group: 'server',
  summary: 'Estimates the bytes of memory that a key and its value take.',
  since: '4.0.0',
  complexity: 'O(N) where N is the number of samples.',
  arity: -3,
  flags: ['readonly'],
  keys: [keyAt(2, 'RO')],
  syntax: 'key [SAMPLES count:integer]',
  difference: 'MEMORY USAGE always counts the whole value, which costs no time here, so SAMPLES changes nothing.',
  run(ctx, argv) {
    const cursor = new Cursor(argv, 3);
    while (!cursor.done) {
      if (!cursor.option('SAMPLES')) throw SYNTAX;
      if (cursor.integer() < 0) throw SYNTAX;
    }
    const key = argv[2] as Bytes;
    return ctx.keys.peek(key) === undefined ? null : ctx.keys.memory(key);
  },
});
