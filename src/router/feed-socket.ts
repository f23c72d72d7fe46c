// A reader of the change feed at the edge: one WebSocket to each shard, made one feed.

import type { Bytes } from '../bytes/bytes';
import type { FeedPosition } from '../engine/change-feed';
import { decodeFeedFrame, encodeFeedRequest } from '../protocol/feed-frame';
import { FRAME_VERSION } from '../protocol/frame';
import { FeedMerge, type FeedMessage } from './feed-merge';
import { plannerFor } from './layout';
import { NORMAL, type SessionEnv } from './shard-socket';

/** Chars that all shards together may have under way to one reader… */
const WINDOW_CHARS = 256 * 1024;
/** …and one of them at least. */
const MIN_WINDOW_CHARS = 4 * 1024;
/** A shard is told what has been passed on in portions of this part of its window. */
const ACKNOWLEDGEMENTS_PER_WINDOW = 4;

export interface FeedOptions {
  readonly prefixes: readonly Bytes[];
  /** Where to go on, one position per shard; undefined to begin now. */
  readonly after: readonly FeedPosition[] | undefined;
}

export interface FeedHandlers {
  /** Takes what came at one time; resolves when the client has taken it. */
  tell(messages: readonly FeedMessage[]): Promise<void>;
  /** A shard has gone, or has cut the reader off. Called once at most, and not after {@link FeedLink.close}. */
  lost(reason: string): void;
}

export interface FeedLink {
  readonly cursor: string;
  close(): void;
}

/** Connects to all shards. Throws when one does not take the reader. */
export async function openFeed(env: SessionEnv, { prefixes, after }: FeedOptions, handlers: FeedHandlers): Promise<FeedLink> {
  const { slots } = plannerFor(env.shards);
  // A cursor of another layout: its shards are other objects.
  const fits = after === undefined || after.length === slots.count;
  const merge = new FeedMerge(slots.count, fits ? undefined : 'unknown');
  const window = Math.max(MIN_WINDOW_CHARS, Math.floor(WINDOW_CHARS / slots.count));
  const opening = Array.from({ length: slots.count }, (_, shard) => {
    return openShardFeed(env, slots.nameOf(shard), { prefixes, after: (fits && after?.[shard]) || null, window });
  });
  const opened = await Promise.allSettled(opening);
  const sockets = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = (): void => {
    for (const socket of sockets) if (socket.readyState === WebSocket.OPEN) socket.close(NORMAL, 'the client has gone');
  };
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed) {
    close();
    throw failed.reason;
  }
  let over = false;
  const lose = (reason: string): void => {
    if (over) return;
    over = true;
    close();
    handlers.lost(reason);
  };
  for (const [shard, socket] of sockets.entries()) {
    let passedOn = 0;
    const pass = async (text: string): Promise<void> => {
      const messages = merge.receive(shard, decodeFeedFrame(text));
      if (messages.length > 0) await handlers.tell(messages);
      passedOn += text.length;
      if (passedOn < window / ACKNOWLEDGEMENTS_PER_WINDOW || socket.readyState !== WebSocket.OPEN) return;
      socket.send(String(passedOn));
      passedOn = 0;
    };
    socket.addEventListener('message', ({ data }) => {
      if (!over) pass(data as string).catch(() => lose('the connection was lost'));
    });
    socket.addEventListener('close', ({ reason }) => lose(reason || 'the connection to a shard was lost'));
    socket.addEventListener('error', () => lose('the connection to a shard was lost'));
    socket.accept();
  }
  return {
    get cursor() {
      return merge.cursor;
    },
    close: () => {
      over = true;
      close();
    },
  };
}

async function openShardFeed(env: SessionEnv, name: string, request: Parameters<typeof encodeFeedRequest>[0]): Promise<WebSocket> {
  const headers = { Upgrade: 'websocket', 'x-kedge-protocol': FRAME_VERSION, 'x-kedge-feed': encodeFeedRequest(request) };
  const { webSocket, status } = await env.SHARD.getByName(name).fetch('http://shard/', { headers });
  if (!webSocket) throw new Error(`${name} answered ${status} instead of a WebSocket`);
  return webSocket;
}
