// Client-side caching, as the commands about it see it.

import type { Bytes } from '../bytes/bytes';

/** What is remembered for a client: what it reads; only, or only not, after CLIENT CACHING; or nothing, but prefixes. */
export type TrackingMode = 'default' | 'optin' | 'optout' | 'bcast';

/** CLIENT TRACKING ON. */
export interface TrackingOptions {
  readonly mode: TrackingMode;
  /** It is not told of what it changes itself. */
  readonly noLoop: boolean;
  /** The client that is told in its place, 0 for none. */
  readonly redirect: number;
  /** To be added to those that it has. */
  readonly prefixes: readonly Bytes[];
}

export interface TrackingState extends TrackingOptions {
  /** The client that was to be told has gone. */
  readonly isBroken: boolean;
  /** CLIENT CACHING holds for the next command. */
  isCaching: boolean;
}

/** What INFO shows. */
export interface TrackingTotals {
  readonly clients: number;
  /** Keys that are remembered, and for how many clients in all. */
  readonly keys: number;
  readonly items: number;
  readonly prefixes: number;
}
