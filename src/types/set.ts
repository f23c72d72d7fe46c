// A set. While all members are integers and few, it is held as Redis holds it: as integers in ascending order. A large
// one is held, and stored, in parts by the hash of the member.

import { ascii, type Bytes, own } from '../bytes/bytes';
import { parseInt64 } from '../bytes/integer';
import { scanDown } from '../structures/dense-scan';
import { DenseSet } from '../structures/dense-set';
import { IntSet } from '../structures/int-set';
import { type HashForm, HashParts } from './hash-parts';
import type { EncodingLimits } from './limits';
import { Packer, Unpacker } from './packer';
import { residentMemoryOf } from './parts';
import type { SegmentChanges, Segmented, SegmentSource } from './segments';

/** Estimated bytes of an empty set, of an integer, and of a member beside its chars: string header, array slot, map slot. */
const BASE_MEMORY = 160;
const INTEGER_MEMORY = 8;
const MEMBER_OVERHEAD = 64;
/** What a member takes in the stored form beside its chars, nearly. */
const LENGTH_BYTES = 2;

/** Family 0: members by hash. */
const FORM: HashForm<DenseSet> = {
  family: 0,
  firstBound: undefined,
  empty: () => DenseSet.empty(),
  copy: (members) => members.copy(),
  take: (members, from, place) => members.append(from.keyAt(place)),
  bytesAt: (members, place) => members.keyAt(place).length + LENGTH_BYTES,
  pack(members, packer) {
    for (let place = 0; place < members.size; place++) packer.string(members.keyAt(place));
  },
  unpack(unpacker, count) {
    const members = DenseSet.empty();
    for (let left = count; left > 0; left--) appendStored(members, unpacker.string());
    return members;
  },
  join(members, next) {
    for (let place = 0; place < next.size; place++) members.append(next.keyAt(place));
  },
  packBound: () => undefined,
  unpackBound: () => undefined,
};

export class SetValue implements Segmented {
  readonly type = 'set' as const;
  /** One of these three holds the members; from integers to texts and on to parts there is a way, back there is none. */
  private integers: IntSet | undefined = IntSet.empty();
  private texts: DenseSet = DenseSet.empty();
  private parts: HashParts<DenseSet> | undefined = undefined;
  /** Of the members as texts. */
  private bytes = 0;

  constructor(readonly limits: EncodingLimits) {}

  /** Members. */
  get size(): number {
    if (this.integers !== undefined) return this.integers.size;
    return this.parts === undefined ? this.texts.size : this.parts.size;
  }

  /** Estimated bytes of memory. */
  get memory(): number {
    if (this.integers !== undefined) return BASE_MEMORY + INTEGER_MEMORY * this.integers.size;
    return BASE_MEMORY + this.bytes + MEMBER_OVERHEAD * this.size;
  }

  /** What OBJECT ENCODING answers. */
  encoding(): 'intset' | 'hashtable' {
    return this.integers === undefined ? 'hashtable' : 'intset';
  }

  // ---- members

  has(member: Bytes): boolean {
    if (this.parts !== undefined) return this.parts.content(this.parts.partOf(member)).has(member);
    if (this.integers === undefined) return this.texts.has(member);
    const integer = parseInt64(member);
    return integer !== undefined && this.integers.has(integer);
  }

  /** False when it was there. */
  add(member: Bytes): boolean {
    return this.addInteger(member) ?? this.addText(member, false);
  }

  /** As {@link add}, for a member that is owned already because another value holds it. */
  share(member: Bytes): boolean {
    return this.addInteger(member) ?? this.addText(member, true);
  }

  /** False when there was no such member. */
  delete(member: Bytes): boolean {
    if (this.integers !== undefined) {
      const integer = parseInt64(member);
      return integer !== undefined && this.integers.delete(integer);
    }
    if (this.parts === undefined) {
      if (this.texts.delete(member) < 0) return false;
    } else {
      const part = this.parts.partOf(member);
      if (this.parts.content(part).delete(member) < 0) return false;
      this.parts.changed(part, -1, -member.length - LENGTH_BYTES);
    }
    this.bytes -= member.length;
    return true;
  }

  /** The member at a place from 0 to size - 1: ascending in an intset. Elsewhere a change may move others to other places. */
  memberAt(place: number): Bytes {
    if (this.integers !== undefined) return ascii(`${this.integers.at(place)}`);
    if (this.parts === undefined) return this.texts.keyAt(place);
    const members = this.parts.locate(place);
    return members.keyAt(this.parts.found);
  }

  /** Visits about `count` members of a walk in steps, and returns the next cursor. A walk begins and ends with cursor 0. */
  scan(cursor: bigint, count: number, visit: (member: Bytes) => void): number {
    if (this.parts === undefined) return scanDown(this.size, cursor, count, (place) => visit(this.memberAt(place)));
    return this.parts.scan(cursor, count, (members, place) => visit(members.keyAt(place)));
  }

  // ---- as a whole

  /** All members, by place. */
  members(): Bytes[] {
    const members: Bytes[] = [];
    for (let place = 0; place < this.size; place++) members.push(this.memberAt(place));
    return members;
  }

  /** Removes all members. */
  clear(): void {
    this.bytes = 0;
    this.texts.clear();
    this.parts?.clear();
    if (this.integers !== undefined) this.integers = IntSet.empty();
  }

  /** An independent copy. */
  copy(): SetValue {
    const copy = new SetValue(this.limits);
    copy.integers = this.integers?.copy();
    copy.texts = this.texts.copy();
    copy.parts = this.parts?.copy();
    copy.bytes = this.bytes;
    return copy;
  }

  /**
   * The stored form: whether it is an intset, how many members, then each as text, by place. In parts: the number of
   * members and of their bytes.
   */
  encode(): Bytes {
    const packer = new Packer();
    if (this.parts !== undefined) return packer.count(this.size).count(this.bytes).done();
    packer.count(this.integers === undefined ? 0 : 1).count(this.size);
    for (let place = 0; place < this.size; place++) packer.string(this.memberAt(place));
    return packer.done();
  }

  static decode(data: Bytes, limits: EncodingLimits, source?: SegmentSource): SetValue {
    const unpacker = new Unpacker(data);
    const set = new SetValue(limits);
    if (source) {
      set.integers = undefined;
      set.parts = new HashParts(FORM, limits, unpacker.count(), source);
      set.bytes = unpacker.count();
      return set;
    }
    if (unpacker.count() === 0) set.integers = undefined;
    for (let left = unpacker.count(); left > 0; left--) {
      const member = unpacker.string();
      if (set.integers !== undefined) {
        const integer = parseInt64(member);
        if (integer === undefined || !set.integers.add(integer))
          throw new Error('stored intset has a member twice or one that is no integer');
      } else {
        appendStored(set.texts, member);
        set.bytes += member.length;
      }
    }
    set.divide();
    return set;
  }

  segmentChanges(): SegmentChanges | undefined {
    return this.parts?.changes();
  }

  markStored(source: SegmentSource): void {
    this.parts?.markStored(source);
  }

  get residentMemory(): number {
    return this.parts === undefined ? this.memory : residentMemoryOf(this.memory, [this.parts.holding]);
  }

  release(what: 'unused' | 'all'): void {
    this.parts?.release(what);
  }

  // ---- inside

  /** Adds a member to an intset. Undefined when there is none any more, because of this member at the latest. */
  private addInteger(member: Bytes): boolean | undefined {
    if (this.integers === undefined) return undefined;
    const integer = parseInt64(member);
    if (integer === undefined) {
      this.toTexts(this.integers);
      return undefined;
    }
    if (!this.integers.add(integer)) return false;
    if (this.integers.size > this.limits.setMaxIntsetEntries) this.toTexts(this.integers);
    return true;
  }

  private addText(member: Bytes, owned: boolean): boolean {
    if (this.parts !== undefined) {
      const part = this.parts.partOf(member);
      const members = this.parts.content(part);
      if (members.has(member)) return false;
      this.bytes += member.length;
      members.append(owned ? member : own(member));
      this.parts.changed(part, 1, member.length + LENGTH_BYTES);
      return true;
    }
    if (this.texts.has(member)) return false;
    this.bytes += member.length;
    this.texts.append(owned ? member : own(member));
    this.divide();
    return true;
  }

  /** Goes over to parts when it has become large. Integers are few and stay whole. */
  private divide(): void {
    const { texts, limits } = this;
    if (this.integers !== undefined || this.bytes + texts.size * LENGTH_BYTES <= limits.wholeBytes) return;
    const parts = new HashParts(FORM, limits);
    for (let place = 0; place < texts.size; place++) {
      const member = texts.keyAt(place);
      const part = parts.partOf(member);
      parts.content(part).append(member);
      parts.changed(part, 1, member.length + LENGTH_BYTES);
    }
    this.parts = parts;
    this.texts = DenseSet.empty();
  }

  private toTexts(integers: IntSet): void {
    for (let rank = 0; rank < integers.size; rank++) {
      const text = ascii(`${integers.at(rank)}`);
      this.texts.append(text);
      this.bytes += text.length;
    }
    this.integers = undefined;
    this.divide();
  }
}

function appendStored(members: DenseSet, member: Bytes): void {
  if (members.has(member)) throw new Error('stored set has a member twice');
  members.append(member);
}
