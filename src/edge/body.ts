// Request bodies, never longer than the limit.

import { MAX_REQUEST_BYTES } from '../protocol/limits';
import { BadRequest } from './bad-request';

const TOO_LARGE = new BadRequest(`ERR max request size exceeded. Limit: ${MAX_REQUEST_BYTES} bytes`, 413);
const UNREADABLE = new BadRequest('ERR the request body could not be read to its end');

/**
 * A client that is refused before it has sent its whole body sees a broken connection instead of the answer. So what is
 * not wanted is read all the same and thrown away, up to this much.
 */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;

/** A body as UTF-8 text. Throws a {@link BadRequest} when it is too long. */
export async function readText(request: Request): Promise<string> {
  if (await bounded(request)) return whole(request.text());
  return new TextDecoder().decode(await readChunks(request));
}

/** A body as it is. Throws a {@link BadRequest} when it is too long. */
export async function readBytes(request: Request): Promise<ArrayBuffer | Uint8Array> {
  return (await bounded(request)) ? whole(request.arrayBuffer()) : readChunks(request);
}

/** Reads a body that nobody wants, before its request is refused. */
export async function discardBody(request: Request): Promise<void> {
  if (request.body === null || request.bodyUsed) return;
  // A client that breaks off is answered like the others.
  await readUpTo(request, 0).catch(() => undefined);
}

/** Whether the client has announced a length that is allowed; HTTP holds it to that. */
async function bounded(request: Request): Promise<boolean> {
  const announced = request.headers.get('content-length');
  if (announced === null) return false;
  if (Number(announced) <= MAX_REQUEST_BYTES) return true;
  await discardBody(request);
  throw TOO_LARGE;
}

async function readChunks(request: Request): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const chunks = await whole(readUpTo(request, MAX_REQUEST_BYTES));
  if (chunks === undefined) throw TOO_LARGE;
  return Buffer.concat(chunks);
}

/** The chunks of a body, or undefined when it is longer than `limit`. What is beyond that is not kept. */
async function readUpTo(request: Request, limit: number): Promise<Uint8Array[] | undefined> {
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return length > limit ? undefined : chunks;
    length += value.length;
    if (length <= limit) chunks.push(value);
    else chunks.length = 0;
    if (length > MAX_DISCARDED_BYTES) {
      await reader.cancel();
      return undefined;
    }
  }
}

/** A client that breaks off is no fault of ours. */
async function whole<T>(body: Promise<T>): Promise<T> {
  try {
    return await body;
  } catch {
    throw UNREADABLE;
  }
}
