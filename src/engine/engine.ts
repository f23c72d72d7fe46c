// The engine of one shard: runs units of execution (one command, one MULTI/EXEC, later one script) to completion with
// no `await`, and commits what each of them changed. Runs in plain Node: clock, randomness and storage are injected.

import { ascii, type Bytes } from '../bytes/bytes';
import { EXEC_ABORT, execAbort, INTERNAL, MULTI_FORBIDDEN, QUEUE_FULL, RIGHTS_CHANGED } from '../protocol/errors';
import { BLOCKED, ErrorReply, NO_REPLY, NULL_ARRAY, QUEUED, type Reply } from '../protocol/reply';
import type { CommandSpec } from '../spec/command';
import type { TransactionControl } from '../spec/context';
import type { CommandStats } from '../spec/server';
import { defaultEncodingLimits } from '../types/limits';
import type { AccessPolicy } from './access';
import { confinement, isDenied, isError, longKey, lookUp, refusal } from './admission';
import { Blocking } from './blocking';
import { ChangeFeed } from './change-feed';
import { ChangeSet } from './changes';
import type { ClientState } from './client-state';
import { Eviction } from './eviction';
import { takeStep } from './freeze';
import { type JournalFrame, type PendingJournal, UnwrittenEffects } from './journal';
import { Keyspace } from './keyspace';
import { Monitors } from './monitors';
import { Notifications } from './notifications';
import type { Clock, EngineOptions } from './options';
import type { Pause } from './pause';
import { EnginePubSub, type ForeignMessage } from './pubsub';
import { replayFrame } from './replay';
import { Room } from './room';
import { CountedError } from './scripting/conversions';
import { ScriptHost } from './scripting/host';
import { NO_SOURCES } from './scripting/sources';
import { ServerState } from './server-state';
import { NO_STORE } from './store';
import type { Table } from './table';
import { answerThrown } from './thrown';
import { Tracking } from './tracking';
import { controlOf, type QueuedCommand, Watches } from './transactions';
import { UnitContext } from './unit-context';
import type { Waiter } from './waiters';

const EXEC = [ascii('EXEC')];

export class Engine {
  readonly keys: Keyspace;
  readonly server: ServerState;
  readonly limits = defaultEncodingLimits();
  readonly accessPolicy: AccessPolicy = { marks: 'lru', logFactor: 10, decayMinutes: 1 };
  /** The clock's last reading: when the unit began, or when its last command ended that may have taken long. */
  readingMs = 0;
  /** Effects since the birth of the shard. */
  sequence = 0;
  /** The last command takes constant or logarithmic time, so that the clock has hardly moved since it began. */
  lastWasFast = false;

  readonly blocking: Blocking;
  readonly scripts: ScriptHost;
  readonly eviction: Eviction;
  private readonly room: Room;
  readonly monitors = new Monitors();
  readonly feed = new ChangeFeed();
  readonly pubsub: EnginePubSub;
  readonly notifications = new Notifications((channel, message) => this.pubsub.deliver('channel', channel, message));
  readonly tracking: Tracking;
  private readonly changes = new ChangeSet(this.notifications);
  private readonly watches: Watches;
  private readonly context: UnitContext;
  private readonly unwritten = new UnwrittenEffects();
  /** A command of the running unit has met something that is no Redis error. */
  private failing = false;

  constructor(private readonly options: EngineOptions) {
    this.keys = new Keyspace(this.changes, options.random, this.accessPolicy, options.store ?? NO_STORE);
    this.watches = new Watches(this.keys);
    this.eviction = new Eviction(options.shards ?? 1, {
      keys: this.keys,
      clock: options.clock,
      access: this.accessPolicy,
      latency: () => this.server.latency,
      onLeft: () => options.onEvictionLeft?.(),
    });
    this.eviction.total = options.maxMemory ?? 0;
    this.eviction.policy = options.maxMemoryPolicy ?? 'noeviction';
    this.blocking = new Blocking({
      has: (key) => this.keys.has(key),
      ready: (request, key) => request.ready?.(this.context, key) !== false,
      serve: (waiter, key) => this.serve(waiter, key),
      retryAt: ({ retryAt }) => retryAt?.(this.context) ?? Number.POSITIVE_INFINITY,
      failed: (client, reply) => this.failed(this.server.commandStats(client.lastCommand), reply),
      mayChange: (spec, argv) => spec.flags.includes('write') || this.scripts.mayChange(spec, argv),
      onChange: () => {
        this.keys.held = this.blocking.isHolding;
        options.onWaiting?.();
      },
    });
    this.room = new Room({
      eviction: this.eviction,
      blocking: this.blocking,
      persistence: options.persistence,
      unit: (now, work) => this.internalUnit(now, work),
      onFault: (error) => options.onFault?.(error, 'eviction', false),
    });
    this.pubsub = new EnginePubSub(this.changes, (channel) => this.server.owns(channel), options.onForeignMessage);
    this.server = new ServerState(options, this);
    this.tracking = new Tracking(this.changes, {
      client: (id) => this.server.client(id),
      onLeft: (work) => options.onTrackingLeft?.(work),
    });
    this.context = new UnitContext(this, this.changes, options.random);
    this.scripts = this.makeScriptHost();
  }

  private makeScriptHost(): ScriptHost {
    const { options, changes, context, keys, server, blocking, monitors, tracking } = this;
    return new ScriptHost({
      table: options.table,
      clock: options.clock,
      store: options.sources ?? NO_SOURCES,
      keys,
      changes,
      context,
      server,
      blocking,
      monitors,
      tracking,
      reading: () => this.readingMs,
      shortage: () => this.room.shortage,
      timed: (...command) => this.time(...command),
      caught: (thrown, command) => this.caught(thrown, command),
      fault: (thrown, command, changed) => options.onFault?.(thrown, command, changed),
      restore: () => options.persistence.reload('journal'),
      log: (level, message) => options.onLog?.(level, message),
    });
  }

  get table(): Table {
    return this.options.table;
  }

  get clock(): Clock {
    return this.options.clock;
  }

  // ---- units

  /**
   * Runs one command of a client, or queues it inside MULTI.
   * @param now the clock's reading, when the caller has just taken it
   */
  execute(client: ClientState, argv: readonly Bytes[], now = this.options.clock.now()): Reply {
    client.lastActiveMs = now;
    this.readingMs = now;
    const spec = this.admit(client, argv);
    if (isError(spec)) return this.reject(client, argv, spec);
    client.lastCommand = spec.name;
    if (this.blocking.isHolding && this.isHeld(client, spec, argv, now)) return BLOCKED;
    const shortage = this.room.make(client, now);
    if (shortage && isDenied(shortage, spec, argv, client.transaction, this.scripts)) return this.reject(client, argv, shortage);
    if (client.transaction.queue && spec.inTransaction !== 'immediate') return this.enqueue(client, spec, argv);
    this.begin(client, now);
    this.blocking.permit(client, now);
    const reply = this.run(spec, argv);
    this.end();
    this.lastWasFast = spec.flags.includes('fast');
    return reply;
  }

  /** Runs several commands as one unit, whatever fails among them: what MULTI/EXEC does, for callers without a connection. */
  executeAll(client: ClientState, lines: readonly (readonly Bytes[])[]): Reply[] | ErrorReply {
    const admitted: CommandSpec[] = [];
    for (const argv of lines) {
      const spec = this.admit(client, argv);
      if (isError(spec)) return this.reject(client, argv, spec);
      if (spec.flags.includes('no_multi') || spec.inTransaction === 'immediate') return this.reject(client, argv, MULTI_FORBIDDEN);
      admitted.push(spec);
    }
    this.readingMs = this.options.clock.now();
    const shortage = this.room.make(client, this.readingMs);
    const denied = shortage && lines.find((argv, i) => this.scripts.isDenied(shortage, admitted[i] as CommandSpec, argv));
    if (denied) return this.reject(client, denied, shortage);
    this.begin(client, this.readingMs);
    this.blocking.forbid();
    const replies = admitted.map((spec, i) => (this.failing ? this.abandoned() : this.run(spec, lines[i] as readonly Bytes[])));
    this.end();
    return replies;
  }

  /** What puts off a line of somebody who has no connection to be told by, if anything does. */
  holderOf(argv: readonly Bytes[]): Pause | undefined {
    this.blocking.checkHolds(this.options.clock.now());
    const spec = lookUp(this.options.table, argv);
    return isError(spec) ? undefined : this.blocking.holderOf(spec, this.server.internalClient(), argv);
  }

  /** A step of a transaction that depends on several shards. */
  takeStep(client: ClientState, word: Bytes): Reply {
    this.begin(client, this.options.clock.now());
    return takeStep(
      {
        freeze: this.blocking.freeze,
        now: () => this.options.clock.now(),
        conflicted: ({ transaction }) => this.watches.haveChanged(transaction),
        paused: () => this.blocking.holderOf(this.table.byName('exec') as CommandSpec, client, EXEC) !== undefined,
        exec: () => this.execute(client, EXEC),
        unwatch: ({ transaction }) => this.watches.unwatch(transaction),
      },
      client,
      word,
    );
  }

  /** Puts a command off during a pause. A client that cannot wait is asked to by whoever runs its commands. */
  private isHeld(client: ClientState, spec: CommandSpec, argv: readonly Bytes[], now: number): boolean {
    this.blocking.checkHolds(now);
    if (client.onUnpaused === undefined || client.monitoring) return false;
    const holder = this.blocking.holderOf(spec, client, argv);
    holder?.postpone(client, argv);
    return holder !== undefined;
  }

  private admit(client: ClientState, argv: readonly Bytes[]): CommandSpec | ErrorReply {
    const spec = lookUp(this.options.table, argv);
    if (isError(spec)) return spec;
    return refusal(spec, client, this.server.debugAllowed) ?? confinement(spec, client) ?? longKey(spec, argv) ?? spec;
  }

  /** Answers a command that is not run. It spoils the transaction that it was meant for; a refused EXEC ends it. */
  private reject(client: ClientState, argv: readonly Bytes[], error: ErrorReply): ErrorReply {
    const spec = this.options.table.resolve(argv);
    client.lastCommand = spec?.name ?? 'NULL';
    if (spec) this.server.commandStats(spec.name).rejectedCalls++;
    const { transaction } = client;
    if (spec?.name === 'exec') {
      transaction.close();
      this.watches.unwatch(transaction);
      return this.refused(execAbort(error));
    }
    if (transaction.queue) transaction.broken = true;
    return this.refused(error);
  }

  private refused(error: ErrorReply): ErrorReply {
    this.server.countError(error);
    return error;
  }

  private enqueue(client: ClientState, spec: CommandSpec, argv: readonly Bytes[]): Reply {
    if (spec.flags.includes('no_multi')) return this.reject(client, argv, MULTI_FORBIDDEN);
    return client.transaction.add(spec, argv) ? QUEUED : this.reject(client, argv, QUEUE_FULL);
  }

  private internalUnit(now: number, work: () => void): void {
    this.begin(this.server.internalClient(), now);
    work();
    this.end();
  }

  private begin(client: ClientState, now: number): void {
    this.failing = false;
    this.context.now = now;
    this.context.client = client;
    this.keys.now = now;
    this.keys.noTouch = client.noTouch;
  }

  /** Runs one command inside the current unit. */
  private run(spec: CommandSpec, argv: readonly Bytes[]): Reply {
    const { stats } = this.server;
    const startedMs = this.readingMs;
    // What writes during a pause, such as the transaction that begins it, lets keys expire: the journal has to know what it
    // found gone.
    if (this.blocking.isHolding) this.keys.held = !spec.flags.includes('write');
    this.changes.beginCommand();
    if (!this.monitors.isEmpty) this.monitors.feedScript(spec, argv, this.context.client, this.readingMs);
    let reply: Reply;
    try {
      reply = spec.run(this.context, argv);
    } catch (thrown) {
      reply = this.caught(thrown, spec.name);
    }
    // Counted when it has run, so that CONFIG RESETSTAT counts itself, as in Redis.
    const command = this.server.commandStats(spec.name);
    stats.commandsProcessed++;
    command.calls++;
    this.time(spec, argv, startedMs);
    if (!this.monitors.isEmpty) this.monitors.feed(spec, argv, this.context.client, this.readingMs);
    if (reply instanceof CountedError) command.failedCalls++;
    else if (reply instanceof ErrorReply) this.failed(command, reply);
    stats.dirty += this.changes.mutations;
    this.changes.endCommand(argv);
    if (this.tracking.isOn) this.tracking.ran(spec, argv, this.context.client);
    return reply;
  }

  /**
   * Takes note of how long a command took. The clock is not read for one that takes constant or logarithmic time: that
   * would cost as much as the command.
   */
  private time(spec: CommandSpec, argv: readonly Bytes[], startedMs: number): void {
    if (!spec.flags.includes('fast')) this.readingMs = this.options.clock.now();
    this.server.noteTime(spec, argv, this.context.client, Math.max(0, this.readingMs - startedMs), this.readingMs);
  }

  private failed(command: CommandStats, reply: Reply): void {
    command.failedCalls++;
    if (reply instanceof ErrorReply) this.server.countError(reply);
  }

  private caught(thrown: unknown, command: string): ErrorReply {
    this.failing ||= !(thrown instanceof ErrorReply);
    return answerThrown(thrown, command, this.changes, this.context, this.options);
  }

  /** The one place where what a unit changed goes on to the journal and to those who watch. */
  private commit(): void {
    const { changes } = this;
    if (changes.isEmpty) return;
    if (this.feed.isOn) this.feed.record(changes, this.sequence);
    this.unwritten.add(changes.effects);
    this.watches.signal(changes);
    if (this.tracking.isOn) this.tracking.commit(this.context.client);
    this.blocking.signal(changes);
    this.sequence += changes.effects.length;
    if (changes.messages.length > 0) this.pubsub.handOver();
    changes.reset();
  }

  /** Hands on a message that was published on another shard. */
  receive({ kind, channel, message }: ForeignMessage): void {
    this.internalUnit(this.options.clock.now(), () => this.pubsub.deliver(kind, channel, message));
  }

  /** The end of a unit: what it changed is committed, and who has waited for that is served. */
  private end(): void {
    this.commit();
    if (this.blocking.hasReady) this.serveReady();
    if (this.tracking.isOn) this.tracking.tell();
    if (this.keys.needsRoom) this.keys.makeRoom();
  }

  private serveReady(): void {
    const { client, now } = this.context;
    // Not at the time at which the unit began: what it made may have expired since (Redis 7.2).
    this.begin(this.server.internalClient(), this.readingMs);
    this.blocking.serveReady();
    // A key may have been found to have expired.
    this.commit();
    this.begin(client, now);
  }

  /** Ends waits whose time is over, and lets those try again whose time for that has come. */
  timeOut(): void {
    this.readingMs = this.options.clock.now();
    this.internalUnit(this.readingMs, () => this.blocking.timeOut(this.readingMs));
  }

  /** Lets one who waits try again, as a unit of its own. */
  private serve({ client, request }: Waiter, key: Bytes): Reply | undefined {
    const { changes } = this;
    this.begin(client, this.context.now);
    changes.beginCommand();
    let reply: Reply | undefined;
    try {
      reply = request.serve(this.context, key);
    } catch (thrown) {
      reply = this.caught(thrown, client.lastCommand);
    }
    this.server.stats.dirty += changes.mutations;
    if (changes.mutations > 0 && changes.explicitEffects === 0) {
      this.options.onFault?.(new Error('a command that was served names no effect'), client.lastCommand, true);
    }
    this.commit();
    return reply;
  }

  // ---- transactions

  transactionOf(client: ClientState): TransactionControl {
    return controlOf(client.transaction, this.watches, () => this.exec(client));
  }

  private exec(client: ClientState): Reply {
    const { transaction } = client;
    const { queue = [], broken } = transaction;
    const conflicted = this.watches.haveChanged(transaction);
    transaction.close();
    this.watches.unwatch(transaction);
    if (broken) return EXEC_ABORT;
    if (conflicted) return NULL_ARRAY;
    this.blocking.forbid();
    const replies = queue.map((queued) => (this.failing ? this.abandoned() : this.runQueued(client, queued)));
    // What is left in the counters is the last command's, which is accounted for; EXEC itself changed nothing.
    this.changes.beginCommand();
    return replies;
  }

  /** What follows a command that could not be run is not run either: a transaction is not done by half. */
  private abandoned(): ErrorReply {
    if (!this.changes.isEmpty) this.options.onFault?.(new Error('a transaction failed in the middle'), 'exec', true);
    return INTERNAL;
  }

  /** A queued command may have changed the client that the next one runs for: its rights, its mode. */
  private runQueued(client: ClientState, { spec, argv }: QueuedCommand): Reply {
    this.begin(client, this.context.now);
    let reply: Reply;
    if (refusal(spec, client, this.server.debugAllowed)) reply = this.refused(RIGHTS_CHANGED);
    else reply = this.run(spec, argv);
    return client.replyMode === 'off' ? NO_REPLY : reply;
  }

  /** A connection has gone: nothing of it stays behind. */
  forget(client: ClientState): void {
    client.transaction.close();
    this.watches.unwatch(client.transaction);
    this.blocking.forget(client);
    this.monitors.remove(client);
    this.pubsub.forget(client);
    this.tracking.forget(client);
    this.server.removeClient(client);
  }

  // ---- journal

  /** Effects committed since the last call, or undefined when there are none. */
  takeJournal(): PendingJournal | undefined {
    return this.unwritten.take(this.sequence);
  }

  /** Lets storage reload the dataset in the middle of a unit (DEBUG RELOAD): what ran before it is committed first. */
  suspend(work: () => void): void {
    const { client, now } = this.context;
    this.commit();
    work();
    this.begin(client, now);
    this.changes.beginCommand();
  }

  get hasPendingJournal(): boolean {
    return !this.unwritten.isEmpty;
  }

  get pendingJournalBytes(): number {
    return this.unwritten.bytes;
  }

  /** Applies a frame of the journal, as recovery does: nothing expires by the clock and nothing is recorded again. */
  replay(frame: JournalFrame): void {
    if (frame.sequence !== this.sequence) throw new Error(`the journal goes on at ${frame.sequence}, not at ${this.sequence}`);
    const { context, changes, feed, keys, limits } = this;
    this.blocking.forbid();
    this.begin(this.server.internalClient(), 0);
    replayFrame(frame, { table: this.options.table, context, changes, feed, keys, limits }, this.options.clock.now());
    this.sequence = frame.sequence + frame.effects.length;
  }

  // ---- background

  /** Goes on with the eviction that commands have left. */
  evict(): void {
    this.readingMs = this.options.clock.now();
    this.blocking.checkHolds(this.readingMs);
    this.room.make(this.server.internalClient(), this.readingMs);
  }

  /** Loads up to about `limit` more keys from storage. True when there are more. */
  hydrate(limit: number): boolean {
    this.keys.now = this.options.clock.now();
    return this.keys.hydrate(limit);
  }

  /** When {@link expireDue} is to be called next, or undefined when nothing expires. */
  nextExpiry(): number | undefined {
    const next = this.keys.nextDeadline();
    return next === undefined ? undefined : Math.max(next, this.blocking.expiryResumesAt);
  }

  /** Removes up to `limit` keys whose time has come. True when more are due. */
  expireDue(limit: number): boolean {
    this.blocking.checkHolds(this.options.clock.now());
    if (this.keys.held) return false;
    const startedMs = this.options.clock.now();
    this.begin(this.server.internalClient(), startedMs);
    try {
      return this.keys.expireDue(limit) >= limit;
    } finally {
      // Also where storage fails to tell what is due: what has been removed until then is.
      this.readingMs = this.options.clock.now();
      this.server.latency.note('expire-cycle', this.readingMs - startedMs, startedMs);
      this.end();
    }
  }
}
