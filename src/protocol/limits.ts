// Every limit of the protocols, in one place. The edge enforces them before anything is allocated for them.

/** Longest single argument or value, in bytes (Redis' proto-max-bulk-len). An isolate has 128 MB in all. */
export const MAX_BULK_BYTES = 64 * 1024 * 1024;
/** Longest key that can be stored: a row holds it beside a megabyte of its value, and the platform's limit for a row is 2 MB. */
export const MAX_KEY_BYTES = 512 * 1024;
/** Most arguments of one command (Redis: 1024 * 1024). */
export const MAX_ARGUMENTS = 1024 * 1024;
/** Longest inline command, and longest header line of a multibulk (networking.c PROTO_INLINE_MAX_SIZE). */
export const MAX_INLINE_BYTES = 64 * 1024;
/** What a client may send before it has authenticated (networking.c). */
export const MAX_UNAUTHENTICATED_ARGUMENTS = 10;
export const MAX_UNAUTHENTICATED_BULK_BYTES = 16384;
/** What a connection may hold of requests that are not complete: one value of the longest kind and the rest of its command. */
export const MAX_QUERY_BUFFER_BYTES = MAX_BULK_BYTES + 1024 * 1024;
/**
 * What a client has been sent without asking (messages of channels, what MONITOR shows) and has not taken, before it is
 * closed: as Redis' client-output-buffer-limit for pub/sub, so much at any time…
 */
export const MAX_UNASKED_BYTES = 32 * 1024 * 1024;
/** …and so much for so long. */
export const MAX_LASTING_UNASKED_BYTES = 8 * 1024 * 1024;
export const MAX_UNASKED_MS = 60_000;
/** Longest reply to one command. An isolate has 128 MB in all, and the runtime joins no longer text than 512 MB. */
export const MAX_REPLY_BYTES = 128 * 1024 * 1024;
/** Replies that a connection makes before it lets go of them; commands that are left wait until they have been sent. */
export const REPLY_SLICE_BYTES = 1024 * 1024;
/**
 * Most replies to the commands of one WebSocket message. A client that does not read cannot be noticed: the runtime
 * takes whatever is sent, and does not tell how much of it has left.
 */
export const MAX_MESSAGE_REPLY_BYTES = 64 * 1024 * 1024;
/** Most bytes of the answer to one REST request. What does not fit is answered with an error in its place. */
export const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
/** Most elements that a random draw with repetition returns (a negative count of ZRANDMEMBER and its like): more than any use, less than what fills an isolate. */
export const MAX_REPEATED_DRAWS = 1024 * 1024;
/** Longest body of a REST request. What it holds crosses to a shard in one RPC, which takes 32 MiB. */
export const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
/** Most commands of one REST pipeline or transaction. Each costs a few objects; the clients send 1,000 at most by themselves. */
export const MAX_PIPELINE_COMMANDS = 100_000;

/** Longest name of a channel or pattern that can be subscribed to: one row keeps it while its connection sleeps. */
export const MAX_CHANNEL_BYTES = MAX_KEY_BYTES;
/** What one connection may be subscribed to, in bytes of memory: some tens of thousands of channels. */
export const MAX_SUBSCRIPTION_BYTES = 8 * 1024 * 1024;

/** Names of fields that a connection may prepare for HIMPORT, in bytes: beside its values it needs few. */
export const MAX_FIELDSET_BYTES = 1024 * 1024;
