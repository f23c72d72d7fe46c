// MEMORY STATS, PURGE and MALLOC-STATS. Memory is that of a JavaScript heap, which does not tell what it holds: what is
// known is the estimate that is kept of every key in memory.

import { ascii } from '../../../bytes/bytes';
import { DoubleReply, MapReply, OK, type Reply, VerbatimReply } from '../../../protocol/reply';
import { command } from '../../../spec/command';

const SHARED = { group: 'server', since: '4.0.0', arity: 2, flags: [], syntax: '' } as const;
const TIPS = ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'];

const share = (part: number, whole: number) => new DoubleReply(whole === 0 ? 100 : (part / whole) * 100);

export const stats = command({
  ...SHARED,
  name: 'memory|stats',
  summary: 'Returns what is known about memory.',
  complexity: 'O(1)',
  tips: TIPS,
  sharding: 'local',
  difference:
    'MEMORY STATS has the fields that are known here, of the first of several shards; MEMORY PURGE does nothing, as memory is that of the garbage collector.',
  run({ server: { memory }, keys }): Reply {
    const { startup, used, dataset, resident, clients, peak, residentKeys } = memory;
    const fields: Readonly<Record<string, Reply>> = {
      'peak.allocated': peak,
      'total.allocated': used,
      'startup.allocated': startup,
      'clients.normal': clients,
      'overhead.total': startup + clients,
      'keys.count': keys.size,
      'keys.bytes-per-key': keys.size === 0 ? 0 : Math.floor(dataset / keys.size),
      // Ours: keys whose values are in memory, and what they take there.
      'keys.in-memory': residentKeys,
      'resident.bytes': resident,
      'dataset.bytes': dataset,
      'dataset.percentage': share(dataset, used - startup),
      'peak.percentage': share(used, peak),
    };
    return new MapReply(Object.entries(fields).flatMap(([name, value]) => [ascii(name), value]));
  },
});

export const purge = command({
  ...SHARED,
  name: 'memory|purge',
  summary: 'Would ask the allocator to release memory; the garbage collector does so by itself.',
  complexity: 'Depends on how much memory is allocated, could be slow',
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  sharding: 'local',
  run: () => OK,
});

export const mallocStats = command({
  ...SHARED,
  name: 'memory|malloc-stats',
  summary: 'Would tell about the allocator; there is none that tells.',
  complexity: 'Depends on how much memory is allocated, could be slow',
  tips: TIPS,
  sharding: 'local',
  run: () => new VerbatimReply('txt', ascii('Stats not supported for the current allocator')),
});
