// The WebSocket to a shard's object, which carries a RESP stream in its frames.

import { type Bytes, toBuffer } from '../bytes/bytes';
import { FRAME_VERSION } from '../protocol/frame';
import type { Access } from '../spec/client';
import { MAX_MESSAGE_BYTES } from './session-limits';

export interface SessionEnv {
  readonly SHARD: { getByName(name: string): { fetch(url: string, init: RequestInit): Promise<Response> } };
  /** KEDGE_SHARDS */
  readonly shards: number;
}

export interface SessionClient {
  /** What the client's token allows; undefined until it authenticates in band. */
  readonly access: Access | undefined;
  /** `host:port` of the client, for CLIENT LIST. */
  readonly address: string;
}

/** WebSocket close code for a normal end. */
export const NORMAL = 1000;

/** Opens a connection to a shard. Throws when the shard does not take it. */
export async function openShardSocket(env: SessionEnv, name: string, { access, address }: SessionClient): Promise<WebSocket> {
  const headers = {
    Upgrade: 'websocket',
    'x-kedge-access': access ?? 'none',
    'x-kedge-address': address,
    'x-kedge-protocol': FRAME_VERSION,
    'x-kedge-paced': '1',
  };
  const response = await env.SHARD.getByName(name).fetch('http://shard/', { headers });
  const socket = response.webSocket;
  if (!socket) throw new Error(`${name} answered ${response.status} instead of a WebSocket`);
  socket.binaryType = 'arraybuffer';
  socket.accept();
  return socket;
}

/** Sends a stream's bytes in as few messages as may be. A socket that has closed says so by its own event. */
export function sendTo(socket: WebSocket, text: string): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  for (let at = 0; at < text.length; at += MAX_MESSAGE_BYTES) {
    const piece = text.length <= MAX_MESSAGE_BYTES ? text : text.slice(at, at + MAX_MESSAGE_BYTES);
    socket.send(toBuffer(piece as Bytes));
  }
}
