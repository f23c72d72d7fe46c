// A double-ended queue of doubly linked chunks: O(1) at both ends, O(n / chunk) to an index from the nearer end, and a
// change in the middle moves the elements of one chunk only.

/** Elements of a full chunk: few enough to shift around, enough that links cost next to nothing. */
const CHUNK_SIZE = 128;
/** Two neighbours with no more than this together become one, so that removals leave no chain of nearly empty chunks. */
const MERGE_SIZE = CHUNK_SIZE / 2;

/** Never empty while it is linked. */
class Chunk<T> {
  previous: Chunk<T> | undefined = undefined;
  next: Chunk<T> | undefined = undefined;
  constructor(readonly items: T[]) {}
}

export class Deque<T> {
  private head: Chunk<T> | undefined = undefined;
  private tail: Chunk<T> | undefined = undefined;
  private count = 0;

  /** Elements. */
  get size(): number {
    return this.count;
  }

  pushFront(value: T): void {
    this.count++;
    if (this.head && this.head.items.length < CHUNK_SIZE) this.head.items.unshift(value);
    else this.link(undefined, new Chunk([value]), this.head);
  }

  pushBack(value: T): void {
    this.count++;
    if (this.tail && this.tail.items.length < CHUNK_SIZE) this.tail.items.push(value);
    else this.link(this.tail, new Chunk([value]), undefined);
  }

  /** Takes the first element; undefined when there is none. */
  popFront(): T | undefined {
    const chunk = this.head;
    if (!chunk) return undefined;
    this.count--;
    const value = chunk.items.shift();
    if (chunk.items.length === 0) this.unlink(chunk);
    return value;
  }

  /** Takes the last element; undefined when there is none. */
  popBack(): T | undefined {
    const chunk = this.tail;
    if (!chunk) return undefined;
    this.count--;
    const value = chunk.items.pop();
    if (chunk.items.length === 0) this.unlink(chunk);
    return value;
  }

  /** The element at `index`, from 0; undefined outside. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.count) return undefined;
    const { chunk, offset } = this.locate(index);
    return chunk.items[offset];
  }

  /** Replaces the element at `index`, which must exist; answers with the former one. */
  set(index: number, value: T): T {
    const { chunk, offset } = this.locate(index);
    const former = chunk.items[offset] as T;
    chunk.items[offset] = value;
    return former;
  }

  /** Inserts before the element at `index`, from 0; at `size` or beyond it is appended. */
  insert(index: number, value: T): void {
    if (index >= this.count) {
      this.pushBack(value);
      return;
    }
    let { chunk, offset } = this.locate(index);
    if (chunk.items.length >= CHUNK_SIZE) {
      const half = CHUNK_SIZE / 2;
      const rest = new Chunk(chunk.items.splice(half));
      this.link(chunk, rest, chunk.next);
      if (offset > half) {
        chunk = rest;
        offset -= half;
      }
    }
    chunk.items.splice(offset, 0, value);
    this.count++;
  }

  /** Removes up to `count` elements from `start` on and shows each to `removed`, in order. */
  removeRange(start: number, count: number, removed: (value: T) => void): void {
    let rest = Math.min(count, this.count - start);
    if (rest <= 0) return;
    let { chunk, offset }: { chunk: Chunk<T> | undefined; offset: number } = this.locate(start);
    this.count -= rest;
    const before = offset > 0 ? chunk : chunk.previous;
    while (chunk && rest > 0) {
      const next: Chunk<T> | undefined = chunk.next;
      const whole = offset === 0 && rest >= chunk.items.length;
      const taken = whole ? chunk.items : chunk.items.splice(offset, rest);
      if (whole) this.unlink(chunk);
      for (const value of taken) removed(value);
      rest -= taken.length;
      offset = 0;
      chunk = next;
    }
    this.absorbNext(before);
  }

  /**
   * Removes up to `limit` elements that match, from the front or from the back. Returns how many it removed.
   */
  removeMatching(matches: (value: T) => boolean, limit: number, fromBack: boolean): number {
    let removed = 0;
    let chunk = fromBack ? this.tail : this.head;
    while (chunk && removed < limit) {
      const following: Chunk<T> | undefined = fromBack ? chunk.previous : chunk.next;
      const taken = fromBack ? filterBackward(chunk, matches, limit - removed) : filterForward(chunk, matches, limit - removed);
      if (taken > 0) {
        // Only chunks that have been passed are dissolved: `following` stays linked.
        if (chunk.items.length === 0) this.unlink(chunk);
        else this.absorbNext(fromBack ? chunk : chunk.previous);
      }
      removed += taken;
      chunk = following;
    }
    this.count -= removed;
    return removed;
  }

  /** Up to `count` elements from `start` on. */
  slice(start: number, count: number): T[] {
    const values: T[] = [];
    const wanted = Math.min(count, this.count - start);
    if (wanted <= 0) return values;
    let { chunk, offset }: { chunk: Chunk<T> | undefined; offset: number } = this.locate(start);
    while (chunk && values.length < wanted) {
      const stop = Math.min(chunk.items.length, offset + wanted - values.length);
      for (let i = offset; i < stop; i++) values.push(chunk.items[i] as T);
      chunk = chunk.next;
      offset = 0;
    }
    return values;
  }

  /** Visits elements from `start` to the back until `visit` returns false. The deque must not change meanwhile. */
  ascend(start: number, visit: (value: T) => boolean): void {
    if (start >= this.count) return;
    let { chunk, offset }: { chunk: Chunk<T> | undefined; offset: number } = this.locate(start);
    for (; chunk; chunk = chunk.next, offset = 0) {
      for (let i = offset; i < chunk.items.length; i++) if (!visit(chunk.items[i] as T)) return;
    }
  }

  /** Visits elements from the back to the front until `visit` returns false. The deque must not change meanwhile. */
  descend(visit: (value: T) => boolean): void {
    for (let chunk = this.tail; chunk; chunk = chunk.previous) {
      for (let i = chunk.items.length - 1; i >= 0; i--) if (!visit(chunk.items[i] as T)) return;
    }
  }

  /** An independent deque of the same elements. */
  copy(): Deque<T> {
    const copy = new Deque<T>();
    for (let chunk = this.head; chunk; chunk = chunk.next) copy.link(copy.tail, new Chunk(chunk.items.slice()), undefined);
    copy.count = this.count;
    return copy;
  }

  /** The chunk that holds `index`, which must exist. */
  private locate(index: number): { chunk: Chunk<T>; offset: number } {
    if (index < this.count / 2) {
      let offset = index;
      for (let chunk = this.head; chunk; chunk = chunk.next) {
        if (offset < chunk.items.length) return { chunk, offset };
        offset -= chunk.items.length;
      }
    } else {
      let fromBack = this.count - index;
      for (let chunk = this.tail; chunk; chunk = chunk.previous) {
        if (fromBack <= chunk.items.length) return { chunk, offset: chunk.items.length - fromBack };
        fromBack -= chunk.items.length;
      }
    }
    throw new Error(`no element at ${index}`);
  }

  private link(previous: Chunk<T> | undefined, chunk: Chunk<T>, next: Chunk<T> | undefined): void {
    chunk.previous = previous;
    chunk.next = next;
    if (previous) previous.next = chunk;
    else this.head = chunk;
    if (next) next.previous = chunk;
    else this.tail = chunk;
  }

  private unlink(chunk: Chunk<T>): void {
    const { previous, next } = chunk;
    if (previous) previous.next = next;
    else this.head = next;
    if (next) next.previous = previous;
    else this.tail = previous;
  }

  /** Moves the elements of the next chunk into this one when both are small. */
  private absorbNext(chunk: Chunk<T> | undefined): void {
    const next = chunk?.next;
    if (!chunk || !next || chunk.items.length + next.items.length > MERGE_SIZE) return;
    for (const value of next.items) chunk.items.push(value);
    this.unlink(next);
  }
}

/** Removes up to `limit` matching elements, first ones first. Returns how many. */
function filterForward<T>({ items }: Chunk<T>, matches: (value: T) => boolean, limit: number): number {
  let kept = 0;
  let removed = 0;
  for (const value of items) {
    if (removed < limit && matches(value)) removed++;
    else items[kept++] = value;
  }
  items.length = kept;
  return removed;
}

/** Removes up to `limit` matching elements, last ones first. Returns how many. */
function filterBackward<T>({ items }: Chunk<T>, matches: (value: T) => boolean, limit: number): number {
  let kept = items.length;
  let removed = 0;
  for (let i = items.length - 1; i >= 0; i--) {
    const value = items[i] as T;
    if (removed < limit && matches(value)) removed++;
    else items[--kept] = value;
  }
  if (removed > 0) items.splice(0, kept);
  return removed;
}
