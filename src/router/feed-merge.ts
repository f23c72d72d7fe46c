// One change feed of several: it begins when all shards have said where they are, keeps the order of each shard, and has
// a cursor for every message, with which a reader goes on right after it. Pure: it knows no sockets.

import type { Bytes } from '../bytes/bytes';
import type { FeedPosition } from '../engine/change-feed';
import type { FeedFrame } from '../protocol/feed-frame';
import { encodeCursor } from './feed-cursor';

/** What a reader is told. `at` says that it has seen all up to the cursor, without anything that it wanted to know. */
export type FeedMessage =
  | { readonly kind: 'ready' | 'at'; readonly cursor: string }
  | { readonly kind: 'reset'; readonly cursor: string; readonly reason: string }
  | { readonly kind: 'change'; readonly cursor: string; readonly event: string; readonly key: Bytes | undefined };

export class FeedMerge {
  private readonly positions: (FeedPosition | undefined)[];
  private unknown: number;
  private reset: string | undefined;
  /** Frames that came before the last shard has said where it is. */
  private early: (readonly [shard: number, frame: FeedFrame])[] = [];

  /** @param reset why the reader's own cursor is of no use, if it had one */
  constructor(shards: number, reset?: string) {
    this.positions = new Array<FeedPosition | undefined>(shards).fill(undefined);
    this.unknown = shards;
    this.reset = reset;
  }

  /** Where the reader is. Once all shards have said where they are. */
  get cursor(): string {
    return encodeCursor(this.positions as FeedPosition[]);
  }

  /** Takes in a frame of a shard and answers what is to be told. */
  receive(shard: number, frame: FeedFrame): FeedMessage[] {
    if (frame.epoch !== undefined) return this.open(shard, frame, frame.epoch);
    if (this.unknown === 0) return this.tell(shard, frame);
    this.early.push([shard, frame]);
    return [];
  }

  private open(shard: number, { position, reset }: FeedFrame, epoch: string): FeedMessage[] {
    this.positions[shard] = { epoch, position };
    this.reset ??= reset;
    if (--this.unknown > 0) return [];
    const { cursor, early } = this;
    this.early = [];
    const first: FeedMessage = this.reset === undefined ? { kind: 'ready', cursor } : { kind: 'reset', cursor, reason: this.reset };
    return [first, ...early.flatMap(([from, frame]) => this.tell(from, frame))];
  }

  private tell(shard: number, { position, changes }: FeedFrame): FeedMessage[] {
    const messages = changes.map(([at, event, key]): FeedMessage => {
      return { kind: 'change', cursor: this.advance(shard, at), event, key: key ?? undefined };
    });
    const last = changes.at(-1)?.[0];
    if (last !== position) messages.push({ kind: 'at', cursor: this.advance(shard, position) });
    return messages;
  }

  private advance(shard: number, position: number): string {
    const { epoch } = this.positions[shard] as FeedPosition;
    this.positions[shard] = { epoch, position };
    return this.cursor;
  }
}
