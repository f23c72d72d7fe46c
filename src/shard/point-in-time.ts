// Going back to a moment of the past: on Cloudflare the storage of an object can be what it was at any time of the last
// 30 days. The object then starts anew.

import type { Durability } from './durability';

/** What the local runtime says where it has no such thing. */
const NOT_HERE = /point-in-time recovery/i;

/** So long the answer has to leave before the object ends. */
const ANSWER_MS = 200;

export class PointInTime {
  constructor(
    private readonly ctx: DurableObjectState,
    private readonly durability: Durability,
  ) {}

  /** The platform's mark for a time; undefined where the runtime keeps no past. */
  async bookmarkAt(ms: number): Promise<string | undefined> {
    try {
      return await this.ctx.storage.getBookmarkForTime(ms);
    } catch (error) {
      if (error instanceof Error && NOT_HERE.test(error.message)) return undefined;
      throw error;
    }
  }

  /** Ends the object, which starts again with what its storage was then. Answers the mark that undoes this. */
  async goBackTo(bookmark: string): Promise<string> {
    // What has been answered is part of what an undo brings back.
    this.durability.flush();
    const undo = await this.ctx.storage.onNextSessionRestoreBookmark(bookmark);
    setTimeout(() => this.ctx.abort('the shard goes back to an earlier time'), ANSWER_MS);
    return undo;
  }
}
