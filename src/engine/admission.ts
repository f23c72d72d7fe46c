// What a command line must pass before it runs: the ordered list of refusals (server.c processCommand).

import type { Bytes } from '../bytes/bytes';
import { DISK_FULL, NO_AUTH, noPermission, redisError, unknownCommand, unknownSubcommand, wrongArity } from '../protocol/errors';
import { MAX_KEY_BYTES } from '../protocol/limits';
import { ErrorReply } from '../protocol/reply';
import type { Client } from '../spec/client';
import { type AnyCommandSpec, type CommandSpec, isContainer } from '../spec/command';
import { allKeyIndexes } from '../spec/keys';
import type { Table } from './table';
import type { Transaction } from './transactions';

const DEBUG_REFUSED = redisError(
  'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
);

/** To Redis a client that monitors is a kind of replica. */
const MONITORS_ONLY = redisError("ERR Replica can't interact with the keyspace");

/** What a client may still do that speaks RESP2 and is subscribed to something: replies would be taken for messages. */
const FOR_SUBSCRIBERS = new Set([
  ...['subscribe', 'psubscribe', 'ssubscribe', 'unsubscribe', 'punsubscribe', 'sunsubscribe'],
  ...['ping', 'quit', 'reset'],
]);

const KEY_TOO_LONG = redisError(`ERR key is too long (most is ${MAX_KEY_BYTES} bytes)`);

/** The declaration that a command line names, or the error for an unknown name or a wrong number of arguments. */
export function lookUp(table: Table, argv: readonly Bytes[]): CommandSpec | ErrorReply {
  const top = table.topLevel(argv[0] as Bytes);
  if (!top) return unknownCommand(argv);
  let spec: AnyCommandSpec = top;
  if (isContainer(top)) {
    if (argv.length > 1) {
      const subcommand = table.subcommand(top, argv);
      if (!subcommand) return unknownSubcommand(top.name, argv[1] as string);
      spec = subcommand;
    } else if (!top.run) return wrongArity(top.name);
  }
  const { arity } = spec;
  if (arity > 0 ? argv.length !== arity : argv.length < -arity) return wrongArity(spec.name);
  return spec as CommandSpec;
}

/** The error that keeps a client from running `spec`, or undefined. */
export function refusal(
  spec: CommandSpec,
  { access, monitoring }: Pick<Client, 'access' | 'monitoring'>,
  debugAllowed: boolean,
): ErrorReply | undefined {
  if (access !== 'full') {
    if (access === undefined) return spec.flags.includes('no_auth') ? undefined : NO_AUTH;
    if (!readOnlyMayRun(spec)) return noPermission(spec.name);
  }
  if (spec.debug && !debugAllowed) return DEBUG_REFUSED;
  if (monitoring && spec.flags.some((flag) => flag === 'readonly' || flag === 'write' || flag === 'may_replicate')) return MONITORS_ONLY;
  return undefined;
}

/** The error for a command that a subscriber may not run, or undefined. */
export function confinement(
  { name }: CommandSpec,
  { subscribed, protocol }: Pick<Client, 'subscribed' | 'protocol'>,
): ErrorReply | undefined {
  if (!subscribed || protocol === 3 || FOR_SUBSCRIBERS.has(name)) return undefined;
  return redisError(
    `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
  );
}

/** The error for a command that could make a key which cannot be stored, or undefined. */
export function longKey(spec: CommandSpec, argv: readonly Bytes[]): ErrorReply | undefined {
  for (let i = 1; i < argv.length; i++) {
    if ((argv[i] as Bytes).length > MAX_KEY_BYTES) return hasLongKey(spec, argv) ? KEY_TOO_LONG : undefined;
  }
  return undefined;
}

function hasLongKey(spec: CommandSpec, argv: readonly Bytes[]): boolean {
  if (!spec.flags.includes('write')) return false;
  const indexes = allKeyIndexes(spec.keys, argv) ?? [];
  return indexes.some((index) => (argv[index] as Bytes).length > MAX_KEY_BYTES);
}

/** What ends a transaction, in the one way or the other. */
const ENDS_TRANSACTION = new Set(['exec', 'discard', 'quit', 'reset']);

/**
 * Whether a command is refused for want of room. Where it is the dataset that is too large, that is one that may enlarge
 * it, or is to be queued, which takes memory as well; where nothing can be written, one that changes something.
 */
export function isDenied(
  shortage: ErrorReply,
  spec: CommandSpec,
  argv: readonly Bytes[],
  { queue }: Transaction,
  scripts: { isDenied(shortage: ErrorReply, spec: CommandSpec, argv: readonly Bytes[]): boolean },
): boolean {
  if (!queue) return scripts.isDenied(shortage, spec, argv);
  if (spec.name === 'exec') return queue.some((queued) => scripts.isDenied(shortage, queued.spec, queued.argv));
  if (shortage === DISK_FULL) return scripts.isDenied(shortage, spec, argv);
  return !ENDS_TRANSACTION.has(spec.name);
}

/** Groups whose commands do not touch data, so that a read-only token may use them unless they are admin commands. */
const NEUTRAL_GROUPS = new Set(['connection', 'transactions', 'server', 'cluster', 'pubsub']);
/** Commands about channels that show more than what the caller knows the name of. */
const REVEALING = new Set(['psubscribe', 'pubsub|channels', 'pubsub|shardchannels']);

/**
 * A read-only token may run reads and what touches no data, but for what Redis calls dangerous (KEYS) and, as with
 * Upstash's, a walk over all keys (SCAN): such a token may be in a browser, and its holder sees what it knows the name of.
 */
export function readOnlyMayRun(spec: CommandSpec): boolean {
  if (spec.flags.includes('write') || spec.flags.includes('admin') || spec.categories?.includes('dangerous')) return false;
  if (spec.sharding === 'scan' || REVEALING.has(spec.name)) return false;
  // What runs scripts: those of such a token may only read.
  if (spec.group === 'scripting' && spec.flags.includes('may_replicate')) return true;
  if (spec.flags.includes('may_replicate')) return false;
  return spec.flags.includes('readonly') || NEUTRAL_GROUPS.has(spec.group);
}

export function isError(value: CommandSpec | ErrorReply): value is ErrorReply {
  return value instanceof ErrorReply;
}
