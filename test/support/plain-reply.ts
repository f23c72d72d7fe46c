// Replies as plain JavaScript, as a client library would give them, so that tests can say what they expect in one line.

import { formatDouble } from '../../src/bytes/double';
import {
  BooleanReply,
  DoubleReply,
  ErrorReply,
  MapReply,
  NullArrayReply,
  PairedMapReply,
  PairsReply,
  type Reply,
  SetReply,
  Status,
} from '../../src/protocol/reply';

export type Plain = string | number | bigint | boolean | null | Plain[];

/**
 * In RESP2 a float is text and couples are flat, in RESP3 a float is a number and couples are nested. The null array is
 * null; an error is its text. A boolean is 1 or 0 in RESP2.
 */
export function plain(reply: Reply, version: 2 | 3 = 2): Plain {
  if (reply === null || typeof reply !== 'object') return reply;
  if (Array.isArray(reply)) return reply.map((item) => plain(item, version));
  if (reply instanceof Status || reply instanceof ErrorReply) return reply.text;
  if (reply instanceof DoubleReply) return version === 2 ? formatDouble(reply.value) : reply.value;
  if (reply instanceof BooleanReply) return version === 2 ? Number(reply.value) : reply.value;
  if (reply instanceof NullArrayReply) return null;
  if (reply instanceof MapReply || reply instanceof SetReply) return plain(reply.items, version);
  if (reply instanceof PairsReply || reply instanceof PairedMapReply) {
    const items = reply.items.map((item) => plain(item, version));
    const flat = reply instanceof PairedMapReply ? 3 : 2;
    return version === flat ? items : items.flatMap((_, i) => (i % 2 === 0 ? [items.slice(i, i + 2)] : []));
  }
  throw new Error('a reply without a plain form');
}
