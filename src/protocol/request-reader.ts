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
const CR = 13;
const ZERO = 48;
/** Lengths of up to so many digits are read without making a string of them. */
const SHORT_LENGTH_DIGITS = 9;
/** Answers of {@link RequestReader.readLength} beside a length. */
const INCOMPLETE = -2;
const INVALID = -3;

export class RequestReader {
  /** False while the client has not authenticated: it may then send only little. */
  trusted = true;
  private text = '';
  private at = 0;
  /** Chunks that wait until `need` chars beyond `at` are there, so that a large value is joined once. */
  private chunks: string[] = [];
  private waiting = 0;
  private need = 0;
  /** The multibulk that is being read: arguments so far, their bytes, and how many are still to come. */
  private argv: Bytes[] = [];
  private argvBytes = 0;
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
    return this.text.length - this.at + this.waiting + this.argvBytes;
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

  /** The first two words of whole commands that {@link next} will answer, up to `most`, as far as they are multibulks of two or more. */
  upcoming(most: number): Bytes[][] {
    const found: Bytes[][] = [];
    if (this.remaining > 0 || !this.gather()) return found;
    const { text, at } = this;
    while (found.length < most && text.charCodeAt(this.at) === STAR) {
      const words = this.glance();
      if (!words) break;
      found.push(words);
    }
    this.at = at;
    return found;
  }

  /** Goes past a command. Undefined where it is not whole, not as it should be, or of one word. */
  private glance(): Bytes[] | undefined {
    const { text } = this;
    const count = this.readLength();
    if (count < 2) return undefined;
    const words: Bytes[] = [];
    for (let left = count; left > 0; left--) {
      const length = text.charCodeAt(this.at) === DOLLAR ? this.readLength() : INVALID;
      const end = this.at + length;
      if (length < 0 || end + 2 > text.length) return undefined;
      if (words.length < 2) words.push(text.slice(this.at, end) as Bytes);
      this.at = end + 2;
    }
    return words;
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
    const count = this.readLength();
    if (count === INCOMPLETE) return this.lineTooLong ? new ProtocolError('too big mbulk count string') : undefined;
    if (count === INVALID || count > MAX_ARGUMENTS) return new ProtocolError('invalid multibulk length');
    if (!this.trusted && count > MAX_UNAUTHENTICATED_ARGUMENTS) return new ProtocolError('unauthenticated multibulk length');
    if (count <= 0) return [];
    this.remaining = count;
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
      this.argvBytes += this.bulkLength;
      this.at = end + 2;
      this.bulkLength = -1;
      this.remaining--;
    }
    const argv = this.argv;
    this.argv = [];
    this.argvBytes = 0;
    this.drop();
    return argv;
  }

  private bulkHeader(): true | undefined | ProtocolError {
    const first = this.text.charCodeAt(this.at);
    // Redis looks for the end of the line before it looks at the line.
    if (first !== DOLLAR && this.lineEnd(CR) >= 0 && this.lineEnd(CR) + 1 < this.text.length) {
      return new ProtocolError(`expected '$', got '${this.text[this.at]}'`);
    }
    const length = first === DOLLAR ? this.readLength() : INCOMPLETE;
    if (length === INCOMPLETE) return this.lineTooLong ? new ProtocolError('too big bulk count string') : undefined;
    if (length < 0 || length > MAX_BULK_BYTES) return new ProtocolError('invalid bulk length');
    if (!this.trusted && length > MAX_UNAUTHENTICATED_BULK_BYTES) return new ProtocolError('unauthenticated bulk length');
    this.bulkLength = length;
    return true;
  }

  /** Reads the number after the char at `at` and goes past its line. A negative one is answered as -1. */
  private readLength(): number {
    const { text } = this;
    let i = this.at + 1;
    let value = 0;
    let code = text.charCodeAt(i);
    for (const end = i + SHORT_LENGTH_DIGITS; i < end && code >= ZERO && code <= ZERO + 9; code = text.charCodeAt(++i)) {
      value = value * 10 + code - ZERO;
    }
    const digits = i - this.at - 1;
    const canonical = digits === 1 || (digits > 1 && text.charCodeAt(this.at + 1) !== ZERO);
    if (code !== CR || !canonical) return this.readUncommonLength();
    if (i + 1 >= text.length) return INCOMPLETE;
    this.at = i + 2;
    return value;
  }

  private readUncommonLength(): number {
    const end = this.lineEnd(CR);
    if (end < 0 || end + 1 >= this.text.length) return INCOMPLETE;
    const value = parseInt64(this.text.slice(this.at + 1, end));
    if (value === undefined) return INVALID;
    this.at = end + 2;
    return value < 0 ? -1 : Number(value);
  }

  private inline(): Bytes[] | ProtocolError | undefined {
    const { text, at } = this;
    const end = this.lineEnd(10);
    if (end < 0) return text.length - at > MAX_INLINE_BYTES ? new ProtocolError('too big inline request') : undefined;
    const line = text.slice(at, text.charCodeAt(end - 1) === CR && end > at ? end - 1 : end);
    this.at = end + 1;
    this.drop();
    return splitInline(line) ?? new ProtocolError('unbalanced quotes in request');
  }

  /** Where the line ends that begins at `at`, or -1. Redis searches with a C string function: a zero byte hides the end. */
  private lineEnd(terminator: number): number {
    const { text } = this;
    for (let i = this.at; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === terminator) return i;
      if (code === 0) return -1;
    }
    return -1;
  }

  /** A header line has grown beyond what is waited for, and its end is not in sight. */
  private get lineTooLong(): boolean {
    return this.lineEnd(CR) < 0 && this.text.length - this.at > MAX_INLINE_BYTES;
  }

  /** Lets go of a text that is used up. */
  private drop(): void {
    if (this.at < this.text.length) return;
    this.text = '';
    this.at = 0;
  }
}
