// EXISTS and TOUCH: how many of the named keys are there.

import type { Bytes } from '../../bytes/bytes';
import { command } from '../../spec/command';
import { keysFrom } from '../../spec/keys';

const keys = [keysFrom(1, -1, 1, 'RO')];
const tips = ['request_policy:multi_shard', 'response_policy:agg_sum'];

export const exists = command({
  name: 'exists',
  group: 'generic',
  summary: 'Counts which of the keys exist; a key that is named twice counts twice.',
  since: '1.0.0',
  complexity: 'O(N) where N is the number of keys.',
  arity: -2,
  flags: ['readonly', 'fast'],
  keys,
  tips,
  syntax: 'key [key ...]',
  history: [['3.0.3', 'Takes several keys.']],
  sharding: { split: 'sum' },
  run(ctx, argv) {
    let found = 0;
    for (let i = 1; i < argv.length; i++) if (ctx.keys.look(argv[i] as Bytes) !== undefined) found++;
    return found;
  },
});

export const touch = command({
  name: 'touch',
  group: 'generic',
  summary: 'Marks keys as used now, and counts those that exist.',
  since: '3.2.1',
  complexity: 'O(N) where N is the number of keys.',
  arity: -2,
  flags: ['readonly', 'fast'],
  keys,
  tips,
  syntax: 'key [key ...]',
  sharding: { split: 'sum' },
  run(ctx, argv) {
    let touched = 0;
    for (let i = 1; i < argv.length; i++) if (ctx.keys.touch(argv[i] as Bytes)) touched++;
    return touched;
  },
});
