// An engine in plain Node: virtual clock, seeded randomness, storage in memory. What tests of commands run on.

import { ascii, fromText } from '../../src/bytes/bytes';
import { registry } from '../../src/commands/registry';
import { type ClientOrigin, ClientState } from '../../src/engine/client-state';
import { Connection } from '../../src/engine/connection';
import { Engine } from '../../src/engine/engine';
import { decodeFrame, encodeFrame } from '../../src/engine/journal';
import type { EngineOptions } from '../../src/engine/options';
import type { Credentials } from '../../src/engine/server-state';
import { engineSettings } from '../../src/engine/settings';
import { Table } from '../../src/engine/table';
import type { TrackingWork } from '../../src/engine/tracking';
import type { Reply } from '../../src/protocol/reply';
import type { Access } from '../../src/spec/client';
import type { Random } from '../../src/spec/context';
import type { Persistence, Shortage } from '../../src/spec/server';

/** A small fast generator with a seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const float = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { float, below: (bound) => Math.floor(float() * bound) };
}

export class TestEngine {
  /** Unix milliseconds; move it to let time pass. */
  now = 1_800_000_000_000;
  readonly faults: unknown[] = [];
  readonly engine: Engine;
  readonly client: ClientState;
  /** Journal frames so far. */
  readonly journal: Uint8Array[] = [];
  /** What storage has no room for. */
  shortage: Shortage | undefined;
  /** Told as the engine's option of that name is. */
  onWaiting: (() => void) | undefined;
  /** How often it was told that keys expire by themselves again. */
  activeExpiries = 0;
  private nextId = 2;
  /** What the tracking of keys has left to do. */
  private readonly trackingLeft = new Set<TrackingWork>();
  private evictionLeft = false;
  /** Settings that were kept. */
  private readonly settings = new Map<string, string>();

  constructor(
    seed = 1,
    credentials: Credentials = { full: undefined, read: undefined },
    debugAllowed = true,
    ports: Pick<
      EngineOptions,
      'store' | 'sources' | 'snapshots' | 'owns' | 'shards' | 'maxMemory' | 'maxMemoryPolicy' | 'onLog' | 'onForeignMessage'
    > & {
      readonly random?: Random;
      readonly reload?: Persistence['reload'];
    } = {},
  ) {
    const shortage = () => this.shortage;
    this.engine = new Engine({
      table: new Table(registry),
      clock: { now: () => this.now },
      random: ports.random ?? seededRandom(seed),
      ...(ports.store && { store: ports.store }),
      ...(ports.sources && { sources: ports.sources }),
      ...(ports.snapshots && { snapshots: ports.snapshots }),
      ...(ports.owns && { owns: ports.owns }),
      ...(ports.shards && { shards: ports.shards }),
      maxMemory: ports.maxMemory,
      maxMemoryPolicy: ports.maxMemoryPolicy,
      ...(ports.onLog && { onLog: ports.onLog }),
      ...(ports.onForeignMessage && { onForeignMessage: ports.onForeignMessage }),
      credentials,
      debugAllowed,
      sleep: (ms) => {
        this.now += ms;
      },
      runId: '0'.repeat(40),
      secretHex: (digits) => 'a5'.repeat(digits).slice(0, digits),
      settings: engineSettings,
      persistence: {
        journal: { bytes: 0, rows: 0, mostBytes: 0, mostRows: 0 },
        lastRecovery: { tookMs: 0, bytes: 0, rows: 0 },
        checkpoints: { lastAtMs: 0, lastTookMs: undefined, count: 0 },
        storedBytes: 0,
        storageLimit: 0,
        get shortage() {
          return shortage();
        },
        meetShortage: shortage,
        rowsWritten: 0,
        bytesWritten: 0,
        durability: 'strict',
        unwrittenBytes: 0,
        sync: () => undefined,
        setting: (name) => this.settings.get(name),
        keepSetting: (name, value) => this.settings.set(name, value),
        rewrite: () => undefined,
        rewriting: false,
        reload: ports.reload ?? (() => undefined),
      },
      onFault: (error) => this.faults.push(error),
      onWaiting: () => this.onWaiting?.(),
      onTrackingLeft: (work) => this.trackingLeft.add(work),
      onEvictionLeft: () => {
        this.evictionLeft = true;
      },
      onActiveExpire: () => {
        this.activeExpiries++;
      },
    });
    this.client = this.newClient();
  }

  newClient(): ClientState {
    const client = new ClientState({
      id: this.nextId++,
      address: '127.0.0.1:1',
      localAddress: '127.0.0.1:2',
      connectedAtMs: this.now,
      access: 'full',
    });
    this.engine.server.addClient(client);
    return client;
  }

  /**
   * @param marked the other end is the edge
   * @param measured it is noticed when the other end does not read
   */
  connect(access: Access | 'none' = 'full', marked = false, measured = true, more: Partial<ClientOrigin> = {}): Connection {
    const origin = {
      id: this.nextId++,
      address: '127.0.0.1:1',
      localAddress: '127.0.0.1:2',
      connectedAtMs: this.now,
      access: access === 'none' ? undefined : access,
      ...more,
    };
    return new Connection(this.engine, origin, { marked, measured });
  }

  /** Runs a command given as separate arguments. A fault inside a handler is thrown here. */
  run(...argv: (string | number)[]): Reply {
    return this.runAs(this.client, ...argv);
  }

  runAs(client: ClientState, ...argv: (string | number)[]): Reply {
    const reply = this.engine.execute(
      client,
      argv.map((arg) => fromText(String(arg))),
    );
    if (this.faults.length > 0) throw this.faults[0];
    this.flush();
    this.endTurn();
    return reply;
  }

  /** What the shard does at the end of a turn, beside {@link flush}. */
  endTurn(): void {
    for (const work of this.trackingLeft) {
      this.trackingLeft.delete(work);
      this.engine.tracking[work]();
    }
    while (this.evictionLeft) {
      this.evictionLeft = false;
      this.engine.evict();
      this.flush();
    }
  }

  /** Moves pending effects into the journal, as the shard does at the end of a macrotask. */
  flush(): void {
    const pending = this.engine.takeJournal();
    if (pending) this.journal.push(encodeFrame(pending.sequence, pending.count, pending.body));
  }

  /** A new engine with what replaying the journal gives. */
  replayed(): TestEngine {
    const copy = new TestEngine();
    copy.now = this.now;
    for (const frame of this.journal) copy.engine.replay(decodeFrame(frame));
    return copy;
  }
}

export { ascii };
