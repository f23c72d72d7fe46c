// EVAL, EVALSHA and their read-only forms.

import type { Bytes } from '../../bytes/bytes';
import { redisError } from '../../protocol/errors';
import { OK, type Reply } from '../../protocol/reply';
import { type CommandSpec, command } from '../../spec/command';
import type { Context } from '../../spec/context';
import { notedScriptKeys, requireKeyCount, runnerFlags, scriptKeys } from './shared';

const DIGEST_CHARS = 40;
const NO_SCRIPT = redisError('NOSCRIPT No matching script. Please use EVAL.');

const shared = {
  group: 'scripting',
  complexity: 'Depends on the script that is executed.',
  arity: -3,
} as const;

function evaluate(ctx: Context, argv: readonly Bytes[], readOnly: boolean): Reply {
  const keyCount = requireKeyCount(argv);
  return ctx.scripts.evaluate({ argv, keyCount, readOnly });
}

function evaluateDigest(ctx: Context, argv: readonly Bytes[], readOnly: boolean): Reply {
  if ((argv[1] as Bytes).length !== DIGEST_CHARS) throw NO_SCRIPT;
  const keyCount = requireKeyCount(argv);
  return ctx.scripts.evaluateDigest({ argv, keyCount, readOnly });
}

const evalCommand = command({
  ...shared,
  name: 'eval',
  summary: 'Runs a Lua script.',
  since: '2.6.0',
  flags: runnerFlags(false),
  keys: [notedScriptKeys(false)],
  syntax: 'script numkeys:integer [key [key ...]] [arg [arg ...]]',
  difference:
    'Nobody else is served while a script runs, so nobody can kill it: a script that runs longer than `busy-reply-threshold` (on Cloudflare, where the clock stands still meanwhile: that does more than fits into so many milliseconds) is ended as SCRIPT KILL would end it, and what it has written is taken back. `redis.set_repl` checks its argument and has no effect, as there is nothing to keep writes from; neither have `redis.breakpoint` and `redis.debug`, without a debugger.',
  run(ctx, argv) {
    if (!ctx.replaying) return evaluate(ctx, argv, false);
    // In the journal: a script that EVAL has seen. What it did is there as the commands that it called.
    ctx.scripts.recall(argv[1] as Bytes);
    return OK;
  },
});

const evalRo = command({
  ...shared,
  name: 'eval_ro',
  summary: 'Runs a Lua script that changes nothing.',
  since: '7.0.0',
  flags: runnerFlags(true),
  keys: [notedScriptKeys(true)],
  syntax: 'script numkeys:integer [key [key ...]] [arg [arg ...]]',
  run: (ctx, argv) => evaluate(ctx, argv, true),
});

const evalSha = command({
  ...shared,
  name: 'evalsha',
  summary: 'Runs a Lua script that is kept, by its SHA-1 digest.',
  since: '2.6.0',
  flags: runnerFlags(false),
  keys: [scriptKeys(false)],
  syntax: 'sha1 numkeys:integer [key [key ...]] [arg [arg ...]]',
  run: (ctx, argv) => evaluateDigest(ctx, argv, false),
});

const evalShaRo = command({
  ...shared,
  name: 'evalsha_ro',
  summary: 'Runs a Lua script that is kept and changes nothing, by its SHA-1 digest.',
  since: '7.0.0',
  flags: runnerFlags(true),
  keys: [scriptKeys(true)],
  syntax: 'sha1 numkeys:integer [key [key ...]] [arg [arg ...]]',
  run: (ctx, argv) => evaluateDigest(ctx, argv, true),
});

export const evalCommands: readonly CommandSpec[] = [evalCommand, evalRo, evalSha, evalShaRo];
