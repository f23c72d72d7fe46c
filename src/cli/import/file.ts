// An RDB file on disk, read from its beginning to its end as often as that is needed, with bounded memory.

import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MAX_BULK_BYTES, MAX_KEY_BYTES } from '../../protocol/limits';
import { RdbFileReader, type RdbRecord } from '../../types/rdb/file-reader';
import { RdbError } from '../../types/rdb/reader';
import { errorCode, Failure } from '../failure';

const PIECE_BYTES = 1024 * 1024;
const STANDARD_INPUT = '-';

export interface RdbFile {
  readonly path: string;
  /** What tells a file from another one that takes its place. */
  readonly bytes: number;
  readonly modifiedMs: number;
  /** It is a copy of standard input, and to be deleted. */
  readonly isCopy: boolean;
}

export interface ReadOptions {
  readonly database: number;
  /** Values are decoded, so that what a target would refuse is known. */
  readonly check: boolean;
}

/** Opens the file, or keeps what standard input gives in a temporary one: a file is read twice. */
export async function openFile(file: string): Promise<RdbFile> {
  const isCopy = file === STANDARD_INPUT;
  const path = isCopy ? join(tmpdir(), `kedge-import-${randomBytes(8).toString('hex')}.rdb`) : file;
  try {
    if (isCopy) await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }));
    const { size, mtimeMs } = await stat(path);
    return { path, bytes: size, modifiedMs: mtimeMs, isCopy };
  } catch (error) {
    if (isCopy) await rm(path, { force: true });
    throw new Failure(`${isCopy ? 'standard input' : path} cannot be read: ${errorCode(error) ?? error}`);
  }
}

export async function closeFile({ path, isCopy }: RdbFile): Promise<void> {
  if (isCopy) await rm(path, { force: true });
}

/**
 * All records, in order. What a record refers to is there until the next one is asked for. Whatever is wrong with the file is
 * a {@link Failure}.
 */
export async function* recordsOf({ path }: RdbFile, { database, check }: ReadOptions): AsyncGenerator<RdbRecord> {
  const reader = new RdbFileReader({ maxKeyBytes: MAX_KEY_BYTES, maxBytes: MAX_BULK_BYTES, database, check });
  try {
    for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
      reader.push(piece as Uint8Array);
      for (let record = reader.next(); record; record = reader.next()) yield record;
    }
    reader.end();
    for (let record = reader.next(); record; record = reader.next()) yield record;
  } catch (error) {
    if (error instanceof RdbError) throw new Failure(`${path}: ${error.message}`);
    if (errorCode(error) !== undefined) throw new Failure(`${path} cannot be read: ${errorCode(error)}`);
    throw error;
  }
}
