// The port through which the keyspace reaches entries that are not in memory. The shard implements it on SQLite, the
// tests in plain memory.

import type { Bytes } from '../bytes/bytes';
import { ErrorReply } from '../protocol/reply';
import type { TypeName, Value } from '../types/value';

export interface StoredEntry {
  readonly value: Value;
  readonly deadline: number | undefined;
  /** Estimated bytes that it takes in memory. */
  readonly memory: number;
  /** Its mark (engine/access.ts) when it was stored, if that is known. */
  readonly access: number | undefined;
}

/** What storage tells about a key without reading its value. */
export interface StoredKey {
  readonly position: number;
  readonly key: Bytes;
  readonly deadline: number | undefined;
  /** It is a hash, and some of its fields have deadlines. */
  readonly volatileFields: boolean;
  readonly type: TypeName;
  readonly memory: number;
  readonly access: number | undefined;
}

export interface StoredRow {
  readonly position: number;
  readonly key: Bytes;
  /** Undefined: there is one, but not as it was stored. */
  readonly entry: StoredEntry | undefined;
}

/** What is known of a key whose value cannot be read. */
export type Remains = Pick<StoredKey, 'deadline' | 'volatileFields' | 'memory' | 'access'>;

/**
 * Thrown where storage has other bytes than it was given: the answer to the command that needs them. Keys are not needed
 * to be whole to be listed, to expire, to be removed or to be replaced.
 */
export class CorruptValue extends ErrorReply {
  /** @param remains where it is the entry, and not a part of its value that was asked for later */
  constructor(
    text: string,
    readonly remains?: Remains,
  ) {
    super(text);
  }
}

/** What expires: a key, or with `field` the first field to expire of the hash that it holds. */
export type DeadlineOf = 'key' | 'field';

export interface StoredDeadline {
  readonly deadline: number;
  readonly position: number;
  readonly key: Bytes;
  /** It is a hash, and some of its fields have deadlines. */
  readonly volatileFields: boolean;
  readonly memory: number;
  readonly access: number | undefined;
}

/** How many keys storage holds, how many of them have a deadline, and how many have fields with deadlines. */
export interface StoredTotals {
  readonly keys: number;
  readonly volatileKeys: number;
  readonly keysWithVolatileFields: number;
  /** Estimated bytes that all of them would take in memory. */
  readonly memory: number;
}

/** Entries as of the last checkpoint. Reads are synchronous. */
export interface EntryStore {
  totals(): StoredTotals;
  load(position: number, key: Bytes): StoredEntry | undefined;
  /** What there is to tell of those of the keys that are there, in any order, without reading their values. */
  describe(keys: readonly Bytes[]): StoredKey[];
  /** Up to `limit` whole entries at or after `position`, in order of position, then key. */
  loadFrom(position: number, limit: number): StoredRow[];
  /** Up to `limit` keys at or after `position`, in order of position, then key. */
  scan(position: number, limit: number): StoredKey[];
  /** Up to `limit` keys that have such a deadline, in order of deadline, position and key, behind `after` or from the first on. */
  deadlines(of: DeadlineOf, after: StoredDeadline | undefined, limit: number): StoredDeadline[];
}

/** No storage: everything lives in memory. */
export const NO_STORE: EntryStore = {
  totals: () => ({ keys: 0, volatileKeys: 0, keysWithVolatileFields: 0, memory: 0 }),
  load: () => undefined,
  describe: () => [],
  loadFrom: () => [],
  scan: () => [],
  deadlines: () => [],
};
