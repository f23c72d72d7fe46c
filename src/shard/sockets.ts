// RESP connections over hibernating WebSockets. The runtime keeps the socket and a small attachment while the object
// sleeps; the connection is made again from the attachment when the next frame wakes the object.
//
// A WebSocket takes whatever is sent, and nobody learns how much of it has left. A client that does not read is
// therefore only kept from asking for very much at once, and from being sent very much that it did not ask for before it
// sends anything again. The edge's own connections do better: it tells how much it has passed on, and no more is run
// while too much is under way.

import { ascii, fromText, toBuffer } from '../bytes/bytes';
import type { ClientOrigin } from '../engine/client-state';
import { Connection, type ConnectionSnapshot, type OtherEnd, type Received } from '../engine/connection';
import type { Engine } from '../engine/engine';
import { CANCEL } from '../engine/wait-mark';
import { REPLIES_TOO_LARGE } from '../protocol/errors';
import { MAX_MESSAGE_REPLY_BYTES } from '../protocol/limits';
import { encodeReply } from '../protocol/resp-writer';
import type { Access } from '../spec/client';
import { isAwayFromHome } from '../spec/slots';
import type { Durability } from './durability';
import { type AttachedSubscriptions, KeptSubscriptions, type SubscriptionStore } from './kept-subscriptions';

/** Sent in one WebSocket message at most; the platform's limit is 32 MiB. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Replies under way to the edge before no more commands are run for it. */
const MAX_UNACKNOWLEDGED_BYTES = 2 * 1024 * 1024;
/** How often the object looks whether connections with unsaved state (an open MULTI…) still keep it awake. */
const AWAKE_CHECK_MS = 5000;
/** Unsaved state keeps the object from hibernating for so long; then its connection is closed. */
const MAX_AWAKE_MS = 15 * 60_000;

/** A message to more than so many is worth waiting for the next one. */
const CROWD = 64;

/** WebSocket close codes. */
const NORMAL = 1000;
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

/** Mark, for the runtime to keep, a socket as a RESP connection, and one whose other end acknowledges what it has been sent. */
const RESP = 'resp';
const PACED = 'paced';
/** A client whose text frames are the numbers of bytes that it has taken. */
const ACKNOWLEDGES = 'acknowledges';

interface Link {
  readonly socket: WebSocket;
  readonly connection: Connection;
  /** Text messages are about the connection: the number of bytes that have been passed on, or of a wait to be ended. */
  readonly paced: boolean;
  /** Text messages are numbers of bytes that the client has taken. */
  readonly acknowledges: boolean;
  readonly subscriptions: KeptSubscriptions;
  unacknowledgedBytes: number;
  /** It has been woken, and is about to send what is there. */
  waking: boolean;
  /** What the runtime keeps says that the state is lost. */
  suspended: boolean;
}

/** What the runtime keeps with a socket. */
interface Attachment {
  readonly snapshot: ConnectionSnapshot;
  readonly subscriptions: AttachedSubscriptions;
}

export interface SocketClient {
  /** Its rights come from the edge, which has checked its token, or are still to be given in band. */
  readonly access: Access | undefined;
  readonly address: string;
  /** The other end is the edge: no more is run for it than it has passed on. */
  readonly paced: boolean;
  /** The client tells how much it has taken. */
  readonly acknowledges: boolean;
}

export class Sockets {
  private readonly links = new Map<WebSocket, Link>();
  /** Those for which something is there to be sent. */
  private woken: Link[] = [];
  /** Connections whose state an attachment cannot hold, and since when. */
  private readonly awake = new Map<WebSocket, number>();
  private awakeTimer = false;
  private lastId = 0;
  /** Its sessions are at home at another shard. */
  private readonly isAway: boolean;

  constructor(
    private readonly state: DurableObjectState,
    private readonly engine: Engine,
    private readonly durability: Durability,
    private readonly subscriptions: SubscriptionStore,
    /** Our own bugs: what has been executed is not known then. */
    private readonly onFault: (error: unknown) => void,
  ) {
    this.isAway = isAwayFromHome(state.id.name);
    for (const socket of state.getWebSockets(RESP)) this.restore(socket);
    subscriptions.retain(new Set([...this.links.values()].map(({ connection }) => connection.client.id)));
    // Which keys their clients have read was only in memory.
    engine.tracking.forgotten();
  }

  /** The id for one more client of this object. */
  nextId(): number {
    return ++this.lastId;
  }

  /** Takes a new client in. */
  accept({ access, address, paced, acknowledges }: SocketClient): WebSocket {
    const { 0: client, 1: server } = new WebSocketPair();
    this.state.acceptWebSocket(server, [RESP, ...(paced ? [PACED] : []), ...(acknowledges ? [ACKNOWLEDGES] : [])]);
    const origin: ClientOrigin = {
      id: this.nextId(),
      address,
      localAddress: '',
      connectedAtMs: Date.now(),
      access,
      isAway: paced && this.isAway,
    };
    this.save(this.attach(server, new Connection(this.engine, origin, otherEnd(paced)), paced, acknowledges));
    return client;
  }

  private restore(socket: WebSocket): void {
    const attachment = socket.deserializeAttachment() as Attachment | null;
    if (!attachment) {
      socket.close(INTERNAL_ERROR, 'the state of this connection was lost');
      return;
    }
    const { snapshot, subscriptions } = attachment;
    this.lastId = Math.max(this.lastId, snapshot.id);
    const tags = this.state.getTags(socket);
    const paced = tags.includes(PACED);
    const kept = KeptSubscriptions.load(this.subscriptions, snapshot.id, subscriptions);
    const connection = Connection.restore(this.engine, snapshot, otherEnd(paced), kept);
    const link = this.attach(socket, connection, paced, tags.includes(ACKNOWLEDGES));
    link.subscriptions.resume(subscriptions);
  }

  private attach(socket: WebSocket, connection: Connection, paced: boolean, acknowledges: boolean): Link {
    const { client } = connection;
    const subscriptions = new KeptSubscriptions(this.subscriptions, client.id, client.subscriptions);
    const link: Link = { socket, connection, paced, acknowledges, subscriptions, unacknowledgedBytes: 0, waking: false, suspended: false };
    this.links.set(socket, link);
    connection.onWake = () => this.wake(link);
    connection.onClose = () => {
      this.drop(socket);
      const { closeReason } = client;
      // What was executed before is still delivered in order.
      this.durability.afterCommit(() => {
        if (closeReason === undefined) socket.close(NORMAL, 'closed by CLIENT KILL');
        else socket.close(POLICY_VIOLATION, closeReason);
      });
    };
    return link;
  }

  /** Runs what a frame brought. Text frames are the same bytes, but for those that acknowledge. */
  message(socket: WebSocket, data: string | ArrayBuffer): void {
    const link = this.links.get(socket);
    if (!link) return;
    const isText = typeof data === 'string';
    if (isText && link.acknowledges) {
      link.connection.taken(Number(data));
      return;
    }
    if (isText && link.paced) control(link, data);
    else link.connection.push(isText ? fromText(data) : data);
    this.run(link);
    this.keep(link);
  }

  /** Runs what has arrived, as far as the other end keeps up. */
  private run(link: Link): void {
    const { socket, connection, paced } = link;
    let sentBytes = 0;
    while (!paced || link.unacknowledgedBytes <= MAX_UNACKNOWLEDGED_BYTES) {
      const received = sentBytes > MAX_MESSAGE_REPLY_BYTES && !paced ? giveUp(connection) : connection.proceed();
      sentBytes += received.output.length;
      link.unacknowledgedBytes += received.output.length;
      // Also without a reply (CLIENT REPLY OFF): what was written is to be committed.
      this.durability.afterCommit(() => this.deliver(socket, received));
      if (!received.more) break;
    }
  }

  /**
   * Something is there for a client that did not ask just now. All that one turn has for it leaves in one frame; when a
   * message goes to very many, also what others publish until then: the runtime takes some 20 µs for a frame.
   */
  private wake(link: Link): void {
    if (link.waking) return;
    link.waking = true;
    this.woken.push(link);
    if (this.woken.length > 1) return;
    queueMicrotask(() => {
      if (this.woken.length <= CROWD) this.resumeAll();
      else setTimeout(() => this.resumeAll(), 0);
    });
  }

  private resumeAll(): void {
    const { woken } = this;
    this.woken = [];
    for (const link of woken) {
      link.waking = false;
      this.resume(link);
    }
  }

  /** Sends what is there for a client, and goes on with what arrived meanwhile. */
  private resume(link: Link): void {
    if (!this.links.has(link.socket)) return;
    try {
      this.run(link);
      this.keep(link);
    } catch (error) {
      this.onFault(error);
    }
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
    this.links.get(socket)?.connection.end();
    this.drop(socket);
  }

  private drop(socket: WebSocket): void {
    this.links.get(socket)?.subscriptions.forget();
    this.links.delete(socket);
    this.awake.delete(socket);
  }

  /** Saves what changed while it fits into the attachment; otherwise keeps the object awake. */
  private keep(link: Link): void {
    const { socket, connection } = link;
    if (connection.idle) {
      if (this.awake.size > 0) this.awake.delete(socket);
      if (connection.hasUnsavedState || link.suspended) this.save(link);
      return;
    }
    if (connection.blocked) {
      this.suspend(link);
      return;
    }
    if (this.awake.has(socket) || !this.links.has(socket)) return;
    this.awake.set(socket, Date.now());
    this.stayAwake();
  }

  private save(link: Link): void {
    const attachment: Attachment = { snapshot: link.connection.snapshot(), subscriptions: link.subscriptions.save() };
    link.socket.serializeAttachment(attachment);
    link.suspended = false;
  }

  /**
   * The client waits, for as long as it likes: the timer of the waits keeps the object awake. Should the object go all
   * the same, its next life must not take the client for one that is idle.
   */
  private suspend(link: Link): void {
    this.awake.delete(link.socket);
    if (link.suspended) return;
    link.socket.serializeAttachment(null);
    link.suspended = true;
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

function otherEnd(paced: boolean): OtherEnd {
  return { marked: paced, measured: paced };
}

/** A word of the edge about the connection itself. */
function control(link: Link, word: string): void {
  if (word.startsWith(CANCEL)) link.connection.cancelWait(Number(word.slice(CANCEL.length)));
  // What was under way when the object fell asleep is acknowledged to one that never sent it.
  else link.unacknowledgedBytes = Math.max(0, link.unacknowledgedBytes - Number(word));
}

/** Answers the next command with an error, in its place, and ends. */
function giveUp({ client }: Connection): Received {
  client.close(true);
  return { output: client.muted ? '' : encodeReply(REPLIES_TOO_LARGE, client.protocol), more: false, close: true };
}
