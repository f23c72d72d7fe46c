// `GET /v1/changes`: every change of matching keys, in order, as server-sent events, or as JSON messages when the client
// asks for a WebSocket.

import type { Env } from '../../env';
import { decodeCursor } from '../../router/feed-cursor';
import { type FeedLink, type FeedOptions, openFeed } from '../../router/feed-socket';
import { respond } from '../answers';
import type { Deployment } from '../deployment';
import { BEAT_MS, EVENTS_TYPE, EventStream } from '../event-stream';
import { changesQuery, dataOf, eventText } from './changes-form';
import { readablePrefixes } from './prefixes';
import { Problem } from './problem';
import { parseQuery, requireToken } from './request';

/** When a client should come back after the stream has ended, in milliseconds. */
const RETRY_MS = 1000;
/** A WebSocket takes whatever is sent: a client that has been sent so many chars without a word from it is not trusted to read. */
const MAX_UNCONFIRMED_CHARS = 8 * 1024 * 1024;
/** WebSocket close codes. */
const TRY_AGAIN_LATER = 1013;
const MAX_REASON_LENGTH = 120;

export async function serveChanges(request: Request, env: Env, deployment: Deployment): Promise<Response> {
  try {
    if (request.method !== 'GET')
      throw new Problem('method_not_allowed', `${request.method} is not allowed here, GET is`, { allow: 'GET' });
    const options = readOptions(request, deployment);
    const feedEnv = { SHARD: env.SHARD, shards: deployment.router.shards };
    const open = request.headers.get('upgrade')?.toLowerCase() === 'websocket' ? overWebSocket : asEvents;
    return await open(request, (handlers) => openFeed(feedEnv, options, handlers));
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown.toResponse(request);
    throw thrown;
  }
}

function readOptions(request: Request, deployment: Deployment): FeedOptions {
  const access = requireToken(request, deployment);
  const query = parseQuery(request, changesQuery);
  const readable = readablePrefixes(access, query.prefixes);
  if (readable.length === 0) throw new Problem('forbidden', 'this token may not read keys with these prefixes');
  const cursor = request.headers.get('last-event-id') || query.cursor;
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  if (cursor !== undefined && !after) throw new Problem('invalid_cursor', 'a cursor is the id of an event of this feed, unchanged');
  return { prefixes: readable, after };
}

type Open = (handlers: Parameters<typeof openFeed>[2]) => Promise<FeedLink>;

async function connect(open: Open, handlers: Parameters<Open>[0]): Promise<FeedLink> {
  try {
    return await open(handlers);
  } catch (error) {
    console.error('the change feed could not be opened', error);
    throw new Problem('unavailable', 'a shard did not answer, please retry', { 'retry-after': '1' });
  }
}

// ---- server-sent events

async function asEvents(request: Request, open: Open): Promise<Response> {
  let link: FeedLink | undefined;
  const stream = new EventStream(request.signal, () => link?.close());
  void stream.send(`retry: ${RETRY_MS}\n\n`);
  try {
    link = await connect(open, {
      tell: (messages) => stream.send(messages.map(eventText).join('')),
      lost: (reason) => stream.end(`event: close\ndata: ${JSON.stringify({ reason })}\n\n`),
    });
  } catch (thrown) {
    stream.end('');
    throw thrown;
  }
  if (request.signal.aborted) link.close();
  return respond(request, { body: stream.body, status: 200, type: EVENTS_TYPE, syncToken: '' });
}

// ---- WebSocket

async function overWebSocket(_request: Request, open: Open): Promise<Response> {
  const { 0: theirs, 1: ours } = new WebSocketPair();
  ours.accept();
  let unconfirmed = 0;
  let link: FeedLink | undefined;
  let beats: ReturnType<typeof setInterval> | undefined;
  const end = (reason: string): void => {
    clearInterval(beats);
    link?.close();
    if (ours.readyState === WebSocket.OPEN) ours.close(TRY_AGAIN_LATER, reason.slice(0, MAX_REASON_LENGTH));
  };
  const send = (type: string, id: string, data: object): void => {
    if (ours.readyState !== WebSocket.OPEN) return;
    const text = JSON.stringify({ type, id, data });
    unconfirmed += text.length;
    ours.send(text);
  };
  link = await connect(open, {
    tell: async (messages) => {
      for (const message of messages) send(message.kind, message.cursor, dataOf(message));
      if (unconfirmed > MAX_UNCONFIRMED_CHARS) end('too slow: send any message now and then to show that you read; go on with the cursor');
    },
    lost: end,
  });
  const opened = link;
  ours.addEventListener('message', () => {
    unconfirmed = 0;
  });
  for (const event of ['close', 'error'] as const) {
    ours.addEventListener(event, () => {
      clearInterval(beats);
      opened.close();
    });
  }
  beats = setInterval(() => send('heartbeat', opened.cursor, {}), BEAT_MS);
  return new Response(null, { status: 101, webSocket: theirs });
}
