// SKELETON with the final interface: a sorted array. To be replaced by a B+tree with counts.

import type { Bytes } from '../bytes/bytes';

/**
 * An ordered set of (score, name) couples, by score, then by name as bytes, that knows ranks. Scores may be infinite,
 * never NaN. Serves sorted sets, the order of keys by position, and deadlines.
 */
export class RankedTree {
  private readonly items: { score: number; name: Bytes }[] = [];

  get size(): number {
    return this.items.length;
  }

  /** How many couples come before (score, name): its rank when it is in the tree. */
  rankOf(score: number, name: Bytes): number {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const item = this.items[middle] as { score: number; name: Bytes };
      if (item.score < score || (item.score === score && item.name < name)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** How many couples have a score below `score`, or up to and including it. */
  countBelow(score: number): number {
    return this.rankOf(score, '' as Bytes);
  }
  countUpTo(score: number): number {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.items[middle] as { score: number }).score <= score) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Adds a couple that is not there yet. */
  insert(score: number, name: Bytes): void {
    this.items.splice(this.rankOf(score, name), 0, { score, name });
  }

  /** Removes a couple; false when it was not there. */
  delete(score: number, name: Bytes): boolean {
    const rank = this.rankOf(score, name);
    const item = this.items[rank];
    if (!item || item.score !== score || item.name !== name) return false;
    this.items.splice(rank, 1);
    return true;
  }

  /** Visits couples from `rank` on, upwards, until `visit` returns false. The tree must not change meanwhile. */
  ascend(rank: number, visit: (score: number, name: Bytes) => boolean): void {
    for (let i = rank; i < this.items.length; i++) {
      const { score, name } = this.items[i] as { score: number; name: Bytes };
      if (!visit(score, name)) return;
    }
  }

  /** Visits couples from `rank` on, downwards, until `visit` returns false. */
  descend(rank: number, visit: (score: number, name: Bytes) => boolean): void {
    for (let i = rank; i >= 0; i--) {
      const { score, name } = this.items[i] as { score: number; name: Bytes };
      if (!visit(score, name)) return;
    }
  }

  clear(): void {
    this.items.length = 0;
  }
}
