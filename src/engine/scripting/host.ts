// Runs scripts: the engine's side of EVAL and its like. A script is part of the unit that calls it. What it calls is
// recorded command by command, so that it can do what it likes with time and chance.
//
// No other client can be served while it runs, so nobody could kill it: its budget does that instead, and then nothing of
// it remains. What was changed in place cannot be undone one by one; memory is brought back to what storage has.

import { ascii, type Bytes } from '../../bytes/bytes';
import { LuaError, ScriptStopped } from '../../lua/error';
import { type Budget, LuaMachine } from '../../lua/machine';
import { LuaTable } from '../../lua/table';
import type { LuaFunction, LuaValue } from '../../lua/value';
import { DISK_FULL, INTERNAL, OUT_OF_MEMORY, oneLine, redisError, shown } from '../../protocol/errors';
import { ErrorReply, type Reply } from '../../protocol/reply';
import type { RespVersion } from '../../protocol/resp-writer';
import type { CommandSpec } from '../../spec/command';
import type { Functions, MachineMemory, ScriptCall, Scripts, ScriptUse } from '../../spec/scripting';
import type { ChangeMark } from '../changes';
import { ClientState } from '../client-state';
import { toReply, uncaught, whereabouts } from './conversions';
import { FunctionMachine } from './function-machine';
import { Libraries } from './libraries';
import { NestedCommands } from './nested';
import type { ScriptPorts } from './ports';
import { addEvalCommands, type LogLevel, redisTable, type ScriptServer } from './redis-table';
import type { Flags, ScriptRun } from './run';
import { protect, refuseUnknown, restrict } from './sandbox';
import { type Script, ScriptCache } from './script-cache';
import { Sources } from './sources';

/** Bytes that a script may hold at one time: an isolate has 128 MB. */
const MEMORY_BYTES = 32 * 1024 * 1024;
/**
 * What a script may do in a millisecond of its time limit. On Cloudflare the clock stands still while code runs, and only
 * this counts.
 */
const STEPS_PER_MS = 20_000;
/** The longest that a script may run whatever busy-reply-threshold says, where 0 is no limit at all. */
const LIMIT_MS_MAX = 30_000;

/** How long a library may take to register its functions (functions.c). */
const LOAD_LIMIT_MS = 500;

/** How errors call a script. */
const CHUNK = '@user_script';
const NO_SCRIPT = redisError('NOSCRIPT No matching script. Please use EVAL.');
const WRITES_IN_RO = redisError('ERR Can not execute a script with write flag using *_ro command.');
const KILLED = 'ERR Script killed by user with SCRIPT KILL...';

const NO_ROOM = redisError("OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'");
const NO_FUNCTION = redisError('ERR Function not found');

const EVAL = ascii('EVAL');
const SCRIPT = ascii('SCRIPT');
const LOAD = ascii('LOAD');
const FLUSH = ascii('FLUSH');
const FUNCTION = ascii('FUNCTION');
const REPLACE = ascii('REPLACE');
const ZERO = ascii('0');
const KEYS = ascii('KEYS');
const ARGV = ascii('ARGV');
const LOG_LEVELS = ['debug', 'verbose', 'notice', 'warning'] as const;

export class ScriptHost implements Scripts, ScriptServer {
  unrestricted = false;
  /** busy-reply-threshold: how long a script may run. */
  limitMs = 5000;
  readonly sources: Sources;
  private readonly cache: ScriptCache;
  private readonly nested: NestedCommands;
  /** What the commands of a script see as their client. */
  private readonly client: ClientState;
  private running: ScriptRun | undefined;
  private readonly now = (): number => this.ports.clock.now();
  /** Made when the first script is compiled. */
  private lua: LuaMachine | undefined;
  private functionLua: FunctionMachine | undefined;
  private readonly libraries: Libraries;

  constructor(private readonly ports: ScriptPorts) {
    this.sources = new Sources(ports.store);
    this.cache = new ScriptCache(this.sources, (code) => this.compile(code));
    this.libraries = new Libraries(
      this.sources,
      (code) => this.functionMachine().load(code, this.budget(LOAD_LIMIT_MS)),
      (name, { text }) => ports.log('warning', `library ${name} does not load any more: ${text}`),
    );
    this.nested = new NestedCommands(ports);
    this.client = new ClientState({ id: 0, address: '?:0', localAddress: '?:0', connectedAtMs: 0, access: 'full' });
  }

  // ---- scripts

  evaluate(call: ScriptCall): Reply {
    const source = call.argv[1] as Bytes;
    let script = this.cache.withSource(source);
    if (!script) {
      script = this.cache.prepare(source);
      // The holder of a read-only token leaves nothing behind.
      if (this.ports.context.client.access === 'full' && this.cache.keep(script, true))
        this.ports.context.effect(EVAL, script.source, ZERO);
    }
    return this.runScript(script, call);
  }

  evaluateDigest(call: ScriptCall): Reply {
    const script = this.cache.find(call.argv[1] as Bytes);
    return script ? this.runScript(script, call) : NO_SCRIPT;
  }

  load(source: Bytes): Bytes {
    const script = this.cache.withSource(source) ?? this.cache.prepare(source);
    if (this.cache.keep(script, false)) this.ports.context.effect(SCRIPT, LOAD, script.source);
    return script.digest;
  }

  recall(source: Bytes): void {
    this.cache.recall(source);
  }

  has(digest: Bytes): boolean {
    return this.cache.find(digest) !== undefined;
  }

  flush(): void {
    this.sources.clear('script');
    this.cache.clear();
    this.ports.context.effect(SCRIPT, FLUSH);
  }

  get use(): ScriptUse {
    const scripts = this.sources.all('script');
    const libraries = this.sources.all('library');
    return {
      scripts: scripts.size,
      scriptBytes: this.sources.bytesOf('script'),
      evictedScripts: this.cache.evicted,
      libraries: libraries.size,
      functions: libraries.size === 0 ? 0 : this.libraries.functionCount,
      libraryBytes: this.sources.bytesOf('library'),
    };
  }

  measureMachines(): MachineMemory {
    return { scripts: this.lua?.measureMemory() ?? 0, libraries: this.functionLua?.machine.measureMemory() ?? 0 };
  }

  /** Storage has been reloaded: what is known of its sources is not to be trusted. */
  reset(): void {
    this.sources.reset();
    this.cache.clear();
    this.libraries.reset();
  }

  /** Whether a call of a script may change something, as far as can be told before it is run. */
  mayChange(spec: CommandSpec, argv: readonly Bytes[]): boolean {
    const flags = this.flagsOf(spec, argv);
    return flags ? !flags.has('no-writes') : spec.flags.includes('may_replicate');
  }

  /** Whether a command, or what is known of the script that it calls, is refused for want of room. */
  isDenied(shortage: ErrorReply, spec: CommandSpec, argv: readonly Bytes[]): boolean {
    const flags = this.flagsOf(spec, argv);
    return flags ? lacks(shortage, flags) : spec.flags.includes(shortage === DISK_FULL ? 'write' : 'denyoom');
  }

  private flagsOf(spec: CommandSpec, argv: readonly Bytes[]): Flags {
    const [, what] = argv as [Bytes, Bytes];
    if (spec.name.startsWith('evalsha')) return this.cache.find(what)?.flags;
    if (spec.name.startsWith('eval')) return this.cache.flagsOf(what);
    return spec.name.startsWith('fcall') ? this.libraries.find(what)?.flags : undefined;
  }

  private compile(code: Bytes): LuaFunction {
    try {
      return this.machine().compile(code, CHUNK);
    } catch (thrown) {
      if (!(thrown instanceof LuaError)) throw thrown;
      throw redisError(oneLine(`ERR Error compiling script (new function): ${shown(String(thrown.value))}`));
    }
  }

  private functionMachine(): FunctionMachine {
    this.functionLua ??= new FunctionMachine(this);
    return this.functionLua;
  }

  private machine(): LuaMachine {
    if (this.lua) return this.lua;
    const machine = new LuaMachine();
    const { globals } = machine;
    const redis = redisTable(this);
    addEvalCommands(redis);
    globals.set(ascii('redis'), redis);
    restrict(machine);
    refuseUnknown(globals);
    protect(globals);
    this.lua = machine;
    return machine;
  }

  // ---- functions

  readonly functions: Functions = {
    has: (name) => this.libraries.find(name) !== undefined,
    call: (call) => this.callFunction(call),
    load: (source, replace) => {
      const library = this.libraries.load(source, replace);
      this.ports.context.effect(FUNCTION, LOAD, REPLACE, library.source);
      return library.name;
    },
    recall: (source) => this.libraries.recall(source),
    remove: (name) => this.libraries.remove(name),
    flush: () => this.libraries.flush(),
    list: () => this.libraries.list(),
    restore: (sources, policy) => {
      const restored = this.libraries.restore(sources, policy);
      if (policy === 'flush') this.ports.context.effect(FUNCTION, FLUSH);
      for (const { source } of restored) this.ports.context.effect(FUNCTION, LOAD, REPLACE, source);
    },
  };

  private callFunction(call: ScriptCall): Reply {
    const called = this.libraries.find(call.argv[1] as Bytes);
    if (!called) return NO_FUNCTION;
    const { name, callback, flags } = called;
    const refused = this.refusal(call, flags);
    if (refused) return refused;
    const keys = keysOf(call);
    const args = [LuaTable.of(keys), LuaTable.of(argumentsOf(call))];
    return this.run(this.functionMachine().machine, callback, args, this.newRun(name, keys, flags, call.readOnly));
  }

  // ---- running

  private runScript(script: Script, call: ScriptCall): Reply {
    const { flags } = script;
    const refused = this.refusal(call, flags);
    if (refused) return refused;
    const callee = this.cache.ready(script);
    this.cache.used(script);
    const machine = this.machine();
    const keys = keysOf(call);
    machine.globals.set(KEYS, LuaTable.of(keys));
    machine.globals.set(ARGV, LuaTable.of(argumentsOf(call)));
    return this.run(machine, callee, [], this.newRun(script.digest, keys, flags, call.readOnly));
  }

  private refusal(call: ScriptCall, flags: Flags): ErrorReply | undefined {
    if (!mayCall(call, flags)) return WRITES_IN_RO;
    const shortage = this.ports.shortage();
    if (!shortage || !flags || !lacks(shortage, flags)) return undefined;
    return shortage === OUT_OF_MEMORY ? NO_ROOM : shortage;
  }

  private newRun(name: Bytes, keys: readonly Bytes[], flags: Flags, readOnly: boolean): ScriptRun {
    const { client } = this.ports.context;
    return {
      name,
      keys,
      client,
      readOnly: readOnly || client.access !== 'full' || (flags?.has('no-writes') ?? false),
      locksKeys: flags?.has('allow-key-locking') ?? false,
      unrestricted: this.unrestricted,
      needsNoRoom: flags?.has('allow-oom') ?? false,
      wrote: false,
    };
  }

  private run(machine: LuaMachine, callee: LuaFunction, args: readonly LuaValue[], run: ScriptRun): Reply {
    const { context, changes, blocking } = this.ports;
    const mark = changes.mark();
    const { client } = this;
    client.access = run.client.access;
    client.noTouch = run.client.noTouch;
    client.protocol = 2;
    context.client = client;
    context.inScript = true;
    this.running = run;
    // As in a transaction nothing waits.
    blocking.forbid();
    try {
      const [result] = machine.run(callee, args, this.budget(this.limitMs));
      return toReply(result, client.protocol);
    } catch (thrown) {
      return this.ended(thrown, run, mark);
    } finally {
      this.running = undefined;
      context.inScript = false;
      context.client = run.client;
    }
  }

  private budget(wantedMs: number): Budget {
    const limitMs = wantedMs > 0 ? Math.min(wantedMs, LIMIT_MS_MAX) : LIMIT_MS_MAX;
    return { steps: limitMs * STEPS_PER_MS, deadline: this.now() + limitMs, now: this.now, memory: MEMORY_BYTES };
  }

  /** A script ended otherwise than by returning. */
  private ended(thrown: unknown, { name }: ScriptRun, mark: ChangeMark): Reply {
    if (thrown instanceof LuaError) return uncaught(thrown, name);
    const { changes } = this.ports;
    const changed = changes.hasSince(mark);
    if (!(thrown instanceof ScriptStopped)) {
      this.ports.fault(thrown, 'a script', changed);
      return INTERNAL;
    }
    changes.rewind(mark);
    if (changed) this.ports.restore();
    return new ErrorReply(KILLED + whereabouts(name, thrown.position));
  }

  // ---- what a running script reaches

  get version(): RespVersion | undefined {
    return this.running && this.client.protocol;
  }

  setVersion(version: RespVersion): void {
    this.client.protocol = version;
  }

  call(argv: readonly Bytes[]): Reply {
    return this.nested.run(this.running as ScriptRun, argv);
  }

  mayRun(argv: readonly Bytes[]): boolean | undefined {
    return this.nested.mayRun(this.running as ScriptRun, argv);
  }

  log(level: LogLevel, message: string): void {
    const least = LOG_LEVELS.indexOf(this.ports.server.settings.get('loglevel') as (typeof LOG_LEVELS)[number]);
    if (level >= least) this.ports.log(LOG_LEVELS[level], message);
  }
}

/** A script whose first line says that it may write is not for EVAL_RO; one that locks its keys is, as at Upstash. */
function mayCall({ readOnly }: ScriptCall, flags: Flags): boolean {
  return !readOnly || !flags || flags.has('no-writes') || flags.has('allow-key-locking');
}

/** A script that may write needs room for that, unless it says otherwise; on a full disk there is none for anything. */
function lacks(shortage: ErrorReply, flags: NonNullable<Flags>): boolean {
  return !flags.has('no-writes') && (shortage === DISK_FULL || !flags.has('allow-oom'));
}

const FIRST_KEY = 3;

function keysOf({ argv, keyCount }: ScriptCall): readonly Bytes[] {
  return argv.slice(FIRST_KEY, FIRST_KEY + keyCount);
}

function argumentsOf({ argv, keyCount }: ScriptCall): readonly Bytes[] {
  return argv.slice(FIRST_KEY + keyCount);
}
