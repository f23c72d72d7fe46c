// The snapshots in the bucket:
//
//   <database>/snapshots/<id>/shard-00.rdb …   one RDB file per shard
//   <database>/snapshots/<id>/manifest.json    written last
//
// The bucket is the only list of them, so a new deployment finds those of an old one.

import { isSnapshotId, type SnapshotManifest } from './manifest';

/** The one database that a deployment has. */
const DATABASE = 'default';

const MANIFEST = 'manifest.json';
/** The platform lets a request have six connections at a time. */
const PARALLEL_READS = 5;
/** Most keys that the bucket deletes in one call. */
const DELETE_AT_ONCE = 1000;

export class Catalogue {
  private readonly root: string;

  constructor(
    private readonly bucket: R2Bucket,
    readonly database = DATABASE,
  ) {
    this.root = `${database}/snapshots/`;
  }

  /** Where a shard's file goes. */
  partKey(id: string, shard: number): string {
    return `${this.root}${id}/shard-${String(shard).padStart(2, '0')}.rdb`;
  }

  async publish(manifest: SnapshotManifest): Promise<void> {
    await this.bucket.put(`${this.root}${manifest.id}/${MANIFEST}`, JSON.stringify(manifest, undefined, 2), {
      httpMetadata: { contentType: 'application/json' },
    });
  }

  async get(id: string): Promise<SnapshotManifest | undefined> {
    const object = isSnapshotId(id) ? await this.bucket.get(`${this.root}${id}/${MANIFEST}`) : null;
    return object ? await object.json<SnapshotManifest>() : undefined;
  }

  /** Ids under which there is anything, newest first: complete ones, running ones, and what was left of others. */
  async ids(): Promise<string[]> {
    const ids: string[] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await this.bucket.list({ prefix: this.root, delimiter: '/', ...(cursor !== undefined && { cursor }) });
      for (const prefix of page.delimitedPrefixes) ids.push(prefix.slice(this.root.length, -1));
      more = page.truncated;
      cursor = page.truncated ? page.cursor : undefined;
    }
    return ids.filter(isSnapshotId).sort().reverse();
  }

  /** Complete snapshots, newest first. */
  async list(most = Number.POSITIVE_INFINITY): Promise<SnapshotManifest[]> {
    const found: SnapshotManifest[] = [];
    const ids = await this.ids();
    for (let at = 0; at < ids.length && found.length < most; at += PARALLEL_READS) {
      const manifests = await Promise.all(ids.slice(at, at + PARALLEL_READS).map((id) => this.get(id)));
      for (const manifest of manifests) if (manifest && found.length < most) found.push(manifest);
    }
    return found;
  }

  /** Deletes all that is there of a snapshot: the manifest first, so that nothing broken is ever listed. */
  async delete(id: string): Promise<void> {
    const prefix = `${this.root}${id}/`;
    await this.bucket.delete(prefix + MANIFEST);
    for (;;) {
      const { objects, truncated } = await this.bucket.list({ prefix, limit: DELETE_AT_ONCE });
      if (objects.length > 0) await this.bucket.delete(objects.map((object) => object.key));
      if (!truncated) return;
    }
  }

  /** The bytes of an object from `offset` on. */
  async read(key: string, offset: number, length: number): Promise<ReadableStream<Uint8Array> | undefined> {
    const object = await this.bucket.get(key, { range: { offset, length } });
    return object?.body;
  }
}
