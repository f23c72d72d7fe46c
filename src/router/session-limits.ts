// The bounds of one RESP session at the edge. An isolate has 128 MB for all that it serves.

import { REPLIES_TOO_LARGE } from '../protocol/errors';

const MIB = 1024 * 1024;

/** Commands whose answers may be due before no more commands are read. Large enough for the pipelines that clients send at once. */
export const MAX_DUE_ANSWERS = 65_536;
/** Bytes sent to shards and not answered before no more commands are read. One larger command may still go out alone. */
export const MAX_SENT_BYTES = 16 * MIB;
/** Bytes of answers that wait for an earlier one before no more commands are read… */
export const MAX_HELD_BYTES_WHILE_READING = 8 * MIB;
/** …and before the session is given up: what has been asked for already may be that large. */
export const MAX_HELD_BYTES = 64 * MIB;
/**
 * Bytes received from a shard before it is told so; it goes on without that until twice as much is under way. What still
 * waits here for an earlier answer is not told, up to as much again.
 */
export const ACKNOWLEDGE_BYTES = MIB;
/** Commands without a key that a MULTI may queue, and their bytes, before it settles on the home shard. */
export const MAX_REPEATED_COMMANDS = 1024;
export const MAX_REPEATED_BYTES = MIB;
/** What a client is told that goes beyond them, and what follows from it. */
const FATE = 'commands without a reply may or may not have been applied';
export const LOST = `ERR the connection to a shard was lost; ${FATE}`;
export const ASKED_TOO_MUCH = `${REPLIES_TOO_LARGE.text}; ${FATE}`;
export const TOO_MUCH_INPUT = 'ERR too much was sent ahead of the replies';
export const TOO_MUCH_OUTPUT = 'ERR too much waits behind an earlier reply';
export const TOO_MUCH_UNASKED = 'too much was sent that the client did not read';
/** Longest WebSocket message that is sent; the runtime refuses more than 32 MiB. */
export const MAX_MESSAGE_BYTES = 16 * MIB;
/** Bytes of commands behind one that waits before no more is read from the client. Until then it is noticed when it goes. */
export const MAX_GATED_BYTES = MIB;
