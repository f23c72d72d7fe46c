import { ascii } from '../../bytes/bytes';
import { command } from '../../spec/command';

export const time = command({
  name: 'time',
  group: 'server',
  summary: 'Returns the time of the server: Unix seconds, and the microseconds within the second.',
  since: '2.6.0',
  complexity: 'O(1)',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  tips: ['nondeterministic_output'],
  syntax: '',
  sharding: 'local',
  difference: 'TIME has the resolution of the runtime’s clock, a millisecond.',
  run: (ctx) => [ascii(`${Math.floor(ctx.now / 1000)}`), ascii(`${(ctx.now % 1000) * 1000}`)],
});
