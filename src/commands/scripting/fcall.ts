// FCALL and FCALL_RO: functions of libraries.

import type { Bytes } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import type { Reply } from '../../protocol/reply';
import { type CommandSpec, command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { notedScriptKeys, requireKeyCount, runnerFlags } from './shared';

const NOT_FOUND = redisError('ERR Function not found');
const BAD_KEY_COUNT = redisError('ERR Bad number of keys provided');

function call(ctx: Context, argv: readonly Bytes[], readOnly: boolean): Reply {
  const { functions } = ctx.scripts;
  if (!functions.has(argv[1] as Bytes)) throw NOT_FOUND;
  const keyCount = requireKeyCount(argv, BAD_KEY_COUNT);
  return functions.call({ argv, keyCount, readOnly });
}

const shared = {
  group: 'scripting',
  since: '7.0.0',
  complexity: 'Depends on the function that is executed.',
  arity: -3,
  syntax: 'function numkeys:integer [key [key ...]] [arg [arg ...]]',
} as const;

export const fcallCommands: readonly CommandSpec[] = [
  command({
    ...shared,
    name: 'fcall',
    summary: 'Calls a function of a library.',
    flags: runnerFlags(false),
    keys: [notedScriptKeys(false)],
    run: (ctx, argv) => call(ctx, argv, false),
  }),
  command({
    ...shared,
    name: 'fcall_ro',
    summary: 'Calls a function of a library that changes nothing.',
    flags: runnerFlags(true),
    keys: [notedScriptKeys(true)],
    run: (ctx, argv) => call(ctx, argv, true),
  }),
];
