// What a command declaration is. One frozen object per command feeds execution, COMMAND INFO/DOCS/GETKEYS, ACL
// categories, slot routing, the read-only check, the README's command table and the tests that every command must have.

import type { Bytes } from '../bytes/bytes';
import type { Reply } from '../protocol/reply';
import type { Context } from './context';
import type { KeySpec } from './keys';

export type Group =
  | 'string'
  | 'hash'
  | 'list'
  | 'set'
  | 'sorted-set'
  | 'stream'
  | 'bitmap'
  | 'hyperloglog'
  | 'geo'
  | 'array'
  | 'json'
  | 'bloom'
  | 'cuckoo'
  | 'cms'
  | 'topk'
  | 'throttle'
  | 'generic'
  | 'transactions'
  | 'connection'
  | 'server'
  | 'cluster'
  | 'scripting'
  | 'pubsub';

/** Redis' command flags, with Redis' spelling (they are what COMMAND INFO shows). */
export type Flag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'pubsub'
  | 'noscript'
  | 'blocking'
  | 'loading'
  | 'stale'
  | 'skip_monitor'
  | 'skip_slowlog'
  | 'asking'
  | 'fast'
  | 'no_auth'
  | 'may_replicate'
  | 'no_mandatory_keys'
  | 'no_async_loading'
  | 'no_multi'
  | 'movablekeys'
  | 'allow_busy'
  | 'sentinel'
  | 'only_sentinel';

/**
 * How the router treats a command when there are several shards.
 * - `keys`: the default; all keys must live on one shard, which runs it.
 * - `channel`: the first argument is a channel, and belongs to the shard of its hash slot, unless other keys decide.
 * - `local`: answered by the connection itself or by the home shard; it has no keys.
 * - `{ split: merge }`: cut by shard along its key spec, the partial replies merged.
 * - `{ all: merge }`: sent to every shard as it is, the replies merged.
 * - `scan`: SCAN, whose cursor walks through the shards in slot order.
 * - `first`: the first of its keys that has something answers, wherever it is; the command may wait for one. It has one
 *   key spec.
 * - `each`: all of its keys that have something answer together, as a map of keys; the command may wait for one.
 */
export type Sharding = 'keys' | 'channel' | 'local' | 'scan' | 'first' | 'each' | { split: Merge } | { all: Merge };

/**
 * How partial replies become one.
 * - `sum`: integers are added; `ok`: the first error, else the first reply; `concatenate`: arrays one after the other;
 * - `scatter`: array elements go back to the places of the keys that they answer (MGET);
 * - `any`: one reply that is not null, chosen at random (RANDOMKEY);
 * - `every`: arrays of 1 and 0, where 1 means that it is so on every shard;
 * - `union`: arrays of names without repetition; `most`: arrays alike but for their numbers, of which the greatest count;
 * - `digest`: digests of parts of a dataset become that of the whole (DEBUG DIGEST).
 */
export type Merge = 'every' | 'sum' | 'ok' | 'concatenate' | 'scatter' | 'any' | 'union' | 'most' | 'digest';

export interface CommandSpec {
  /** Lower case. For a subcommand the container and the subcommand: `config|get`. */
  readonly name: string;
  readonly group: Group;
  /** One sentence of our own words, ending with a full stop. */
  readonly summary: string;
  /** The Redis version that introduced it. */
  readonly since: string;
  readonly complexity: string;
  /** As in Redis: the number of arguments with the name (and the container's), or minus the least number. */
  readonly arity: number;
  readonly flags: readonly Flag[];
  /** ACL categories beyond those that flags and group imply (see spec/acl.ts), without `@`. */
  readonly categories?: readonly string[];
  readonly keys?: readonly KeySpec[];
  /** Command tips of COMMAND INFO, e.g. `nondeterministic_output`. */
  readonly tips?: readonly string[];
  /**
   * The arguments in Redis' documentation syntax, e.g. `key value [NX | XX] [EX seconds:integer | KEEPTTL]`: see
   * spec/syntax.ts. Empty when there are none.
   */
  readonly syntax: string;
  /** Default `keys`, or `local` for a command without keys. */
  readonly sharding?: Sharding;
  /** For commands that list keys of all shards: the pattern of those that a line asks for, if it names one. */
  readonly pattern?: (argv: readonly Bytes[]) => Bytes | undefined;
  /** Inside MULTI: queued (default) or run at once (EXEC, DISCARD, WATCH…). */
  readonly inTransaction?: 'queue' | 'immediate';
  /** Over REST: `refused` for what makes no sense without a connection. Default `allowed`. */
  readonly rest?: 'allowed' | 'refused';
  /** Needs KEDGE_DEBUG=1, else it answers that it is not allowed. */
  readonly debug?: boolean;
  /** It shows or tests the inside of the server: Redis documents it as `syscmd`. */
  readonly internal?: boolean;
  /** Indexes of arguments that are secret: the slow log does not show them. */
  readonly secrets?: (argv: readonly Bytes[]) => readonly number[];
  /** Set where the command is deprecated in Redis: since which version, and in favour of what. */
  readonly deprecated?: { readonly since: string; readonly replacedBy: string };
  /** Changes of behaviour, as [version, what], for COMMAND DOCS. */
  readonly history?: readonly (readonly [string, string])[];
  /** Where Kedge differs from Redis here, for the README's list. A sentence. */
  readonly difference?: string;
  /**
   * Runs the command. Synchronous. All arguments are read before anything changes; a Redis error is thrown only before
   * the first change.
   * @param argv the command's name first, then its arguments
   */
  readonly run: (ctx: Context, argv: readonly Bytes[]) => Reply;
}

/** A command that only holds subcommands (CONFIG, CLIENT…). Without a subcommand it is an arity error. */
export interface ContainerSpec extends Omit<CommandSpec, 'run'> {
  readonly subcommands: readonly CommandSpec[];
  /** A container that may also be called bare (COMMAND). */
  readonly run?: CommandSpec['run'];
}

export type AnyCommandSpec = CommandSpec | ContainerSpec;

export function isContainer(spec: AnyCommandSpec): spec is ContainerSpec {
  return 'subcommands' in spec;
}

/** Declares a command; the object is frozen. */
export function command(spec: CommandSpec): CommandSpec {
  return Object.freeze(spec);
}

/** Declares a command with subcommands. */
export function container(spec: ContainerSpec): ContainerSpec {
  return Object.freeze(spec);
}

/** Whether a command line may have to wait for its reply: some commands do only when they are told to. */
export function mayWait({ flags, syntax }: AnyCommandSpec, argv: readonly Bytes[]): boolean {
  return flags.includes('blocking') && (!syntax.includes('[BLOCK ') || argv.some((arg) => arg.toLowerCase() === 'block'));
}
