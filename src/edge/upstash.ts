// Upstash's REST: one command in the address or in the body, `/pipeline`, `/multi-exec`.
//
// This is the hot path: a request that is in order passes here without a router, a schema or a URL object.

import { type Bytes, fromBuffer, toBuffer } from '../bytes/bytes';
import type { Call, CallResult, ReplyFormat } from '../protocol/frame';
import type { ErrorReply } from '../protocol/reply';
import { encodeReply } from '../protocol/resp-writer';
import { encodeUpstash } from '../protocol/upstash-json';
import type { Dispatched } from '../router/dispatch';
import type { Waiting } from '../router/rest-wait';
import type { Access } from '../spec/client';
import { BYTES_TYPE, JSON_TYPE, METHODS, preflight, refuse, respond } from './answers';
import { type Gate, requireAccess } from './auth';
import { BadRequest } from './bad-request';
import { discardBody, readBytes, readText } from './body';
import { readLine, readLines } from './json-lines';
import { lateBody } from './late-body';
import { lineMayWait, refusalOverRest } from './rest-commands';
import { readTarget, type Target } from './target';

export interface RestPorts {
  readonly gate: Gate;
  dispatch(calls: readonly Call[]): Promise<Dispatched>;
  /** Runs one call that may wait as long as REST allows. */
  wait(call: Call): Promise<Waiting>;
}

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
  try {
    const { method } = request;
    if (method !== 'POST' && method !== 'GET' && method !== 'PUT' && method !== 'HEAD') {
      if (method === 'OPTIONS') return preflight(request);
      throw new BadRequest(`ERR method ${method} is not allowed`, 405, { allow: METHODS });
    }
    const access = requireAccess(ports.gate, request, target.query);
    const demand = hasBody(request) ? await readBodied(request, target, access) : readBare(request, target, access);
    return await run(request, demand, ports);
  } catch (thrown) {
    await discardBody(request);
    if (thrown instanceof BadRequest) return refuse(request, thrown.text, thrown.status, thrown.headers);
    console.error('fault in a REST request', thrown);
    return refuse(request, 'ERR internal error', 500);
  }
}

// ---- reading

function hasBody({ method }: Request): boolean {
  return method === 'POST' || method === 'PUT';
}

/** Without a body nothing has to be awaited: every wait that a request is spared shows on this path. */
function readBare(request: Request, target: Target, access: Access): Demand {
  const { path } = target;
  const format = formatOf(request.headers);
  if (path === 'pipeline' || path === 'multi-exec') return readBatch(path, '', format, access);
  return { mode: 'command', format, access, lines: [path === '' ? readLine('') : readTarget(target, undefined)] };
}

async function readBodied(request: Request, target: Target, access: Access): Promise<Demand> {
  const { path } = target;
  const format = formatOf(request.headers);
  if (path === 'pipeline' || path === 'multi-exec') return readBatch(path, await readText(request), format, access);
  const line = path === '' ? readLine(await readText(request)) : readTarget(target, fromBuffer(await readBytes(request)));
  return { mode: 'command', format, access, lines: [line] };
}

function readBatch(path: 'pipeline' | 'multi-exec', text: string, format: ReplyFormat, access: Access): Demand {
  const lines = readLines(text);
  if (lines.length === 0) throw new BadRequest('ERR empty pipeline');
  if (path === 'pipeline') return { mode: 'pipeline', format, access, lines };
  return { mode: 'transaction', format: format === 'resp2' ? 'json' : format, access, lines };
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

function run(request: Request, demand: Demand, ports: RestPorts): Promise<Response> {
  switch (demand.mode) {
    case 'command':
      return runCommand(request, demand, ports);
    case 'pipeline':
      return runPipeline(request, demand, ports);
    case 'transaction':
      return runTransaction(request, demand, ports);
  }
}

async function runCommand(request: Request, { format, access, lines }: Demand, ports: RestPorts): Promise<Response> {
  const refusal = refusalOverRest(lines[0] as readonly Bytes[]);
  if (refusal) return finish(request, format, encode(refusal, format), 400, '');
  const call: Call = { format, access, kind: 'single', lines };
  if (lineMayWait(lines[0] as readonly Bytes[])) return runWaiting(request, call, await ports.wait(call));
  return finishOne(request, format, await ports.dispatch([call]));
}

async function runWaiting(request: Request, { format }: Call, { reply, later }: Waiting): Promise<Response> {
  if (!later || request.method === 'HEAD') return finishOne(request, format, reply);
  // RESP has no spaces to send meanwhile.
  if (format === 'resp2') return finishOne(request, format, await later(async () => !request.signal.aborted));
  const body = lateBody(request.signal, async (isThere) => {
    const { results, status } = await later(isThere);
    if (status !== undefined) throw new Error('the shard was lost');
    return (results[0] as CallResult).text;
  });
  return respond(request, { body, status: 200, type: JSON_TYPE, syncToken: reply.syncToken });
}

/** Its commands are independent of each other: each has its own result or error. */
async function runPipeline(request: Request, { format, access, lines }: Demand, ports: RestPorts): Promise<Response> {
  const texts: string[] = [];
  const calls: Call[] = [];
  for (const line of lines) {
    const refusal = refusalOverRest(line);
    texts.push(refusal ? encode(refusal, format) : '');
    if (!refusal) calls.push({ format, access, kind: 'single', lines: [line] });
  }
  const { results, syncToken } = calls.length > 0 ? await ports.dispatch(calls) : { results: [], syncToken: '' };
  let next = 0;
  for (let i = 0; i < texts.length; i++) texts[i] ||= results[next++]?.text ?? '';
  return finish(request, format, format === 'resp2' ? texts.join('') : `[${texts.join(',')}]`, 200, syncToken);
}

/** All or nothing: a command that cannot run takes the others with it, and the clients know that by the status. */
async function runTransaction(request: Request, { format, access, lines }: Demand, ports: RestPorts): Promise<Response> {
  for (const line of lines) {
    const refusal = refusalOverRest(line);
    if (refusal) return finish(request, format, encode(refusal, format), 400, '');
  }
  return finishOne(request, format, await ports.dispatch([{ format, access, kind: 'transaction', lines }]));
}

function encode(error: ErrorReply, format: ReplyFormat): string {
  return format === 'resp2' ? encodeReply(error, 2) : encodeUpstash(error, format === 'json-base64');
}

/** The answer to a request that was a single call. */
function finishOne(request: Request, format: ReplyFormat, { results, syncToken, status }: Dispatched): Response {
  const result = results[0] as CallResult;
  return finish(request, format, result.text, status ?? (result.failed ? 400 : 200), syncToken);
}

function finish(request: Request, format: ReplyFormat, text: string, status: number, syncToken: string): Response {
  if (format === 'resp2') return respond(request, { body: toBuffer(text as Bytes), status, type: BYTES_TYPE, syncToken });
  return respond(request, { body: text, status, type: JSON_TYPE, syncToken });
}
