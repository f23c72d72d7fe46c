// The shard's own state, as the server and connection commands see it.

import type { Bytes } from '../bytes/bytes';
import type { Value } from '../types/value';
import type { Access, Client } from './client';
import type { AnyCommandSpec, CommandSpec } from './command';
import type { DurabilityMode } from './durability';
import type { TrackingOptions, TrackingTotals } from './tracking';

/** Counters that INFO shows. All count from the start of the process or from CONFIG RESETSTAT. */
export interface Stats {
  commandsProcessed: number;
  connectionsReceived: number;
  readonly keyspaceHits: number;
  readonly keyspaceMisses: number;
  readonly expiredKeys: number;
  readonly expiredFields: number;
  readonly evictedKeys: number;
  /** Values that UNLINK and FLUSHALL left to be freed in the background. */
  lazyFreed: number;
  errorReplies: number;
  /** Error replies by code. */
  readonly errorsByCode: Map<string, number>;
  /** Per command name: calls, and how many were refused before they ran or failed while they ran. */
  readonly commands: Map<string, CommandStats>;
  /** Changes of this shard since the last snapshot, or since its start. */
  dirty: number;
  netInputBytes: number;
  netOutputBytes: number;
  /** Commands per second between the last two times that this was asked, at least a second apart. */
  readonly commandsPerSecond: number;
}

export interface CommandStats {
  calls: number;
  /** Whole milliseconds, as the clock has no finer ones. */
  usec: number;
  /** How many calls took so many milliseconds, for those that took at least one. */
  readonly slow: Map<number, number>;
  rejectedCalls: number;
  failedCalls: number;
}

/** Settings that CONFIG reads and writes. Values are text as Redis shows them. */
export interface Settings {
  /** One setting that is known to exist. */
  get(name: string): Bytes;
  /** Names and values that match any of the glob patterns. */
  match(patterns: readonly Bytes[]): [name: string, value: Bytes][];
  /** Sets all or none. Throws the ErrorReply of CONFIG SET. */
  set(pairs: readonly [name: Bytes, value: Bytes][]): void;
}

export interface SlowCommand {
  /** Counts up for the life of the process. */
  readonly id: number;
  /** Unix time when it had run. */
  readonly seconds: number;
  readonly tookUs: number;
  /** Without secrets, and shortened. */
  readonly argv: readonly Bytes[];
  readonly address: Bytes;
  readonly name: Bytes;
}

/** SLOWLOG. */
export interface SlowLog {
  readonly length: number;
  newest(count: number): readonly SlowCommand[];
  clear(): void;
}

/** The worst of one second. */
export interface LatencySample {
  /** Unix time. */
  readonly second: number;
  ms: number;
}

/** LATENCY: what took at least latency-monitor-threshold milliseconds, by the kind of work. */
export interface LatencyEvents {
  readonly events: readonly string[];
  /** Oldest first. */
  samples(event: string): readonly LatencySample[];
  /** Since the last reset. */
  worstMs(event: string): number;
  /** False when there was no such event. */
  reset(event: string): boolean;
}

/** The table of commands. */
export interface CommandTable {
  /** Resolves a command line's first one or two words, in any case; undefined when unknown. */
  resolve(argv: readonly Bytes[]): CommandSpec | undefined;
  /** A command or container by its full name (`get`, `config`, `config|get`). */
  byName(name: string): AnyCommandSpec | undefined;
  /** Top-level commands, in registry order. */
  readonly all: readonly AnyCommandSpec[];
}

/**
 * Why storage takes no more. `limit`: the database is as large as it is to become, and what may enlarge the dataset is
 * refused. `disk`: nothing can be written at all.
 */
export type Shortage = 'limit' | 'disk';

/** The journal since the last checkpoint. When it reaches either bound the next turn begins with a checkpoint. */
export interface JournalState {
  readonly bytes: number;
  readonly rows: number;
  readonly mostBytes: number;
  readonly mostRows: number;
}

export interface Recovery {
  /** Where the clock stands still while code runs, as on Cloudflare, 0. So it is with {@link CheckpointState}. */
  readonly tookMs: number;
  readonly bytes: number;
  readonly rows: number;
}

export interface CheckpointState {
  /** Unix milliseconds of the last one, which may be of an earlier life of the object; 0: there was none. */
  readonly lastAtMs: number;
  /** Undefined: there was none since the start. */
  readonly lastTookMs: number | undefined;
  /** Since the start. */
  readonly count: number;
}

/** What the storage below the engine can say and do. In a pure engine without storage every number is 0. */
export interface Persistence {
  readonly journal: JournalState;
  /** What the last recovery had to replay: that of the start, unless DEBUG has asked for another. */
  readonly lastRecovery: Recovery;
  readonly checkpoints: CheckpointState;
  /** Bytes of the whole database. */
  readonly storedBytes: number;
  /** Bytes that the database is to have at most; 0: no limit but that of the disk. */
  readonly storageLimit: number;
  readonly shortage: Shortage | undefined;
  /** As {@link shortage}, before a command: what room can be given back soon is. */
  meetShortage(): Shortage | undefined;
  /** Rows written to storage since the start: what the platform bills. INFO shows it as `rows_written`. */
  readonly rowsWritten: number;
  /** The bytes in them. INFO shows it as `bytes_written`. */
  readonly bytesWritten: number;
  /** When what is executed reaches storage. */
  durability: DurabilityMode;
  /** Bytes of effects that storage does not have. */
  readonly unwrittenBytes: number;
  /** The reply to the running command leaves when all that has been executed until then is in storage, whatever the mode. */
  sync(): void;
  /** What {@link keepSetting} last kept under this name. */
  setting(name: string): string | undefined;
  /** Keeps the value of a setting: before anybody is told of it, it is durable. */
  keepSetting(name: string, value: string): void;
  /** Begins the journal anew, by a checkpoint, as soon as what runs now is done. */
  rewrite(): void;
  readonly rewriting: boolean;
  /** Drops all that is in memory and recovers from storage: `entries` after a checkpoint, `journal` without one. */
  reload(from: 'entries' | 'journal'): void;
}

/** Told when a snapshot has ended. */
export type SnapshotsEnd = (succeeded: boolean) => void;

/** Snapshots of the whole database. The first shard has them; elsewhere, and in a pure engine, there are none. */
export interface Snapshots {
  /** Unix milliseconds: when the one that is being written began. */
  readonly runningSinceMs: number | undefined;
  /** Of this shard's part of it. */
  readonly progress: { readonly keys: number; readonly totalKeys: number } | undefined;
  /** Unix milliseconds: the moment that the last complete one shows. */
  readonly lastSaveMs: number | undefined;
  /** How the last attempt went. */
  readonly lastFailed: boolean;
  readonly lastTookMs: number | undefined;
  /** How many have come to their end since the start. */
  readonly saves: number;
  /** Begins one, unless one is being written, there is nowhere to write it, or no room on the disk. */
  begin(whenDone?: SnapshotsEnd): 'started' | 'running' | 'no-bucket' | 'no-room';
}

/** Where the engine runs, as INFO and CONFIG show it. */
export interface Host {
  readonly os: string;
  /** 0 where there is no process to name. */
  readonly processId: number;
  /** The port that clients speak RESP to, 0 when there is none. */
  readonly tcpPort: number;
}

export interface MemoryUse {
  /** What an empty database counts for. */
  readonly startup: number;
  /** Estimated bytes that all keys and values take, or would take, in memory, of what is there, and of the connections. */
  readonly dataset: number;
  readonly resident: number;
  readonly clients: number;
  /** All together, and the most that it has been. */
  readonly used: number;
  readonly peak: number;
  /** Most bytes of `startup` and `dataset` together: this shard's part of maxmemory, 0 for no limit. */
  readonly limit: number;
  /** For how long that has been exceeded, all times together, and this time. */
  readonly exceededMs: { readonly total: number; readonly current: number };
  /** Keys in memory; the others are in storage. */
  readonly residentKeys: number;
}

/** What CLIENT PAUSE puts off: commands that change something, or all. */
export type PauseMode = 'write' | 'all';

export interface Server {
  readonly stats: Stats;
  readonly settings: Settings;
  readonly commands: CommandTable;
  readonly persistence: Persistence;
  readonly snapshots: Snapshots;
  readonly host: Host;
  readonly memory: MemoryUse;
  readonly slowLog: SlowLog;
  readonly latency: LatencyEvents;
  /** Effects since the birth of the shard: how far its journal has come. */
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly startedAtMs: number;
  /** A random hex id of this run. */
  readonly runId: string;
  /** Whether DEBUG is allowed (KEDGE_DEBUG=1). */
  readonly debugAllowed: boolean;
  /** Off: keys expire on access only (DEBUG SET-ACTIVE-EXPIRE). */
  activeExpire: boolean;
  /** Connected clients, in order of their ids. */
  clients(): Client[];
  /** Whether there is a connected client of this id. */
  isConnected(id: number): boolean;
  /** Lets the keys of a client be tracked, or no longer (CLIENT TRACKING). */
  track(client: Client, options: TrackingOptions): void;
  untrack(client: Client): void;
  readonly tracking: TrackingTotals;
  /** How many of them wait. */
  readonly blockedClients: number;
  /** Keys that clients wait for, and those of them whose end they wait for too. */
  readonly blockingKeys: { readonly all: number; readonly onRemoval: number };
  /** Ends the waiting of a client, as its time-out would or with an error. False when it does not wait. */
  unblock(id: number, as: 'timeout' | 'error'): boolean;
  /** Shows a client every command as it runs, until {@link unmonitor} or its end. */
  monitor(client: Client): void;
  unmonitor(client: Client): void;
  /** CLIENT PAUSE and CLIENT UNPAUSE. `until` in Unix milliseconds. */
  pause(mode: PauseMode, until: number): void;
  unpause(): void;
  /** The rights that a password gives, or undefined when it is wrong. Any user name but `default` is wrong. */
  authenticate(user: Bytes, password: Bytes): Access | undefined;
  /** Whether a password is asked for at all. */
  readonly passwordRequired: boolean;
  /** Random hexadecimal digits that nobody can guess. */
  secretHex(digits: number): string;
  /** CONFIG RESETSTAT. */
  resetStats(): void;
  /** Blocks this thread (DEBUG SLEEP). */
  sleep(ms: number): void;
  /** Every key belongs to this shard: it is the only one. */
  readonly ownsAll: boolean;
  /** Whether a key belongs to this shard. */
  owns(key: Bytes): boolean;
  /** Each key with its value and deadline, for DEBUG DIGEST. */
  forEachEntry(visit: (key: Bytes, value: Value, deadline: number) => void): void;
}
