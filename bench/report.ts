// How a benchmark prints: medians of several rounds, and the ratio that is the point of it.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

const number = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3));

export function heading(title: string): void {
  console.log(`\n${title}`);
}

/** One line: what, how much, how much the reference did in the same run, and the ratio of the two. */
export function compare(what: string, unit: string, subject: number, reference: number, goal?: string): void {
  const ratio = (subject / reference).toFixed(2);
  console.log(
    `  ${what.padEnd(34)} ${number(subject).padStart(10)} ${unit}   reference ${number(reference).padStart(10)}   ratio ${ratio}${goal ? `   (goal ${goal})` : ''}`,
  );
}

export function note(text: string): void {
  console.log(`  ${text}`);
}
