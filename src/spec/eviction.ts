// Which keys go when the dataset outgrows maxmemory: the names of Redis' policies, and one of our own.

export const REDIS_POLICIES = [
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'noeviction',
] as const;

/** The oldest keys go first, however they are used. */
export const OUR_POLICY = 'allkeys-fifo';

export const EVICTION_POLICIES = [...REDIS_POLICIES, OUR_POLICY] as const;

export type EvictionPolicy = (typeof EVICTION_POLICIES)[number];
