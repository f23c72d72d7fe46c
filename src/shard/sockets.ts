// RESP connections over hibernating WebSockets. The runtime keeps the socket and a small attachment while the object
// sleeps; the connection is made again from the attachment when the next frame wakes the object.

import { ascii, fromText, toBuffer } from '../bytes/bytes';
import type { ClientOrigin } from '../engine/client-state';
import { Connection, type ConnectionSnapshot, type Received } from '../engine/connection';
import type { Engine } from '../engine/engine';
import type { Access } from '../spec/client';
import type { Durability } from './durability';

/** Sent in one WebSocket message at most; the platform's limit is 32 MiB. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** How often the object looks whether connections with unsaved state (an open MULTI…) still keep it awake. */
const AWAKE_CHECK_MS = 5000;
/** Unsaved state keeps the object from hibernating for so long; then its connection is closed. */
const MAX_AWAKE_MS = 15 * 60_000;

/** WebSocket close codes. */
const NORMAL = 1000;
const INTERNAL_ERROR = 1011;

export class Sockets {
  private readonly connections = new Map<WebSocket, Connection>();
  /** Connections whose state an attachment cannot hold, and since when. */
  private readonly awake = new Map<WebSocket, number>();
  private awakeTimer = false;
  private lastId = 0;

  constructor(
    private readonly state: DurableObjectState,
    private readonly engine: Engine,
    private readonly durability: Durability,
  ) {
    for (const socket of state.getWebSockets()) this.restore(socket);
  }

  /** The id for one more client of this object. */
  nextId(): number {
    return ++this.lastId;
  }

  /** Takes a new client in. Its rights come from the edge, which has checked its token, or are still to be given in band. */
  accept(access: Access | undefined, address: string): WebSocket {
    const { 0: client, 1: server } = new WebSocketPair();
    this.state.acceptWebSocket(server);
    const origin: ClientOrigin = { id: this.nextId(), address, localAddress: '', connectedAtMs: Date.now(), access };
    this.attach(server, new Connection(this.engine, origin));
    this.save(server);
    return client;
  }

  private restore(socket: WebSocket): void {
    const snapshot = socket.deserializeAttachment() as ConnectionSnapshot | null;
    if (!snapshot) {
      socket.close(INTERNAL_ERROR, 'the state of this connection was lost');
      return;
    }
    this.lastId = Math.max(this.lastId, snapshot.id);
    this.attach(socket, Connection.restore(this.engine, snapshot));
  }

  private attach(socket: WebSocket, connection: Connection): void {
    this.connections.set(socket, connection);
    connection.onClose = () => {
      this.drop(socket);
      // What was executed before is still delivered in order.
      this.durability.afterCommit(() => socket.close(NORMAL, 'closed by CLIENT KILL'));
    };
  }

  /** Runs what a frame brought. Text frames are the same bytes. */
  message(socket: WebSocket, data: string | ArrayBuffer): void {
    const connection = this.connections.get(socket);
    if (!connection) return;
    const received = connection.receive(typeof data === 'string' ? fromText(data) : data);
    this.keep(socket, connection);
    if (received.output !== '' || received.close) this.durability.afterCommit(() => this.deliver(socket, received));
  }

  private deliver(socket: WebSocket, { output, close }: Received): void {
    if (socket.readyState === WebSocket.OPEN) {
      for (let at = 0; at < output.length; at += MAX_MESSAGE_BYTES) {
        const piece = output.length <= MAX_MESSAGE_BYTES ? output : output.slice(at, at + MAX_MESSAGE_BYTES);
        socket.send(toBuffer(ascii(piece)));
      }
      if (close) socket.close(NORMAL, 'goodbye');
    }
    if (close) this.closed(socket);
  }

  /** The other side has gone. */
  closed(socket: WebSocket): void {
    this.connections.get(socket)?.end();
    this.drop(socket);
  }

  private drop(socket: WebSocket): void {
    this.connections.delete(socket);
    this.awake.delete(socket);
  }

  /** Saves what changed while it fits into the attachment; otherwise keeps the object awake. */
  private keep(socket: WebSocket, connection: Connection): void {
    if (connection.idle) {
      if (this.awake.size > 0) this.awake.delete(socket);
      if (connection.hasUnsavedState) this.save(socket);
      return;
    }
    if (this.awake.has(socket) || !this.connections.has(socket)) return;
    this.awake.set(socket, Date.now());
    this.stayAwake();
  }

  private save(socket: WebSocket): void {
    socket.serializeAttachment(this.connections.get(socket)?.snapshot());
  }

  private stayAwake(): void {
    if (this.awakeTimer) return;
    this.awakeTimer = true;
    setTimeout(() => {
      this.awakeTimer = false;
      const limit = Date.now() - MAX_AWAKE_MS;
      for (const [socket, since] of this.awake) {
        if (since > limit) continue;
        socket.close(NORMAL, 'an unfinished command or transaction was open for too long');
        this.closed(socket);
      }
      if (this.awake.size > 0) this.stayAwake();
    }, AWAKE_CHECK_MS);
  }
}
