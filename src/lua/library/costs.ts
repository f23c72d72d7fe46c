// What the machine is told of the memory and the stack that the libraries for data formats use.

/** Bytes of an empty table, and of one entry of a table, roughly. */
export const TABLE_BYTES = 100;
export const ENTRY_BYTES = 32;

/**
 * Most values on the stack of one call in C (LUAI_MAXCSTACK). The libraries that Redis ships run into that before anything
 * else stops deep nesting or many results, and their errors depend on it.
 */
export const STACK_SLOTS = 8000;
