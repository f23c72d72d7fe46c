// DEL and UNLINK. Memory is given back by the garbage collector either way, so they do the same but for what INFO counts.

import type { Bytes } from '../../bytes/bytes';
import { command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { keysFrom } from '../../spec/keys';

const keys = [keysFrom(1, -1, 1, 'RM', 'delete')];
const tips = ['request_policy:multi_shard', 'response_policy:agg_sum'];

/** About what takes Redis 64 allocations, from which on its UNLINK leaves a collection to the background. */
const LARGE_BYTES = 4096;

/** Counts what Redis would free in the background. Here it is the garbage collector that does, as with everything. */
function unlinkAll(ctx: Context, argv: readonly Bytes[]): number {
  let removed = 0;
  for (let i = 1; i < argv.length; i++) {
    const key = argv[i] as Bytes;
    const former = ctx.keys.outline(key);
    if (former && former.type !== 'string' && former.memory > LARGE_BYTES) ctx.server.stats.lazyFreed++;
    if (ctx.keys.remove(key)) removed++;
  }
  return removed;
}

function removeAll(ctx: Context, argv: readonly Bytes[]): number {
  let removed = 0;
  for (let i = 1; i < argv.length; i++) if (ctx.keys.remove(argv[i] as Bytes)) removed++;
  return removed;
}

export const del = command({
  name: 'del',
  group: 'generic',
  summary: 'Deletes keys.',
  since: '1.0.0',
  complexity: 'O(N) where N is the number of keys.',
  arity: -2,
  flags: ['write'],
  keys,
  tips,
  syntax: 'key [key ...]',
  sharding: { split: 'sum' },
  run: removeAll,
});

export const unlink = command({
  name: 'unlink',
  group: 'generic',
  summary: 'Deletes keys, and frees what they held later.',
  since: '4.0.0',
  complexity: 'O(N) where N is the number of keys.',
  arity: -2,
  flags: ['write', 'fast'],
  keys,
  tips,
  syntax: 'key [key ...]',
  sharding: { split: 'sum' },
  run: unlinkAll,
});
