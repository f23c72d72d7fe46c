// Bytes to a server and back, over TCP, TLS or a WebSocket.

import type { IncomingMessage } from 'node:http';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type RawData, WebSocket } from 'ws';
import type { Endpoint } from './endpoint';
import { errorCode, Failure } from './failure';

/** A server that does not answer at all is told to the user instead of waited for. */
const CONNECT_TIMEOUT_MS = 15_000;
/** Largest frame that is sent. Cloudflare takes up to 32 MiB. */
const FRAME_BYTES = 1024 * 1024;
const SUBPROTOCOL = 'resp';

export interface Transport {
  write(data: Uint8Array): void;
  /** Ends it at once, without a word to `closed`. */
  destroy(): void;
}

export interface TransportEvents {
  data(chunk: Uint8Array): void;
  /** Once, when the connection has ended by itself. */
  closed(reason: string): void;
}

/** Connects, or fails with a {@link Failure} that names the server. */
export function connect(endpoint: Endpoint, events: TransportEvents): Promise<Transport> {
  return endpoint.transport === 'websocket' ? openWebSocket(endpoint, events) : openSocket(endpoint, events);
}

function openSocket(endpoint: Endpoint, events: TransportEvents): Promise<Transport> {
  const { host, port, transport } = endpoint;
  // A certificate is for a name: there is none to ask for in an address.
  const servername = isIP(host) === 0 ? host : undefined;
  const socket: Socket = transport === 'tls' ? connectTls({ host, port, servername }) : connectTcp({ host, port });
  socket.setNoDelay(true);
  let reason = 'the server closed it';
  socket.on('error', (error) => {
    reason = reasonOf(error);
  });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      reason = `no answer within ${CONNECT_TIMEOUT_MS / 1000} seconds`;
      socket.destroy();
    }, CONNECT_TIMEOUT_MS);
    const refused = () => {
      clearTimeout(late);
      reject(unreachable(endpoint, reason));
    };
    socket.once('close', refused);
    socket.once(transport === 'tls' ? 'secureConnect' : 'connect', () => {
      clearTimeout(late);
      socket.off('close', refused);
      const ended = () => events.closed(reason);
      socket.on('data', (chunk) => events.data(chunk));
      socket.once('close', ended);
      resolve({
        write: (data) => void socket.write(data),
        destroy: () => {
          socket.off('close', ended);
          socket.destroy();
        },
      });
    });
  });
}

function openWebSocket(endpoint: Endpoint, events: TransportEvents): Promise<Transport> {
  const { url, password } = endpoint;
  const ws = new WebSocket(url, SUBPROTOCOL, {
    headers: password === undefined ? {} : { authorization: `Bearer ${password}` },
    handshakeTimeout: CONNECT_TIMEOUT_MS,
    perMessageDeflate: false,
    // A reply is as long as it is.
    maxPayload: 0,
  });
  let reason = 'the server closed it';
  ws.on('error', (error) => {
    reason = reasonOf(error);
  });
  return new Promise((resolve, reject) => {
    const refused = () => reject(unreachable(endpoint, reason));
    ws.once('unexpected-response', (_request, response) => {
      reject(unreachable(endpoint, refusalOf(response)));
      ws.terminate();
    });
    ws.once('close', refused);
    ws.once('open', () => {
      ws.off('close', refused);
      const ended = (code: number, text: Buffer) => {
        const told = text.length > 0 ? `the server closed it: ${text} (${code})` : reason;
        events.closed(told);
      };
      ws.on('message', (data) => {
        for (const piece of piecesOf(data)) events.data(piece);
      });
      ws.once('close', ended);
      resolve({
        write: (data) => {
          for (let at = 0; at < data.length; at += FRAME_BYTES) ws.send(data.subarray(at, at + FRAME_BYTES), { binary: true });
        },
        destroy: () => {
          ws.off('close', ended);
          ws.terminate();
        },
      });
    });
  });
}

function piecesOf(data: RawData): Uint8Array[] {
  if (Array.isArray(data)) return data;
  return [data instanceof ArrayBuffer ? new Uint8Array(data) : data];
}

/** What a refused upgrade means to the user. */
function refusalOf(response: IncomingMessage): string {
  response.resume();
  if (response.statusCode === 401) return 'the token is not valid there';
  return `it refused the WebSocket with HTTP ${response.statusCode} ${response.statusMessage}`;
}

function unreachable({ url }: Endpoint, reason: string): Failure {
  return new Failure(`cannot reach ${url}: ${reason}`);
}

/** An AggregateError (both address families failed) has a code and no message. */
function reasonOf(error: Error): string {
  return (error.message || errorCode(error) || 'no reason given').replaceAll(/[\r\n]+/g, ' ');
}
