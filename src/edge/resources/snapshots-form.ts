// What the snapshot resources are asked with, and how snapshots are shown.

import * as z from 'zod';
import type { Snapshot, SnapshotManifest } from '../../shard/snapshot/manifest';

/** The body of `POST /v1/snapshots`. */
export const snapshotBody = z.strictObject({
  /** Undefined: the lowest that holds everything. 10 is what Redis 7.0 reads, 11 needs 7.2, 12 needs 7.4. */
  rdbVersion: z.literal([10, 11, 12], { error: 'must be 10, 11 or 12' }).optional(),
  /** `omit` leaves out values that a server without modules could not load. */
  modules: z.enum(['keep', 'omit'], { error: "must be 'keep' or 'omit'" }).default('keep'),
});

const MOST_LISTED = 1000;

/** The query of `GET /v1/snapshots`. */
export const listQuery = z.strictObject({
  limit: z
    .array(z.string().regex(/^[1-9]\d{0,3}$/, `a number from 1 to ${MOST_LISTED}`))
    .max(1, 'may be given once')
    .default(['100'])
    .transform(([text]) => Math.min(Number(text), MOST_LISTED)),
});

export const noQuery = z.strictObject({});

/** A snapshot as callers see it. */
export function shown(snapshot: Snapshot): object {
  switch (snapshot.status) {
    case 'running': {
      const { id, trigger, createdAt, progress } = snapshot.running;
      const known = progress.filter((part) => part !== undefined);
      const sum = (of: 'keys' | 'totalKeys' | 'bytes'): number => known.reduce((total, part) => total + part[of], 0);
      const totals = { keys: sum('keys'), totalKeys: sum('totalKeys'), bytes: sum('bytes') };
      return { id, status: 'running', trigger, createdAt, progress: totals, shards: progress.map((part, shard) => ({ shard, ...part })) };
    }
    case 'failed': {
      const { id, trigger, createdAt, failedAt, error } = snapshot.failed;
      return { id, status: 'failed', trigger, createdAt, failedAt, error };
    }
    case 'complete':
      return { ...summary(snapshot.manifest), shards: snapshot.manifest.parts.map(({ objectKey: _, ...part }) => part) };
  }
}

/** The same for a list: without what there is of each shard. */
export function listed(snapshot: Snapshot): object {
  if (snapshot.status === 'complete') return summary(snapshot.manifest);
  const { shards: _, ...rest } = shown(snapshot) as { shards?: unknown };
  return rest;
}

function summary({ format: _, parts: __, database: ___, ...manifest }: SnapshotManifest): object {
  const { id, ...rest } = manifest;
  return { id, status: 'complete', ...rest };
}
