// Sums of the first counts of a row of counts, which change one by one (a Fenwick tree).

export class PrefixSums {
  /** Entry i, from 1 on, sums the counts of as many places up to i as its lowest bit says. */
  private readonly sums: Float64Array;

  constructor(length: number, countAt: (index: number) => number) {
    const sums = new Float64Array(length + 1);
    for (let i = 1; i <= length; i++) {
      const sum = (sums[i] as number) + countAt(i - 1);
      sums[i] = sum;
      const parent = i + (i & -i);
      if (parent <= length) sums[parent] = (sums[parent] as number) + sum;
    }
    this.sums = sums;
  }

  add(index: number, delta: number): void {
    const { sums } = this;
    for (let i = index + 1; i < sums.length; i += i & -i) sums[i] = (sums[i] as number) + delta;
  }

  /** The sum of the counts before `index`. */
  before(index: number): number {
    let total = 0;
    for (let i = index; i > 0; i -= i & -i) total += this.sums[i] as number;
    return total;
  }

  /** The index whose share of the total a place is in: the last one with no more than `place` before it. */
  locate(place: number): number {
    const { sums } = this;
    let index = 0;
    let rest = place;
    for (let step = 2 ** Math.floor(Math.log2(sums.length)); step > 0; step >>= 1) {
      const next = index + step;
      if (next >= sums.length || (sums[next] as number) > rest) continue;
      index = next;
      rest -= sums[next] as number;
    }
    return index;
  }
}
