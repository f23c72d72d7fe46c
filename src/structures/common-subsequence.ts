// The longest common subsequence of two strings, by the classic table of lengths. One of the two may be long, the
// shorter one has at most 65,535 chars: lengths are kept in two bytes.

/** One run of the subsequence: where it is in each string, ends included. */
export interface CommonRange {
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

/** Length only: two rows of the table are enough. */
export function commonLength(a: string, b: string): number {
  const width = b.length + 1;
  const cells = new Uint16Array(2 * width);
  for (let i = 1; i <= a.length; i++) fillRow(cells, a.charCodeAt(i - 1), b, ((i - 1) % 2) * width, (i % 2) * width);
  return cells[(a.length % 2) * width + b.length] as number;
}

/**
 * A longest common subsequence as its runs, last one first. Among several of the same length it is the one that walking
 * the table from its far corner meets, stepping back in `b` on a tie. Takes (a + 1) * (b + 1) * 2 bytes meanwhile.
 */
export function commonRanges(a: string, b: string): CommonRange[] {
  const width = b.length + 1;
  const cells = new Uint16Array(width * (a.length + 1));
  for (let i = 1; i <= a.length; i++) fillRow(cells, a.charCodeAt(i - 1), b, (i - 1) * width, i * width);
  const ranges: CommonRange[] = [];
  let i = a.length;
  let j = b.length;
  while (i > 0 && j > 0) {
    if (a.charCodeAt(i - 1) !== b.charCodeAt(j - 1)) {
      if ((cells[(i - 1) * width + j] as number) > (cells[i * width + j - 1] as number)) i--;
      else j--;
      continue;
    }
    const aEnd = i - 1;
    const bEnd = j - 1;
    do {
      i--;
      j--;
    } while (i > 0 && j > 0 && a.charCodeAt(i - 1) === b.charCodeAt(j - 1));
    ranges.push({ aStart: i, aEnd, bStart: j, bEnd });
  }
  return ranges;
}

/** Fills the row at `row` of the table from the one at `above`: the lengths once `code` has been added to `a`. */
function fillRow(cells: Uint16Array, code: number, b: string, above: number, row: number): void {
  let left = 0;
  for (let j = 1; j <= b.length; j++) {
    if (code === b.charCodeAt(j - 1)) left = (cells[above + j - 1] as number) + 1;
    else left = Math.max(cells[above + j] as number, left);
    cells[row + j] = left;
  }
}
