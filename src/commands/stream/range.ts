import type { Bytes } from '../../bytes/bytes';
import { SYNTAX } from '../../protocol/errors';
import { NULL_ARRAY, type Reply } from '../../protocol/reply';
import { type CommandSpec, command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { Cursor } from '../../spec/cursor';
import { keyAt } from '../../spec/keys';
import { asStream } from '../../spec/narrow';
import { requireEnd, requireStart } from './ids';
import { rangeReply } from './replies';

function declare(name: 'xrange' | 'xrevrange', ends: string, summary: string): CommandSpec {
  return command({
    name,
    group: 'stream',
    summary,
    since: '5.0.0',
    complexity: 'O(N), N being the number of entries returned',
    arity: -4,
    flags: ['readonly'],
    keys: [keyAt(1, 'RO', 'access')],
    history: [['6.2.0', 'Ends that are not in the range.']],
    syntax: `key ${ends} [COUNT count:integer]`,
    run: (ctx, argv) => range(ctx, argv, name === 'xrevrange'),
  });
}

export const xrange = declare('xrange', 'start end', 'Returns the entries of a range of ids, oldest first.');
export const xrevrange = declare('xrevrange', 'end start', 'Returns the entries of a range of ids, newest first.');

function range(ctx: Context, argv: readonly Bytes[], downwards: boolean): Reply {
  const start = requireStart(argv[downwards ? 3 : 2]);
  const end = requireEnd(argv[downwards ? 2 : 3]);
  const cursor = new Cursor(argv, 4);
  let count: number | undefined;
  while (!cursor.done) {
    if (!cursor.option('COUNT')) throw SYNTAX;
    count = Math.max(cursor.integer(), 0);
  }
  const stream = asStream(ctx.keys.read(argv[1] as Bytes));
  if (!stream) return [];
  if (count === 0) return NULL_ARRAY;
  return rangeReply(stream.entries, start, end, count ?? 0, downwards);
}

export const xlen = command({
  name: 'xlen',
  group: 'stream',
  summary: 'Returns the number of entries of a stream.',
  since: '5.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO')],
  syntax: 'key',
  run: (ctx, argv) => asStream(ctx.keys.read(argv[1] as Bytes))?.length ?? 0,
});
