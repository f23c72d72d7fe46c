// Asking about members.

import type { Bytes } from '../../bytes/bytes';
import { SetReply } from '../../protocol/reply';
import { command } from '../../spec/command';
import { keyAt } from '../../spec/keys';
import { asSet } from '../../spec/narrow';

export const scard = command({
  name: 'scard',
  group: 'set',
  summary: 'Returns how many members a set has.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO')],
  syntax: 'key',
  run: (ctx, argv) => asSet(ctx.keys.read(argv[1] as Bytes))?.size ?? 0,
});

export const sismember = command({
  name: 'sismember',
  group: 'set',
  summary: 'Tells whether a set has a member.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO')],
  syntax: 'key member',
  run: (ctx, argv) => (asSet(ctx.keys.read(argv[1] as Bytes))?.has(argv[2] as Bytes) ? 1 : 0),
});

export const smismember = command({
  name: 'smismember',
  group: 'set',
  summary: 'Tells for each of several members whether a set has it.',
  since: '6.2.0',
  complexity: 'O(N), N being the number of members asked for',
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: [keyAt(1, 'RO', 'access')],
  syntax: 'key member [member ...]',
  run(ctx, argv) {
    const set = asSet(ctx.keys.read(argv[1] as Bytes));
    return argv.slice(2).map((member) => (set?.has(member) ? 1 : 0));
  },
});

export const smembers = command({
  name: 'smembers',
  group: 'set',
  summary: 'Returns all members of a set.',
  since: '1.0.0',
  complexity: 'O(N), N being the number of members of the set',
  arity: 2,
  flags: ['readonly'],
  keys: [keyAt(1, 'RO', 'access')],
  tips: ['nondeterministic_output_order'],
  syntax: 'key',
  run: (ctx, argv) => new SetReply(asSet(ctx.keys.read(argv[1] as Bytes))?.members() ?? []),
});
