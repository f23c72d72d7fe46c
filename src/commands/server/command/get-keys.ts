// COMMAND GETKEYS and GETKEYSANDFLAGS: the keys of a whole command line.

import type { Bytes } from '../../../bytes/bytes';
import { redisError } from '../../../protocol/errors';
import type { Reply } from '../../../protocol/reply';
import { type CommandSpec, command } from '../../../spec/command';
import type { Context } from '../../../spec/context';
import { type KeyFlag, keyIndexes } from '../../../spec/keys';
import { keyFlagsReply } from './info';

const INVALID_COMMAND = redisError('ERR Invalid command specified');
const NO_KEYS = redisError('ERR The command has no key arguments');
const WRONG_COUNT = redisError('ERR Invalid number of arguments specified for command');
const INVALID_ARGUMENTS = redisError('ERR Invalid arguments specified for command');

interface FoundKey {
  readonly key: Bytes;
  readonly flags: readonly KeyFlag[];
}

/** The keys of the command line after `COMMAND GETKEYS`. */
function keysOf(ctx: Context, argv: readonly Bytes[]): FoundKey[] {
  const line = argv.slice(2);
  const spec = ctx.server.commands.resolve(line);
  if (!spec) throw INVALID_COMMAND;
  const keySpecs = (spec.keys ?? []).filter((keySpec) => !keySpec.flags.includes('not_key'));
  if (keySpecs.length === 0) throw NO_KEYS;
  if (spec.arity > 0 ? line.length !== spec.arity : line.length < -spec.arity) throw WRONG_COUNT;
  return foundKeys(spec, keySpecs, line);
}

function foundKeys(spec: CommandSpec, keySpecs: readonly Required<CommandSpec>['keys'][number][], line: readonly Bytes[]): FoundKey[] {
  const found: FoundKey[] = [];
  for (const keySpec of keySpecs) {
    const indexes = keyIndexes(keySpec, line);
    // A keyword that is absent brings no keys; a place that must hold some and does not is an error.
    if (indexes === undefined || (indexes.length === 0 && 'index' in keySpec.begin)) return none(spec);
    const flags = keySpec.resolve?.(line) ?? keySpec.flags;
    for (const index of indexes) found.push({ key: line[index] as Bytes, flags });
  }
  return found;
}

function none(spec: CommandSpec): FoundKey[] {
  if (!spec.flags.includes('no_mandatory_keys')) throw INVALID_ARGUMENTS;
  return [];
}

export const commandGetKeys = command({
  name: 'command|getkeys',
  group: 'server',
  summary: 'Extracts the keys from a whole command line.',
  since: '2.8.13',
  complexity: 'O(N) where N is the number of arguments to the command',
  arity: -4,
  flags: ['loading', 'stale', 'sentinel'],
  categories: ['connection'],
  syntax: 'command arg [arg ...]',
  sharding: 'local',
  run(ctx, argv): Reply {
    return keysOf(ctx, argv).map(({ key }) => key);
  },
});

export const commandGetKeysAndFlags = command({
  name: 'command|getkeysandflags',
  group: 'server',
  summary: 'Extracts the keys from a whole command line, and says what the command does to each.',
  since: '7.0.0',
  complexity: 'O(N) where N is the number of arguments to the command',
  arity: -4,
  flags: ['loading', 'stale', 'sentinel'],
  categories: ['connection'],
  syntax: 'command arg [arg ...]',
  sharding: 'local',
  run(ctx, argv): Reply {
    return keysOf(ctx, argv).map(({ key, flags }) => [key, keyFlagsReply(flags)]);
  },
});
