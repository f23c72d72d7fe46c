// Attaches a session to sockets: the client's WebSocket or TCP socket on one side, a WebSocket to each shard's object on
// the other. Everything here belongs to the one request that brought the client.

import { ascii, fromText, toBuffer } from '../bytes/bytes';
import { CANCEL } from '../engine/wait-mark';
import type { Access } from '../spec/client';
import { plannerFor } from './layout';
import { Session } from './session';
import type { SessionPorts } from './session-ports';
import { NORMAL, openShardSocket, type SessionClient, type SessionEnv, sendTo } from './shard-socket';
import type { SlotMap } from './slot-map';

/** A client that was cut off while it did not read gets so long for what it has been sent. */
const LINGER_MS = 2000;
/** A close reason may have at most 123 bytes. */
const MAX_REASON_LENGTH = 120;

export interface WebSocketClient extends SessionClient {
  /** Its text frames are the numbers of bytes that it has taken. */
  readonly acknowledges: boolean;
}

/**
 * Serves a client over a WebSocket. Resolves when the session is over.
 * @param socket the server's end of the pair; it is accepted here
 */
export async function serveWebSocket(socket: WebSocket, env: SessionEnv, client: WebSocketClient): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.binaryType = 'arraybuffer';
  socket.accept();
  const session = startSession(env, client, {
    toClient: (text) => sendTo(socket, text),
    // A WebSocket cannot be told to wait; the session bounds what it keeps and ends when it is too much.
    paced: false,
    keptUp: () => Promise.resolve(),
    unblocked: () => undefined,
    close: (reason) => {
      socket.close(NORMAL, reason.slice(0, MAX_REASON_LENGTH));
      resolve();
    },
  });
  socket.addEventListener('message', ({ data }) => {
    if (typeof data !== 'string') session.receive(data);
    else if (client.acknowledges) session.taken(Number(data));
    else session.receive(fromText(data));
  });
  socket.addEventListener('close', () => session.abandon());
  socket.addEventListener('error', () => session.abandon());
  await promise;
}

/** Serves a client over a TCP socket. Resolves when the session is over. */
export async function serveTcpSocket(socket: Socket, env: SessionEnv, client: SessionClient): Promise<void> {
  const writer: WritableStreamDefaultWriter<Uint8Array> = socket.writable.getWriter();
  const reader: ReadableStreamDefaultReader<Uint8Array> = socket.readable.getReader();
  const over = Promise.withResolvers<void>();
  let written: Promise<void> = Promise.resolve();
  let isOver = false;
  let wake: (() => void) | undefined;
  const session = startSession(env, client, {
    toClient: (text) => {
      written = writer.write(toBuffer(ascii(text)));
      written.catch(() => session.abandon());
    },
    paced: true,
    keptUp: () => written,
    unblocked: () => wake?.(),
    close: (reason) => {
      isOver = true;
      wake?.();
      over.resolve();
      if (reason !== '') setTimeout(() => writer.abort().catch(() => undefined), LINGER_MS);
    },
  });
  const readAll = async (): Promise<void> => {
    while (!isOver) {
      const { done, value } = await reader.read();
      if (done) break;
      session.receive(value);
      // A client that does not read its replies, or is far ahead of them, is not read either.
      await written;
      while (session.blocked && !isOver) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
    }
    session.end();
  };
  readAll().catch(() => session.abandon());
  await over.promise;
  await written.catch(() => undefined);
  await Promise.allSettled([writer.close(), reader.cancel()]);
  await socket.close();
}

/** The client's side of a session. */
export interface ClientPorts extends Pick<SessionPorts, 'toClient' | 'unblocked' | 'close'> {
  readonly paced: boolean;
  /** Resolves when the client has taken what it has been sent so far. */
  keptUp(): Promise<void>;
}

/** A session for a client that is not a socket: nothing is read from it here. */
export function startSession(env: SessionEnv, client: SessionClient, ports: ClientPorts): Session {
  const planner = plannerFor(env.shards);
  const links = new ShardSockets(env, planner.slots, client.address);
  const session = new Session({
    planner,
    random: { float: Math.random, below: (bound) => Math.floor(Math.random() * bound) },
    access: client.access,
    paced: ports.paced,
    ports: {
      toClient: ports.toClient,
      unblocked: ports.unblocked,
      open: (shard, access) => links.open(shard, access),
      toShard: (shard, text) => links.send(shard, text),
      cancel: (shard, number) => links.cancel(shard, number),
      acknowledge: (shard, bytes) => {
        // A client that has gone has nobody to wait for.
        ports.keptUp().then(
          () => links.acknowledge(shard, bytes),
          () => undefined,
        );
      },
      close: (reason) => {
        links.close();
        ports.close(reason);
      },
    },
  });
  links.attach(session);
  return session;
}

/** A connection that is being made keeps what is sent until it is there. */
interface Link {
  socket: WebSocket | undefined;
  waiting: string;
  /** Up to which number its waits have been cancelled meanwhile. */
  cancelled: number;
}

class ShardSockets {
  private readonly links = new Map<number, Link>();
  private session: Session | undefined;
  private closed = false;

  constructor(
    private readonly env: SessionEnv,
    private readonly slots: SlotMap,
    private readonly address: string,
  ) {}

  attach(session: Session): void {
    this.session = session;
  }

  open(shard: number, access: Access | undefined): void {
    const link: Link = { socket: undefined, waiting: '', cancelled: 0 };
    this.links.set(shard, link);
    this.connect(shard, access, link).catch(() => this.session?.lost(shard));
  }

  send(shard: number, text: string): void {
    const link = this.links.get(shard);
    if (link?.socket) sendTo(link.socket, text);
    else if (link) link.waiting += text;
  }

  /** It may overtake the wait that it ends. */
  cancel(shard: number, number: number): void {
    const link = this.links.get(shard);
    if (!link) return;
    link.cancelled = number;
    if (link.socket?.readyState === WebSocket.OPEN) link.socket.send(`${CANCEL}${number}`);
  }

  acknowledge(shard: number, bytes: number): void {
    const socket = this.links.get(shard)?.socket;
    if (socket?.readyState === WebSocket.OPEN) socket.send(String(bytes));
  }

  close(): void {
    this.closed = true;
    for (const { socket } of this.links.values()) socket?.close(NORMAL);
  }

  private async connect(shard: number, access: Access | undefined, link: Link): Promise<void> {
    const socket = await openShardSocket(this.env, this.slots.nameOf(shard), { access, address: this.address });
    if (this.closed) {
      socket.close(NORMAL);
      return;
    }
    socket.addEventListener('message', ({ data }) => this.session?.receiveFrom(shard, typeof data === 'string' ? fromText(data) : data));
    socket.addEventListener('close', () => this.session?.lost(shard));
    socket.addEventListener('error', () => this.session?.lost(shard));
    link.socket = socket;
    const { waiting } = link;
    link.waiting = '';
    if (link.cancelled > 0) this.cancel(shard, link.cancelled);
    if (waiting !== '') sendTo(socket, waiting);
  }
}
