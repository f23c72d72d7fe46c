// What a session is given, and where its bytes go.

import type { Access } from '../spec/client';
import type { Random } from '../spec/context';
import type { Planner } from './plan';

/** Where a session's bytes go. */
export interface SessionPorts {
  /** Opens the connection to a shard. Called once per shard, before anything is sent there. */
  open(shard: number, access: Access | undefined): void;
  toShard(shard: number, text: string): void;
  /** Tells a shard that so many more bytes of its replies have been passed on. */
  acknowledge(shard: number, bytes: number): void;
  /** Has a shard end the wait of this number (session-wait.ts). */
  cancel(shard: number, number: number): void;
  toClient(text: string): void;
  /** The session takes input again after `blocked`. */
  unblocked(): void;
  /** The session is over: close the client, after what has been sent to it, and all shards. Called once. */
  close(reason: string): void;
}

export interface SessionOptions {
  readonly planner: Planner;
  readonly random: Random;
  /** What the client's token allows; undefined until it authenticates in band. */
  readonly access: Access | undefined;
  /** Whether the client is made to wait while it does not read. If not, one message of it may only ask for so much. */
  readonly paced: boolean;
  readonly ports: SessionPorts;
}
