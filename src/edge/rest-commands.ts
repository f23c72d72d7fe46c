// Commands that make no sense without a connection, and what REST answers to them.

import type { Bytes } from '../bytes/bytes';
import { registry } from '../commands/registry';
import { oneLine, redisError } from '../protocol/errors';
import type { ErrorReply } from '../protocol/reply';
import { type AnyCommandSpec, isContainer } from '../spec/command';

/** The commands about a connection that mean something to one request. */
const CONNECTIONLESS = new Set(['ping', 'echo']);

function isRefused(spec: AnyCommandSpec): boolean {
  return spec.rest === 'refused' || (spec.group === 'connection' && !CONNECTIONLESS.has(spec.name));
}

/** Names of commands, and of subcommands as `container|subcommand` where not the whole container is refused. */
const refused = new Set<string>();
/** Containers that have such subcommands. */
const mixed = new Set<string>();

for (const spec of registry) {
  if (isRefused(spec)) refused.add(spec.name);
  else if (isContainer(spec)) {
    for (const subcommand of spec.subcommands) {
      if (!isRefused(subcommand)) continue;
      refused.add(subcommand.name);
      mixed.add(spec.name);
    }
  }
}

/** The error for a command that REST does not have, or undefined. */
export function refusalOverRest(line: readonly Bytes[]): ErrorReply | undefined {
  const name = (line[0] as string).toLowerCase();
  if (!refused.has(name) && !(mixed.has(name) && refused.has(`${name}|${(line[1] ?? '').toLowerCase()}`))) return undefined;
  return redisError(oneLine(`ERR Command "${name.toUpperCase()}" is not allowed in REST or it has a special context path`));
}
