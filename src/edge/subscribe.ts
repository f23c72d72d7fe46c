// Upstash's event streams: `/subscribe/CHANNEL…`, `/psubscribe/PATTERN…` and `/monitor`. Each is a connection of its own,
// which sends that one command and passes on what it is sent from then on.

import { ascii, type Bytes } from '../bytes/bytes';
import type { Env } from '../env';
import { ErrorReply } from '../protocol/reply';
import { ReplyReader } from '../protocol/reply-reader';
import { ProtocolError } from '../protocol/request-reader';
import { encodeRequest } from '../protocol/request-writer';
import { decodeCursor } from '../router/feed-cursor';
import { type FeedLink, openFeed } from '../router/feed-socket';
import type { Session } from '../router/session';
import { startSession } from '../router/session-socket';
import type { SessionClient, SessionEnv } from '../router/shard-socket';
import type { Access } from '../spec/client';
import { addressOf } from './address';
import { refuse, respond } from './answers';
import { requireAccess } from './auth';
import { BadRequest } from './bad-request';
import { discardBody } from './body';
import type { Deployment } from './deployment';
import { DurableChannels } from './durable-channels';
import { EVENTS_TYPE, EventStream } from './event-stream';
import { messageEvent } from './message-text';
import { readablePrefixes } from './resources/prefixes';
import { readTarget, targetOf } from './target';

const METHODS = 'GET, POST';
/** When a client should come back after the stream has ended, in milliseconds. */
const RETRY_MS = 1000;
const ACCEPTABLE = /(^|[\s,])(text\/event-stream|text\/\*|\*\/\*)([\s,;]|$)/i;

/** Serves one stream; never throws. */
export async function serveMessages(request: Request, env: Env, deployment: Deployment): Promise<Response> {
  try {
    // The clients send an empty array along, which means nothing.
    await discardBody(request);
    const { path, query } = targetOf(request.url);
    if (request.method !== 'GET' && request.method !== 'POST') {
      throw new BadRequest(`ERR method ${request.method} is not allowed`, 405, { allow: METHODS });
    }
    const access = requireAccess(deployment.gate, request, query);
    if (!ACCEPTABLE.test(request.headers.get('accept') ?? '*/*')) {
      throw new BadRequest('ERR this is a stream of events: send "Accept: text/event-stream"', 406);
    }
    const line = readTarget({ path, query: '' });
    const [word = '', ...channels] = line;
    const durable = word.toLowerCase() === 'subscribe' ? DurableChannels.of(channels) : undefined;
    if (durable) return await history(request, durable, env, deployment, access);
    const client = { access, address: addressOf(request) };
    return await stream(request, line, { SHARD: env.SHARD, shards: deployment.router.shards }, client);
  } catch (thrown) {
    if (thrown instanceof BadRequest) return refuse(request, thrown.text, thrown.status, thrown.headers);
    throw thrown;
  }
}

/** The feed tells of changes whatever `notify-keyspace-events` is. */
async function history(request: Request, channels: DurableChannels, env: Env, { router }: Deployment, access: Access): Promise<Response> {
  const prefixes = readablePrefixes(access, channels.prefixes);
  if (prefixes.length === 0) throw new BadRequest('NOPERM No permissions to access a channel', 403);
  const last = request.headers.get('last-event-id');
  // An id that is not of this feed cannot be gone on after: the client is told that it has missed something.
  const after = last ? (decodeCursor(last) ?? []) : undefined;
  let link: FeedLink | undefined;
  const events = new EventStream(request.signal, () => link?.close());
  void events.send(`retry: ${RETRY_MS}\n\n`);
  try {
    link = await openFeed(
      { SHARD: env.SHARD, shards: router.shards },
      { prefixes, after },
      {
        tell: (messages) => events.send(messages.map((message) => channels.text(message)).join('')),
        lost: (reason) => events.end(`: ${reason}\n\n`),
      },
    );
  } catch (error) {
    console.error('the change feed could not be opened', error);
    events.end('');
    throw new BadRequest('ERR a shard did not answer, please retry', 503);
  }
  if (request.signal.aborted) link.close();
  return respond(request, { body: events.body, status: 200, type: EVENTS_TYPE, syncToken: '' });
}

async function stream(request: Request, line: readonly Bytes[], env: SessionEnv, client: SessionClient): Promise<Response> {
  const first = Promise.withResolvers<ErrorReply | undefined>();
  const replies = new ReplyReader();
  let session: Session | undefined;
  let sent: Promise<void> = Promise.resolve();
  let isOver = false;
  const events = new EventStream(request.signal, () => session?.abandon());
  session = startSession(env, client, {
    toClient: (text) => {
      let written = '';
      replies.push(ascii(text));
      for (let reply = replies.next(); reply !== undefined && !(reply instanceof ProtocolError); reply = replies.next()) {
        first.resolve(reply instanceof ErrorReply ? reply : undefined);
        written += messageEvent(reply);
      }
      sent = events.send(written);
    },
    // Shards send more when the client has taken what it was sent.
    paced: true,
    keptUp: () => sent,
    unblocked: () => undefined,
    close: (reason) => {
      isOver = true;
      first.resolve(new ErrorReply(`ERR ${reason}`));
      events.end(`: ${reason}\n\n`);
    },
  });
  session.receive(ascii(encodeRequest(line)));
  const refusal = await first.promise;
  if (!refusal) return respond(request, { body: events.body, status: 200, type: EVENTS_TYPE, syncToken: '' });
  // Only a session that broke off is over by itself.
  if (isOver) throw new BadRequest(refusal.text, 503);
  session.abandon();
  throw new BadRequest(refusal.text);
}
