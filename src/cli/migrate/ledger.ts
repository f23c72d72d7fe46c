// What has become of every key, so that a later pass can tell what has changed: the digest of the key, the checksum of its
// value and its deadline, in flat arrays. A hundred million keys have room in a few gigabytes.
//
// Two keys with the same digest of 64 bits share a place. Each pass then finds that "the" key has changed, and copies
// both: some work for nothing, and nothing lost.

import { type Bytes, toBuffer } from '../../bytes/bytes';
import { Crc64 } from '../../bytes/crc64';

/** Outcomes; from {@link FIRST_REASON} on it is the number of a reason why a key was left out. */
const EMPTY = 0;
const GONE = 1;
const COPIED = 2;
const FIRST_REASON = 3;
/** A byte holds the outcome. */
const MAX_REASONS = 250;
const MANY_REASONS = 'other reasons';

const INITIAL_SLOTS = 1024;
/** Open addressing gets slow when it is fuller. */
const MAX_LOAD = 0.7;

/** What a key was like when it was read. */
export interface Print {
  /** Eight bytes. */
  readonly checksum: Bytes;
  /** Unix milliseconds, 0 for none. */
  readonly deadline: number;
}

export interface LedgerTotals {
  readonly byType: ReadonlyMap<string, number>;
  readonly byReason: ReadonlyMap<string, number>;
}

export class Ledger {
  private slots = INITIAL_SLOTS;
  private used = 0;
  private keys = new Uint32Array(2 * INITIAL_SLOTS);
  private checksums = new Uint32Array(2 * INITIAL_SLOTS);
  private deadlines = new Float64Array(INITIAL_SLOTS);
  private outcomes = new Uint8Array(INITIAL_SLOTS);
  private types = new Uint8Array(INITIAL_SLOTS);
  private passes = new Uint8Array(INITIAL_SLOTS);
  private readonly typeNames: string[] = [];
  private readonly reasons: string[] = [];

  /** @param toleranceMs by how much two readings of one deadline may differ */
  constructor(private readonly toleranceMs = 0) {}

  /** Takes note that the key was copied as `print` says, in this pass. */
  copied(key: Bytes, print: Print, type: string, pass: number): void {
    this.write(key, print, COPIED, this.numberOf(this.typeNames, type), pass);
  }

  /** Takes note that the key was left out. */
  leftOut(key: Bytes, print: Print, reason: string, pass: number): void {
    const known = this.reasons.includes(reason) || this.reasons.length < MAX_REASONS - 1;
    this.write(key, print, FIRST_REASON + this.numberOf(this.reasons, known ? reason : MANY_REASONS), 0, pass);
  }

  /** Whether the key, as it is now, has been dealt with. Then it counts as seen in this pass. */
  isSettled(key: Bytes, print: Print, pass: number): boolean {
    const slot = this.slotOf(digestOf(key));
    const outcome = this.outcomes[slot] as number;
    if (outcome === EMPTY || outcome === GONE) return false;
    const { low, high } = wordsOf(print.checksum);
    if (this.checksums[2 * slot] !== low || this.checksums[2 * slot + 1] !== high) return false;
    const known = this.deadlines[slot] as number;
    if ((known === 0) !== (print.deadline === 0) || Math.abs(known - print.deadline) > this.toleranceMs) return false;
    this.passes[slot] = pass;
    return true;
  }

  /** Whether anything has been noted about the key. */
  isKnown(key: Bytes): boolean {
    return this.outcomes[this.slotOf(digestOf(key))] !== EMPTY;
  }

  /** Whether what the target has under this key came from here. */
  isOurs(key: Bytes): boolean {
    return this.outcomes[this.slotOf(digestOf(key))] === COPIED;
  }

  /** Whether the key was copied, and has not been found any more in this pass. */
  isMissing(key: Bytes, pass: number): boolean {
    const slot = this.slotOf(digestOf(key));
    return this.outcomes[slot] === COPIED && this.passes[slot] !== pass;
  }

  /** Whether there is any such key. */
  hasMissing(pass: number): boolean {
    for (let slot = 0; slot < this.slots; slot++) if (this.outcomes[slot] === COPIED && this.passes[slot] !== pass) return true;
    return false;
  }

  /** Forgets what has not been found in this pass. */
  forgetMissing(pass: number): void {
    for (let slot = 0; slot < this.slots; slot++) {
      if ((this.outcomes[slot] as number) > GONE && this.passes[slot] !== pass) this.outcomes[slot] = GONE;
    }
  }

  totals(): LedgerTotals {
    const byType = new Map<string, number>();
    const byReason = new Map<string, number>();
    const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
    for (let slot = 0; slot < this.slots; slot++) {
      const outcome = this.outcomes[slot] as number;
      if (outcome === COPIED) count(byType, this.typeNames[this.types[slot] as number] as string);
      else if (outcome >= FIRST_REASON) count(byReason, this.reasons[outcome - FIRST_REASON] as string);
    }
    return { byType, byReason };
  }

  private write(key: Bytes, { checksum, deadline }: Print, outcome: number, type: number, pass: number): void {
    if (this.used >= this.slots * MAX_LOAD) this.grow();
    const digest = digestOf(key);
    const slot = this.slotOf(digest);
    if (this.outcomes[slot] === EMPTY) this.used++;
    this.keys[2 * slot] = digest.low;
    this.keys[2 * slot + 1] = digest.high;
    const { low, high } = wordsOf(checksum);
    this.checksums[2 * slot] = low;
    this.checksums[2 * slot + 1] = high;
    this.deadlines[slot] = deadline;
    this.outcomes[slot] = outcome;
    this.types[slot] = type;
    this.passes[slot] = pass;
  }

  /** Where the key is, or would be. */
  private slotOf({ low, high }: Words): number {
    const mask = this.slots - 1;
    let slot = (low ^ high) & mask;
    while (this.outcomes[slot] !== EMPTY && (this.keys[2 * slot] !== low || this.keys[2 * slot + 1] !== high)) slot = (slot + 1) & mask;
    return slot;
  }

  private grow(): void {
    const { slots, keys, checksums, deadlines, outcomes, types, passes } = this;
    this.slots = 2 * slots;
    this.keys = new Uint32Array(2 * this.slots);
    this.checksums = new Uint32Array(2 * this.slots);
    this.deadlines = new Float64Array(this.slots);
    this.outcomes = new Uint8Array(this.slots);
    this.types = new Uint8Array(this.slots);
    this.passes = new Uint8Array(this.slots);
    for (let from = 0; from < slots; from++) {
      if (outcomes[from] === EMPTY) continue;
      const to = this.slotOf({ low: keys[2 * from] as number, high: keys[2 * from + 1] as number });
      for (const half of [0, 1]) {
        this.keys[2 * to + half] = keys[2 * from + half] as number;
        this.checksums[2 * to + half] = checksums[2 * from + half] as number;
      }
      this.deadlines[to] = deadlines[from] as number;
      this.outcomes[to] = outcomes[from] as number;
      this.types[to] = types[from] as number;
      this.passes[to] = passes[from] as number;
    }
  }

  private numberOf(names: string[], name: string): number {
    const index = names.indexOf(name);
    return index >= 0 ? index : names.push(name) - 1;
  }
}

/** 64 bits. */
interface Words {
  readonly low: number;
  readonly high: number;
}

function digestOf(key: Bytes): Words {
  return wordsOf(new Crc64().update(toBuffer(key)).bytes());
}

function wordsOf(eight: Bytes): Words {
  return { low: wordAt(eight, 0), high: wordAt(eight, 4) };
}

function wordAt(text: Bytes, at: number): number {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => text.charCodeAt(at + i)) as [number, number, number, number];
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}
