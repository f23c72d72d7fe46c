// Upstash's REST: one command in the address or in the body, `/pipeline`, `/multi-exec`.
//
// This is the hot path: a request that is in order passes here without a router, a schema or a URL object.

import { type Bytes, fromBuffer, toBuffer } from '../bytes/bytes';
import type { Call, ReplyFormat } from '../protocol/frame';
import type { ErrorReply } from '../protocol/reply';
import { encodeReply } from '../protocol/resp-writer';
import { encodeUpstash } from '../protocol/upstash-json';
import type { Dispatched } from '../router/dispatch';
import type { Access } from '../spec/client';
import { BYTES_TYPE, JSON_TYPE, METHODS, preflight, refuse, respond } from './answers';
import type { Gate } from './auth';
import { BadRequest } from './bad-request';
import { readBytes, readText } from './body';
import { readLine, readLines } from './json-lines';
import { refusalOverRest } from './rest-commands';
import { readTarget, type Target, tokenOf } from './target';

export interface RestPorts {
  readonly gate: Gate;
  dispatch(calls: readonly Call[]): Promise<Dispatched>;
}

const UNAUTHORIZED =
  'WRONGPASS invalid or missing auth token: send it as "Authorization: Bearer <token>", or as the query parameter _token';

type Mode = 'command' | 'pipeline' | 'transaction';

/** What a request asks for. */
interface Demand {
  readonly mode: Mode;
  readonly format: ReplyFormat;
  readonly access: Access;
  readonly lines: readonly (readonly Bytes[])[];
}

/** Serves one request; never throws. */
export async function serveRest(request: Request, target: Target, ports: RestPorts): Promise<Response> {
  const { method } = request;
  if (method !== 'POST' && method !== 'GET' && method !== 'PUT' && method !== 'HEAD') {
    if (method === 'OPTIONS') return preflight(request);
    return refuse(request, `ERR method ${method} is not allowed`, 405, { allow: METHODS });
  }
  try {
    const access = ports.gate.accessOf(credentialsOf(request, target));
    if (!access) return refuse(request, UNAUTHORIZED, 401, { 'www-authenticate': 'Bearer' });
    const demand = await readDemand(request, target, access);
    return demand.mode === 'transaction' ? await runTransaction(request, demand, ports) : await runCommands(request, demand, ports);
  } catch (thrown) {
    if (thrown instanceof BadRequest) return refuse(request, thrown.text, thrown.status);
    console.error('fault in a REST request', thrown);
    return refuse(request, 'ERR internal error', 500);
  }
}

/** A token in the query wins over the header: whoever writes one there cannot set the other. */
function credentialsOf(request: Request, { query }: Target): string {
  return tokenOf(query) ?? request.headers.get('authorization') ?? '';
}

// ---- reading

async function readDemand(request: Request, target: Target, access: Access): Promise<Demand> {
  const { path } = target;
  const hasBody = request.method === 'POST' || request.method === 'PUT';
  const asked = formatOf(request.headers);
  if (path === 'pipeline' || path === 'multi-exec') {
    const lines = readLines(hasBody ? await readText(request) : '');
    if (lines.length === 0) throw new BadRequest('ERR empty pipeline');
    if (path === 'pipeline') return { mode: 'pipeline', format: asked, access, lines };
    return { mode: 'transaction', format: asked === 'resp2' ? 'json' : asked, access, lines };
  }
  const line =
    path === '' ? readLine(await readText(request)) : readTarget(target, hasBody ? fromBuffer(await readBytes(request)) : undefined);
  return { mode: 'command', format: asked, access, lines: [line] };
}

/** How the client wants the reply to be written. */
function formatOf(headers: Headers): ReplyFormat {
  const encoding = headers.get('upstash-encoding');
  if (encoding !== null && encoding !== 'base64') throw new BadRequest(`ERR Upstash-Encoding can only be base64, not '${encoding}'`);
  // The second spelling is in documentation, and so in use.
  const format = headers.get('upstash-response-format') ?? headers.get('upstash-reponse-format');
  if (format === null || format === 'json') return encoding === null ? 'json' : 'json-base64';
  if (format !== 'resp2') throw new BadRequest(`ERR Upstash-Response-Format is json or resp2, not '${format}'`);
  if (encoding !== null) throw new BadRequest('ERR Upstash-Encoding does not go with the response format resp2');
  return 'resp2';
}

// ---- running and answering

/** One command, or a pipeline: its commands are independent of each other. */
async function runCommands(request: Request, { mode, format, access, lines }: Demand, ports: RestPorts): Promise<Response> {
  const refusals = lines.map(refusalOverRest);
  const calls: Call[] = [];
  for (const [i, line] of lines.entries()) if (!refusals[i]) calls.push({ format, access, kind: 'single', lines: [line] });
  if (calls.length === 0 && mode === 'command') return refuse(request, (refusals[0] as ErrorReply).text, 400);
  const { results, syncToken, status } = await ports.dispatch(calls);
  if (mode === 'command') {
    const result = results[0];
    return finish(request, format, result?.text ?? '', status ?? (result?.failed ? 400 : 200), syncToken);
  }
  let next = 0;
  const texts = refusals.map((refusal) => (refusal ? encode(refusal, format) : (results[next++]?.text ?? '')));
  const text = format === 'resp2' ? texts.join('') : `[${texts.join(',')}]`;
  return finish(request, format, text, 200, syncToken);
}

/** All or nothing: a command that cannot run takes the others with it, and the clients know that by the status. */
async function runTransaction(request: Request, { format, access, lines }: Demand, ports: RestPorts): Promise<Response> {
  for (const line of lines) {
    const refusal = refusalOverRest(line);
    if (refusal) throw new BadRequest(refusal.text);
  }
  const { results, syncToken, status } = await ports.dispatch([{ format, access, kind: 'transaction', lines }]);
  const result = results[0];
  return finish(request, format, result?.text ?? '', status ?? (result?.failed ? 400 : 200), syncToken);
}

function encode(error: ErrorReply, format: ReplyFormat): string {
  return format === 'resp2' ? encodeReply(error, 2) : encodeUpstash(error, format === 'json-base64');
}

function finish(request: Request, format: ReplyFormat, text: string, status: number, syncToken: string): Response {
  if (format === 'resp2') return respond(request, { body: toBuffer(text as Bytes), status, type: BYTES_TYPE, syncToken });
  return respond(request, { body: text, status, type: JSON_TYPE, syncToken });
}
