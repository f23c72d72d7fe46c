// What `GET /v1/changes` is asked, and how its answers are written.

import * as z from 'zod';
import { type Bytes, fromText, isUtf8, toText } from '../../bytes/bytes';
import type { FeedMessage } from '../../router/feed-merge';

const MAX_PREFIXES = 16;
/** Of all prefixes together. They are kept with a socket of each shard, which has room for little. */
const MAX_PREFIX_BYTES = 1024;
const prefixes = z.array(z.string()).default([]);

/** The query of `GET /v1/changes`. */
export const changesQuery = z
  .strictObject({
    /** Beginnings of keys, as text. */
    prefix: prefixes,
    /** Beginnings of keys that are not text, in base64. */
    prefixBase64: z.array(z.base64()).default([]),
    /** Where to go on. The header `Last-Event-ID` says the same, and counts more. */
    cursor: z.array(z.string()).max(1, 'may be given once').default([]),
  })
  .transform(({ prefix, prefixBase64, cursor }) => ({
    prefixes: [...prefix.map(fromText), ...prefixBase64.map((text) => atob(text) as Bytes)],
    cursor: cursor[0],
  }))
  .refine((query) => query.prefixes.length <= MAX_PREFIXES, `prefix: at most ${MAX_PREFIXES}`)
  .refine((query) => query.prefixes.join('').length <= MAX_PREFIX_BYTES, `prefix: at most ${MAX_PREFIX_BYTES} bytes in all`);

/** An id without data is what a client remembers without being told anything. */
export function eventText(message: FeedMessage): string {
  if (message.kind === 'at') return `id: ${message.cursor}\n\n`;
  return `id: ${message.cursor}\nevent: ${message.kind}\ndata: ${JSON.stringify(dataOf(message))}\n\n`;
}

/** The data of an event. A key that is not text is in base64. */
export function dataOf(message: FeedMessage): object {
  if (message.kind === 'reset') return { reason: message.reason };
  if (message.kind !== 'change') return {};
  const { event, key } = message;
  if (key === undefined) return { event };
  return isUtf8(key) ? { event, key: toText(key) } : { event, keyBase64: btoa(key) };
}
