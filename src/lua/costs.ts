// What values take of the memory that a script may hold, roughly, and of the stack of C.

export const STRING_BYTES = 24;
export const TABLE_BYTES = 96;
/** One entry of a table. */
export const ENTRY_BYTES = 32;
/** One value on a stack. */
export const VALUE_BYTES = 16;
export const CLOSURE_BYTES = 64;
export const UPVALUE_BYTES = 48;
export const COROUTINE_BYTES = 256;

/**
 * Most values on the stack of one call in C (LUAI_MAXCSTACK). The libraries that Redis ships run into that before anything
 * else stops deep nesting or many results, and their errors depend on it.
 */
export const STACK_SLOTS = 8000;
