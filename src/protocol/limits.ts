// Every limit of the protocols, in one place. The edge enforces them before anything is allocated for them.

/** Longest single argument or value, in bytes (Redis' proto-max-bulk-len). An isolate has 128 MB in all. */
export const MAX_BULK_BYTES = 64 * 1024 * 1024;
/** Most arguments of one command (Redis: 1024 * 1024). */
export const MAX_ARGUMENTS = 1024 * 1024;
/** Longest inline command, and longest header line of a multibulk (networking.c PROTO_INLINE_MAX_SIZE). */
export const MAX_INLINE_BYTES = 64 * 1024;
/** What a client may send before it has authenticated (networking.c). */
export const MAX_UNAUTHENTICATED_ARGUMENTS = 10;
export const MAX_UNAUTHENTICATED_BULK_BYTES = 16384;
