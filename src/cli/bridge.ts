// `kedge bridge`: Redis clients speak TCP, a deployed Worker takes WebSockets. Bytes in, bytes out: this end knows
// nothing of the protocol, except for the one error line that tells a client why it was turned away.

import type { IncomingMessage } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RawData, WebSocket } from 'ws';
import { errorCode, Failure } from './failure';
import { authority, unavailable } from './ports';
import { type BridgeSettings, isLoopback } from './settings';

/** Most bytes that wait in one direction of a connection, and so about the size of the largest frame that is sent. */
const BUFFER_BYTES = 1024 * 1024;
/**
 * The server closes a subscriber that seems not to read. A WebSocket does not tell it, so this end says how much it has
 * passed on, now and then, unless what the client sends shows that it is there.
 */
const SUBPROTOCOL = 'resp.acknowledged';
const ACKNOWLEDGED_BYTES = 4 * 1024 * 1024;
/** A connection is refused rather than left hanging when the other end does not answer the upgrade. */
const HANDSHAKE_TIMEOUT_MS = 15_000;
/** Idle connections are kept alive through proxies; a peer that misses a ping until the next one is gone. */
const PING_INTERVAL_MS = 30_000;
/**
 * WebSockets cannot be closed in one direction. When a client has sent all it will (`printf … | nc`), its replies may
 * still be on the way: the connection ends when none has come for this long after the last one, and for much longer
 * while what was sent last has had no reply at all.
 */
const QUIET_MS = 500;
const UNANSWERED_MS = 10_000;
/** For the closing frames to leave when the bridge is stopped. */
const STOP_GRACE_MS = 500;

/** Runs until a signal ends it. */
export async function bridge(settings: BridgeSettings): Promise<void> {
  const { host, port } = settings.listen;
  const open = new Set<Connection>();
  const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: BUFFER_BYTES }, (socket) => {
    const connection = new Connection(socket, settings);
    open.add(connection);
    socket.once('close', () => open.delete(connection));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(unavailable(host, port, '--listen', error)));
    server.listen({ host, port }, resolve);
  });
  if (settings.token !== undefined && !isLoopback(host)) {
    console.error(`kedge: everybody who can reach ${authority(host, port)} now acts with your token`);
  }
  console.log(`kedge: redis://${authority(host, port)} leads to ${settings.url}`);
  await new Promise<void>((resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
    server.on('error', (error) => reject(new Failure(`the listener failed: ${error.message}`)));
  });
  const closed = new Promise((resolve) => server.close(resolve));
  for (const connection of open) connection.end();
  await Promise.race([closed, sleep(STOP_GRACE_MS)]);
}

/** One client and its WebSocket. Whichever side ends, the other is ended in the same way. */
class Connection {
  private readonly socket: Socket;
  private readonly ws: WebSocket;
  private readonly pings: NodeJS.Timeout;
  /** Passed on to the client since the server has heard of this end. */
  private passedOnBytes = 0;
  private sentMs = 0;
  private repliedMs = 0;
  private answeredPing = true;

  constructor(socket: Socket, settings: BridgeSettings) {
    this.socket = socket;
    this.ws = new WebSocket(settings.url, SUBPROTOCOL, {
      headers: settings.token === undefined ? {} : { authorization: `Bearer ${settings.token}` },
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      perMessageDeflate: false,
      // A reply is as long as it is: an LRANGE of a large list comes in one frame.
      maxPayload: 0,
    });
    this.pings = setInterval(() => this.ping(), PING_INTERVAL_MS);
    this.ws.on('open', () => void this.forward());
    this.ws.on('message', (data) => this.answer(data));
    this.ws.on('pong', () => {
      this.answeredPing = true;
    });
    this.ws.on('unexpected-response', (_request, response) => this.refuse(refusal(response)));
    this.ws.on('error', (error) => this.refuse(`-ERR bridge: cannot reach ${new URL(settings.url).host}: ${reason(error)}\r\n`));
    this.ws.on('close', () => this.end());
    socket.on('error', () => this.end());
    socket.on('close', () => this.end());
  }

  /** Ends both sides; what has been written to the client is still delivered. */
  end(): void {
    clearInterval(this.pings);
    if (this.ws.readyState === WebSocket.CONNECTING) this.ws.terminate();
    else this.ws.close(1000);
    this.socket.end();
    // The client's own end is not waited for: it may never come.
    this.socket.resume();
  }

  /** Client to server: everything that is waiting goes into one frame, and the next waits until that one has left. */
  private async forward(): Promise<void> {
    const { socket, ws } = this;
    try {
      for await (const chunk of packed(socket)) {
        this.sentMs = performance.now();
        this.passedOnBytes = 0;
        await new Promise<void>((resolve, reject) => {
          ws.send(chunk, { binary: true }, (error) => (error ? reject(error) : resolve()));
        });
      }
      await this.drained();
    } catch {
      // Either side broke off: nothing is left to forward to or from.
    }
    this.end();
  }

  /** Resolves when no more replies are to be expected. */
  private async drained(): Promise<void> {
    for (;;) {
      const dueMs = this.repliedMs > this.sentMs ? this.repliedMs + QUIET_MS : this.sentMs + UNANSWERED_MS;
      const waitMs = dueMs - performance.now();
      if (waitMs <= 0 || this.ws.readyState !== WebSocket.OPEN || this.socket.destroyed) return;
      await sleep(Math.min(waitMs, QUIET_MS));
    }
  }

  /** Server to client: when the client does not keep up, the WebSocket is read no further. */
  private answer(data: RawData): void {
    const { socket, ws } = this;
    this.repliedMs = performance.now();
    if (!socket.writable) return;
    const bytes = Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data;
    if (socket.write(bytes)) {
      this.passedOn(bytes.length);
      return;
    }
    ws.pause();
    socket.once('drain', () => {
      ws.resume();
      this.passedOn(bytes.length);
    });
  }

  private passedOn(bytes: number): void {
    this.passedOnBytes += bytes;
    if (this.passedOnBytes < ACKNOWLEDGED_BYTES || this.ws.readyState !== WebSocket.OPEN) return;
    this.ws.send(String(this.passedOnBytes));
    this.passedOnBytes = 0;
  }

  private refuse(line: string): void {
    if (this.ws.readyState === WebSocket.OPEN || !this.socket.writable) return;
    console.error(`kedge: ${line.trim()}`);
    this.socket.write(line);
    this.end();
  }

  private ping(): void {
    if (this.ws.readyState !== WebSocket.OPEN) return;
    if (!this.answeredPing) {
      this.ws.terminate();
      return;
    }
    this.answeredPing = false;
    this.ws.ping();
  }
}

/** What a socket has, as often as it has something: all of it in one piece. Ends with the socket's readable side. */
async function* packed(socket: Socket): AsyncGenerator<Buffer> {
  while (!socket.readableEnded && !socket.destroyed) {
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) yield chunk;
    else await new Promise<void>((resolve) => whenReadable(socket, resolve));
  }
}

function whenReadable(socket: Socket, resolve: () => void): void {
  const events = ['readable', 'end', 'close'] as const;
  const done = () => {
    for (const event of events) socket.off(event, done);
    resolve();
  };
  for (const event of events) socket.on(event, done);
}

/** The error line for a refused upgrade. Redis' own text where it has one, since clients know it. */
function refusal(response: IncomingMessage): string {
  response.resume();
  if (response.statusCode === 401) return '-WRONGPASS invalid username-password pair or user is disabled.\r\n';
  return `-ERR bridge: the server refused the WebSocket: HTTP ${response.statusCode} ${response.statusMessage}\r\n`;
}

function reason(error: Error): string {
  // An AggregateError (both address families failed) has a code and no message.
  return (error.message || errorCode(error) || 'no reason given').replaceAll(/[\r\n]+/g, ' ');
}
