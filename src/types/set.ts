// A set. While all members are integers and few, it is held as Redis holds it: as integers in ascending order.

import { ascii, type Bytes, own } from '../bytes/bytes';
import { parseInt64 } from '../bytes/integer';
import { DenseSet } from '../structures/dense-set';
import { IntSet } from '../structures/int-set';
import type { EncodingLimits } from './limits';
import { Packer, Unpacker } from './packer';

/** Estimated bytes of an empty set, of an integer, and of a member beside its chars: string header, array slot, map slot. */
const BASE_MEMORY = 160;
const INTEGER_MEMORY = 8;
const MEMBER_OVERHEAD = 64;

export class SetValue {
  readonly type = 'set' as const;
  /** One of these two holds the members; from integers to texts there is a way, back there is none. */
  private integers: IntSet | undefined = IntSet.empty();
  private texts: DenseSet = DenseSet.empty();
  /** Of the members as texts. */
  private bytes = 0;

  constructor(readonly limits: EncodingLimits) {}

  /** Members. */
  get size(): number {
    return this.integers === undefined ? this.texts.size : this.integers.size;
  }

  /** Estimated bytes of memory. */
  get memory(): number {
    if (this.integers !== undefined) return BASE_MEMORY + INTEGER_MEMORY * this.integers.size;
    return BASE_MEMORY + this.bytes + MEMBER_OVERHEAD * this.texts.size;
  }

  /** What OBJECT ENCODING answers. */
  encoding(): 'intset' | 'hashtable' {
    return this.integers === undefined ? 'hashtable' : 'intset';
  }

  // ---- members

  has(member: Bytes): boolean {
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
    if (this.texts.delete(member) < 0) return false;
    this.bytes -= member.length;
    return true;
  }

  /** The member at a place from 0 to size - 1: ascending in an intset. Elsewhere a removal puts the last one in the free place. */
  memberAt(place: number): Bytes {
    return this.integers === undefined ? this.texts.keyAt(place) : ascii(`${this.integers.at(place)}`);
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
    if (this.integers !== undefined) this.integers = IntSet.empty();
  }

  /** An independent copy. */
  copy(): SetValue {
    const copy = new SetValue(this.limits);
    copy.integers = this.integers?.copy();
    copy.texts = this.texts.copy();
    copy.bytes = this.bytes;
    return copy;
  }

  /** The stored form: whether it is an intset, how many members, then each as text, by place. */
  encode(): Bytes {
    const packer = new Packer();
    packer.count(this.integers === undefined ? 0 : 1).count(this.size);
    for (let place = 0; place < this.size; place++) packer.string(this.memberAt(place));
    return packer.done();
  }

  static decode(data: Bytes, limits: EncodingLimits): SetValue {
    const unpacker = new Unpacker(data);
    const set = new SetValue(limits);
    if (unpacker.count() === 0) set.integers = undefined;
    for (let left = unpacker.count(); left > 0; left--) {
      const member = unpacker.string();
      if (set.integers !== undefined) {
        const integer = parseInt64(member);
        if (integer === undefined || !set.integers.add(integer))
          throw new Error('stored intset has a member twice or one that is no integer');
      } else {
        if (set.texts.has(member)) throw new Error('stored set has a member twice');
        set.texts.append(member);
        set.bytes += member.length;
      }
    }
    return set;
  }

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
    if (this.texts.has(member)) return false;
    this.texts.append(owned ? member : own(member));
    this.bytes += member.length;
    return true;
  }

  private toTexts(integers: IntSet): void {
    for (let rank = 0; rank < integers.size; rank++) {
      const text = ascii(`${integers.at(rank)}`);
      this.texts.append(text);
      this.bytes += text.length;
    }
    this.integers = undefined;
  }
}
