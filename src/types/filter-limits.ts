/**
 * Most bytes of one filter or sketch. It is an array that is there from the start, and an isolate has 128 MB for all it
 * holds; while it is stored, there is a copy.
 */
export const MAX_FILTER_BYTES = 32 * 1024 * 1024;
