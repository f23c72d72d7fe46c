// The Durable Object that owns a range of the hash slots: the engine, made durable, behind RPC and WebSockets.

import { DurableObject } from 'cloudflare:workers';
import { ascii, type Bytes } from '../bytes/bytes';
import { registry } from '../commands/registry';
import { ClientState } from '../engine/client-state';
import { Engine } from '../engine/engine';
import { engineSettings } from '../engine/settings';
import { Table } from '../engine/table';
import { type Env, settingsOf } from '../env';
import { redisError } from '../protocol/errors';
import { type Call, type CallResult, decodeCalls, encodeResults, FRAME_VERSION, FrameError, type ReplyFormat } from '../protocol/frame';
import { ErrorReply, type Reply } from '../protocol/reply';
import { encodeReply } from '../protocol/resp-writer';
import { encodeUpstash, encodeUpstashTransaction } from '../protocol/upstash-json';
import type { Access } from '../spec/client';
import { Database } from './database';
import { Durability } from './durability';
import { SqliteEntryStore } from './entry-store';
import { Expiry } from './expiry';
import { Hydration } from './hydration';
import { JournalStore } from './journal-store';
import { migrate } from './schema';
import { Sockets } from './sockets';
import { serveStream } from './streams';

/** Answers beyond this go in an RPC of their own, and one that is larger than the other limit goes nowhere: an RPC carries 32 MiB. */
const FULL_ANSWER_CHARS = 8 * 1024 * 1024;
const MAX_ANSWER_CHARS = 30 * 1024 * 1024;
const REPLY_TOO_LARGE = redisError('ERR the reply is too large for REST, ask for less at a time or use RESP');

/** So often a clock that moves would have moved long before. */
const MAX_IDLE_LOOPS = 10_000_000;

const table = new Table(registry);

export class Shard extends DurableObject<Env> {
  private readonly engine: Engine;
  private readonly durability: Durability;
  private readonly expiry: Expiry;
  private readonly sockets: Sockets;
  /** In whose name REST calls run, by their rights. */
  private readonly callers: Record<Access, ClientState>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const settings = settingsOf(env);
    const database = new Database(ctx.storage.sql);
    migrate(ctx.storage, database);
    const entries = new SqliteEntryStore(database, () => this.engine.limits);
    this.durability = new Durability({
      storage: ctx.storage,
      database,
      entries,
      journal: new JournalStore(database),
      engine: () => this.engine,
      onFailure: (error) => this.restart('storage failed', error),
      onFlushed: () => this.expiry.arm(),
    });
    this.engine = new Engine({
      table,
      clock: Date,
      random: { float: Math.random, below: (bound) => Math.floor(Math.random() * bound) },
      store: entries,
      credentials: { full: bytesOf(settings.token), read: bytesOf(settings.readOnlyToken) },
      debugAllowed: settings.debug,
      runId: randomHex(40),
      settings: engineSettings,
      persistence: this.durability,
      sleep: busyWait,
      onFault: (error, command, changed) => this.fault(error, command, changed),
    });
    this.durability.recover();
    this.expiry = new Expiry(ctx.storage, this.engine, this.durability);
    this.sockets = new Sockets(ctx, this.engine, this.durability);
    this.callers = { full: this.caller('full'), read: this.caller('read') };
    new Hydration(this.engine.keys, () => database.bytes).start();
    void ctx.blockConcurrencyWhile(() => this.expiry.start());
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
    const results: CallResult[] = [];
    let size = 0;
    for (const call of calls) {
      if (size > FULL_ANSWER_CHARS) break;
      const result = this.answer(call);
      size += result.text.length;
      results.push(size > MAX_ANSWER_CHARS ? tooLarge(call) : result);
    }
    const text = encodeResults({ sequence: this.engine.sequence, results });
    const { promise, resolve } = Promise.withResolvers<string>();
    this.durability.afterCommit(() => resolve(text), results.length);
    return promise;
  }

  private answer({ access, format, kind, lines }: Call): CallResult {
    const client = this.callers[access];
    if (kind === 'single') {
      const reply = this.engine.execute(client, lines[0] as readonly Bytes[]);
      return { failed: reply instanceof ErrorReply, text: encodeSingle(reply, format) };
    }
    const replies = this.engine.executeAll(client, lines);
    return { failed: replies instanceof ErrorReply, text: encodeTransaction(replies, format) };
  }

  // ---- sockets

  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get('x-kedge-protocol') !== FRAME_VERSION) return new Response('this deployment is being updated', { status: 503 });
    if (request.headers.get('Upgrade') !== 'websocket') return new Response('expected a WebSocket', { status: 426 });
    const access = request.headers.get('x-kedge-access');
    const client = this.sockets.accept(
      access === 'full' || access === 'read' ? access : undefined,
      request.headers.get('x-kedge-address') ?? '',
    );
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    this.sockets.message(socket, message);
  }

  override webSocketClose(socket: WebSocket): void {
    this.sockets.closed(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.sockets.closed(socket);
  }

  /** A RESP connection over TCP: a local server's edge hands it through. */
  override async connect(socket: Socket): Promise<void> {
    const { engine, durability, sockets, env } = this;
    const access = settingsOf(env).respNoAuth ? 'full' : undefined;
    await serveStream(socket, { engine, durability, nextId: () => sockets.nextId(), access });
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

/** In place of an answer that no RPC can carry. What the command did stays done, as when a client cannot read a reply. */
function tooLarge({ format }: Call): CallResult {
  return { failed: true, text: encodeSingle(REPLY_TOO_LARGE, format) };
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

function encodeSingle(reply: Reply, format: ReplyFormat): string {
  if (format === 'resp2') return encodeReply(reply, 2);
  if (format === 'resp3') return encodeReply(reply, 3);
  return encodeUpstash(reply, format === 'json-base64');
}

function encodeTransaction(replies: Reply[] | ErrorReply, format: ReplyFormat): string {
  if (replies instanceof ErrorReply || format === 'resp2' || format === 'resp3') return encodeSingle(replies, format);
  return encodeUpstashTransaction(replies, format === 'json-base64');
}

function bytesOf(secret: string | undefined): Bytes | undefined {
  return secret === undefined ? undefined : ascii(secret);
}

function randomHex(length: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(length / 2)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
