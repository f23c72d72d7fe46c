// The shard's own state: counters, settings, clients, and what INFO, CONFIG, CLIENT and DEBUG ask for.

import type { Bytes } from '../bytes/bytes';
import type { ErrorReply } from '../protocol/reply';
import type { Access, Client } from '../spec/client';
import type { CommandStats, CommandTable, Persistence, Server, Settings, Stats } from '../spec/server';
import type { Value } from '../types/value';
import { ClientState } from './client-state';
import type { Engine } from './engine';

/** Passwords of the two tokens. Without `full` no password is asked for. */
export interface Credentials {
  readonly full: Bytes | undefined;
  readonly read: Bytes | undefined;
}

export interface ServerOptions {
  readonly credentials: Credentials;
  readonly debugAllowed: boolean;
  readonly persistence: Persistence;
  readonly runId: string;
  readonly settings: (engine: Engine) => Settings;
}

export class ServerState implements Server {
  readonly stats: Stats = {
    commandsProcessed: 0,
    connectionsReceived: 0,
    keyspaceHits: 0,
    keyspaceMisses: 0,
    expiredKeys: 0,
    evictedKeys: 0,
    errorReplies: 0,
    errorsByCode: new Map(),
    commands: new Map(),
    dirty: 0,
    netInputBytes: 0,
    netOutputBytes: 0,
  };
  readonly settings: Settings;
  readonly startedAtMs: number;
  activeExpire = true;
  private readonly connected = new Map<number, ClientState>();
  private internal: ClientState | undefined;

  constructor(
    private readonly options: ServerOptions,
    private readonly engine: Engine,
  ) {
    this.startedAtMs = engine.clock.now();
    this.settings = options.settings(engine);
  }

  get commands(): CommandTable {
    return this.engine.table;
  }
  get persistence(): Persistence {
    return this.options.persistence;
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

  addClient(client: ClientState): void {
    this.stats.connectionsReceived++;
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
    let stats = this.stats.commands.get(name);
    if (!stats) {
      stats = { calls: 0, usec: 0, rejectedCalls: 0, failedCalls: 0 };
      this.stats.commands.set(name, stats);
    }
    return stats;
  }

  countError(error: ErrorReply): void {
    this.stats.errorReplies++;
    this.stats.errorsByCode.set(error.code, (this.stats.errorsByCode.get(error.code) ?? 0) + 1);
  }

  sleep(ms: number): void {
    const end = this.engine.clock.now() + ms;
    while (this.engine.clock.now() < end);
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
