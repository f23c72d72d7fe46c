// The narrow ports through which a handler sees the rest of Kedge. The engine implements them; commands never import it.

import type { Bytes } from '../bytes/bytes';
import type { Reply } from '../protocol/reply';
import type { EncodingLimits } from '../types/limits';
import type { TypeName, Value } from '../types/value';
import type { BlockRequest } from './blocking';
import type { Client } from './client';
import type { PubSub } from './pubsub';
import type { Scripts } from './scripting';
import type { Server } from './server';

/** What a handler is given. Valid for the call only. */
export interface Context {
  /** Unix milliseconds, read once per unit of execution: every command of a MULTI sees the same instant. */
  readonly now: number;
  /** The journal is being read: `now` means nothing, and what was allowed once is not judged again. */
  readonly replaying: boolean;
  readonly keys: Keyspace;
  readonly random: Random;
  readonly client: Client;
  readonly server: Server;
  readonly pubsub: PubSub;
  readonly transaction: TransactionControl;
  readonly scripts: Scripts;
  /** The command is called by a script, to which its answer must not depend on how values happen to lie in memory. */
  readonly inScript: boolean;
  /** Thresholds for OBJECT ENCODING; every new collection takes this object. */
  readonly limits: EncodingLimits;
  /** The command is no part of a transaction. */
  readonly alone: boolean;
  /** Its client may be made to wait: it has a connection, and the command is no part of a transaction. */
  readonly mayBlock: boolean;
  /**
   * Says what the command amounted to, as a deterministic write command for the journal. Without a call the command
   * line itself is recorded when it changed something; with one or more calls only these are.
   */
  effect(...argv: Bytes[]): void;
  /** Lets the client wait; the handler returns what this returns: where nothing may wait, the answer for that. */
  block(request: BlockRequest): Reply;
  /**
   * The command is only to be told when it could do something: the handler takes nothing, but goes on to {@link block}. So
   * wait those whose keys are on several shards.
   */
  readonly watching: boolean;
}

/** Milliseconds since the epoch at which a key expires; `NO_DEADLINE` when it never does. */
export type Deadline = number;
export const NO_DEADLINE: Deadline = Number.POSITIVE_INFINITY;

/**
 * The keys of this shard. Every change goes through one of the mutators below, which record it for the journal, WATCH,
 * notifications and feeds; nothing else has to be called. `event` is the name of the keyspace notification: undefined
 * where there is none.
 */
export interface Keyspace {
  /** The value for reading: counts a hit or a miss, notes the access. An expired key is removed and undefined. */
  read(key: Bytes): Value | undefined;
  /** The value with the intent to change it: notes the access, counts nothing. */
  write(key: Bytes): Value | undefined;
  /** The value for reading, counted as a hit or a miss but without noting an access (EXISTS, TTL). */
  look(key: Bytes): Value | undefined;
  /** As {@link look}, but nobody is told that there is no such key (OBJECT). */
  inspect(key: Bytes): Value | undefined;
  /** The value without counting or noting anything (SCAN and the like). */
  peek(key: Bytes): Value | undefined;
  has(key: Bytes): boolean;
  /** The value also of a key that has expired, as long as nobody has removed it (DEBUG OBJECT). */
  evenExpired(key: Bytes): Value | undefined;
  /** Notes an access even for a client that leaves no marks (CLIENT NO-TOUCH). False when there is no such key. */
  touch(key: Bytes): boolean;
  /** Creates or replaces a key. Its former deadline is dropped unless it is passed again. The key and value are owned here. */
  set(key: Bytes, value: Value, event: string | undefined, deadline?: Deadline): void;
  /** Replaces the value of an existing key and keeps its deadline. */
  replace(key: Bytes, value: Value, event: string | undefined): void;
  /**
   * After a collection or buffer that {@link write} gave was changed in place. Removes the key when nothing is left in it.
   * @param part set where Redis counts this and what was changed before it as one change (`rdb_changes_since_last_save`)
   */
  changed(key: Bytes, event: string | undefined, part?: 'same-change'): void;
  /**
   * Removes those of the named fields whose deadline has passed from a hash that is there: not a change of the running
   * command. The key goes with the last field. Returns how many fields it removed.
   */
  expireFields(key: Bytes, fields: readonly Bytes[]): number;
  /**
   * After something beside the content of a value changed (the consumer groups of a stream): as in Redis, those who watch
   * the key are not told.
   */
  changedAside(key: Bytes, event?: string): void;
  /** What Redis tells of a value that a command has left as it was: who watches the key is told, nothing is recorded. */
  unchanged(key: Bytes, event: string): void;
  /** After what Redis does not count as a change: it is to be stored, but nobody is told. Its effects are named. */
  keep(key: Bytes): void;
  /** Deletes a key; false when there was none. */
  remove(key: Bytes, event?: string): boolean;
  /** The deadline of an existing key, or undefined when there is no such key. */
  deadline(key: Bytes): Deadline | undefined;
  /** Sets a deadline on an existing key (`NO_DEADLINE` removes it). A past deadline is not handled here. */
  expireAt(key: Bytes, deadline: Deadline, event: string): void;
  /** Moves the value and deadline of an existing key to another name, replacing what was there. */
  rename(from: Bytes, to: Bytes): void;

  /** Keys, also those that have expired but not been removed, as DBSIZE counts them. */
  readonly size: number;
  /** Keys with a deadline, and hashes with fields that have one. */
  readonly volatileSize: number;
  readonly sizeWithVolatileFields: number;
  /** A random key that has not expired. */
  randomKey(): Bytes | undefined;
  /**
   * Walks over the keys in position order. Starts at the position that `cursor` is (0n = at the beginning), visits about
   * `count` keys and returns the position of the next one as the next cursor, 0n at the end. Every key that exists during
   * a whole walk is visited at least once.
   */
  scan(cursor: bigint, count: number, visit: (key: Bytes, type: TypeName) => void): bigint;
  /** Every key that has not expired. */
  forEach(visit: (key: Bytes) => void): void;
  /** Removes all keys. */
  clear(): void;

  /** Milliseconds since the last access, and the LFU counter, of an existing key. */
  idleMs(key: Bytes): number;
  frequency(key: Bytes): number;
  /** Makes an existing key look as if it had been used last so long ago, or so often; where nothing is said, as if it were new. */
  setUse(key: Bytes, use: Use): void;
  /** Estimated bytes of memory of a key with its value. */
  memory(key: Bytes): number;
  /** What there is to tell of a key without reading a value that only storage has. */
  outline(key: Bytes): Outline | undefined;
}

/** What a key is, beside its content. */
export interface Outline {
  readonly type: TypeName;
  /** Estimated bytes, with its value. */
  readonly memory: number;
}

/** How a key was used: by the policy for eviction, one or the other counts. */
export interface Use {
  readonly idleMs: number | undefined;
  readonly frequency: number | undefined;
}

export interface Random {
  /** An integer from 0 to `bound` - 1. */
  below(bound: number): number;
  /** A float in [0, 1). */
  float(): number;
}

/** MULTI, EXEC, DISCARD, WATCH and UNWATCH of the calling client. */
export interface TransactionControl {
  /** Inside a MULTI that has not been executed. */
  readonly open: boolean;
  begin(): void;
  /** Runs what is queued as one unit: the array of replies, the null array when a watched key changed, or EXECABORT. */
  exec(): Reply;
  discard(): void;
  watch(keys: readonly Bytes[]): void;
  unwatch(): void;
}
