// Reply values: what handlers return. They say what an answer is, not how it is written; the encoders beside this file
// alone know RESP2, RESP3 and Upstash's JSON.
//
//   binary string   a bulk string          number, bigint   an integer
//   null            the null bulk string   array            an array
//   everything else is one of the small tagged classes below

import { ascii, type Bytes } from '../bytes/bytes';

/** A simple string: `+OK`. */
export class Status {
  constructor(readonly text: string) {}
}

/** `-CODE message`. A value without a stack: cheap to make, to return and to throw. */
export class ErrorReply {
  /** @param text the whole error line, code first */
  constructor(readonly text: string) {}
  /** The first word: `ERR`, `WRONGTYPE`… */
  get code(): string {
    const space = this.text.indexOf(' ');
    return space < 0 ? this.text : this.text.slice(0, space);
  }
}

/** A float: `,1.5` in RESP3, a bulk string elsewhere. */
export class DoubleReply {
  /** @param text how it is written, where that is not the shortest form (coordinates) */
  constructor(
    readonly value: number,
    readonly text?: Bytes,
  ) {}
}

/** `#t` in RESP3, 1 or 0 elsewhere. */
export class BooleanReply {
  constructor(readonly value: boolean) {}
}

/** Keys and values alternate in `items`. A map in RESP3, a flat array elsewhere. */
export class MapReply {
  constructor(readonly items: Reply[]) {}
}

/** A set in RESP3, an array elsewhere. */
export class SetReply {
  constructor(readonly items: Reply[]) {}
}

/**
 * Couples that alternate in `items` (member, score…): in RESP3 an array of two-element arrays, elsewhere flat.
 */
export class PairsReply {
  constructor(readonly items: Reply[]) {}
}

/** Couples that alternate in `items`: a map in RESP3, elsewhere an array of two-element arrays (XREAD). */
export class PairedMapReply {
  constructor(readonly items: Reply[]) {}
}

/** An out-of-band message of RESP3; an array for a RESP2 subscriber. */
export class PushReply {
  constructor(readonly items: Reply[]) {}
}

/** Several replies to one command, one after the other (SUBSCRIBE). */
export class SeveralReplies {
  constructor(readonly items: Reply[]) {}
}

/** Attributes of the reply that follows them; keys and values alternate. Only RESP3 has them. */
export class AttributeReply {
  constructor(readonly items: Reply[]) {}
}

/** A reply behind something that only RESP3 can carry; elsewhere it stands alone. */
export class PrefacedReply {
  constructor(
    readonly preface: AttributeReply | PushReply,
    readonly reply: Reply,
  ) {}
}

/** Text with a three-letter format: `=15\r\ntxt:…` in RESP3, a bulk string elsewhere. */
export class VerbatimReply {
  constructor(
    readonly format: 'txt' | 'mkd',
    readonly text: Bytes,
  ) {}
}

/** `(123…` in RESP3, a bulk string elsewhere: an integer beyond 64 bits. */
export class BigNumberReply {
  constructor(readonly digits: Bytes) {}
}

/** The null array of RESP2 (`*-1`), plain null in RESP3. */
export class NullArrayReply {
  readonly tag = 'null-array';
}

/** Nothing is sent at all (CLIENT REPLY OFF, or the handler has already answered). */
export class NoReply {
  readonly tag = 'no-reply';
}

/** The command waits: its reply comes later. Only the engine and what runs commands for it ever see this. */
export class BlockedReply {
  readonly tag = 'blocked';
}

/** Replies with a class of their own that are neither a status nor an error. How they are written depends on the protocol. */
export type RareReply =
  | DoubleReply
  | BooleanReply
  | MapReply
  | SetReply
  | PairsReply
  | PairedMapReply
  | PushReply
  | PrefacedReply
  | SeveralReplies
  | VerbatimReply
  | BigNumberReply
  | NullArrayReply
  | NoReply
  | BlockedReply;

export type Reply = Bytes | number | bigint | null | Reply[] | Status | ErrorReply | RareReply;

export const OK = new Status('OK');
export const PONG = new Status('PONG');
export const QUEUED = new Status('QUEUED');
export const NULL_ARRAY = new NullArrayReply();
export const NO_REPLY = new NoReply();
export const BLOCKED = new BlockedReply();

/** A bulk string from ASCII text. */
export const bulk = ascii;
