// How even a random distribution is.

/** The chi-square statistic of draws that should be equally frequent among those values that were drawn. */
export function chiSquare(drawn: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const value of drawn) counts.set(value, (counts.get(value) ?? 0) + 1);
  const expected = drawn.length / counts.size;
  let sum = 0;
  for (const count of counts.values()) sum += (count - expected) ** 2 / expected;
  return sum;
}
