// Reads commands out of a RESP request stream that may be cut anywhere: multibulks and inline commands, with the
// protocol errors of Redis 7.0 (networking.c). Arguments are substrings of what was received: who keeps one owns it.

import { type Bytes, fromBuffer } from '../bytes/bytes';
import { parseInt64 } from '../bytes/integer';
import { splitInline } from './inline';
import { MAX_ARGUMENTS, MAX_BULK_BYTES, MAX_INLINE_BYTES, MAX_UNAUTHENTICATED_ARGUMENTS, MAX_UNAUTHENTICATED_BULK_BYTES } from './limits';

/** A violation of the protocol: the text to answer with before the connection closes. */
export class ProtocolError {
  constructor(readonly text: string) {}
}

const STAR = 42;
const DOLLAR = 36;

export class RequestReader {
  /** False while the client has not authenticated: it may then send only little. */
  trusted = true;
  private text = '';
  private at = 0;
  /** Chunks that wait until `need` chars beyond `at` are there, so that a large value is joined once. */
  private chunks: string[] = [];
  private waiting = 0;
  private need = 0;
  /** The multibulk that is being read: arguments so far, and how many are still to come. */
  private argv: Bytes[] = [];
  private remaining = 0;
  private bulkLength = -1;

  /** Takes in what the network brought. */
  push(data: Uint8Array | ArrayBuffer | Bytes): void {
    const chunk = typeof data === 'string' ? data : fromBuffer(data);
    this.chunks.push(chunk);
    this.waiting += chunk.length;
  }

  /** Bytes received that no command has used yet. */
  get pendingBytes(): number {
    return this.text.length - this.at + this.waiting + this.argv.reduce((sum, arg) => sum + arg.length, 0);
  }

  /** True between commands: nothing is half read. */
  get idle(): boolean {
    return this.pendingBytes === 0 && this.remaining === 0;
  }

  /** The next whole command, or undefined until more arrives. An empty array is an empty line or `*0`: ignore it. */
  next(): Bytes[] | ProtocolError | undefined {
    if (!this.gather()) return undefined;
    if (this.remaining === 0) {
      if (this.at >= this.text.length) return undefined;
      if (this.text.charCodeAt(this.at) !== STAR) return this.inline();
      const started = this.header();
      if (started !== true) return started;
    }
    return this.arguments();
  }

  /** Joins waiting chunks once enough is there. False while it is not. */
  private gather(): boolean {
    if (this.waiting > 0) {
      if (this.text.length - this.at + this.waiting < this.need) return false;
      this.chunks.unshift(this.at === 0 ? this.text : this.text.slice(this.at));
      this.text = this.chunks.length === 2 && this.chunks[0] === '' ? (this.chunks[1] as string) : this.chunks.join('');
      this.chunks = [];
      this.waiting = 0;
      this.at = 0;
    }
    this.need = 0;
    return true;
  }

  private header(): true | undefined | Bytes[] | ProtocolError {
    const end = this.text.indexOf('\r', this.at);
    if (end < 0) {
      if (this.text.length - this.at > MAX_INLINE_BYTES) return new ProtocolError('too big mbulk count string');
      return undefined;
    }
    if (end + 1 >= this.text.length) return undefined;
    const count = parseInt64(this.text.slice(this.at + 1, end));
    if (count === undefined || count > MAX_ARGUMENTS) return new ProtocolError('invalid multibulk length');
    if (!this.trusted && count > MAX_UNAUTHENTICATED_ARGUMENTS) return new ProtocolError('unauthenticated multibulk length');
    this.at = end + 2;
    if (count <= 0) return [];
    this.remaining = Number(count);
    this.argv = [];
    return true;
  }

  private arguments(): Bytes[] | ProtocolError | undefined {
    const text = this.text;
    while (this.remaining > 0) {
      if (this.bulkLength < 0) {
        const problem = this.bulkHeader();
        if (problem !== true) return problem;
      }
      const end = this.at + this.bulkLength;
      if (end + 2 > text.length) {
        this.need = this.bulkLength + 2;
        return undefined;
      }
      this.argv.push(text.slice(this.at, end) as Bytes);
      this.at = end + 2;
      this.bulkLength = -1;
      this.remaining--;
    }
    const argv = this.argv;
    this.argv = [];
    if (this.at >= text.length) {
      this.text = '';
      this.at = 0;
    }
    return argv;
  }

  private bulkHeader(): true | undefined | ProtocolError {
    const text = this.text;
    if (this.at >= text.length) return undefined;
    const end = text.indexOf('\r', this.at);
    if (end < 0) {
      if (text.length - this.at > MAX_INLINE_BYTES) return new ProtocolError('too big bulk count string');
      return undefined;
    }
    if (end + 1 >= text.length) return undefined;
    if (text.charCodeAt(this.at) !== DOLLAR) return new ProtocolError(`expected '$', got '${text[this.at]}'`);
    const length = parseInt64(text.slice(this.at + 1, end));
    if (length === undefined || length < 0 || length > MAX_BULK_BYTES) return new ProtocolError('invalid bulk length');
    if (!this.trusted && length > MAX_UNAUTHENTICATED_BULK_BYTES) return new ProtocolError('unauthenticated bulk length');
    this.bulkLength = Number(length);
    this.at = end + 2;
    return true;
  }

  private inline(): Bytes[] | ProtocolError | undefined {
    const end = this.text.indexOf('\n', this.at);
    if (end < 0) {
      if (this.text.length - this.at > MAX_INLINE_BYTES) return new ProtocolError('too big inline request');
      return undefined;
    }
    const line = this.text.slice(this.at, this.text[end - 1] === '\r' && end > this.at ? end - 1 : end);
    this.at = end + 1;
    return splitInline(line) ?? new ProtocolError('unbalanced quotes in request');
  }
}
