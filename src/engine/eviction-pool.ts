// The best victims seen so far (evict.c): a few keys, sorted by how good it would be to lose them. Samples compete with
// what earlier samples left behind, so that small ones come close to a look at all keys.

import type { Bytes } from '../bytes/bytes';

/** As many as Redis keeps: more would be older knowledge, not better. */
const POOL_SIZE = 16;

interface Candidate {
  readonly key: Bytes;
  readonly score: number;
}

export class EvictionPool {
  /** Worst first. A key that is in here may be gone, or have been used since. */
  private readonly candidates: Candidate[] = [];

  /** @param score the higher, the better to lose */
  offer(key: Bytes, score: number): void {
    const { candidates } = this;
    let at = 0;
    while (at < candidates.length && (candidates[at] as Candidate).score < score) at++;
    if (candidates.length < POOL_SIZE) candidates.splice(at, 0, { key, score });
    else if (at > 0) {
      // The worst makes room.
      candidates.copyWithin(0, 1, at);
      candidates[at - 1] = { key, score };
    }
  }

  /** Takes the best one out. */
  take(): Bytes | undefined {
    return this.candidates.pop()?.key;
  }

  clear(): void {
    this.candidates.length = 0;
  }
}
