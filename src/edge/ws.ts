// `/ws`: RESP over a WebSocket.

import type { Env } from '../env';
import { FRAME_VERSION } from '../protocol/frame';
import { plannerFor } from '../router/layout';
import { serveWebSocket, type WebSocketClient } from '../router/session-socket';
import { HOME_SHARD } from '../router/slot-map';
import { addressOf } from './address';
import { refuse } from './answers';
import { BadRequest } from './bad-request';
import type { Deployment } from './deployment';
import { parameterOf, targetOf, tokenOf } from './target';

/**
 * The subprotocols that a client may offer: with the second one its text frames are the numbers of bytes that it has
 * taken, for a server that would otherwise have to take it for one that does not read.
 */
const RESP = 'resp';
const ACKNOWLEDGED = 'resp.acknowledged';

/**
 * Takes a client in. A wrong token is refused here; without one the client may still authenticate in band.
 */
export async function upgrade(request: Request, env: Env, { gate, router }: Deployment): Promise<Response> {
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    return refuse(request, 'ERR /ws speaks RESP over a WebSocket: send an Upgrade request', 426, {
      upgrade: 'websocket',
      connection: 'Upgrade',
    });
  }
  const credentials = credentialsOf(request);
  const access = credentials === undefined ? undefined : gate.accessOf(credentials);
  if (credentials !== undefined && !access) return refuse(request, 'WRONGPASS invalid auth token', 401, { 'www-authenticate': 'Bearer' });
  const acknowledges = offers(request, ACKNOWLEDGED);
  const client: WebSocketClient = { access, address: addressOf(request), acknowledges };
  const socket = router.shards === 1 ? await passThrough(env, client) : open(env, router.shards, client);
  if (socket instanceof Response) return socket;
  const headers = new Headers();
  if (acknowledges) headers.set('sec-websocket-protocol', ACKNOWLEDGED);
  else if (offers(request, RESP)) headers.set('sec-websocket-protocol', RESP);
  return new Response(null, { status: 101, webSocket: socket, headers });
}

/** The shard itself terminates the connection, so that it can hibernate. Only what is made here reaches it. */
async function passThrough(env: Env, { access, address, acknowledges }: WebSocketClient): Promise<WebSocket | Response> {
  const shard = env.SHARD.getByName(plannerFor(1).slots.nameOf(HOME_SHARD));
  const response = await shard.fetch('http://shard/', {
    headers: {
      upgrade: 'websocket',
      'x-kedge-access': access ?? 'none',
      'x-kedge-address': address,
      'x-kedge-protocol': FRAME_VERSION,
      'x-kedge-acknowledges': acknowledges ? '1' : '0',
    },
  });
  return response.webSocket ?? response;
}

/** The edge terminates the connection, and has one to each shard. */
function open(env: Env, shards: number, client: WebSocketClient): WebSocket {
  const { 0: theirs, 1: ours } = new WebSocketPair();
  // The open socket keeps the request alive, not this promise: waitUntil() would end it after 30 seconds.
  serveWebSocket(ours, { SHARD: env.SHARD, shards }, client).catch((error) => console.error('fault in a session', error));
  return theirs;
}

function credentialsOf(request: Request): string | undefined {
  const { query } = targetOf(request.url);
  try {
    return parameterOf(query, 'token') ?? tokenOf(query) ?? request.headers.get('authorization') ?? undefined;
  } catch (thrown) {
    if (thrown instanceof BadRequest) return '';
    throw thrown;
  }
}

function offers(request: Request, subprotocol: string): boolean {
  const offered = request.headers.get('sec-websocket-protocol') ?? '';
  return offered.split(',').some((name) => name.trim() === subprotocol);
}
