// Writes the file of one shard: an RDB file of all its keys as they were at one moment, in slices between turns, while
// commands and checkpoints go on.

import { type Bytes, fromBuffer, toBuffer } from '../../bytes/bytes';
import { Crc64 } from '../../bytes/crc64';
import type { Engine } from '../../engine/engine';
import { REDIS_VERSION } from '../../spec/version';
import { decodeValue, typeNameOf } from '../../types/codec';
import { encodeRdbValue, rdbTypeOf } from '../../types/rdb/encode';
import { OPCODE, writeDatabaseHead, writeFileHead, writeKeyHead, writeLibrary } from '../../types/rdb/file-writer';
import { encodeSlices, slicedTypeOf } from '../../types/rdb/slices';
import { BASE_VERSION, MAX_RDB_VERSION, RDB } from '../../types/rdb/types';
import { RdbWriter } from '../../types/rdb/writer';
import { fieldDeadlineOf, isModuleValue, type TypeName, type Value } from '../../types/value';
import { bytesOf, type FrozenRow, readForm } from '../entry-rows';
import type { SqliteEntryStore } from '../entry-store';
import type { PartManifest, PartProgress, PartRequest, SkippedKey } from './part';
import { Upload } from './upload';

/**
 * A slice ends after so many keys or bytes. A reader waits for one: with 256 keys a snapshot takes two thirds of the time,
 * and the slowest of a hundred reads meanwhile five times as long (measured).
 */
const SLICE_KEYS = 64;
const SLICE_BYTES = 512 * 1024;
/** Of the keys that a file leaves out so many are named. */
const MAX_NAMED = 100;

export interface PartWriterPorts {
  readonly bucket: R2Bucket;
  readonly entries: SqliteEntryStore;
  readonly engine: Engine;
  readonly shard: number;
  readonly slots: readonly [first: number, last: number];
  /** Writes all that memory has into storage. */
  checkpoint(): void;
  /** What storage kept for this alone can be given up. */
  onDone(): void;
}

type RdbVersion = PartManifest['rdbVersion'];

/** One file. A second {@link begin} is a mistake. */
export class PartWriter {
  private request: PartRequest | undefined;
  private upload: Upload | undefined;
  private version: RdbVersion = BASE_VERSION;
  private sequence = 0;
  private totalKeys = 0;
  private keys = 0;
  private expires = 0;
  private functions = 0;
  private skippedKeys = 0;
  private lostFieldDeadlines = 0;
  private readonly skipped: SkippedKey[] = [];
  private readonly byType = new Map<TypeName, number>();
  private readonly writer = new RdbWriter(false);
  private readonly bodyCrc = new Crc64();
  private headCrc = new Crc64();
  private bodyOffset = 0;
  private aborted = false;

  constructor(private readonly ports: PartWriterPorts) {}

  /** The moment that the file is to show. From here on writes go on. */
  begin(request: PartRequest): void {
    const { engine, entries, bucket } = this.ports;
    this.ports.checkpoint();
    entries.freeze();
    this.request = request;
    this.upload = new Upload(bucket, request.objectKey);
    const { keys } = engine;
    this.version = request.rdbVersion ?? (keys.sizeWithVolatileFields > 0 ? MAX_RDB_VERSION : BASE_VERSION);
    this.sequence = engine.sequence;
    this.totalKeys = keys.size;
    const { writer } = this;
    writeFileHead(writer, { version: this.version, redisVersion: REDIS_VERSION, now: engine.clock.now(), memory: keys.datasetMemory });
    for (const { source } of engine.scripts.sources.all('library').values()) {
      writeLibrary(writer, source);
      this.functions++;
    }
    writeDatabaseHead(writer, keys.size, keys.volatileSize);
    this.headCrc = new Crc64().update(writer.view());
    this.bodyOffset = writer.size;
    this.upload.write(writer.view());
    writer.clear();
  }

  get progress(): PartProgress | undefined {
    return this.upload && { keys: this.keys + this.skippedKeys, totalKeys: this.totalKeys, bytes: this.upload.bytes };
  }

  /** Writes the file. When it fails nothing of it is left, unless the bucket does not let it go: {@link abort} tries again. */
  async run(): Promise<PartManifest> {
    const { request, upload } = this;
    if (!request || !upload) throw new Error('a part of a snapshot was not begun');
    try {
      for (const pause of this.body()) if (pause) await this.pause(upload);
      const manifest = this.finish(request, upload);
      await upload.finish();
      this.ports.entries.frozen.requireWhole();
      return manifest;
    } catch (error) {
      await upload.abort().catch((left: unknown) => console.warn('a part of a snapshot could not be deleted yet', left));
      throw error;
    } finally {
      this.release();
    }
  }

  /** Ends it, now or soon. */
  async abort(): Promise<void> {
    this.aborted = true;
    this.release();
    await this.upload?.abort();
  }

  private release(): void {
    if (this.ports.entries.frozen.isActive) this.ports.entries.frozen.end();
    this.ports.onDone();
  }

  /** Others get their turn. */
  private async pause(upload: Upload): Promise<void> {
    this.bodyCrc.update(this.writer.view());
    upload.write(this.writer.view());
    this.writer.clear();
    await upload.drained();
    await scheduler.wait(0);
    if (this.aborted) throw new Error('the snapshot was aborted');
  }

  private finish({ objectKey }: PartRequest, upload: Upload): PartManifest {
    this.bodyCrc.update(this.writer.view());
    upload.write(this.writer.view());
    this.writer.clear();
    const bodyBytes = upload.bytes - this.bodyOffset;
    const crc = this.headCrc.append(this.bodyCrc, bodyBytes).update(Uint8Array.of(OPCODE.end));
    upload.write(Uint8Array.of(OPCODE.end));
    upload.write(toBuffer(crc.bytes()));
    const { shard, slots } = this.ports;
    const { sequence, bodyOffset, keys, expires, functions, skippedKeys, skipped, lostFieldDeadlines } = this;
    return {
      ...{ objectKey, shard, slots, sequence, bytes: upload.bytes, bodyOffset, bodyBytes },
      ...{ bodyCrc64: this.bodyCrc.hex(), crc64: crc.hex(), rdbVersion: this.version },
      ...{ keys, expires, byType: Object.fromEntries(this.byType), functions, skippedKeys, skipped, lostFieldDeadlines },
    };
  }

  // ---- keys

  /** Writes all keys; yields true where others are to get their turn. */
  private *body(): Generator<boolean> {
    const { frozen } = this.ports.entries;
    for (;;) {
      const { rows, last } = frozen.next(SLICE_KEYS, SLICE_BYTES);
      for (const row of rows) {
        for (const _ of this.record(row)) yield true;
        if (this.writer.size > SLICE_BYTES) yield true;
      }
      frozen.requireWhole();
      frozen.pass(last);
      if (!last) return;
      yield true;
    }
  }

  /** Writes one key, or takes note of why not. */
  private *record(row: FrozenRow): Generator<void> {
    const key = fromBuffer(row.key);
    const start = this.writer.size;
    const { entries, engine } = this.ports;
    const { frozen } = entries;
    try {
      const { type, version, hasBody } = readForm(row.form);
      const name = typeNameOf(type);
      const bytes = bytesOf(key, row, () => frozen.chunks(row));
      const segments = row.owner === null || hasBody ? undefined : frozen.segments(row.owner, key);
      if (name === 'string' && !segments) {
        writeKeyHead(this.writer, key, row.deadline ?? undefined, RDB.STRING);
        this.writer.count(bytes.length);
        this.writer.block(bytes);
      } else {
        const value = decodeValue(type, version, fromBuffer(bytes), engine.limits, segments);
        if (!this.takes(key, value)) return;
        if (segments) yield* this.large(key, row, value);
        else this.small(key, row, value);
      }
      this.count(name, row);
    } catch (error) {
      // A value is left out that cannot be read, but not where storage itself fails, nor when something of it was written.
      if (!frozen.isActive || this.isPartWritten || entries.isFailure(error)) throw error;
      this.writer.cut(start);
      this.skip(key, error instanceof Error ? error.message : String(error));
    }
  }

  /** Something of the value that is being written has left the writer. */
  private isPartWritten = false;

  private *large(key: Bytes, row: FrozenRow, value: Value): Generator<void> {
    const options = { fieldDeadlines: this.version >= MAX_RDB_VERSION };
    writeKeyHead(this.writer, key, row.deadline ?? undefined, slicedTypeOf(value, options));
    for (const _ of encodeSlices(this.writer, value, options)) {
      if (typeof value !== 'string' && value.type !== 'string' && 'release' in value) value.release('all');
      if (this.writer.size < SLICE_BYTES) continue;
      this.isPartWritten = true;
      yield;
      this.ports.entries.frozen.requireWhole();
    }
    this.isPartWritten = false;
  }

  private small(key: Bytes, row: FrozenRow, value: Value): void {
    const deadline = row.deadline ?? undefined;
    if (this.version < MAX_RDB_VERSION && fieldDeadlineOf(value) !== undefined) {
      const options = { fieldDeadlines: false };
      writeKeyHead(this.writer, key, deadline, slicedTypeOf(value, options));
      for (const _ of encodeSlices(this.writer, value, options));
      return;
    }
    writeKeyHead(this.writer, key, deadline, rdbTypeOf(value));
    encodeRdbValue(this.writer, value);
  }

  /** False where the file is not to have a value. */
  private takes(key: Bytes, value: Value): boolean {
    const isOurs = typeof value !== 'string' && (isModuleValue(value) || value.type === 'array');
    if (isOurs && this.request?.modules === 'omit') {
      this.skip(key, 'a Redis without modules has no such type');
      return false;
    }
    if (this.version < MAX_RDB_VERSION && fieldDeadlineOf(value) !== undefined) this.lostFieldDeadlines++;
    return true;
  }

  private count(name: TypeName, { deadline }: FrozenRow): void {
    this.keys++;
    if (deadline !== null) this.expires++;
    this.byType.set(name, (this.byType.get(name) ?? 0) + 1);
  }

  private skip(key: Bytes, reason: string): void {
    this.skippedKeys++;
    if (this.skipped.length < MAX_NAMED) this.skipped.push({ key: Buffer.from(key, 'latin1').toString('base64'), reason });
  }
}
