// One reader of the change feed: what is to be sent to it next. It is sent only so much ahead of what it has passed on;
// what it has not been sent stays in the feed, which is all the room there is. A reader that falls so far behind that
// the feed no longer has what follows is cut off. Pure: it knows no sockets.

import type { Bytes } from '../bytes/bytes';
import type { Change, ChangeFeed } from '../engine/change-feed';
import { encodeFeedFrame, type FeedRequest, type FrameChange } from '../protocol/feed-frame';

/** A frame is about this part of what may be under way. */
const FRAMES_PER_WINDOW = 4;
/** What a change takes in a frame beside its key. */
const CHANGE_CHARS = 32;
/** So many changes that it does not ask for, and the reader is told how far the feed is: it would fall out of it. */
const UNTOLD_CHANGES = 1024;
const UNTOLD_BYTES = 256 * 1024;

/** A reader as plain data, for the runtime to keep while the object sleeps. */
export interface ReaderSnapshot {
  readonly prefixes: readonly Bytes[];
  readonly window: number;
  /** Where it is, and what is under way to it, when it is behind the feed. */
  readonly behind?: { readonly told: number; readonly underWay: number };
}

export class FeedReader {
  /** It has been sent all that it asked for up to here. */
  private told: number;
  private underWay = 0;
  private untoldChanges = 0;
  private untoldBytes = 0;

  constructor(
    private readonly feed: ChangeFeed,
    private readonly asked: Pick<FeedRequest, 'prefixes' | 'window'>,
    told: number,
  ) {
    this.told = told;
  }

  static restore(feed: ChangeFeed, { prefixes, window, behind }: ReaderSnapshot): FeedReader {
    const reader = new FeedReader(feed, { prefixes, window }, behind?.told ?? feed.position);
    reader.underWay = behind?.underWay ?? 0;
    return reader;
  }

  snapshot(upTo: number): ReaderSnapshot {
    const { told, underWay } = this;
    const { prefixes, window } = this.asked;
    return this.isBehind(upTo) ? { prefixes, window, behind: { told, underWay } } : { prefixes, window };
  }

  /** There are changes up to a position that it has not been sent. */
  isBehind(upTo: number): boolean {
    return this.told < upTo;
  }

  /** What it has to be sent next is no longer there. */
  get isLost(): boolean {
    return this.told < this.feed.from;
  }

  /** So many chars have been passed on. What was under way when the object fell asleep is not known any more. */
  acknowledge(chars: number): void {
    this.underWay = Math.max(0, this.underWay - chars);
  }

  /** The next frame, of changes up to a position; undefined when there is none, or too much is under way. */
  next(upTo: number): string | undefined {
    while (this.isBehind(upTo) && !this.isLost && this.underWay < this.asked.window) {
      const changes = this.take(upTo);
      if (changes.length === 0 && this.untoldChanges < UNTOLD_CHANGES && this.untoldBytes < UNTOLD_BYTES) continue;
      this.untoldChanges = 0;
      this.untoldBytes = 0;
      const text = encodeFeedFrame({ position: this.told, changes });
      this.underWay += text.length;
      return text;
    }
    return undefined;
  }

  /** The changes of one frame. Fewer than there are up to a position, when they are many. */
  private take(upTo: number): FrameChange[] {
    const taken: FrameChange[] = [];
    let chars = 0;
    let looked = 0;
    this.feed.visitAfter(this.told, (change) => {
      if (change.position > upTo || chars >= this.asked.window / FRAMES_PER_WINDOW || looked >= UNTOLD_CHANGES) return false;
      const { position, event, key } = change;
      this.told = position;
      looked++;
      if (this.wants(change)) {
        taken.push([position, event, key ?? null]);
        chars += CHANGE_CHARS + (key?.length ?? 0);
      } else {
        this.untoldChanges++;
        this.untoldBytes += key?.length ?? 0;
      }
      return true;
    });
    if (looked === 0) this.told = upTo;
    return taken;
  }

  private wants({ key }: Change): boolean {
    return key === undefined || this.asked.prefixes.some((prefix) => key.startsWith(prefix));
  }
}
