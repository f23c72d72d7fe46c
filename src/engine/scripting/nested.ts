// Runs the commands that a script calls, inside the script's own unit (script.c scriptCall). What they change is recorded
// as theirs: the script itself has no effects.

import type { Bytes } from '../../bytes/bytes';
import { DISK_FULL, redisError } from '../../protocol/errors';
import { ErrorReply, type Reply } from '../../protocol/reply';
import type { CommandSpec } from '../../spec/command';
import { allKeyIndexes } from '../../spec/keys';
import { placeOfMatches } from '../../spec/slots';
import { isError, longKey, lookUp, readOnlyMayRun } from '../admission';
import type { ScriptPorts } from './ports';
import type { ScriptRun } from './run';

const UNKNOWN = redisError('ERR Unknown Redis command called from script');
const WRONG_ARITY = redisError('ERR Wrong number of args calling Redis command from script');
const NOT_ALLOWED = redisError('ERR This Redis command is not allowed from script');
const READ_ONLY = redisError('ERR Write commands are not allowed from read-only scripts.');
const NO_PERMISSION = redisError("ERR The user executing the script can't run this command or subcommand");
const OTHER_SHARD = redisError('ERR Script attempted to access a key of another shard than the one that it runs on');
const ALL_SHARDS = redisError('ERR Script attempted to run a command that concerns the keys of all shards');
const FLUSH_WITH_LOCKS = redisError("ERR FLUSHDB and FLUSHALL are not allowed in Lua scripts when 'allow-key-locking' flag is set");

function dynamicKey(key: Bytes): ErrorReply {
  return redisError(`ERR Dynamic keys are not allowed in Lua scripts when 'allow-key-locking' flag is set. Key was: ${key}`);
}

/** What running a command in a script needs to know of it, worked out once. */
class Callable {
  readonly noScript: boolean;
  readonly writes: boolean;
  /** It may enlarge the dataset. */
  readonly needsRoom: boolean;
  /** It changes something, or tells others of something: not for scripts that only read. */
  readonly mayChange: boolean;
  readonly keyed: boolean;
  /** On several shards it would see a part of what it is about. */
  readonly everywhere: boolean;
  /** A read-only token may run it. */
  readonly forReaders: boolean;

  constructor(readonly spec: CommandSpec) {
    const { flags, sharding, keys } = spec;
    // What would wait does not, as in a transaction (Redis 7.2).
    this.noScript = flags.includes('noscript') && !flags.includes('blocking') && spec.name !== 'wait';
    this.writes = flags.includes('write');
    this.needsRoom = flags.includes('denyoom');
    this.mayChange = this.writes || flags.includes('may_replicate');
    this.keyed = keys !== undefined && keys.length > 0;
    const touchesData = this.writes || flags.includes('readonly');
    this.everywhere = touchesData && (sharding === 'scan' || (typeof sharding === 'object' && 'all' in sharding));
    this.forReaders = readOnlyMayRun(spec);
  }
}

/** Names that are remembered with the command that they mean. Scripts spell few in more than one way. */
const NAMES_MAX = 1024;

export class NestedCommands {
  /** Commands without subcommands, by the names that scripts have called them. */
  private readonly byName = new Map<Bytes, Callable>();
  private readonly bySpec = new Map<CommandSpec, Callable>();

  constructor(private readonly ports: ScriptPorts) {}

  /** Runs a command, or refuses it. Either way INFO has counted an error that this returns. */
  run(script: ScriptRun, argv: readonly Bytes[]): Reply {
    const callable = this.callableOf(argv);
    if (callable instanceof ErrorReply) return this.refused(callable);
    const refusal = this.refusal(script, callable, argv);
    if (refusal) return this.refused(refusal, callable.spec);
    return this.execute(script, callable, argv);
  }

  /** Whether a client may run a command; undefined when there is no such command. */
  mayRun(script: ScriptRun, argv: readonly Bytes[]): boolean | undefined {
    const spec = this.ports.table.resolve(argv);
    return spec && (script.client.access === 'full' || readOnlyMayRun(spec));
  }

  private callableOf(argv: readonly Bytes[]): Callable | ErrorReply {
    const name = argv[0] as Bytes;
    let callable = this.byName.get(name);
    if (callable === undefined) {
      const spec = lookUp(this.ports.table, argv);
      if (isError(spec)) return this.isKnown(argv) ? WRONG_ARITY : UNKNOWN;
      callable = this.bySpec.get(spec) ?? new Callable(spec);
      this.bySpec.set(spec, callable);
      if (!spec.name.includes('|') && this.byName.size < NAMES_MAX) this.byName.set(name, callable);
    }
    const { arity } = callable.spec;
    return (arity > 0 ? argv.length === arity : argv.length >= -arity) ? callable : WRONG_ARITY;
  }

  /** Whether it is the number of arguments that is wrong about a command line. */
  private isKnown(argv: readonly Bytes[]): boolean {
    const { table } = this.ports;
    return table.topLevel(argv[0] as Bytes) !== undefined && (argv.length === 1 || table.resolve(argv) !== undefined);
  }

  private refusal(script: ScriptRun, callable: Callable, argv: readonly Bytes[]): ErrorReply | undefined {
    const { spec } = callable;
    if (callable.noScript && (!script.unrestricted || spec.group === 'scripting')) return NOT_ALLOWED;
    if (callable.mayChange && script.readOnly) return READ_ONLY;
    if (!callable.forReaders && script.client.access !== 'full') return NO_PERMISSION;
    if (!this.ports.server.ownsAll && callable.everywhere && !this.asksOnlyHere(spec, argv)) return ALL_SHARDS;
    const shortage = this.ports.shortage();
    if (shortage && isDenied(shortage, script, callable)) return shortage;
    if (script.locksKeys && callable.everywhere && callable.writes) return FLUSH_WITH_LOCKS;
    if (callable.keyed && (script.locksKeys || !this.ports.server.ownsAll)) {
      const refused = this.keyRefusal(script, spec, argv);
      if (refused) return refused;
    }
    return callable.writes ? longKey(spec, argv) : undefined;
  }

  /** Whether all keys that a line can be about are on this shard: its pattern says so. */
  private asksOnlyHere({ pattern }: CommandSpec, argv: readonly Bytes[]): boolean {
    const asked = pattern?.(argv);
    const place = asked === undefined ? undefined : placeOfMatches(asked);
    return place !== undefined && this.ports.server.owns(place);
  }

  private keyRefusal(script: ScriptRun, spec: CommandSpec, argv: readonly Bytes[]): ErrorReply | undefined {
    for (const index of allKeyIndexes(spec.keys, argv) ?? []) {
      const key = argv[index] as Bytes;
      if (script.locksKeys && !script.keys.includes(key)) return dynamicKey(key);
      if (!this.ports.server.owns(key)) return OTHER_SHARD;
    }
    return undefined;
  }

  private refused(error: ErrorReply, spec?: CommandSpec): ErrorReply {
    const { server } = this.ports;
    if (spec) server.commandStats(spec.name).rejectedCalls++;
    server.countError(error);
    return error;
  }

  private execute(script: ScriptRun, { spec, writes }: Callable, argv: readonly Bytes[]): Reply {
    const { changes, context, server, keys, blocking, monitors, tracking } = this.ports;
    // As in a unit of its own: see Engine.run.
    if (blocking.isHolding) keys.held = !writes;
    if (writes) script.wrote = true;
    changes.beginCommand();
    const startedMs = this.ports.reading();
    let reply: Reply;
    try {
      reply = spec.run(context, argv);
    } catch (thrown) {
      reply = this.ports.caught(thrown, spec.name);
    }
    const stats = server.commandStats(spec.name);
    server.stats.commandsProcessed++;
    stats.calls++;
    this.ports.timed(spec, argv, startedMs);
    if (!monitors.isEmpty) monitors.feedNested(spec, argv, context.now);
    if (reply instanceof ErrorReply) {
      stats.failedCalls++;
      server.countError(reply);
    }
    server.stats.dirty += changes.mutations;
    changes.endCommand(argv);
    if (tracking.isOn) tracking.ran(spec, argv, script.client);
    // What is left in the counters would be taken for what the script itself has done.
    changes.beginCommand();
    return reply;
  }
}

function isDenied(shortage: ErrorReply, script: ScriptRun, { writes, needsRoom }: Callable): boolean {
  return shortage === DISK_FULL ? writes : needsRoom && !script.needsNoRoom && !script.wrote;
}
