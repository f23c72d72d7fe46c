// Bytes to a server and back, for tests of the protocol itself and of several connections at once.

import { connect, type Socket } from 'node:net';
import { type Bytes, fromBuffer, toBuffer } from '../../src/bytes/bytes';

/** A command as a RESP request. */
export function request(...argv: readonly (string | number)[]): Bytes {
  return `*${argv.length}\r\n${argv.map((arg) => `$${`${arg}`.length}\r\n${arg}\r\n`).join('')}` as Bytes;
}

/** Sends `input`, closes that direction, and returns all that the server answers until it closes too. */
export function exchange(port: number, input: Bytes): Promise<string> {
  return new Promise((resolve) => {
    let output = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(toBuffer(input)));
    socket.on('data', (data) => {
      output += fromBuffer(data);
    });
    // A server that closes before it has read everything resets the connection: what it said before counts.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(output));
  });
}

/** Index after the reply that starts at `start`, in either protocol, or -1 when it is not complete. */
export function replyEnd(text: string, start: number): number {
  const line = text.indexOf('\r\n', start);
  if (line < 0) return -1;
  const kind = text[start] as string;
  const count = Number(text.slice(start + 1, line));
  let end = line + 2;
  if ('$='.includes(kind)) return count < 0 ? end : text.length >= end + count + 2 ? end + count + 2 : -1;
  // The reply that an attribute is about follows it.
  const items = '*~>'.includes(kind) ? count : kind === '%' ? 2 * count : kind === '|' ? 2 * count + 1 : 0;
  for (let i = 0; i < items; i++) {
    end = replyEnd(text, end);
    if (end < 0) return -1;
  }
  return end;
}

/** One connection that waits for the reply to each command. */
export class RawClient {
  private received = '';
  private waiting: ((reply: string) => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (data) => {
      this.received += fromBuffer(data);
      this.deliver();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.deliver());
  }

  private deliver(): void {
    const { waiting } = this;
    if (!waiting) return;
    const end = replyEnd(this.received, 0);
    if (end < 0 && !this.socket.closed) return;
    const reply = this.received.slice(0, Math.max(end, 0));
    this.received = this.received.slice(reply.length);
    this.waiting = undefined;
    waiting(reply);
  }

  static open(port: number): Promise<RawClient> {
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new RawClient(socket)));
    });
  }

  /** The encoded reply, or nothing when the server closes the connection instead. */
  send(...argv: (string | number)[]): Promise<string> {
    this.socket.write(toBuffer(request(...argv)));
    return this.next();
  }

  /** The next reply or message, or nothing when the connection has ended. */
  next(): Promise<string> {
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.deliver();
    });
  }

  /** Reads no more. */
  pause(): void {
    this.socket.pause();
  }

  close(): void {
    this.socket.destroy();
  }
}
