// The parts of a large value in memory: which there are, in order, and which of them are loaded, changed or gone since
// the last checkpoint. What is in a part and when parts are split is a matter of those who use this.

import { PrefixSums } from '../structures/prefix-sums';
import { Packer, Unpacker } from './packer';
import type { Segment, SegmentChanges, SegmentSource } from './segments';

/** How the parts of one family are written. */
export interface PartForm<C, B> {
  readonly family: number;
  /** A number by which parts are looked up, where that is not the id: with the order of parts it never descends. */
  keyOf?(bound: B): number;
  pack(content: C, packer: Packer): void;
  unpack(unpacker: Unpacker, count: number): C;
  /** Adds the elements of the next part to a content. */
  join(content: C, next: C): void;
  /** Writes the bound, or what has become of it with the content. */
  packBound(bound: B, packer: Packer, content: C): void;
  unpackBound(unpacker: Unpacker): B;
}

/** Estimated bytes of what is known of a part without its content. */
const PART_MEMORY = 200;

/** What is in memory of the parts of a family. */
export interface Holding {
  /** Bytes of all parts when encoded, and of those that are loaded. Zero until the parts are known. */
  readonly totalBytes: number;
  readonly loadedBytes: number;
  /** Parts that are known. */
  readonly knownParts: number;
}

/** Estimated bytes of memory of a value that would take `memory` if all of its parts were loaded. */
export function residentMemoryOf(memory: number, holdings: readonly Holding[]): number {
  let total = 0;
  let loaded = 0;
  let known = 0;
  for (const holding of holdings) {
    total += holding.totalBytes;
    loaded += holding.loadedBytes;
    known += holding.knownParts;
  }
  return known * PART_MEMORY + (total === 0 ? 0 : Math.round((memory * loaded) / total));
}

class Part<C, B> {
  /** Storage does not have it as it is. Such a part is loaded. */
  changed = false;
  /** Somebody asked for its content since {@link Parts.release} looked. */
  used = true;
  /** Since a split was in vain a part may grow up to so many bytes before the next attempt. */
  splitAbove = 0;
  constructor(
    readonly id: number,
    /** Elements. */
    public count: number,
    /** What the elements take when encoded, nearly. */
    public bytes: number,
    /** What else is known of it without loading it, such as where it begins in the order of its family. */
    public bound: B,
    /** Undefined until it is loaded. */
    public content: C | undefined,
    /** Storage has a segment of this id, whatever is in it. */
    public stored: boolean,
  ) {}
}

export class Parts<C, B> implements Holding {
  totalBytes = 0;
  loadedBytes = 0;
  /** Counts the times that parts came to stand elsewhere: what is kept by their indexes is void then. */
  arrangement = 0;
  private listed: Part<C, B>[] | undefined;
  /** The keys of the parts, side by side: a search through the parts themselves would wait for memory at every step. */
  private readonly listedKeys: number[] = [];
  private readonly changed = new Set<Part<C, B>>();
  /** Those whose content is in memory. */
  private readonly loaded = new Set<Part<C, B>>();
  /** Ids that only storage still has. */
  private readonly removed = new Set<number>();
  private sums: PrefixSums | undefined;

  /** Without a `source` there are no parts yet. */
  constructor(
    private readonly form: PartForm<C, B>,
    private source?: SegmentSource,
  ) {
    this.listed = source ? undefined : [];
  }

  /** All parts in order, whose content need not be loaded. */
  get all(): readonly Part<C, B>[] {
    return this.listed ?? this.list();
  }

  /** The keys of all parts. */
  get keys(): readonly number[] {
    if (this.listed === undefined) this.list();
    return this.listedKeys;
  }

  get length(): number {
    return this.all.length;
  }

  get knownParts(): number {
    return this.listed?.length ?? 0;
  }

  at(index: number): Part<C, B> {
    return this.all[index] as Part<C, B>;
  }

  content(index: number): C {
    return this.contentOf(this.at(index));
  }

  /** How many elements come before those of a part. */
  startOf(index: number): number {
    return this.prefix().before(index);
  }

  /** The part that holds the element at a place from 0 to the number of all elements. */
  locate(place: number): number {
    return this.prefix().locate(place);
  }

  // ---- changing

  /** After elements of a part, which is loaded, changed. */
  touch(index: number, countDelta: number, bytesDelta: number): void {
    const part = this.at(index);
    part.count += countDelta;
    part.bytes += bytesDelta;
    this.totalBytes += bytesDelta;
    this.loadedBytes += bytesDelta;
    if (countDelta !== 0) this.sums?.add(index, countDelta);
    this.note(part);
  }

  /** A new part, which stands at `index` from now on. */
  insert(index: number, id: number, bound: B, content: C, count: number, bytes: number): void {
    const part = new Part(id, count, bytes, bound, content, this.removed.delete(id));
    this.own().splice(index, 0, part);
    this.totalBytes += bytes;
    this.loadedBytes += bytes;
    this.loaded.add(part);
    this.listedKeys.splice(index, 0, this.form.keyOf?.(bound) ?? id);
    this.note(part);
    this.rearranged();
  }

  drop(index: number): void {
    const [part] = this.own().splice(index, 1) as [Part<C, B>];
    this.listedKeys.splice(index, 1);
    this.forget(part);
    this.rearranged();
  }

  /** Where there is less than there was: drops a part without elements, or merges it with a neighbour when both are small. */
  shrink(index: number, segmentBytes: number): void {
    const { bytes, count } = this.at(index);
    if (this.length === 1 || (count > 0 && bytes >= segmentBytes / 4)) return;
    const mayMerge = (left: number): boolean =>
      left >= 0 && left + 1 < this.length && this.at(left).bytes + this.at(left + 1).bytes <= segmentBytes / 2;
    if (count === 0) this.drop(index);
    else if (mayMerge(index)) this.merge(index);
    else if (mayMerge(index - 1)) this.merge(index - 1);
  }

  private merge(left: number): void {
    const { count, bytes } = this.at(left + 1);
    this.form.join(this.content(left), this.content(left + 1));
    this.touch(left, count, bytes);
    this.drop(left + 1);
  }

  clear(): void {
    for (const part of this.own()) this.forget(part);
    this.listed = [];
    this.listedKeys.length = 0;
    this.rearranged();
  }

  /** Fills another one, which is empty, with the same parts. */
  copyTo(copy: Parts<C, B>, copyContent: (content: C) => C): void {
    for (const part of this.all) {
      copy.insert(copy.length, part.id, part.bound, copyContent(this.contentOf(part)), part.count, part.bytes);
    }
  }

  // ---- storage

  changes(): SegmentChanges {
    const { family } = this.form;
    return { put: this.puts(), removed: Array.from(this.removed, (id) => ({ family, id })) };
  }

  markStored(source: SegmentSource): void {
    for (const part of this.changed) {
      part.stored = true;
      part.changed = false;
    }
    this.changed.clear();
    this.removed.clear();
    this.source = source;
  }

  /** See {@link Segmented.release}. */
  release(what: 'unused' | 'all'): void {
    for (const part of this.loaded) {
      if (part.changed || this.source === undefined) continue;
      if (part.used && what === 'unused') part.used = false;
      else this.unload(part);
    }
  }

  private unload(part: Part<C, B>): void {
    const { form } = this;
    // What is known of it without its content is what storage would tell.
    const bound = new Packer();
    form.packBound(part.bound, bound, part.content as C);
    part.bound = form.unpackBound(new Unpacker(bound.done()));
    part.content = undefined;
    this.loadedBytes -= part.bytes;
    this.loaded.delete(part);
  }

  private *puts(): Generator<Segment> {
    const { form } = this;
    for (const part of [...this.changed].sort((a, b) => a.id - b.id)) {
      const content = this.contentOf(part);
      const head = new Packer().count(part.bytes);
      form.packBound(part.bound, head, content);
      const data = new Packer();
      form.pack(content, data);
      yield { family: form.family, id: part.id, count: part.count, head: head.done(), data: data.done() };
    }
  }

  // ---- inside

  private own(): Part<C, B>[] {
    return this.listed ?? this.list();
  }

  private list(): Part<C, B>[] {
    const { form } = this;
    const infos = (this.source as SegmentSource).list(form.family);
    this.listed = infos.map(({ id, count, head }) => {
      const unpacker = new Unpacker(head);
      const bytes = unpacker.count();
      const bound = form.unpackBound(unpacker);
      this.totalBytes += bytes;
      this.listedKeys.push(form.keyOf?.(bound) ?? id);
      return new Part<C, B>(id, count, bytes, bound, undefined, true);
    });
    return this.listed;
  }

  private contentOf(part: Part<C, B>): C {
    part.used = true;
    if (part.content !== undefined) return part.content;
    const { form } = this;
    const unpacker = new Unpacker((this.source as SegmentSource).load(form.family, part.id));
    const content = form.unpack(unpacker, part.count);
    if (!unpacker.finished) throw new Error('stored segment goes on behind its end');
    part.content = content;
    this.loadedBytes += part.bytes;
    this.loaded.add(part);
    return content;
  }

  private note(part: Part<C, B>): void {
    if (part.changed) return;
    part.changed = true;
    this.changed.add(part);
  }

  private rearranged(): void {
    this.sums = undefined;
    this.arrangement++;
  }

  private forget(part: Part<C, B>): void {
    this.totalBytes -= part.bytes;
    if (this.loaded.delete(part)) this.loadedBytes -= part.bytes;
    this.changed.delete(part);
    if (part.stored) this.removed.add(part.id);
  }

  private prefix(): PrefixSums {
    const { all } = this;
    this.sums ??= new PrefixSums(all.length, (index) => (all[index] as Part<C, B>).count);
    return this.sums;
  }
}

/** The changes of several families as those of one value. */
export function joinChanges(all: readonly SegmentChanges[]): SegmentChanges {
  return { put: putsOf(all), removed: all.flatMap(({ removed }) => removed) };
}

function* putsOf(all: readonly SegmentChanges[]): Generator<Segment> {
  for (const { put } of all) yield* put;
}
