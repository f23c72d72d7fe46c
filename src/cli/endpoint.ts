// Where a server is, as a user writes it: redis:// and rediss:// for any Redis, https:// or wss:// for a Kedge.

import * as z from 'zod';
import { authority } from './ports';

export interface Endpoint {
  readonly transport: 'tcp' | 'tls' | 'websocket';
  /** For messages, and for a WebSocket what is opened: without user, password and token. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** For AUTH; a WebSocket sends the password as its token. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly database: number;
}

const REDIS_PORT = 6379;
/** Where Kedge takes RESP, below its address. */
const WEBSOCKET_PATH = '/ws';

const redis = z.string().transform((text, context): Endpoint => parseRedisUrl(text) ?? refuse(context, text, REDIS_EXPECTED));
const kedge = z
  .string()
  .transform((text, context): Endpoint => parseKedgeUrl(text) ?? parseRedisUrl(text) ?? refuse(context, text, KEDGE_EXPECTED));

const REDIS_EXPECTED = 'is not an address of a Redis, such as redis://user:password@host:6379/0 (rediss:// with TLS)';
const KEDGE_EXPECTED = 'is not an address of a Kedge, such as https://kedge.example.workers.dev';

/** Settings that name a server: `redis` any Redis, `kedge` a Kedge. */
export const endpoints = { redis, kedge };

function refuse(context: z.RefinementCtx<string>, input: string, message: string): never {
  context.issues.push({ code: 'custom', message, input });
  return z.NEVER;
}

function parseRedisUrl(text: string): Endpoint | undefined {
  if (!/^rediss?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const database = /^\/?(\d{1,9})?$/.exec(url.pathname);
  if (url.hostname === '' || database === null || url.search !== '' || url.hash !== '') return undefined;
  const host = bare(url.hostname);
  const port = url.port === '' ? REDIS_PORT : Number(url.port);
  return {
    transport: url.protocol === 'rediss:' ? 'tls' : 'tcp',
    url: `${url.protocol}//${authority(host, port)}`,
    host,
    port,
    username: decoded(url.username),
    password: decoded(url.password),
    database: Number(database[1] ?? 0),
  };
}

/** The address of the deployment or of its WebSocket: each leads to the other. */
function parseKedgeUrl(text: string): Endpoint | undefined {
  if (!/^(https?|wss?):\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  const folder = url.pathname.replace(/\/+$/, '').replace(/\/ws$/, '');
  return {
    transport: 'websocket',
    url: `${secure ? 'wss' : 'ws'}://${url.host}${folder}${WEBSOCKET_PATH}`,
    host: bare(url.hostname),
    port: Number(url.port) || (secure ? 443 : 80),
    database: 0,
  };
}

/** Where a Kedge's HTTP interface is. */
export function httpBase({ url }: Endpoint): string {
  return url.replace(/^ws/, 'http').slice(0, -WEBSOCKET_PATH.length);
}

/** An IPv6 address stands in brackets in a URL, and only there. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function decoded(part: string): string | undefined {
  if (part === '') return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
