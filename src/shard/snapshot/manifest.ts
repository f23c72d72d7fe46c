// What a snapshot is told by: the manifest that makes files in the bucket a snapshot, and what callers are shown of it.

import type { PartManifest, PartProgress, PartRequest } from './part';

/** What a snapshot is to contain, and in which form. */
export type SnapshotOptions = Pick<PartRequest, 'rdbVersion' | 'modules'>;

/** Who asked for it. */
export type SnapshotTrigger = 'request' | 'command' | 'schedule';

/** Written into the bucket when all files are there: without it they are no snapshot. */
export interface SnapshotManifest {
  /** Of this manifest. */
  readonly format: 1;
  readonly id: string;
  readonly database: string;
  readonly trigger: SnapshotTrigger;
  /** ISO times: when it was asked for, which moment it shows, and when its last file was there. */
  readonly createdAt: string;
  readonly takenAt: string;
  readonly completedAt: string;
  readonly rdbVersion: number;
  readonly modules: SnapshotOptions['modules'];
  readonly keys: number;
  readonly expires: number;
  readonly bytes: number;
  readonly byType: Readonly<Record<string, number>>;
  readonly functions: number;
  /** Keys that the files do not have, and hashes whose fields lost their deadlines. */
  readonly skippedKeys: number;
  readonly lostFieldDeadlines: number;
  /** One per shard, in their order. */
  readonly parts: readonly PartManifest[];
}

/** A snapshot that did not come to be. Nothing of it is in the bucket, or will not be for long. */
export interface FailedSnapshot {
  readonly id: string;
  readonly trigger: SnapshotTrigger;
  readonly createdAt: string;
  readonly failedAt: string;
  readonly error: string;
  /** Its files may still be there. */
  readonly unclean: boolean;
}

export interface RunningSnapshot {
  readonly id: string;
  readonly trigger: SnapshotTrigger;
  readonly createdAt: string;
  /** Per shard; undefined before the shard has begun, or where it does not answer. */
  readonly progress: readonly (PartProgress | undefined)[];
}

/** A snapshot in any state. */
export type Snapshot =
  | { readonly status: 'running'; readonly running: RunningSnapshot }
  | { readonly status: 'complete'; readonly manifest: SnapshotManifest }
  | { readonly status: 'failed'; readonly failed: FailedSnapshot };

const ID = /^\d{8}T\d{9}Z-[0-9a-f]{8}$/;
const RANDOM_DIGITS = 8;

/** Ids sort by time. */
export function newSnapshotId(now: number, randomHex: (digits: number) => string): string {
  const time = new Date(now).toISOString().replace(/[-:.]/g, '');
  return `${time}-${randomHex(RANDOM_DIGITS)}`;
}

export function isSnapshotId(text: string): boolean {
  return ID.test(text);
}

/** The manifest of a snapshot whose parts are all written. */
export function manifestOf(
  head: Pick<SnapshotManifest, 'id' | 'database' | 'trigger' | 'createdAt' | 'takenAt' | 'completedAt' | 'modules'>,
  parts: readonly PartManifest[],
): SnapshotManifest {
  const sum = (of: (part: PartManifest) => number): number => parts.reduce((total, part) => total + of(part), 0);
  const byType: Record<string, number> = {};
  for (const part of parts) for (const [type, count] of Object.entries(part.byType)) byType[type] = (byType[type] ?? 0) + count;
  return {
    format: 1,
    ...head,
    rdbVersion: Math.max(...parts.map((part) => part.rdbVersion)),
    keys: sum((part) => part.keys),
    expires: sum((part) => part.expires),
    bytes: sum((part) => part.bytes),
    byType,
    // Every shard has all functions.
    functions: Math.max(...parts.map((part) => part.functions)),
    skippedKeys: sum((part) => part.skippedKeys),
    lostFieldDeadlines: sum((part) => part.lostFieldDeadlines),
    parts,
  };
}
