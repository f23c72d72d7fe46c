// The Durable Object that owns a range of the hash slots: the engine, made durable, behind RPC and WebSockets.

import { DurableObject } from 'cloudflare:workers';
import { ascii, type Bytes } from '../bytes/bytes';
import { registry } from '../commands/registry';
import { ClientState } from '../engine/client-state';
import { Engine } from '../engine/engine';
import { foresee } from '../engine/foresight';
import { engineSettings } from '../engine/settings';
import { Table } from '../engine/table';
import type { TrackingWork } from '../engine/tracking';
import { type Env, settingsOf } from '../env';
import { type Call, decodeCalls, encodeResults, FRAME_VERSION, FrameError } from '../protocol/frame';
import { BLOCKED, type Reply } from '../protocol/reply';
import type { Access } from '../spec/client';
import { objectName, ownershipOf, placeOf } from '../spec/slots';
import { Answers } from './answers';
import { Database } from './database';
import { Disk, isNoRoom } from './disk';
import { Durability, type DurabilityPorts } from './durability';
import { SqliteEntryStore } from './entry-store';
import { Evictions } from './evictions';
import { Expiry } from './expiry';
import { FeedSockets } from './feed-sockets';
import { FeedStore } from './feed-store';
import { Forwarder, messagesOf, type Sibling } from './forwarder';
import { Hydration } from './hydration';
import { JournalStore } from './journal-store';
import { SubscriptionStore } from './kept-subscriptions';
import { divideMemory, shareMemory } from './memory-share';
import { PointInTime } from './point-in-time';
import { Reclaim } from './reclaim';
import { migrate } from './schema';
import type { DeleteAnswer, SnapshotCoordinator, StartAnswer } from './snapshot/coordinator';
import type { Snapshot, SnapshotOptions } from './snapshot/manifest';
import type { PartAnswer, PartStep } from './snapshot/part-host';
import { ShardSnapshots } from './snapshot/shard-snapshots';
import { Sockets } from './sockets';
import { SqliteSourceStore } from './source-store';
import { StorageRoom } from './storage-room';
import { serveStream } from './streams';
import { WaitTimer } from './wait-timer';

/** So often a clock that moves would have moved long before. */
const MAX_IDLE_LOOPS = 10_000_000;

/** Where redis.log goes. */
const CONSOLE = { debug: 'debug', verbose: 'debug', notice: 'log', warning: 'warn' } as const;

const table = new Table(registry);

export class Shard extends DurableObject<Env> {
  private readonly engine: Engine;
  private readonly durability: Durability;
  private readonly expiry: Expiry;
  private readonly sockets: Sockets;
  private readonly feedSockets: FeedSockets;
  private readonly waitTimer: WaitTimer;
  private readonly evictions: Evictions;
  private readonly snapshots: ShardSnapshots;
  private readonly pointInTime: PointInTime;
  /** In whose name REST calls run, by their rights. */
  private readonly callers: Record<Access, ClientState>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const settings = settingsOf(env);
    const disk = this.makeDisk();
    const database = this.makeDatabase(disk);
    migrate(ctx.storage, database);
    const entries = new SqliteEntryStore(database, () => this.engine.limits);
    const reclaim = new Reclaim(entries, disk);
    const feedStore = new FeedStore(database, () => this.engine.feed, disk);
    const sources = new SqliteSourceStore(database);
    const ports: DurabilityPorts = {
      storage: ctx.storage,
      database,
      entries,
      sources,
      journal: new JournalStore(database),
      feed: feedStore,
      disk,
      room: new StorageRoom(disk, database, settings.storageLimit, () => this.engine.pendingJournalBytes),
      engine: () => this.engine,
      onFailure: (error) => this.restart('storage failed', error),
      onCheckpoint: () => {
        divideMemory();
        reclaim.start();
      },
      onExecuted: () => this.expiry.arm(),
      onWritten: () => this.feedSockets.flushed(),
    };
    this.durability = new Durability(ports, settings.durability);
    const { count = 1 } = placeOf(ctx.id.name) ?? {};
    const sibling = (shard: number): Sibling => env.SHARD.getByName(objectName(shard, count));
    const forwarder = new Forwarder(count, sibling, this.durability);
    this.snapshots = this.makeSnapshots(database, disk, entries, reclaim);
    this.evictions = new Evictions(() => this.engine, this.durability);
    this.engine = new Engine({
      table,
      clock: Date,
      random: { float: Math.random, below: (bound) => Math.floor(Math.random() * bound) },
      store: entries,
      sources,
      shards: count,
      maxMemory: settings.maxMemory,
      maxMemoryPolicy: settings.maxMemoryPolicy,
      onLog: (level, message) => console[CONSOLE[level]](message),
      credentials: { full: bytesOf(settings.token), read: bytesOf(settings.readOnlyToken) },
      debugAllowed: settings.debug,
      runId: randomHex(40),
      secretHex: randomHex,
      settings: engineSettings,
      persistence: this.durability,
      ...(this.snapshots.coordinator && { snapshots: this.snapshots.coordinator }),
      owns: ownershipOf(ctx.id.name),
      sleep: busyWait,
      onFault: (error, command, changed) => this.fault(error, command, changed),
      onWaiting: () => this.waitTimer.arm(),
      onTrackingLeft: (work) => this.trackingLeft(work),
      onEvictionLeft: () => this.evictions.goOn(),
      onActiveExpire: () => this.expiry.arm(),
      onForeignMessage: (message) => forwarder.forward(message),
    });
    shareMemory(this.engine.keys, settings.memoryBudget);
    this.waitTimer = new WaitTimer(this.engine, this.durability, (error) => this.connectionFault(error));
    this.durability.recover();
    this.expiry = new Expiry(ctx.storage, this.engine, this.durability, disk);
    const subscriptions = new SubscriptionStore(database, disk);
    this.sockets = new Sockets(ctx, this.engine, this.durability, subscriptions, (error) => this.connectionFault(error));
    this.feedSockets = new FeedSockets(ctx, this.engine, feedStore, this.durability, randomHex);
    this.callers = { full: this.caller('full'), read: this.caller('read') };
    reclaim.start();
    new Hydration(this.engine, database.bytes).start();
    void ctx.blockConcurrencyWhile(() => disk.start().then(() => this.expiry.start()));
    disk.whenRoom(() => void this.snapshots.coordinator?.recover());
    this.pointInTime = new PointInTime(ctx, this.durability);
  }

  private makeDatabase(disk: Disk): Database {
    const lost = (error: unknown): void => {
      if (isNoRoom(error)) disk.noteEnd();
      this.restart('storage failed', error);
    };
    return new Database(this.ctx.storage.sql, lost, () => disk.wrote());
  }

  private makeDisk(): Disk {
    const { ctx, env } = this;
    const probe = env.DISK_PROBE;
    return new Disk({
      id: ctx.id.toString(),
      committed: () => ctx.storage.sync(),
      // Each time another stub: one that has failed once fails for ever.
      trial: probe && ((bytes) => probe.getByName('').take(bytes)),
      now: Date.now,
    });
  }

  private makeSnapshots(database: Database, disk: Disk, entries: SqliteEntryStore, reclaim: Reclaim): ShardSnapshots {
    const { ctx, env } = this;
    const settings = settingsOf(env);
    return new ShardSnapshots({
      name: ctx.id.name,
      bucket: env.SNAPSHOTS,
      sibling: (name) => env.SHARD.getByName(name),
      schedule: { everyMs: settings.snapshotEveryMs, keep: settings.snapshotKeep, maxAgeMs: settings.snapshotMaxAgeMs },
      database,
      disk,
      entries,
      engine: () => this.engine,
      checkpoint: () => this.durability.checkpoint(),
      onDone: () => reclaim.start(),
      randomHex,
    });
  }

  private trackingLeft(work: TrackingWork): void {
    if (work === 'broadcast') queueMicrotask(() => this.engine.tracking.broadcast());
    else setTimeout(() => this.engine.tracking.limit(), 0);
  }

  private caller(access: Access): ClientState {
    return new ClientState({ id: 0, address: '', localAddress: '', connectedAtMs: Date.now(), access });
  }

  // ---- RPC from the edge

  /**
   * Runs a batch of calls (protocol/frame.ts) and answers when all that they wrote is durable. When the answers become
   * too many for one RPC it stops and answers what it has run; the edge sends the rest again. Of a frame of another
   * release it runs nothing.
   */
  async execute(frame: string): Promise<string> {
    const calls = readCalls(frame);
    if (this.engine.blocking.isHolding) await this.unpaused(calls);
    const answers = new Answers();
    if (calls.length > 1)
      foresee(
        this.engine,
        calls.flatMap(({ lines }) => lines),
      );
    for (const call of calls) {
      if (answers.full) break;
      answers.add(
        call,
        this.guarded(() => this.run(call)),
      );
    }
    const { results } = answers;
    const text = encodeResults({ sequence: this.engine.sequence, results });
    const { promise, resolve } = Promise.withResolvers<string>();
    this.durability.afterCommit(() => resolve(text), results.length);
    return promise;
  }

  /**
   * Waits for the one call in `frame`, and takes nothing, for whoever asks may have gone meanwhile (router/rest-wait.ts).
   * A command that only reads is answered, as by {@link execute}. Of any other it is told when a key has something:
   * `milliseconds left:key`. An empty text when the time is over.
   */
  async watch(frame: string, mostMs: number): Promise<string> {
    const [call] = readCalls(frame);
    if (!call) return '';
    const argv = call.lines[0] as readonly Bytes[];
    const reads = table.resolve(argv)?.flags.includes('readonly') ?? false;
    const { promise, resolve } = Promise.withResolvers<Reply>();
    const client = this.caller(call.access);
    client.waitMode = { how: reads ? 'wait' : 'watch', mostMs };
    client.onUnblocked = resolve;
    const reply = this.guarded(() => this.engine.execute(client, argv));
    // Keys may have been found to have expired.
    this.durability.afterCommit(() => undefined);
    const answer = reply === BLOCKED ? await promise : reply;
    if (!reads) return Array.isArray(answer) ? `${answer[1]}:${answer[0]}` : '';
    const answers = new Answers();
    answers.add(call, answer);
    return encodeResults({ sequence: this.engine.sequence, results: answers.results });
  }

  /** Hands on messages that were published on another shard (shard/forwarder.ts). */
  async hear(frame: string): Promise<void> {
    this.guarded(() => {
      for (const message of messagesOf(frame)) this.engine.receive(message);
    });
    // Keys may have been found to have expired.
    this.durability.afterCommit(() => undefined);
  }

  /** The server is about to be stopped: what has been acknowledged is, and will be, in storage. */
  async settle(): Promise<void> {
    this.durability.settle();
  }

  /** Waits while CLIENT PAUSE, or a transaction elsewhere, puts any of these calls off. */
  private async unpaused(calls: readonly Call[]): Promise<void> {
    const lines = calls.flatMap((call) => call.lines);
    for (;;) {
      const holder = lines.map((argv) => this.engine.holderOf(argv)).find((pause) => pause !== undefined);
      if (!holder) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      holder.put(promise, resolve);
      await promise;
    }
  }

  private run({ access, kind, lines }: Call): Reply {
    const client = this.callers[access];
    return kind === 'single' ? this.engine.execute(client, lines[0] as readonly Bytes[]) : this.engine.executeAll(client, lines);
  }

  // ---- snapshots (shard/snapshot/)

  /** One step of a snapshot of the whole database, of which this shard writes its part. */
  async snapshotPart(step: PartStep): Promise<PartAnswer> {
    return this.snapshots.part.take(step);
  }

  async startSnapshot(options: SnapshotOptions): Promise<StartAnswer> {
    return this.coordinator.start('request', options);
  }

  async getSnapshot(id: string): Promise<Snapshot | undefined> {
    return this.coordinator.get(id);
  }

  async listSnapshots(most: number): Promise<Snapshot[]> {
    return this.coordinator.list(most);
  }

  async deleteSnapshot(id: string): Promise<DeleteAnswer> {
    return this.coordinator.delete(id);
  }

  /** The cron trigger: what is due is begun. */
  async scheduleSnapshots(): Promise<void> {
    await this.coordinator.tick();
  }

  private get coordinator(): SnapshotCoordinator {
    const { coordinator } = this.snapshots;
    if (!coordinator) throw new Error('only the first shard knows of snapshots');
    return coordinator;
  }

  // ---- point-in-time recovery (shard/point-in-time.ts)

  async bookmarkAt(ms: number): Promise<string | undefined> {
    return this.pointInTime.bookmarkAt(ms);
  }

  async goBackTo(bookmark: string): Promise<string> {
    return this.pointInTime.goBackTo(bookmark);
  }

  // ---- sockets

  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get('x-kedge-protocol') !== FRAME_VERSION) return new Response('this deployment is being updated', { status: 503 });
    if (request.headers.get('Upgrade') !== 'websocket') return new Response('expected a WebSocket', { status: 426 });
    const feed = request.headers.get('x-kedge-feed');
    if (feed !== null) return new Response(null, { status: 101, webSocket: this.feedSockets.accept(feed) });
    const access = request.headers.get('x-kedge-access');
    const client = this.sockets.accept({
      access: access === 'full' || access === 'read' ? access : undefined,
      address: request.headers.get('x-kedge-address') ?? '',
      paced: request.headers.get('x-kedge-paced') === '1',
      acknowledges: request.headers.get('x-kedge-acknowledges') === '1',
    });
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    try {
      if (this.feedSockets.has(socket)) this.feedSockets.message(socket, message);
      else this.sockets.message(socket, message);
    } catch (error) {
      this.connectionFault(error);
    }
  }

  override webSocketClose(socket: WebSocket): void {
    this.closed(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.closed(socket);
  }

  private closed(socket: WebSocket): void {
    this.feedSockets.closed(socket);
    this.sockets.closed(socket);
  }

  /** A RESP connection over TCP: a local server's edge hands it through. */
  override async connect(socket: Socket): Promise<void> {
    const { engine, durability, sockets, env } = this;
    const access = settingsOf(env).respNoAuth ? 'full' : undefined;
    const onFault = (error: unknown) => this.connectionFault(error);
    await serveStream(socket, { engine, durability, nextId: () => sockets.nextId(), access, onFault });
  }

  // ---- time

  override async alarm(): Promise<void> {
    await this.expiry.run();
  }

  // ---- faults

  private fault(error: unknown, command: string, changed: boolean): void {
    console.error(`fault in ${command}`, error);
    if (changed) this.restart(`fault in ${command}`, error);
  }

  /** Runs something of the engine that answers every failure of a command itself. */
  private guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.connectionFault(error);
      throw error;
    }
  }

  /** Its client would wait for ever, and what has been executed is not known. */
  private connectionFault(error: unknown): void {
    this.restart('fault in a connection', error);
  }

  /** Memory cannot be trusted any more: the object ends, and starts again from storage. No waiting reply is sent. */
  private restart(reason: string, error: unknown): void {
    console.error(`the shard restarts: ${reason}`, error);
    this.ctx.abort(reason);
  }
}

function readCalls(frame: string): Call[] {
  try {
    return decodeCalls(frame);
  } catch (error) {
    if (error instanceof FrameError) return [];
    throw error;
  }
}

/** DEBUG SLEEP. On Cloudflare the clock stands still while code runs, so the wait gives up there; DEBUG is for local use. */
function busyWait(ms: number): void {
  const end = Date.now() + ms;
  for (let idle = 0, last = 0; idle < MAX_IDLE_LOOPS; idle++) {
    const now = Date.now();
    if (now >= end) return;
    if (now !== last) idle = 0;
    last = now;
  }
}

function bytesOf(secret: string | undefined): Bytes | undefined {
  return secret === undefined ? undefined : ascii(secret);
}

function randomHex(length: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(Math.ceil(length / 2))), (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, length);
}
