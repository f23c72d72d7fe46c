// Commands that make no sense without a connection, and what REST answers to them.

import type { Bytes } from '../bytes/bytes';
import { registry } from '../commands/registry';
import { redisError } from '../protocol/errors';
import type { ErrorReply } from '../protocol/reply';
import { type AnyCommandSpec, mayWait } from '../spec/command';

/** The commands about a connection that mean something to one request. */
const CONNECTIONLESS = new Set(['ping', 'echo']);

/** Whether REST does not have a command. A container is refused as a whole or not at all. */
export function isRefusedOverRest(spec: AnyCommandSpec): boolean {
  return spec.rest === 'refused' || (spec.group === 'connection' && !CONNECTIONLESS.has(spec.name));
}

const refused = new Set(registry.filter(isRefusedOverRest).map((spec) => spec.name));

/** The error for a command that REST does not have, or undefined. */
export function refusalOverRest(line: readonly Bytes[]): ErrorReply | undefined {
  const name = (line[0] as string).toLowerCase();
  if (!refused.has(name)) return undefined;
  return redisError(`ERR Command "${name.toUpperCase()}" is not allowed in REST or it has a special context path`);
}

const waiting = new Map(registry.filter(({ flags }) => flags.includes('blocking')).map((spec) => [spec.name, spec]));

/** Whether a command may have to wait for its reply. */
export function lineMayWait(line: readonly Bytes[]): boolean {
  const spec = waiting.get((line[0] as string).toLowerCase());
  return spec !== undefined && mayWait(spec, line);
}
