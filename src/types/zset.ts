// A sorted set: members with scores, by score and then by member as bytes. Two structures hold it: a dense map answers
// for the score of a member, draws at random and keeps scans stable; a tree with counts keeps the order. Of a large one
// both are in parts.

import { type Bytes, own } from '../bytes/bytes';
import { DenseMap } from '../structures/dense-map';
import { scanDown } from '../structures/dense-scan';
import { RankedTree } from '../structures/ranked-tree';
import { type HashForm, HashParts } from './hash-parts';
import type { EncodingLimits } from './limits';
import { Packer, Unpacker } from './packer';
import { joinChanges, residentMemoryOf } from './parts';
import { RankParts } from './rank-parts';
import type { SegmentChanges, Segmented, SegmentSource } from './segments';

/**
 * Estimated bytes, measured in V8: of a sorted set with few members, whose arrays have room for sixteen, and of a member
 * beside its chars (map slot, places in the arrays of both structures, string header).
 */
const BASE_MEMORY = 900;
const MEMBER_OVERHEAD = 110;

/** What a member takes in the stored form beside its chars, nearly: its score and its length. */
const SCORE_BYTES = 10;

/** Family 0: members with their scores, by hash. Family 1 is in rank-parts.ts. */
const FORM: HashForm<DenseMap<number>> = {
  family: 0,
  firstBound: undefined,
  empty: () => new DenseMap(),
  copy: (scores) => scores.copy(),
  take: (scores, from, place) => scores.append(from.keyAt(place), from.valueAt(place)),
  bytesAt: (scores, place) => scores.keyAt(place).length + SCORE_BYTES,
  pack(scores, packer) {
    for (let place = 0; place < scores.size; place++) packer.string(scores.keyAt(place)).double(scores.valueAt(place));
  },
  unpack(unpacker, count) {
    const scores = new DenseMap<number>();
    for (let left = count; left > 0; left--) scores.append(unpacker.string(), unpacker.double());
    return scores;
  },
  join(scores, next) {
    for (let place = 0; place < next.size; place++) scores.append(next.keyAt(place), next.valueAt(place));
  },
  packBound: () => undefined,
  unpackBound: () => undefined,
};

/** Ranks from `start` up to, not including, `end`. Nothing when `end` is not above `start`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One end of a range of scores. */
export interface ScoreBound {
  readonly score: number;
  readonly exclusive: boolean;
}

/** One end of a range of members: a member, or what is below or above all of them. */
export type NameBound = { readonly name: Bytes; readonly exclusive: boolean } | 'least' | 'greatest';

export class ZSetValue implements Segmented {
  readonly type = 'zset' as const;
  private order: RankedTree | RankParts = new RankedTree();
  /** Of a large set `parts` have what `scores` have of any other. */
  private scores = new DenseMap<number>();
  private parts: HashParts<DenseMap<number>> | undefined = undefined;
  private nameBytes = 0;
  /** Redis would still hold it as a listpack. Once it is not, it stays so. */
  private packed = true;

  constructor(readonly limits: EncodingLimits) {}

  /** A new sorted set of couples that ascend strictly, given as parallel arrays. The names are owned already. O(n). */
  static fromSorted(limits: EncodingLimits, scores: readonly number[], names: readonly Bytes[]): ZSetValue {
    const zset = new ZSetValue(limits);
    // As Redis converts the result of a *STORE: decided by the whole (7.0, zsetConvertToListpackIfNeeded).
    zset.packed = names.length <= limits.zsetMaxListpackEntries && names.every((name) => name.length <= limits.zsetMaxListpackValue);
    for (let i = 0; i < names.length; i++) zset.hold(names[i] as Bytes, scores[i] as number);
    zset.order.load(scores.map(unsignedZero), names);
    zset.divide();
    return zset;
  }

  /** Members. */
  get size(): number {
    return this.parts === undefined ? this.scores.size : this.parts.size;
  }

  /** Estimated bytes of memory. */
  get memory(): number {
    return BASE_MEMORY + this.nameBytes + MEMBER_OVERHEAD * this.size;
  }

  /** What OBJECT ENCODING answers. */
  encoding(): 'listpack' | 'skiplist' {
    return this.packed ? 'listpack' : 'skiplist';
  }

  // ---- members

  has(member: Bytes): boolean {
    return this.scoresAt(this.partOf(member)).has(member);
  }

  score(member: Bytes): number | undefined {
    return this.scoresAt(this.partOf(member)).get(member);
  }

  /** The rank of a member, from the lowest score, or undefined when it is not there. */
  rank(member: Bytes): number | undefined {
    const score = this.score(member);
    return score === undefined ? undefined : this.order.rankOf(score, member);
  }

  /** Gives a member its score, whether it was there or not. True when that changed anything. */
  put(member: Bytes, score: number): boolean {
    const part = this.partOf(member);
    const scores = this.scoresAt(part);
    const index = scores.indexOf(member);
    if (index < 0) {
      if (this.packed && this.outgrows(member)) this.packed = false;
      const name = own(member);
      this.hold(name, score);
      this.order.insert(unsignedZero(score), name);
      this.divide();
      return true;
    }
    const former = scores.valueAt(index);
    if (former === score) return false;
    const name = scores.keyAt(index);
    this.order.delete(former, name);
    const stored = unsignedZero(score);
    scores.setAt(index, stored);
    this.parts?.changed(part, 0, 0);
    this.order.insert(stored, name);
    return true;
  }

  /** False when there was no such member. */
  remove(member: Bytes): boolean {
    const score = this.score(member);
    if (score === undefined) return false;
    this.order.delete(score, member);
    this.forget(member);
    return true;
  }

  /** Removes the members of a span; returns how many. */
  removeSpan({ start, end }: Span): number {
    const names: Bytes[] = [];
    this.walk(start, end - start, false, (name) => names.push(name));
    for (const name of names) this.forget(name);
    this.order.deleteRange(start, names.length);
    return names.length;
  }

  // ---- ranges

  spanOfScores(min: ScoreBound, max: ScoreBound): Span {
    const { order } = this;
    return {
      start: min.exclusive ? order.countUpTo(min.score) : order.countBelow(min.score),
      end: max.exclusive ? order.countBelow(max.score) : order.countUpTo(max.score),
    };
  }

  /** Means something only when all scores are equal, as in Redis. */
  spanOfNames(min: NameBound, max: NameBound): Span {
    return { start: this.countNames(min, true), end: this.countNames(max, false) };
  }

  /** As Redis has indexes: from `start` to `stop`, both included, negative ones from the end. */
  spanOfRanks(start: number, stop: number): Span {
    const { size } = this;
    const first = Math.max(start < 0 ? size + start : start, 0);
    const last = Math.min(stop < 0 ? size + stop : stop, size - 1);
    return first > last ? { start: 0, end: 0 } : { start: first, end: last + 1 };
  }

  /** How many members lie before a bound that is the lower or the upper end of a range. */
  private countNames(bound: NameBound, lower: boolean): number {
    if (bound === 'least') return 0;
    if (bound === 'greatest') return this.size;
    return bound.exclusive === lower ? this.order.countNamesUpTo(bound.name) : this.order.countNamesBelow(bound.name);
  }

  /** Visits up to `count` members from a rank on, upwards or downwards. The set must not change meanwhile. */
  walk(rank: number, count: number, downwards: boolean, visit: (member: Bytes, score: number) => void): void {
    if (count <= 0) return;
    let left = count;
    const step = (score: number, name: Bytes): boolean => {
      visit(name, score);
      return --left > 0;
    };
    if (downwards) this.order.descend(rank, step);
    else this.order.ascend(rank, step);
  }

  /** Visits members from a rank on, upwards, until `visit` returns false. The set must not change meanwhile. */
  ascend(rank: number, visit: (member: Bytes, score: number) => boolean): void {
    this.order.ascend(rank, (score, name) => visit(name, score));
  }

  // ---- places: where a member stands, from 0 to size - 1, in no order that means anything. A change may move others to
  // other places.

  memberAt(place: number): Bytes {
    if (this.parts === undefined) return this.scores.keyAt(place);
    const scores = this.parts.locate(place);
    return scores.keyAt(this.parts.found);
  }

  scoreAt(place: number): number {
    if (this.parts === undefined) return this.scores.valueAt(place);
    const scores = this.parts.locate(place);
    return scores.valueAt(this.parts.found);
  }

  /** Visits about `count` members of a walk in steps, and returns the next cursor. A walk begins and ends with cursor 0. */
  scan(cursor: bigint, count: number, visit: (member: Bytes, score: number) => void): number {
    if (this.parts === undefined) return scanDown(this.size, cursor, count, (place) => visit(this.memberAt(place), this.scoreAt(place)));
    return this.parts.scan(cursor, count, (scores, place) => visit(scores.keyAt(place), scores.valueAt(place)));
  }

  // ---- as a whole

  /** An independent copy. */
  copy(): ZSetValue {
    const copy = new ZSetValue(this.limits);
    copy.scores = this.scores.copy();
    copy.parts = this.parts?.copy();
    copy.nameBytes = this.nameBytes;
    copy.packed = this.packed;
    if (this.order instanceof RankParts) copy.order = this.order.copy();
    else copy.order.load(...this.inOrder());
    return copy;
  }

  /** Scores and names by rank. */
  private inOrder(): [number[], Bytes[]] {
    const scores: number[] = [];
    const names: Bytes[] = [];
    this.order.ascend(0, (score, name) => {
      scores.push(score);
      names.push(name);
      return true;
    });
    return [scores, names];
  }

  /**
   * The stored form: the members with their scores by place, then the places by rank, so that reading it sorts nothing.
   * In parts: how many bytes the members have together.
   */
  encode(): Bytes {
    const packer = new Packer();
    packer.count(this.packed ? 1 : 0).count(this.size);
    if (this.parts !== undefined) return packer.count(this.nameBytes).done();
    for (let place = 0; place < this.size; place++) packer.string(this.memberAt(place)).double(this.scoreAt(place));
    this.order.ascend(0, (_score, name) => {
      packer.count(this.scores.indexOf(name));
      return true;
    });
    return packer.done();
  }

  static decode(data: Bytes, limits: EncodingLimits, source?: SegmentSource): ZSetValue {
    const unpacker = new Unpacker(data);
    const zset = new ZSetValue(limits);
    zset.packed = unpacker.count() === 1;
    const size = unpacker.count();
    if (source) {
      zset.parts = new HashParts(FORM, limits, size, source);
      zset.order = new RankParts(limits, size, source);
      zset.nameBytes = unpacker.count();
      return zset;
    }
    for (let place = 0; place < size; place++) {
      const member = unpacker.string();
      if (zset.has(member)) throw new Error('stored sorted set has a member twice');
      zset.hold(member, unpacker.double());
    }
    const scores: number[] = [];
    const names: Bytes[] = [];
    for (let rank = 0; rank < size; rank++) {
      const place = unpacker.count();
      if (place >= size) throw new Error('stored sorted set ranks a member that it does not have');
      const score = zset.scoreAt(place);
      const name = zset.memberAt(place);
      if (rank > 0 && !precedes(scores[rank - 1] as number, names[rank - 1] as Bytes, score, name))
        throw new Error('stored sorted set is not in order');
      scores.push(score);
      names.push(name);
    }
    zset.order.load(scores, names);
    zset.divide();
    return zset;
  }

  segmentChanges(): SegmentChanges | undefined {
    const { parts, order } = this;
    if (parts === undefined || !(order instanceof RankParts)) return undefined;
    return joinChanges([parts.changes(), order.changes()]);
  }

  markStored(source: SegmentSource): void {
    this.parts?.markStored(source);
    if (this.order instanceof RankParts) this.order.markStored(source);
  }

  get residentMemory(): number {
    return this.parts === undefined || !(this.order instanceof RankParts)
      ? this.memory
      : residentMemoryOf(this.memory, [this.parts.holding, this.order.holding]);
  }

  release(what: 'unused' | 'all'): void {
    this.parts?.release(what);
    if (this.order instanceof RankParts) this.order.release(what);
  }

  // ---- inside

  /** The part that a member belongs to, where there are parts. */
  private partOf(member: Bytes): number {
    return this.parts === undefined ? 0 : this.parts.partOf(member);
  }

  private scoresAt(part: number): DenseMap<number> {
    return this.parts === undefined ? this.scores : this.parts.content(part);
  }

  /** Goes over to parts when it has become large. */
  private divide(): void {
    const { scores, limits } = this;
    if (this.parts !== undefined || this.nameBytes + scores.size * SCORE_BYTES <= limits.wholeBytes) return;
    const order = new RankParts(limits);
    order.load(...this.inOrder());
    this.order = order;
    this.parts = new HashParts(FORM, limits);
    this.scores = new DenseMap();
    this.nameBytes = 0;
    for (let place = 0; place < scores.size; place++) this.hold(scores.keyAt(place), scores.valueAt(place));
  }

  /** Puts a new member, which is owned already, into the map; not yet into the order. */
  private hold(member: Bytes, score: number): void {
    const part = this.partOf(member);
    this.scoresAt(part).append(member, unsignedZero(score));
    this.nameBytes += member.length;
    this.parts?.changed(part, 1, member.length + SCORE_BYTES);
  }

  /** One more member, this one, is more than Redis keeps in a listpack. */
  private outgrows(member: Bytes): boolean {
    const { limits } = this;
    return this.size >= limits.zsetMaxListpackEntries || member.length > limits.zsetMaxListpackValue;
  }

  /** Takes a member out of the map; the caller takes it out of the order. */
  private forget(member: Bytes): void {
    const part = this.partOf(member);
    this.scoresAt(part).delete(member);
    this.nameBytes -= member.length;
    this.parts?.changed(part, -1, -member.length - SCORE_BYTES);
  }
}

/**
 * Redis loses the sign of -0 in a listpack and keeps it in a skiplist. Here it is always lost, so that what is stored
 * does not depend on the limits that were in force.
 */
function unsignedZero(score: number): number {
  return score === 0 ? 0 : score;
}

function precedes(score: number, name: Bytes, nextScore: number, nextName: Bytes): boolean {
  return score < nextScore || (score === nextScore && name < nextName);
}
