// Reply values as the bodies of Upstash's REST: `{"result":…}` or `{"error":…}`.
//
// Only the shapes of RESP2 occur, because that is what Upstash's clients decode: integers are JSON numbers with their
// exact digits, doubles strings, maps, sets and pairs flat arrays, booleans 1 and 0. With base64 every string is
// encoded, so that any bytes survive, but for errors and an OK that is the whole result: clients look for that one.
// An OK inside an array is encoded, because the clients' decoders would take it for base64 there.

import { type Bytes, toText } from '../bytes/bytes';
import { formatDouble } from '../bytes/double';
import {
  BigNumberReply,
  BlockedReply,
  BooleanReply,
  DoubleReply,
  ErrorReply,
  NoReply,
  NullArrayReply,
  PairedMapReply,
  PrefacedReply,
  type Reply,
  Status,
  VerbatimReply,
} from './reply';

/** The body for one reply. Bytes that are not UTF-8 become U+FFFD unless `base64` is set. */
export function encodeUpstash(reply: Reply, base64: boolean): string {
  if (typeof reply === 'string') return `{"result":${encodeString(reply, base64)}}`;
  if (reply instanceof ErrorReply) return `{"error":${encodeString(reply.text as Bytes, false)}}`;
  if (reply instanceof Status && reply.text === 'OK') return '{"result":"OK"}';
  if (reply instanceof PrefacedReply) return encodeUpstash(reply.reply, base64);
  return `{"result":${encodeValue(reply, base64)}}`;
}

/** The body for the replies of a transaction that was executed. */
export function encodeUpstashTransaction(replies: readonly Reply[], base64: boolean): string {
  let text = '[';
  for (let i = 0; i < replies.length; i++) {
    if (i > 0) text += ',';
    text += encodeUpstash(replies[i] as Reply, base64);
  }
  return `${text}]`;
}

function encodeString(bytes: Bytes, base64: boolean): string {
  // btoa takes a binary string, and its alphabet needs no escaping.
  if (base64) return `"${btoa(bytes)}"`;
  return JSON.stringify(toText(bytes));
}

function encodeValue(reply: Reply, base64: boolean): string {
  if (typeof reply === 'string') return encodeString(reply, base64);
  if (typeof reply === 'number' || typeof reply === 'bigint') return reply.toString();
  if (reply === null) return 'null';
  if (Array.isArray(reply)) return encodeArray(reply, base64);
  if (reply instanceof Status) return encodeString(reply.text as Bytes, base64);
  if (reply instanceof ErrorReply) return encodeString(reply.text as Bytes, false);
  if (reply instanceof DoubleReply) return encodeString(reply.text ?? formatDouble(reply.value), base64);
  if (reply instanceof BooleanReply) return reply.value ? '1' : '0';
  if (reply instanceof VerbatimReply) return encodeString(reply.text, base64);
  if (reply instanceof BigNumberReply) return encodeString(reply.digits, base64);
  if (reply instanceof NullArrayReply || reply instanceof NoReply || reply instanceof BlockedReply) return 'null';
  if (reply instanceof PrefacedReply) return encodeValue(reply.reply, base64);
  return encodeArray(reply instanceof PairedMapReply ? couples(reply.items) : reply.items, base64);
}

function couples(items: readonly Reply[]): Reply[] {
  const pairs: Reply[] = [];
  for (let i = 0; i < items.length; i += 2) pairs.push(items.slice(i, i + 2));
  return pairs;
}

function encodeArray(items: readonly Reply[], base64: boolean): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) {
    if (i > 0) text += ',';
    text += encodeValue(items[i] as Reply, base64);
  }
  return `${text}]`;
}
