import { wrongArity } from '../../protocol/errors';
import { PONG } from '../../protocol/reply';
import { command } from '../../spec/command';

export const ping = command({
  name: 'ping',
  group: 'connection',
  summary: 'Tells whether the server answers.',
  since: '1.0.0',
  complexity: 'O(1)',
  arity: -1,
  flags: ['fast'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  syntax: '[message]',
  sharding: 'local',
  run(_ctx, argv) {
    if (argv.length > 2) throw wrongArity('ping');
    return argv[1] ?? PONG;
  },
});
