// The shard's own state: counters, settings, clients, and what INFO, CONFIG, CLIENT and DEBUG ask for.

import type { Bytes } from '../bytes/bytes';
import type { ErrorReply } from '../protocol/reply';
import { type Access, type Client, clientMemory } from '../spec/client';
import type { CommandSpec } from '../spec/command';
import type { CommandStats, CommandTable, Host, MemoryUse, PauseMode, Persistence, Server, Settings, Snapshots } from '../spec/server';
import type { TrackingOptions, TrackingTotals } from '../spec/tracking';
import type { Value } from '../types/value';
import { ClientState } from './client-state';
import type { Engine } from './engine';
import { EMPTY_BYTES } from './eviction';
import { EngineLatency } from './latency';
import { EngineSlowLog } from './slow-log';
import { EngineStats } from './stats';

/** Passwords of the two tokens. Without `full` no password is asked for. */
export interface Credentials {
  readonly full: Bytes | undefined;
  readonly read: Bytes | undefined;
}

export interface ServerOptions {
  readonly credentials: Credentials;
  readonly debugAllowed: boolean;
  readonly persistence: Persistence;
  /** Without it there is nowhere to write them. */
  readonly snapshots?: Snapshots;
  readonly runId: string;
  /** So many hexadecimal digits from a source that nobody can guess. */
  readonly secretHex: (digits: number) => string;
  readonly settings: (engine: Engine, persistence: Persistence) => Settings;
  readonly host?: Host;
  /** Which keys belong to this shard; without it all do. */
  readonly owns?: ((key: Bytes) => boolean) | undefined;
  /** Holds this shard up for DEBUG SLEEP. Without it the command returns at once. */
  readonly sleep?: (ms: number) => void;
  /** Keys and fields expire by themselves again, after a time in which they did not. */
  readonly onActiveExpire?: () => void;
}

const UNKNOWN_HOST: Host = { os: 'unknown', processId: 0, tcpPort: 0 };

const NO_SNAPSHOTS: Snapshots = {
  runningSinceMs: undefined,
  progress: undefined,
  lastSaveMs: undefined,
  lastFailed: false,
  lastTookMs: undefined,
  saves: 0,
  begin: () => 'no-bucket',
};

export class ServerState implements Server {
  readonly stats: EngineStats;
  readonly settings: Settings;
  readonly startedAtMs: number;
  readonly slowLog = new EngineSlowLog();
  readonly latency = new EngineLatency();
  private expiresActively = true;
  private readonly connected = new Map<number, ClientState>();
  private internal: ClientState | undefined;
  private peakMemory = 0;

  constructor(
    private readonly options: ServerOptions,
    private readonly engine: Engine,
  ) {
    this.startedAtMs = engine.clock.now();
    this.stats = new EngineStats(engine.keys.counters, () => engine.clock.now());
    this.settings = options.settings(engine, options.persistence);
  }

  get activeExpire(): boolean {
    return this.expiresActively;
  }
  set activeExpire(on: boolean) {
    this.expiresActively = on;
    if (on) this.options.onActiveExpire?.();
  }

  get commands(): CommandTable {
    return this.engine.table;
  }
  get persistence(): Persistence {
    return this.options.persistence;
  }
  get snapshots(): Snapshots {
    return this.options.snapshots ?? NO_SNAPSHOTS;
  }
  get host(): Host {
    return this.options.host ?? UNKNOWN_HOST;
  }
  get sequence(): number {
    return this.engine.sequence;
  }
  /** The peak is taken whenever somebody asks, as Redis takes it in its periodic task and in INFO. */
  get memory(): MemoryUse {
    const { keys, eviction, clock } = this.engine;
    const { datasetMemory: dataset, residentMemory: resident, residentSize: residentKeys } = keys;
    let clients = 0;
    for (const client of this.connected.values()) clients += clientMemory(client);
    const used = EMPTY_BYTES + dataset + clients;
    this.peakMemory = Math.max(this.peakMemory, used);
    const { limit } = eviction;
    const exceededMs = eviction.exceededMs(clock.now());
    return { startup: EMPTY_BYTES, dataset, resident, clients, used, peak: this.peakMemory, limit, exceededMs, residentKeys };
  }
  get runId(): string {
    return this.options.runId;
  }
  get debugAllowed(): boolean {
    return this.options.debugAllowed;
  }
  get passwordRequired(): boolean {
    return this.options.credentials.full !== undefined;
  }

  authenticate(user: Bytes, password: Bytes): Access | undefined {
    if (user !== 'default') return undefined;
    const { full, read } = this.options.credentials;
    if (full === undefined || sameSecret(full, password)) return 'full';
    return read !== undefined && sameSecret(read, password) ? 'read' : undefined;
  }

  clients(): Client[] {
    return [...this.connected.values()].sort((a, b) => a.id - b.id);
  }

  client(id: number): ClientState | undefined {
    return this.connected.get(id);
  }

  isConnected(id: number): boolean {
    return this.connected.has(id);
  }

  get blockedClients(): number {
    return this.engine.blocking.waitingCount;
  }

  get blockingKeys(): { all: number; onRemoval: number } {
    return this.engine.blocking.keys;
  }

  unblock(id: number, as: 'timeout' | 'error'): boolean {
    const client = this.connected.get(id);
    return client !== undefined && this.engine.blocking.unblock(client, as);
  }

  monitor(client: Client): void {
    this.engine.monitors.add(client as ClientState);
  }

  unmonitor(client: Client): void {
    this.engine.monitors.remove(client as ClientState);
  }

  pause(mode: PauseMode, until: number): void {
    this.engine.blocking.pause.begin(mode, until, this.engine.clock.now());
  }

  unpause(): void {
    this.engine.blocking.pause.end();
  }

  track(client: Client, options: TrackingOptions): void {
    this.engine.tracking.start(client as ClientState, options);
  }

  untrack(client: Client): void {
    this.engine.tracking.stop(client as ClientState);
  }

  get tracking(): TrackingTotals {
    return this.engine.tracking.totals;
  }

  addClient(client: ClientState): void {
    this.stats.connectionsReceived++;
    this.restoreClient(client);
  }

  /** A client that had connected to an earlier life of this shard. */
  restoreClient(client: ClientState): void {
    this.connected.set(client.id, client);
  }

  removeClient(client: ClientState): void {
    this.connected.delete(client.id);
  }

  /** The client in whose name recovery and expiry run. */
  internalClient(): ClientState {
    this.internal ??= new ClientState({ id: 0, address: '', localAddress: '', connectedAtMs: this.startedAtMs, access: 'full' });
    return this.internal;
  }

  commandStats(name: string): CommandStats {
    return this.stats.ofCommand(name);
  }

  /** Takes note of how long a command took. One that waits is slow, if it is, when it has been served. */
  noteTime(spec: CommandSpec, argv: readonly Bytes[], client: ClientState, tookMs: number, nowMs: number): void {
    if (client.waiter) this.slowLog.noteAtEnd(client.waiter, spec, argv, tookMs, this.engine.clock);
    else this.slowLog.note(spec, argv, client, tookMs, nowMs);
    if (tookMs === 0) return;
    const stats = this.commandStats(spec.name);
    stats.usec += tookMs * 1000;
    stats.slow.set(tookMs, (stats.slow.get(tookMs) ?? 0) + 1);
    this.latency.note(spec.flags.includes('fast') ? 'fast-command' : 'command', tookMs, nowMs);
  }

  countError(error: ErrorReply): void {
    this.stats.countError(error);
  }

  resetStats(): void {
    this.stats.reset();
    this.engine.eviction.resetStats();
    this.peakMemory = 0;
  }

  secretHex(digits: number): string {
    return this.options.secretHex(digits);
  }

  sleep(ms: number): void {
    this.options.sleep?.(ms);
  }

  get ownsAll(): boolean {
    return this.options.owns === undefined;
  }
  owns(key: Bytes): boolean {
    return this.options.owns?.(key) ?? true;
  }

  forEachEntry(visit: (key: Bytes, value: Value, deadline: number) => void): void {
    this.engine.keys.forEachEntry((key, value, deadline) => visit(key, value, deadline ?? Number.POSITIVE_INFINITY));
  }
}

/** Compares in a time that does not depend on where two secrets differ. */
function sameSecret(a: Bytes, b: Bytes): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= b.charCodeAt(i) ^ a.charCodeAt(i % a.length);
  return difference === 0;
}
