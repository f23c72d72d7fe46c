// Readers of the change feed over hibernating WebSockets: each is an edge isolate that passes on to one client. A reader
// that waits costs nothing: its requests are in the attachment of its socket, and nothing keeps the object awake for it.
// Nothing is told before it is durable.

import type { FeedPosition } from '../engine/change-feed';
import type { Engine } from '../engine/engine';
import { decodeFeedRequest, encodeFeedFrame } from '../protocol/feed-frame';
import type { Durability } from './durability';
import { FeedReader, type ReaderSnapshot } from './feed-reader';
import type { FeedStore } from './feed-store';

/** Marks, for the runtime to keep, a socket that reads the feed. */
const FEED = 'feed';
/** "Try again later". */
const TOO_SLOW = 1013;
const EPOCH_LENGTH = 6;

interface Link {
  readonly reader: FeedReader;
  /** What the runtime keeps says that the reader is behind. */
  savedBehind: boolean;
}

export class FeedSockets {
  private readonly links = new Map<WebSocket, Link>();
  /** The position of the last change that is durable. */
  private durable: number;

  constructor(
    private readonly state: DurableObjectState,
    private readonly engine: Engine,
    private readonly store: FeedStore,
    private readonly durability: Durability,
    private readonly newEpoch: (length: number) => string,
  ) {
    this.durable = engine.feed.position;
    for (const socket of state.getWebSockets(FEED)) {
      const snapshot = socket.deserializeAttachment() as ReaderSnapshot;
      this.links.set(socket, { reader: FeedReader.restore(engine.feed, snapshot), savedBehind: snapshot.behind !== undefined });
    }
    this.store.isRead = this.links.size > 0;
  }

  has(socket: WebSocket): boolean {
    return this.links.has(socket);
  }

  /** Takes a reader in. The first one ever begins the feed. */
  accept(request: string): WebSocket {
    const asked = decodeFeedRequest(request);
    const { after } = asked;
    const { feed } = this.engine;
    // A position that a reader is told must not be taken back.
    this.durability.flush();
    if (!feed.isOn) {
      feed.begin(this.newEpoch(EPOCH_LENGTH), this.engine.sequence);
      this.store.begin();
      this.durable = feed.position;
    } else if (!this.store.isRead) this.store.noteReading();
    this.store.isRead = true;
    const { 0: client, 1: server } = new WebSocketPair();
    this.state.acceptWebSocket(server, [FEED]);
    const reset = after ? feed.refusal(after) : undefined;
    const { epoch, position }: FeedPosition = after && !reset ? after : feed.here;
    const link: Link = { reader: new FeedReader(feed, asked, position), savedBehind: false };
    server.serializeAttachment(link.reader.snapshot(position));
    this.links.set(server, link);
    server.send(encodeFeedFrame({ epoch, ...(reset && { reset }), position, changes: [] }));
    this.feedTo(server, link);
    return client;
  }

  /** All that has been executed is durable: readers are told. */
  flushed(): void {
    this.durable = this.engine.feed.position;
    for (const [socket, link] of this.links) this.feedTo(socket, link);
  }

  /** A reader has passed on what it was sent. */
  message(socket: WebSocket, message: string | ArrayBuffer): void {
    const link = this.links.get(socket);
    if (!link) return;
    link.reader.acknowledge(Number(message));
    this.feedTo(socket, link);
  }

  closed(socket: WebSocket): void {
    if (!this.links.delete(socket) || this.links.size > 0) return;
    this.store.isRead = false;
    this.store.noteReading();
  }

  private feedTo(socket: WebSocket, link: Link): void {
    const { reader } = link;
    for (let text = reader.next(this.durable); text !== undefined; text = reader.next(this.durable)) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    }
    if (reader.isLost) {
      socket.close(TOO_SLOW, 'too slow: what followed is no longer kept');
      this.closed(socket);
      return;
    }
    const behind = reader.isBehind(this.durable);
    if (behind || link.savedBehind) socket.serializeAttachment(reader.snapshot(this.durable));
    link.savedBehind = behind;
  }
}
