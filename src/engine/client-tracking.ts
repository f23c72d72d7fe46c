// How the keys of one client are tracked.

import type { Bytes } from '../bytes/bytes';
import type { TrackingMode, TrackingOptions, TrackingState } from '../spec/tracking';

/** Plain data from which it can be made again. */
export interface TrackingSnapshot {
  readonly options: TrackingOptions;
  readonly isBroken: boolean;
  readonly isCaching: boolean;
}

export class ClientTracking implements TrackingState {
  readonly mode: TrackingMode;
  readonly noLoop: boolean;
  readonly redirect: number;
  readonly prefixes: readonly Bytes[];
  isBroken = false;
  private saved: TrackingSnapshot | undefined;

  /** @param options with all prefixes that the client has */
  constructor(
    private readonly options: TrackingOptions,
    public isCaching = false,
  ) {
    this.mode = options.mode;
    this.noLoop = options.noLoop;
    this.redirect = options.redirect;
    this.prefixes = options.prefixes;
  }

  /** What its next command reads is remembered. */
  get remembers(): boolean {
    if (this.mode === 'optin') return this.isCaching;
    if (this.mode === 'optout') return !this.isCaching;
    return this.mode === 'default';
  }

  /** The same object until something changes. */
  snapshot(): TrackingSnapshot {
    const { saved, options, isBroken, isCaching } = this;
    if (saved && saved.isBroken === isBroken && saved.isCaching === isCaching) return saved;
    this.saved = { options, isBroken, isCaching };
    return this.saved;
  }

  static restore(snapshot: TrackingSnapshot): ClientTracking {
    const tracking = new ClientTracking(snapshot.options, snapshot.isCaching);
    tracking.isBroken = snapshot.isBroken;
    tracking.saved = snapshot;
    return tracking;
  }
}
