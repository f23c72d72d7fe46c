// What the commands that run scripts and functions have in common.

import type { Bytes } from '../../bytes/bytes';
import { NOT_AN_INTEGER, redisError } from '../../protocol/errors';
import type { ErrorReply } from '../../protocol/reply';
import { type CommandSpec, command, type Flag } from '../../spec/command';
import { requireInteger } from '../../spec/cursor';
import { countedKeysAt, type KeySpec } from '../../spec/keys';

const TOO_MANY_KEYS = redisError("ERR Number of keys can't be greater than number of args");
const NEGATIVE_KEYS = redisError("ERR Number of keys can't be negative");

const FIRST_ARGUMENT = 3;

/** The number of keys of a script, which is its second argument. */
export function requireKeyCount(argv: readonly Bytes[], error: ErrorReply = NOT_AN_INTEGER): number {
  const count = requireInteger(argv[2], error);
  if (count > argv.length - FIRST_ARGUMENT) throw TOO_MANY_KEYS;
  if (count < 0) throw NEGATIVE_KEYS;
  return count;
}

export function runnerFlags(readOnly: boolean): readonly Flag[] {
  return readOnly
    ? ['readonly', 'noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'movablekeys']
    : ['noscript', 'stale', 'skip_monitor', 'may_replicate', 'no_mandatory_keys', 'movablekeys'];
}

export function scriptKeys(readOnly: boolean): KeySpec {
  return readOnly ? countedKeysAt(2, 'RO', 'access') : countedKeysAt(2, 'RW', 'access', 'update');
}

/** With what Redis notes about some of them. */
export function notedScriptKeys(readOnly: boolean): KeySpec {
  const worst = readOnly ? 'RO and ACCESS' : 'RW and UPDATE';
  return { ...scriptKeys(readOnly), notes: `We cannot tell how the keys will be used so we assume the worst, ${worst}` };
}

const NOT_BUSY = redisError('NOTBUSY No scripts in execution right now.');

/** SCRIPT KILL and FUNCTION KILL. */
export function killOf(container: 'script' | 'function', since: string): CommandSpec {
  return command({
    name: `${container}|kill`,
    group: 'scripting',
    summary: `Would end a ${container} that is running; none ever is when this is.`,
    since,
    complexity: 'O(1)',
    arity: 2,
    flags: ['noscript', 'allow_busy'],
    tips: ['request_policy:all_shards', 'response_policy:one_succeeded'],
    syntax: '',
    sharding: 'local',
    run: () => NOT_BUSY,
  });
}
