// The members of a large sorted set in order, in parts: what RankedTree is for the others. A look-up finds its part by
// where parts begin, which is known without loading them, and loads that one.

import { type Bytes, own } from '../bytes/bytes';
import type { EncodingLimits } from './limits';
import { insertBetween } from './part-ids';
import { type Holding, type PartForm, Parts } from './parts';
import type { SegmentChanges, SegmentSource } from './segments';

/** What a member takes in the stored form beside its chars, nearly: its score and its length. */
const COUPLE_BYTES = 10;
/** A bound stands beside a megabyte of its part in one row of storage: between names that share more than this no part begins. */
const MAX_BOUND_CHARS = 64 * 1024;

/** Couples in order, in parallel arrays. */
interface Couples {
  readonly scores: number[];
  readonly names: Bytes[];
}

/** Not above any couple of its part, and above all of the part before. That of the first part means nothing. */
interface Bound {
  readonly score: number;
  readonly name: Bytes;
}

/** Family 1: members by score, then by name. */
const FORM: PartForm<Couples, Bound> = {
  family: 1,
  keyOf: (bound) => bound.score,
  pack({ scores, names }, packer) {
    for (let i = 0; i < names.length; i++) packer.double(scores[i] as number).string(names[i] as Bytes);
  },
  unpack(unpacker, count) {
    const couples: Couples = { scores: [], names: [] };
    for (let left = count; left > 0; left--) {
      couples.scores.push(unpacker.double());
      couples.names.push(unpacker.string());
    }
    return couples;
  },
  join(couples, next) {
    for (const score of next.scores) couples.scores.push(score);
    for (const name of next.names) couples.names.push(name);
  },
  packBound: ({ score, name }, packer) => packer.double(score).string(name),
  unpackBound: (unpacker) => ({ score: unpacker.double(), name: unpacker.string() }),
};

/** Serves {@link ZSetValue} with the methods that it uses of RankedTree, which says what they do. */
export class RankParts {
  private readonly parts: Parts<Couples, Bound>;

  constructor(
    private readonly limits: EncodingLimits,
    /** Members. */
    public size = 0,
    source?: SegmentSource,
  ) {
    this.parts = new Parts(FORM, source);
  }

  // ---- ranks

  rankOf(score: number, name: Bytes): number {
    return this.countOf(score, name, false);
  }

  countBelow(score: number): number {
    return this.countOf(score, undefined, false);
  }

  countUpTo(score: number): number {
    return this.countOf(score, undefined, true);
  }

  /** Where all scores are equal: to that of the first member. Bounds may still have lower ones. */
  countNamesBelow(name: Bytes): number {
    return this.size === 0 ? 0 : this.countOf(this.firstScore(), name, false);
  }

  countNamesUpTo(name: Bytes): number {
    return this.size === 0 ? 0 : this.countOf(this.firstScore(), name, true);
  }

  private firstScore(): number {
    return this.parts.content(0).scores[0] as number;
  }

  /** How many couples come before a couple, or before all of a score where there is no name; or up to it or them. */
  private countOf(score: number, name: Bytes | undefined, inclusive: boolean): number {
    if (this.size === 0) return 0;
    const part = this.partOf(score, name, inclusive);
    return this.parts.startOf(part) + indexIn(this.parts.content(part), score, name, inclusive);
  }

  /** The last part that begins before such a place in the order, or the first one. */
  private partOf(score: number, name: Bytes | undefined, inclusive: boolean): number {
    const { keys, all } = this.parts;
    let low = 0;
    let high = keys.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const at = keys[middle] as number;
      const before = at === score ? comesBefore((all[middle] as { bound: Bound }).bound.name, name, inclusive) : at < score;
      if (before) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  // ---- changing

  insert(score: number, name: Bytes): void {
    if (this.parts.length === 0) insertBetween(this.parts, 0, { score, name: '' as Bytes }, { scores: [], names: [] }, 0, 0);
    const part = this.partOf(score, name, true);
    const couples = this.parts.content(part);
    const index = indexIn(couples, score, name, false);
    const last = index === couples.names.length;
    couples.scores.splice(index, 0, score);
    couples.names.splice(index, 0, name);
    this.size++;
    this.parts.touch(part, 1, name.length + COUPLE_BYTES);
    this.split(part, last);
  }

  delete(score: number, name: Bytes): boolean {
    if (this.size === 0) return false;
    const part = this.partOf(score, name, true);
    const couples = this.parts.content(part);
    const { scores, names } = couples;
    const index = indexIn(couples, score, name, false);
    if (scores[index] !== score || names[index] !== name) return false;
    scores.splice(index, 1);
    names.splice(index, 1);
    this.size--;
    this.parts.touch(part, -1, -name.length - COUPLE_BYTES);
    this.parts.shrink(part, this.limits.segmentBytes);
    return true;
  }

  deleteRange(rank: number, count: number): void {
    const { parts } = this;
    let rest = Math.min(count, this.size - rank);
    if (rest <= 0) return;
    this.size -= rest;
    const first = parts.locate(rank);
    let part = first;
    let offset = rank - parts.startOf(part);
    while (rest > 0) {
      const { count: held } = parts.at(part);
      if (offset === 0 && rest >= held && parts.length > 1) {
        rest -= held;
        parts.drop(part);
        continue;
      }
      const { scores, names } = parts.content(part);
      scores.splice(offset, rest);
      const removed = names.splice(offset, rest);
      parts.touch(part, -removed.length, -bytesOf(removed));
      rest -= removed.length;
      offset = 0;
      part++;
    }
    // What lies on both sides of the gap may be small now.
    for (const side of [part, part - 1, first]) if (side >= 0 && side < parts.length) parts.shrink(side, this.limits.segmentBytes);
  }

  /** Fills it, when it is empty, with couples that ascend strictly. */
  load(scores: readonly number[], names: readonly Bytes[]): void {
    // Some room, so that the next insertion does not split a part.
    const fullBytes = (this.limits.segmentBytes * 3) / 4;
    let start = 0;
    let bytes = 0;
    let bound: Bound = { score: scores[0] as number, name: '' as Bytes };
    for (let end = 1; end <= names.length; end++) {
      bytes += (names[end - 1] as Bytes).length + COUPLE_BYTES;
      const isLast = end === names.length;
      if (bytes < fullBytes && !isLast) continue;
      const next = isLast ? undefined : boundOf(scores, names, end);
      if (!isLast && next === undefined) continue;
      const couples = { scores: scores.slice(start, end), names: names.slice(start, end) };
      insertBetween(this.parts, this.parts.length, bound, couples, end - start, bytes);
      start = end;
      bytes = 0;
      bound = next ?? bound;
    }
    this.size = names.length;
  }

  // ---- walking

  ascend(rank: number, visit: (score: number, name: Bytes) => boolean): void {
    if (rank < 0 || rank >= this.size) return;
    let part = this.parts.locate(rank);
    let index = rank - this.parts.startOf(part);
    for (; part < this.parts.length; part++, index = 0) {
      const { scores, names } = this.parts.content(part);
      for (; index < names.length; index++) if (!visit(scores[index] as number, names[index] as Bytes)) return;
    }
  }

  descend(rank: number, visit: (score: number, name: Bytes) => boolean): void {
    if (rank < 0 || this.size === 0) return;
    const from = Math.min(rank, this.size - 1);
    let part = this.parts.locate(from);
    let index = from - this.parts.startOf(part);
    for (;;) {
      const { scores, names } = this.parts.content(part);
      for (; index >= 0; index--) if (!visit(scores[index] as number, names[index] as Bytes)) return;
      if (--part < 0) return;
      index = this.parts.at(part).count - 1;
    }
  }

  // ---- as a whole

  copy(): RankParts {
    const copy = new RankParts(this.limits, this.size);
    this.parts.copyTo(copy.parts, ({ scores, names }) => ({ scores: scores.slice(), names: names.slice() }));
    return copy;
  }

  changes(): SegmentChanges {
    return this.parts.changes();
  }

  markStored(source: SegmentSource): void {
    this.parts.markStored(source);
  }

  get holding(): Holding {
    return this.parts;
  }

  release(what: 'unused' | 'all'): void {
    this.parts.release(what);
  }

  // ---- inside

  /** Divides a part that is too large in two. `grewAtEnd`: more is likely to come there, so most stays on the left. */
  private split(part: number, grewAtEnd = false): void {
    const { bytes, count } = this.parts.at(part);
    if (bytes <= this.limits.segmentBytes || count < 2) return;
    const { scores, names } = this.parts.content(part);
    const at = grewAtEnd ? Math.max(1, Math.floor((count * 7) / 8)) : count >> 1;
    const bound = boundOf(scores, names, at);
    if (bound === undefined) return;
    const right = { scores: scores.splice(at), names: names.splice(at) };
    const rightBytes = bytesOf(right.names);
    this.parts.touch(part, -right.names.length, -rightBytes);
    insertBetween(this.parts, part + 1, bound, right, right.names.length, rightBytes);
    this.split(part + 1);
    this.split(part);
  }
}

/** How many couples come before a place in the order, as in {@link RankParts}. */
function indexIn({ scores, names }: Couples, score: number, name: Bytes | undefined, inclusive: boolean): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = scores[middle] as number;
    if (at === score ? comesBefore(names[middle] as Bytes, name, inclusive) : at < score) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Among couples of one score. */
function comesBefore(at: Bytes, name: Bytes | undefined, inclusive: boolean): boolean {
  if (name === undefined) return inclusive;
  return at < name || (inclusive && at === name);
}

function bytesOf(names: readonly Bytes[]): number {
  let bytes = names.length * COUPLE_BYTES;
  for (const name of names) bytes += name.length;
  return bytes;
}

/**
 * The shortest bound between the couple at `at` and the one before it: long names are not needed whole. Undefined when even
 * that is too long.
 */
function boundOf(scores: readonly number[], names: readonly Bytes[], at: number): Bound | undefined {
  const score = scores[at] as number;
  if ((scores[at - 1] as number) < score) return { score, name: '' as Bytes };
  const left = names[at - 1] as Bytes;
  const right = names[at] as Bytes;
  let shared = 0;
  while (shared < left.length && left.charCodeAt(shared) === right.charCodeAt(shared)) if (++shared >= MAX_BOUND_CHARS) return undefined;
  return { score, name: own(right.slice(0, shared + 1) as Bytes) };
}
