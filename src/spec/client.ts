// The calling connection, as a handler sees it.

import type { Bytes } from '../bytes/bytes';

/** Rights of an authenticated client: `full`, or `read` for a read-only token. */
export type Access = 'full' | 'read';

/** A connection, or the short life of one REST request. */
export interface Client {
  /** Unique for the life of the shard. */
  readonly id: number;
  name: Bytes;
  libraryName: Bytes;
  libraryVersion: Bytes;
  /** RESP version of its replies. */
  protocol: 2 | 3;
  /** Undefined until it has authenticated. */
  access: Access | undefined;
  /** `host:port` of both ends, as CLIENT LIST shows them. */
  readonly address: string;
  readonly localAddress: string;
  /** Unix milliseconds. */
  readonly connectedAtMs: number;
  lastActiveMs: number;
  lastCommand: string;
  /** CLIENT REPLY: `skip-next` mutes the command after the current one. */
  replyMode: 'on' | 'off' | 'skip-next';
  noEvict: boolean;
  noTouch: boolean;
  /** Commands queued by MULTI, or -1 outside of one. */
  readonly queued: number;
  /** Keys watched. */
  readonly watching: number;
  /** Closes the connection; with `afterReply` the answer to the running command is sent first. */
  close(afterReply: boolean): void;
}
