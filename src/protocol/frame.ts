// What travels between the edge Worker and a shard in one RPC: all calls of a batch in one string, all results in
// another (measured: one string costs a fraction of nested arrays). The first char is the version, because during a
// rollout Workers and objects of different releases meet.
//
//   calls    version (format access kind lines: (count: (length:argument)…)…)…
//   results  version sequence: (failed length:text)…
//
// where `n:` is a decimal number and a colon.

import type { Bytes } from '../bytes/bytes';
import { redisError } from './errors';
import type { ErrorReply } from './reply';

/** The version of this layout. A reader refuses any other. */
export const FRAME_VERSION = '1';

/** How a reply is to be written: the finished bodies of Upstash's REST, or RESP. */
export type ReplyFormat = 'json' | 'json-base64' | 'resp2' | 'resp3';

/** One command, or one MULTI/EXEC, on its way to a shard. */
export interface Call {
  readonly format: ReplyFormat;
  readonly access: 'full' | 'read';
  /** `single` has exactly one line; `transaction` runs all of them as one unit. */
  readonly kind: 'single' | 'transaction';
  readonly lines: readonly (readonly Bytes[])[];
}

/** The finished answer to one call. */
export interface CallResult {
  /** The command was answered with an error, or the transaction was refused as a whole. */
  readonly failed: boolean;
  /** JSON text, or RESP as a binary string. */
  readonly text: string;
}

export interface Results {
  /** Effects of the shard so far: it grows with every write. */
  readonly sequence: number;
  readonly results: readonly CallResult[];
}

/** A frame of another release, or one that is cut. */
export class FrameError extends Error {}

/** What a call is answered when Worker and shard cannot understand each other, for the moments of a rollout. */
export const SKEWED: ErrorReply = redisError('TRYAGAIN this deployment is being updated, please retry');

const FORMATS: readonly ReplyFormat[] = ['json', 'json-base64', 'resp2', 'resp3'];

export function encodeCalls(calls: readonly Call[]): string {
  let text = FRAME_VERSION;
  for (const { format, access, kind, lines } of calls) {
    text += `${FORMATS.indexOf(format)}${access === 'full' ? 'f' : 'r'}${kind === 'single' ? 's' : 't'}${lines.length}:`;
    for (const line of lines) {
      text += `${line.length}:`;
      for (const arg of line) text += `${arg.length}:${arg}`;
    }
  }
  return text;
}

export function decodeCalls(frame: string): Call[] {
  const reader = new FrameReader(frame);
  const calls: Call[] = [];
  while (!reader.done) {
    const format = FORMATS[Number(reader.take(1))];
    if (!format) throw new FrameError('unknown reply format');
    const access = reader.take(1) === 'f' ? 'full' : 'read';
    const kind = reader.take(1) === 's' ? 'single' : 'transaction';
    const lines: Bytes[][] = [];
    for (let count = reader.number(); count > 0; count--) {
      const line: Bytes[] = [];
      for (let args = reader.number(); args > 0; args--) line.push(reader.take(reader.number()) as Bytes);
      lines.push(line);
    }
    calls.push({ format, access, kind, lines });
  }
  return calls;
}

export function encodeResults({ sequence, results }: Results): string {
  let text = `${FRAME_VERSION}${sequence}:`;
  for (const { failed, text: body } of results) text += `${failed ? '1' : '0'}${body.length}:${body}`;
  return text;
}

export function decodeResults(frame: string): Results {
  const reader = new FrameReader(frame);
  const sequence = reader.number();
  const results: CallResult[] = [];
  while (!reader.done) results.push({ failed: reader.take(1) === '1', text: reader.take(reader.number()) });
  return { sequence, results };
}

class FrameReader {
  private at = 1;

  constructor(private readonly text: string) {
    if (text[0] !== FRAME_VERSION) throw new FrameError(`unknown frame version ${JSON.stringify(text[0])}`);
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  number(): number {
    const colon = this.text.indexOf(':', this.at);
    const value = colon < 0 ? Number.NaN : Number(this.text.slice(this.at, colon));
    if (!Number.isSafeInteger(value)) throw new FrameError('a number is missing in a frame');
    this.at = colon + 1;
    return value;
  }

  take(length: number): string {
    const end = this.at + length;
    if (end > this.text.length) throw new FrameError('a frame is cut');
    const taken = this.text.slice(this.at, end);
    this.at = end;
    return taken;
  }
}
