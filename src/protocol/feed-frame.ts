// What travels between a shard and the edge on a connection of the change feed: JSON in text messages. A binary string
// goes through it as it is. The other way only numbers go: how many chars of these messages have been passed on.

import type { Bytes } from '../bytes/bytes';

/** What a reader asks a shard for. */
export interface FeedRequest {
  /** Changes of keys that begin with one of these. */
  readonly prefixes: readonly Bytes[];
  /** Where it has come to; null when it begins now. */
  readonly after: { readonly epoch: string; readonly position: number } | null;
  /** Chars of frames that may be under way to it, about. */
  readonly window: number;
}

/** A change as position, event and key. The key is null when all keys have been removed. */
export type FrameChange = readonly [position: number, event: string, key: Bytes | null];

export interface FeedFrame {
  /** In the first frame: the feed that this is. */
  readonly epoch?: string;
  /** In the first frame: why the reader could not go on where it was. */
  readonly reset?: string;
  /** Whatever the reader wants to know up to here has been sent, with this frame. */
  readonly position: number;
  readonly changes: readonly FrameChange[];
}

export function encodeFeedFrame(frame: FeedFrame): string {
  return JSON.stringify(frame);
}

export function decodeFeedFrame(text: string): FeedFrame {
  return JSON.parse(text) as FeedFrame;
}

/** As text for a header. */
export function encodeFeedRequest(request: FeedRequest): string {
  return btoa(JSON.stringify(request));
}

export function decodeFeedRequest(text: string): FeedRequest {
  return JSON.parse(atob(text)) as FeedRequest;
}
