import { command } from '../../spec/command';

export const dbsize = command({
  name: 'dbsize',
  group: 'server',
  summary: 'Counts the keys of the database.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: 1,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  tips: ['request_policy:all_shards', 'response_policy:agg_sum'],
  syntax: '',
  sharding: { all: 'sum' },
  run: (ctx) => ctx.keys.size,
});
