// What an acknowledged write is safe from, as a deployment and CONFIG SET choose it.

/**
 * `strict`: a reply leaves when what it tells of is in storage. `relaxed`: it leaves at once, and storage follows within
 * a second. `memory`: storage is only brought up to date from time to time, as a whole.
 */
export const DURABILITY_MODES = ['strict', 'relaxed', 'memory'] as const;
export type DurabilityMode = (typeof DURABILITY_MODES)[number];

/** What Redis calls each of them (appendfsync). */
export const FSYNC_POLICIES = { strict: 'always', relaxed: 'everysec', memory: 'no' } as const satisfies Record<DurabilityMode, string>;

export function modeOfFsync(policy: string): DurabilityMode | undefined {
  return DURABILITY_MODES.find((mode) => FSYNC_POLICIES[mode] === policy);
}
