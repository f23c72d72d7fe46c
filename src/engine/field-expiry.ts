// The end of hash fields whose time has come, by themselves or because somebody looked at them.

import type { Bytes } from '../bytes/bytes';
import { HashValue } from '../types/hash';
import type { ChangeSet } from './changes';
import type { Entry } from './entry';
import type { Residency } from './residency';
import { CorruptValue } from './store';

const HDEL = 'HDEL' as Bytes;

export class FieldExpiry {
  constructor(
    private readonly entries: Residency,
    private readonly changes: ChangeSet,
    private readonly counters: { expiredFields: number },
  ) {}

  /** The earliest deadline of any field, or undefined. */
  next(): number | undefined {
    return this.entries.volatileFields.deadlines.next();
  }

  /**
   * Removes those of the named fields that have expired at `now`, and the key when nothing is left in it. As with keys that
   * expire it is not a change of the running command. Returns how many fields it removed.
   */
  remove(entry: Entry, fields: readonly Bytes[], now: number): number {
    const hash = entry.value;
    if (!(hash instanceof HashValue)) return 0;
    const expired = fields.filter((field) => hash.hasExpired(field, now) && hash.delete(field));
    if (expired.length === 0) return 0;
    this.counters.expiredFields += expired.length;
    this.entries.touch(entry);
    this.changes.notice(entry.key, 'hexpired');
    this.changes.effects.push([HDEL, entry.key, ...expired]);
    if (hash.size === 0) {
      this.entries.remove(entry);
      this.changes.notice(entry.key, 'del');
    }
    return expired.length;
  }

  /**
   * Removes up to `limit` fields that are due, wherever they are, and returns how many it removed.
   * @param live gives the entry of a key that has not expired itself, loaded if need be
   */
  removeDue(limit: number, now: number, live: (key: Bytes) => Entry | undefined): number {
    const { deadlines } = this.entries.volatileFields;
    let removed = 0;
    while (removed < limit) {
      const key = deadlines.dueResident(now, 1)[0] ?? deadlines.dueStored(now)?.key;
      if (key === undefined) break;
      try {
        const entry = live(key);
        if (entry?.value instanceof HashValue) removed += this.remove(entry, entry.value.expiredFields(now, limit - removed), now);
      } catch (thrown) {
        if (!(thrown instanceof CorruptValue)) throw thrown;
        this.entries.volatileFields.giveUp(key);
      }
    }
    return removed;
  }
}
