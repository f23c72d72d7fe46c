// Which snapshots are to go, by their number and their age.

export interface RetentionRules {
  /** How many are kept; undefined: any number. */
  readonly keep: number | undefined;
  /** How old they may become, in milliseconds; undefined: any age. */
  readonly maxAgeMs: number | undefined;
}

/**
 * Those of the complete snapshots that are kept no longer. The newest one always is, however old.
 * @param snapshots newest first
 */
export function outdated<S extends { readonly takenAt: string }>(snapshots: readonly S[], rules: RetentionRules, now: number): S[] {
  const { keep = Number.POSITIVE_INFINITY, maxAgeMs = Number.POSITIVE_INFINITY } = rules;
  return snapshots.filter(({ takenAt }, i) => i > 0 && (i >= keep || now - Date.parse(takenAt) > maxAgeMs));
}
