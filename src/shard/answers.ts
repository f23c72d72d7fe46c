// The answers of one RPC, each in the format that its client asked for, and all of them within what an RPC carries.

import { redisError } from '../protocol/errors';
import type { Call, CallResult, ReplyFormat } from '../protocol/frame';
import { ErrorReply, type Reply } from '../protocol/reply';
import { encodeReply } from '../protocol/resp-writer';
import { encodeUpstash, encodeUpstashTransaction } from '../protocol/upstash-json';

/** Most bytes of answers: an RPC carries 32 MiB. */
const MAX_BYTES = 30 * 1024 * 1024;
/** Answers beyond this go in an RPC of their own. So few, because a large answer must fit behind them. */
const FULL_CHARS = 1024 * 1024;

const TOO_LARGE = redisError('ERR the reply is too large for REST, ask for less at a time or use RESP');

export class Answers {
  readonly results: CallResult[] = [];
  private chars = 0;

  /** The next answer belongs into another RPC. */
  get full(): boolean {
    return this.chars > FULL_CHARS;
  }

  /** Adds the answer to a call. One that cannot be carried is an error instead; what the command did stays done. */
  add({ format, kind }: Call, reply: Reply): void {
    const text = encode(reply, format, kind);
    if (text !== undefined && this.fits(text)) this.put(reply instanceof ErrorReply, text);
    else this.put(true, encodeSingle(TOO_LARGE, format));
  }

  private put(failed: boolean, text: string): void {
    this.results.push({ failed, text });
    this.chars += text.length;
  }

  /** A single char beyond Latin-1 doubles what the whole string takes. So rarely near the limit that it is looked for only there. */
  private fits(text: string): boolean {
    const chars = this.chars + text.length;
    if (chars * 2 <= MAX_BYTES) return true;
    return chars <= MAX_BYTES && isNarrow(text) && this.results.every((result) => isNarrow(result.text));
  }
}

const BEYOND_LATIN1 = /[\u0100-\uffff]/;

function isNarrow(text: string): boolean {
  return !BEYOND_LATIN1.test(text);
}

/** Undefined where the text would be longer than a string can be. */
function encode(reply: Reply, format: ReplyFormat, kind: Call['kind']): string | undefined {
  try {
    if (kind === 'transaction' && Array.isArray(reply) && format !== 'resp2' && format !== 'resp3') {
      return encodeUpstashTransaction(reply, format === 'json-base64');
    }
    return encodeSingle(reply, format);
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

function encodeSingle(reply: Reply, format: ReplyFormat): string {
  if (format === 'resp2') return encodeReply(reply, 2);
  if (format === 'resp3') return encodeReply(reply, 3);
  return encodeUpstash(reply, format === 'json-base64');
}
