// An RDB file on its way from the server to a file or to standard output. Its own checksum says whether all of it arrived.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { toBuffer } from '../../bytes/bytes';
import { Crc64 } from '../../bytes/crc64';
import { Failure } from '../failure';
import { Progress } from '../progress';
import { reasonOf } from './client';

/** Of standard output, where a file is named. */
export const STANDARD_OUTPUT = '-';
const CHECKSUM_BYTES = 8;
const MEGABYTE = 1_000_000;

/** Answers how many bytes there were. A file appears under its name only when all of it is there and right. */
export async function save(response: Response, file: string): Promise<number> {
  if (file === STANDARD_OUTPUT) return pass(response, process.stdout, 'standard output');
  const unfinished = `${file}.part`;
  const output = createWriteStream(unfinished);
  try {
    const bytes = await pass(response, output, unfinished);
    output.end();
    await once(output, 'close');
    await rename(unfinished, file);
    return bytes;
  } catch (error) {
    output.destroy();
    await rm(unfinished, { force: true });
    throw error instanceof Failure ? error : new Failure(`cannot write ${file}: ${reasonOf(error)}`);
  }
}

async function pass(response: Response, output: Writable, name: string): Promise<number> {
  // Each write answers for itself; without a listener the same error would end the process.
  output.on('error', () => undefined);
  const length = Number(response.headers.get('content-length')) || undefined;
  const bar = new Progress('downloading', 'MB', length === undefined ? undefined : Math.ceil(length / MEGABYTE));
  const check = new TrailingChecksum();
  let bytes = 0;
  try {
    for await (const chunk of chunksOf(response)) {
      check.push(chunk);
      bytes += chunk.length;
      await write(output, chunk, name);
      bar.update(Math.floor(bytes / MEGABYTE));
    }
  } finally {
    bar.end();
  }
  if (length !== undefined && bytes !== length) throw new Failure(`${bytes} bytes arrived of ${length}`);
  if (!check.isRight()) throw new Failure('what arrived does not have the checksum that is at its end');
  return bytes;
}

async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  try {
    yield* response.body;
  } catch (error) {
    throw new Failure(`the download broke off: ${reasonOf(error)}`);
  }
}

function write(output: Writable, chunk: Uint8Array, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(chunk, (error) => (error ? reject(new Failure(`cannot write ${name}: ${error.message}`)) : resolve()));
  });
}

/** The CRC-64 of everything but the last eight bytes, which are to be that. */
export class TrailingChecksum {
  private readonly crc = new Crc64();
  /** The last bytes so far: perhaps the checksum. */
  private tail = Buffer.alloc(0);

  push(chunk: Uint8Array): void {
    if (chunk.length < CHECKSUM_BYTES) {
      this.hold(Buffer.concat([this.tail, chunk]));
      return;
    }
    this.crc.update(this.tail);
    this.hold(chunk);
  }

  isRight(): boolean {
    return this.tail.length === CHECKSUM_BYTES && this.tail.equals(toBuffer(this.crc.bytes()));
  }

  private hold(bytes: Uint8Array): void {
    const end = Math.max(0, bytes.length - CHECKSUM_BYTES);
    this.crc.update(bytes, 0, end);
    // A copy: the chunk as a whole need not stay.
    this.tail = Buffer.from(bytes.subarray(end));
  }
}
