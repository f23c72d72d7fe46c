// The least of a row of numbers that change one by one, and those that are no greater than a bound (a tournament tree).

export class MinTree {
  /** Entry i is the lesser of entries 2i and 2i + 1; the numbers themselves are the leaves, from `leaves` on. */
  private readonly least: Float64Array;
  private readonly leaves: number;

  constructor(length: number, valueAt: (index: number) => number) {
    let leaves = 1;
    while (leaves < length) leaves *= 2;
    this.leaves = leaves;
    this.least = new Float64Array(2 * leaves).fill(Number.POSITIVE_INFINITY);
    for (let i = 0; i < length; i++) this.least[leaves + i] = valueAt(i);
    for (let i = leaves - 1; i > 0; i--) this.pull(i);
  }

  /** Infinity when there is no number. */
  get min(): number {
    return this.least[1] as number;
  }

  set(index: number, value: number): void {
    let i = this.leaves + index;
    this.least[i] = value;
    for (i >>= 1; i > 0; i >>= 1) this.pull(i);
  }

  /** Visits the indexes of numbers up to `bound`, in order, until `visit` returns false. */
  visitUpTo(bound: number, visit: (index: number) => boolean): void {
    this.visitBelow(1, bound, visit);
  }

  private visitBelow(i: number, bound: number, visit: (index: number) => boolean): boolean {
    if ((this.least[i] as number) > bound) return true;
    if (i >= this.leaves) return visit(i - this.leaves);
    return this.visitBelow(2 * i, bound, visit) && this.visitBelow(2 * i + 1, bound, visit);
  }

  private pull(i: number): void {
    this.least[i] = Math.min(this.least[2 * i] as number, this.least[2 * i + 1] as number);
  }
}
