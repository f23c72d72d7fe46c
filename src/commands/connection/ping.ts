import { EMPTY } from '../../bytes/bytes';
import { wrongArity } from '../../protocol/errors';
import { bulk, PONG } from '../../protocol/reply';
import { command } from '../../spec/command';

const PONG_MESSAGE = bulk('pong');

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
  run({ client }, argv) {
    if (argv.length > 2) throw wrongArity('ping');
    // Between messages a reply must look like one.
    if (client.subscribed && client.protocol === 2) return [PONG_MESSAGE, argv[1] ?? EMPTY];
    return argv[1] ?? PONG;
  },
});
