// The numbers of RDB's forms of values (rdb.h). Which of them are written, and since which version of RDB each is there.

export const RDB = {
  STRING: 0,
  LIST: 1,
  SET: 2,
  ZSET: 3,
  HASH: 4,
  ZSET_2: 5,
  MODULE_2: 7,
  HASH_ZIPMAP: 9,
  LIST_ZIPLIST: 10,
  SET_INTSET: 11,
  ZSET_ZIPLIST: 12,
  HASH_ZIPLIST: 13,
  LIST_QUICKLIST: 14,
  STREAM_LISTPACKS: 15,
  HASH_LISTPACK: 16,
  ZSET_LISTPACK: 17,
  LIST_QUICKLIST_2: 18,
  STREAM_LISTPACKS_2: 19,
  SET_LISTPACK: 20,
  STREAM_LISTPACKS_3: 21,
  /** 22 and 23 were written before the release of 7.4. */
  OLD_HASH_METADATA: 22,
  OLD_HASH_LISTPACK_EX: 23,
  HASH_METADATA: 24,
  HASH_LISTPACK_EX: 25,
} as const;

export type RdbType = (typeof RDB)[keyof typeof RDB];

/** Of a list: a node that is a single large element, and one that is a listpack. */
export const PLAIN_NODE = 1;
export const PACKED_NODE = 2;

/** What Redis 7.0 writes and reads. */
export const BASE_VERSION = 10;
/** Redis 7.4 has brought hashes whose fields expire. */
const FIELD_DEADLINES_VERSION = 12;
/** The latest version whose values are read here. */
export const MAX_RDB_VERSION = FIELD_DEADLINES_VERSION;

/** Redis 7.2 has brought sets as listpacks, and the times at which consumers were last given something. */
const LISTPACK_SETS_VERSION = 11;

/** The version of RDB that a reader must know for a value of this form. */
export function rdbVersionOf(type: number): number {
  if (type > RDB.STREAM_LISTPACKS_3) return FIELD_DEADLINES_VERSION;
  return type >= RDB.SET_LISTPACK ? LISTPACK_SETS_VERSION : BASE_VERSION;
}

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [RDB.STRING]: 'string',
  [RDB.LIST]: 'list',
  [RDB.LIST_ZIPLIST]: 'list',
  [RDB.LIST_QUICKLIST]: 'list',
  [RDB.LIST_QUICKLIST_2]: 'list',
  [RDB.SET]: 'set',
  [RDB.SET_INTSET]: 'set',
  [RDB.SET_LISTPACK]: 'set',
  [RDB.ZSET]: 'zset',
  [RDB.ZSET_2]: 'zset',
  [RDB.ZSET_ZIPLIST]: 'zset',
  [RDB.ZSET_LISTPACK]: 'zset',
  [RDB.STREAM_LISTPACKS]: 'stream',
  [RDB.STREAM_LISTPACKS_2]: 'stream',
  [RDB.STREAM_LISTPACKS_3]: 'stream',
};

/** What TYPE answers of a value in this form, but for those of modules. */
export function rdbTypeName(type: number): string | undefined {
  return TYPE_NAMES[type] ?? (type === RDB.MODULE_2 ? undefined : 'hash');
}
