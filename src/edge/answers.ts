// HTTP answers and the headers that all of them have.

export const JSON_TYPE = 'application/json';
export const BYTES_TYPE = 'application/octet-stream';

const SYNC_TOKEN_HEADER = 'upstash-sync-token';

/** What a page may send: all that the clients do, and the misspelling that is in some documentation. */
const ALLOWED_HEADERS = [
  'authorization',
  'content-type',
  'upstash-encoding',
  'upstash-response-format',
  'upstash-reponse-format',
  SYNC_TOKEN_HEADER,
  'cache-control',
  'last-event-id',
  'upstash-telemetry-runtime',
  'upstash-telemetry-platform',
  'upstash-telemetry-sdk',
  'upstash-telemetry-retry',
].join(', ');

export const METHODS = 'GET, HEAD, POST, PUT, OPTIONS';
/** How long a browser may remember a preflight, in seconds. Browsers have lower limits of their own. */
const PREFLIGHT_MAX_AGE = '86400';
/** Seconds after which a request that was refused for load is worth another try. */
const RETRY_AFTER = '1';

export interface Answer {
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream;
  readonly status: number;
  readonly type: string;
  /** Empty when no shard has answered: the client then gets back the token that it has. */
  readonly syncToken: string;
}

export function respond(request: Request, { body, status, type, syncToken }: Answer): Response {
  const headers: Record<string, string> = {
    'content-type': type,
    'cache-control': 'no-store',
    [SYNC_TOKEN_HEADER]: syncToken || (request.headers.get(SYNC_TOKEN_HEADER) ?? ''),
  };
  const origin = request.headers.get('origin');
  if (origin !== null) allowOrigin(headers, origin);
  if (status === 503) headers['retry-after'] = RETRY_AFTER;
  return new Response(request.method === 'HEAD' ? null : body, { status, headers });
}

/** `{"error":…}`, for what goes wrong before a command runs. */
export function refuse(request: Request, text: string, status: number, headers: Readonly<Record<string, string>> = {}): Response {
  const response = respond(request, { body: JSON.stringify({ error: text }), status, type: JSON_TYPE, syncToken: '' });
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

/** The answer to a browser that asks what a page may send. Any page may: tokens protect the data, and nothing is sent by itself. */
export function preflight(request: Request): Response {
  const headers: Record<string, string> = {
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': ALLOWED_HEADERS,
    'access-control-max-age': PREFLIGHT_MAX_AGE,
    allow: METHODS,
  };
  allowOrigin(headers, request.headers.get('origin') ?? '*');
  return new Response(null, { status: 200, headers });
}

function allowOrigin(headers: Record<string, string>, origin: string): void {
  headers['access-control-allow-origin'] = origin;
  headers['access-control-expose-headers'] = SYNC_TOKEN_HEADER;
  if (origin === '*') return;
  headers['access-control-allow-credentials'] = 'true';
  headers.vary = 'origin';
}
