// The calling connection, as a handler sees it.

import type { Bytes } from '../bytes/bytes';
import type { SubscribedNames } from './pubsub';
import type { TrackingState } from './tracking';

/** Rights of an authenticated client: `full`, or `read` for a read-only token. */
export type Access = 'full' | 'read';

/**
 * CLIENT REPLY: `skip` mutes the command that is running, `skip-next` the one after it, which CLIENT REPLY SKIP asks for
 * while it runs itself.
 */
export type ReplyMode = 'on' | 'off' | 'skip' | 'skip-next';

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
  /** What it had when it connected, and has again after RESET. */
  readonly initialAccess: Access | undefined;
  /** `host:port` of both ends, as CLIENT LIST shows them. */
  readonly address: string;
  readonly localAddress: string;
  /** Unix milliseconds. */
  readonly connectedAtMs: number;
  lastActiveMs: number;
  /** Full name of the last command, or `NULL` when it was an unknown one. */
  lastCommand: string;
  replyMode: ReplyMode;
  noEvict: boolean;
  noTouch: boolean;
  /** Fields by the names that HIMPORT PREPARE has given them, and the bytes of all that. */
  readonly fieldsets: Map<Bytes, readonly Bytes[]>;
  readonly fieldsetBytes: number;
  /** Commands queued by MULTI, or -1 outside of one. */
  readonly queued: number;
  /** Bytes of those commands. */
  readonly queuedBytes: number;
  /** Keys watched. */
  readonly watching: number;
  /** A watched key has changed: EXEC will answer null. */
  readonly conflicted: boolean;
  /** It can be sent what it did not ask for: it has a connection. */
  readonly listens: boolean;
  /** What it is subscribed to, and an estimate of the memory that this takes. */
  readonly subscriptions: SubscribedNames & { readonly bytes: number };
  /** It is subscribed to anything. */
  readonly subscribed: boolean;
  /** A session's connection to a shard that is not its home: there it is no client of its own. */
  readonly isAway: boolean;
  /** How its keys are tracked, while they are. */
  readonly tracking: TrackingState | undefined;
  /** It is shown every command (MONITOR). */
  readonly monitoring: boolean;
  /** A command of it waits. */
  readonly blocked: boolean;
  /** Bytes of requests that the connection holds, those of the running pipeline included. */
  readonly queryBytes: number;
  /** Whether it is about to be closed, and when. */
  readonly closing: 'no' | 'after-reply' | 'now';
  /** Closes the connection; with `afterReply` the answer to the running command is sent first. */
  close(afterReply: boolean): void;
}

/** Bytes of memory that a connection takes beside its buffers: a rough constant. */
const CLIENT_OVERHEAD = 1024;

/** An estimate of the memory that a connection takes, in bytes. */
export function clientMemory({ queryBytes, queuedBytes, fieldsetBytes, subscriptions }: Client): number {
  return CLIENT_OVERHEAD + queryBytes + queuedBytes + fieldsetBytes + subscriptions.bytes;
}
