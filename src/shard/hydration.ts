// A small dataset moves into memory in the background after a start; from then on a miss asks storage nothing.

import type { Keyspace } from '../engine/keyspace';

/** Larger databases stay on disk and are read key by key. An isolate has 128 MB, and values take more room in memory. */
const MAX_DATABASE_BYTES = 32 * 1024 * 1024;
/** Keys per slice: a few milliseconds. */
const SLICE_KEYS = 256;
/** Between slices others get their turn. */
const PAUSE_MS = 5;

export class Hydration {
  constructor(
    private readonly keys: Keyspace,
    private readonly databaseBytes: () => number,
  ) {}

  start(): void {
    if (!this.keys.isComplete && this.databaseBytes() <= MAX_DATABASE_BYTES) setTimeout(() => this.slice(), PAUSE_MS);
  }

  private slice(): void {
    this.keys.hydrate(SLICE_KEYS);
    if (!this.keys.isComplete) setTimeout(() => this.slice(), PAUSE_MS);
  }
}
