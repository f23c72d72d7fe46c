// DEBUG subcommands that tune parts of Redis which have no counterpart here. Redis' own test suite and those of client
// libraries call them before tests that make sense here all the same, so they are accepted and change nothing.

import type { Bytes } from '../../../bytes/bytes';
import { parseMemorySize } from '../../../bytes/memory-size';
import { redisError, wrongSubcommandUse } from '../../../protocol/errors';
import { OK } from '../../../protocol/reply';
import type { CommandSpec } from '../../../spec/command';
import { requireInt64 } from '../../../spec/cursor';
import { debugCommand } from './shared';

const PACKED_THRESHOLD_MAX = 2n ** 32n - 2n ** 20n;
const WRONG_THRESHOLD = redisError('ERR argument must be a memory value bigger than 1 and smaller than 4gb');

/** A switch without an effect. */
function ignored(name: string, argument: string, why: string): CommandSpec {
  return debugCommand(name, {
    summary: `Accepted without an effect: ${why}`,
    arity: argument === '' ? 2 : 3,
    syntax: argument,
    run: () => OK,
  });
}

const quicklistPackedThreshold = debugCommand('quicklist-packed-threshold', {
  summary: 'Accepted without an effect: lists have no packed nodes.',
  arity: 3,
  syntax: 'size',
  run(_ctx, argv) {
    const size = parseMemorySize(argv[2] as Bytes);
    if (size === undefined || size > PACKED_THRESHOLD_MAX) throw WRONG_THRESHOLD;
    return OK;
  },
});

const replyBuffer = debugCommand('replybuffer', {
  summary: 'Accepted without an effect: replies are not buffered per connection.',
  arity: 4,
  syntax: '<PEAK-RESET-TIME milliseconds | RESIZING enabled>',
  run(_ctx, argv) {
    const option = (argv[2] as Bytes).toUpperCase();
    const value = (argv[3] as Bytes).toUpperCase();
    if (option === 'PEAK-RESET-TIME') {
      if (value !== 'NEVER' && value !== 'RESET') requireInt64(argv[3]);
    } else if (option !== 'RESIZING') {
      throw wrongSubcommandUse(argv);
    }
    return OK;
  },
});

export const tuningCommands: readonly CommandSpec[] = [
  ignored('aof-flush-sleep', 'microseconds', 'the journal is written by the runtime.'),
  ignored('change-repl-id', '', 'there are no Redis replicas.'),
  ignored('dict-resizing', 'enabled', 'hash tables are those of the JavaScript engine.'),
  ignored('pause-cron', 'enabled', 'there is no periodic task.'),
  quicklistPackedThreshold,
  replyBuffer,
  ignored('set-skip-checksum-validation', 'enabled', 'checksums are always verified.'),
];
