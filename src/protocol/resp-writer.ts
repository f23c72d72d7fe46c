// Reply values as RESP2 or RESP3 text (a binary string: joined, then turned into bytes once per frame).

import { formatDouble } from '../bytes/double';
import { REPLY_TOO_LARGE } from './errors';
import { MAX_REPLY_BYTES } from './limits';
import {
  AttributeReply,
  BigNumberReply,
  BlockedReply,
  BooleanReply,
  DoubleReply,
  ErrorReply,
  MapReply,
  NoReply,
  NullArrayReply,
  PairedMapReply,
  PairsReply,
  PrefacedReply,
  PushReply,
  type RareReply,
  type Reply,
  SetReply,
  SeveralReplies,
  Status,
  VerbatimReply,
} from './reply';

export type RespVersion = 2 | 3;

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

/** The bytes of the reply to one command, or of an error when they are more than a connection can carry. */
export function encodeAnswer(reply: Reply, version: RespVersion): string {
  try {
    const text = encodeReply(reply, version);
    if (text.length <= MAX_REPLY_BYTES) return text;
  } catch (thrown) {
    // What V8 throws for a string of more than 512 MB.
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  return encodeReply(REPLY_TOO_LARGE, version);
}

/** The bytes of a reply in RESP2 or RESP3. */
export function encodeReply(reply: Reply, version: RespVersion): string {
  if (typeof reply === 'string') return bulk(reply);
  if (typeof reply === 'number' || typeof reply === 'bigint') return `:${reply}\r\n`;
  if (reply === null) return version === 2 ? '$-1\r\n' : '_\r\n';
  if (Array.isArray(reply)) return `*${reply.length}\r\n${encodeAll(reply, version)}`;
  if (reply instanceof Status) return `+${reply.text}\r\n`;
  if (reply instanceof ErrorReply) return `-${reply.text}\r\n`;
  return version === 2 ? encodeTagged2(reply) : encodeTagged3(reply);
}

function encodeAll(items: readonly Reply[], version: RespVersion): string {
  let text = '';
  for (const item of items) text += encodeReply(item, version);
  return text;
}

function encodeTagged2(reply: RareReply): string {
  if (reply instanceof DoubleReply) return bulk(reply.text ?? formatDouble(reply.value));
  if (reply instanceof BooleanReply) return reply.value ? ':1\r\n' : ':0\r\n';
  if (reply instanceof VerbatimReply) return bulk(reply.text);
  if (reply instanceof BigNumberReply) return bulk(reply.digits);
  if (reply instanceof NullArrayReply) return '*-1\r\n';
  if (reply instanceof PairedMapReply) return encodePairs(reply.items, 2);
  if (reply instanceof NoReply || reply instanceof BlockedReply) return '';
  if (reply instanceof PrefacedReply) return encodeReply(reply.reply, 2);
  if (reply instanceof SeveralReplies) return encodeAll(reply.items, 2);
  return `*${reply.items.length}\r\n${encodeAll(reply.items, 2)}`;
}

function encodeTagged3(reply: RareReply): string {
  if (reply instanceof DoubleReply) return `,${reply.text ?? formatDouble(reply.value)}\r\n`;
  if (reply instanceof BooleanReply) return reply.value ? '#t\r\n' : '#f\r\n';
  if (reply instanceof VerbatimReply) return `=${reply.text.length + 4}\r\n${reply.format}:${reply.text}\r\n`;
  if (reply instanceof BigNumberReply) return `(${reply.digits}\r\n`;
  if (reply instanceof NullArrayReply) return '_\r\n';
  if (reply instanceof NoReply || reply instanceof BlockedReply) return '';
  if (reply instanceof MapReply || reply instanceof PairedMapReply) return `%${reply.items.length / 2}\r\n${encodeAll(reply.items, 3)}`;
  if (reply instanceof SetReply) return `~${reply.items.length}\r\n${encodeAll(reply.items, 3)}`;
  if (reply instanceof PushReply) return `>${reply.items.length}\r\n${encodeAll(reply.items, 3)}`;
  if (reply instanceof PairsReply) return encodePairs(reply.items, 3);
  if (reply instanceof PrefacedReply) return encodePreface(reply.preface) + encodeReply(reply.reply, 3);
  if (reply instanceof SeveralReplies) return encodeAll(reply.items, 3);
  return reply satisfies never;
}

function encodePreface(preface: PrefacedReply['preface']): string {
  if (preface instanceof AttributeReply) return `|${preface.items.length / 2}\r\n${encodeAll(preface.items, 3)}`;
  return encodeReply(preface, 3);
}

function encodePairs(items: readonly Reply[], version: RespVersion): string {
  let text = `*${items.length / 2}\r\n`;
  for (let i = 0; i < items.length; i += 2) {
    text += `*2\r\n${encodeReply(items[i] as Reply, version)}${encodeReply(items[i + 1] as Reply, version)}`;
  }
  return text;
}
