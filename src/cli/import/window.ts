// The small values of a stretch of the file, in the order in which Kedge keeps keys: what is sent together is stored
// together. In the order of another server's hash table every key would change a page of its own, which takes most of the
// time that an import needs.

import type { Bytes } from '../../bytes/bytes';
import { positionOf } from '../../bytes/position';
import type { RdbKey } from '../../types/rdb/file-reader';

/** So much of a file waits to be put in order, with what a key takes in this process beyond its bytes. */
const WINDOW_BYTES = 32 * 1024 * 1024;
const KEY_BYTES = 160;
/** A batch is sent when it has so many keys, or bytes. */
export const BATCH_KEYS = 256;
export const BATCH_BYTES = 1024 * 1024;

/** A key, and the command that sets it. */
export interface Step {
  readonly key: RdbKey;
  readonly command: readonly Bytes[];
  readonly bytes: number;
}

export class Window {
  private readonly steps: { readonly step: Step; readonly position: number }[] = [];
  private bytes = 0;

  /** @param offset where in the file its first key is */
  constructor(readonly offset: number) {}

  get isFull(): boolean {
    return this.bytes >= WINDOW_BYTES;
  }

  add(step: Step): void {
    this.steps.push({ step, position: positionOf(step.key.key) });
    this.bytes += step.bytes + KEY_BYTES;
  }

  /** What was added, in order, as what is sent together. */
  *batches(): Generator<readonly Step[]> {
    this.steps.sort((a, b) => a.position - b.position);
    let batch: Step[] = [];
    let bytes = 0;
    for (const { step } of this.steps) {
      batch.push(step);
      bytes += step.bytes;
      if (batch.length < BATCH_KEYS && bytes < BATCH_BYTES) continue;
      yield batch;
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) yield batch;
  }
}
