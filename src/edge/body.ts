// Request bodies, never longer than the limit.

import { MAX_REQUEST_BYTES } from '../protocol/limits';
import { BadRequest } from './bad-request';

const TOO_LARGE = new BadRequest(`ERR max request size exceeded. Limit: ${MAX_REQUEST_BYTES} bytes`, 413);

/** A body as UTF-8 text. Throws a {@link BadRequest} when it is too long. */
export async function readText(request: Request): Promise<string> {
  if (bounded(request)) return request.text();
  return new TextDecoder().decode(await readChunks(request));
}

/** A body as it is. Throws a {@link BadRequest} when it is too long. */
export async function readBytes(request: Request): Promise<Uint8Array> {
  if (bounded(request)) return new Uint8Array(await request.arrayBuffer());
  return readChunks(request);
}

/** Whether the client has announced a length that is allowed; HTTP holds it to that. */
function bounded(request: Request): boolean {
  const announced = request.headers.get('content-length');
  if (announced === null) return false;
  if (Number(announced) > MAX_REQUEST_BYTES) throw TOO_LARGE;
  return true;
}

async function readChunks(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (request.body === null) return new Uint8Array();
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > MAX_REQUEST_BYTES) {
      await reader.cancel();
      throw TOO_LARGE;
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks, length);
}
