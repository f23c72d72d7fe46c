// A reply that was made at the edge, in the format that the client asked for.

import type { Call, CallResult } from '../protocol/frame';
import { ErrorReply, type Reply } from '../protocol/reply';
import { encodeReply } from '../protocol/resp-writer';
import { encodeUpstash } from '../protocol/upstash-json';

export function resultOf(reply: Reply, { format }: Pick<Call, 'format'>): CallResult {
  const failed = reply instanceof ErrorReply;
  if (format === 'resp2' || format === 'resp3') return { failed, text: encodeReply(reply, format === 'resp2' ? 2 : 3) };
  return { failed, text: encodeUpstash(reply, format === 'json-base64') };
}
