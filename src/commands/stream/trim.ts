import { ascii, type Bytes } from '../../bytes/bytes';
import { SYNTAX } from '../../protocol/errors';
import { command } from '../../spec/command';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asStream } from '../../spec/narrow';
import { TrimOptions } from './trim-options';

export const xtrim = command({
  name: 'xtrim',
  group: 'stream',
  summary: 'Removes the oldest entries of a stream, down to a length or up to an id.',
  since: '5.0.0',
  complexity: 'O(N), N being the number of entries removed; whole nodes go at once',
  arity: -4,
  flags: ['write'],
  keys: [keyAt(1, 'RW', 'delete')],
  tips: ['nondeterministic_output'],
  history: [
    ['6.2.0', 'Options `MINID` and `LIMIT`.'],
    ['8.2.0', 'Options `KEEPREF`, `DELREF` and `ACKED`.'],
  ],
  syntax: 'key <MAXLEN | MINID> [= | ~] threshold [LIMIT count:integer] [KEEPREF | DELREF | ACKED]',
  run(ctx, argv) {
    const cursor = new Cursor(argv, 2);
    const options = new TrimOptions();
    while (!cursor.done) if (!options.take(cursor)) throw SYNTAX;
    options.check(true);
    const key = argv[1] as Bytes;
    const stream = asStream(ctx.keys.write(key));
    if (!stream) return 0;
    const trimmed = options.apply(stream);
    if (trimmed === 0) return 0;
    ctx.keys.changed(key, 'xtrim');
    if (options.approximate) ctx.effect(ascii('XTRIM'), key, ...options.outcome(stream));
    return trimmed;
  },
});
