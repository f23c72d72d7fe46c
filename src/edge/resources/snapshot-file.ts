// A snapshot as one RDB file: the head of the first shard's file, the records of all, one end. The checksum of the whole
// comes from those of the pieces, so that nothing is read but to be passed on.

import { toBuffer } from '../../bytes/bytes';
import { Crc64 } from '../../bytes/crc64';
import type { Catalogue } from '../../shard/snapshot/catalogue';
import type { SnapshotManifest } from '../../shard/snapshot/manifest';
import { OPCODE, writeDatabaseHead } from '../../types/rdb/file-writer';
import { RdbWriter } from '../../types/rdb/writer';

/** `REDIS` and four digits. */
const VERSION_AT = 5;
const VERSION_DIGITS = 4;
const CHECKSUM_BYTES = 8;
/**
 * So much is asked of the bucket at a time. The local one reads ahead of a slow client as far as it was asked for; a Worker
 * may ask a thousand times.
 */
const READ_BYTES = 16 * 1024 * 1024;
const MOST_READS = 500;

export interface SnapshotFile {
  readonly bytes: number;
  /** Its content, which may be asked for once. */
  readonly open: () => ReadableStream<Uint8Array>;
}

/** A file of a snapshot is not what its manifest says. */
export class BrokenSnapshot extends Error {}

export async function joinedFile(catalogue: Catalogue, manifest: SnapshotManifest): Promise<SnapshotFile> {
  const head = await headOf(catalogue, manifest);
  const crc = new Crc64().update(head);
  let bytes = head.length;
  for (const { bodyBytes, bodyCrc64 } of manifest.parts) {
    crc.append(Crc64.fromHex(bodyCrc64), bodyBytes);
    bytes += bodyBytes;
  }
  const end = Uint8Array.of(OPCODE.end);
  const tail = Buffer.concat([end, toBuffer(crc.update(end).bytes())]);
  return { bytes: bytes + 1 + CHECKSUM_BYTES, open: () => stream(catalogue, manifest, head, tail) };
}

/** That of the first file, with the version and the counts of the whole. All shards have the same functions. */
async function headOf(catalogue: Catalogue, manifest: SnapshotManifest): Promise<Uint8Array> {
  const [first] = manifest.parts;
  if (!first) throw new BrokenSnapshot('the manifest names no files');
  const stored = await catalogue.read(first.objectKey, 0, first.bodyOffset);
  if (!stored) throw new BrokenSnapshot(`the file ${first.objectKey} is missing`);
  const head = new Uint8Array(await new Response(stored).arrayBuffer());
  const version = String(manifest.rdbVersion).padStart(VERSION_DIGITS, '0');
  for (let i = 0; i < VERSION_DIGITS; i++) head[VERSION_AT + i] = version.charCodeAt(i);
  const writer = new RdbWriter(false);
  writeDatabaseHead(writer, manifest.keys, manifest.expires);
  return Buffer.concat([head.subarray(0, databaseHeadAt(head)), writer.view()]);
}

/** Where the head begins to tell of the database: at `FE 00 FB` and two counts, with which it ends. */
function databaseHeadAt(head: Uint8Array): number {
  const longest = 3 + 2 * 9;
  for (let at = Math.max(0, head.length - longest); at < head.length; at++) {
    if (head[at] !== OPCODE.select || head[at + 1] !== 0 || head[at + 2] !== OPCODE.resize) continue;
    if (countEnd(head, countEnd(head, at + 3)) === head.length) return at;
  }
  throw new BrokenSnapshot('the head of the first file is not as it was written');
}

/** Where a count ends that begins at `at`. */
function countEnd(head: Uint8Array, at: number): number {
  const first = head[at] ?? 0xff;
  if (first < 0x40) return at + 1;
  if (first < 0x80) return at + 2;
  if (first === 0x80) return at + 5;
  return first === 0x81 ? at + 9 : Number.NaN;
}

function stream(catalogue: Catalogue, manifest: SnapshotManifest, head: Uint8Array, tail: Uint8Array): ReadableStream<Uint8Array> {
  const total = manifest.parts.reduce((sum, part) => sum + part.bodyBytes, head.length + tail.length);
  const { readable, writable } = new FixedLengthStream(total);
  // Fails when the client breaks off, or a file is not as long as it was: then the client sees a broken transfer.
  send(catalogue, manifest, writable, head, tail).catch((error) => console.warn(`snapshot ${manifest.id} was not read to its end`, error));
  return readable;
}

async function send(
  catalogue: Catalogue,
  manifest: SnapshotManifest,
  to: WritableStream<Uint8Array>,
  head: Uint8Array,
  tail: Uint8Array,
): Promise<void> {
  try {
    await write(to, head);
    for (const { objectKey, offset, bytes } of reads(manifest)) {
      const body = await catalogue.read(objectKey, offset, bytes);
      if (!body) throw new BrokenSnapshot(`the file ${objectKey} is missing`);
      await body.pipeTo(to, { preventClose: true });
    }
    await write(to, tail);
    await to.close();
  } catch (error) {
    await to.abort(error).catch(() => undefined);
    throw error;
  }
}

/** The records of all files, piece by piece. */
function* reads({ parts }: SnapshotManifest): Generator<{ objectKey: string; offset: number; bytes: number }> {
  const total = parts.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
  const most = Math.max(READ_BYTES, Math.ceil(total / MOST_READS));
  for (const { objectKey, bodyOffset, bodyBytes } of parts) {
    for (let read = 0; read < bodyBytes; read += most) {
      yield { objectKey, offset: bodyOffset + read, bytes: Math.min(most, bodyBytes - read) };
    }
  }
}

async function write(to: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  const writer = to.getWriter();
  await writer.write(bytes);
  writer.releaseLock();
}
