// A RESP connection as a stream of bytes in both directions, over TCP or over a WebSocket.

import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { type Bytes, toBuffer } from '../../src/bytes/bytes';
import { ReplyReader } from '../../src/protocol/reply-reader';
import { encodeRequest } from '../../src/protocol/request-writer';
import type { Random } from '../../src/spec/context';

/** Longest frame that a WebSocket stream is cut into. */
const LONGEST_CUT = 200;

export class Stream {
  private readonly reader = new ReplyReader();
  private ended = false;
  private wake: () => void = () => undefined;

  private constructor(
    private readonly write: (bytes: Uint8Array) => void,
    readonly close: () => void,
  ) {}

  private receive(data: Uint8Array): void {
    this.reader.push(data);
    this.wake();
  }

  private end(): void {
    this.ended = true;
    this.wake();
  }

  static tcp(port: number): Promise<Stream> {
    const socket = connect(port, '127.0.0.1');
    const stream = new Stream(
      (bytes) => socket.write(bytes),
      () => socket.destroy(),
    );
    socket.on('data', (data) => stream.receive(data));
    socket.on('close', () => stream.end());
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('connect', () => resolve(stream));
    });
  }

  /** Every write goes out in binary frames that end anywhere. */
  static webSocket(url: string, random: Random): Promise<Stream> {
    const socket = new WebSocket(url);
    const stream = new Stream(
      (bytes) => {
        for (let start = 0; start < bytes.length; ) {
          const end = start + 1 + random.below(LONGEST_CUT);
          socket.send(bytes.subarray(start, end));
          start = end;
        }
      },
      () => socket.terminate(),
    );
    socket.on('message', (data: Buffer) => stream.receive(data));
    socket.on('close', () => stream.end());
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => resolve(stream));
    });
  }

  /** Sends commands as one pipeline and answers what each was answered, as it was written. */
  async ask(commands: readonly (readonly Bytes[])[]): Promise<Bytes[]> {
    this.write(toBuffer(commands.map(encodeRequest).join('') as Bytes));
    const replies: Bytes[] = [];
    while (replies.length < commands.length) {
      const reply = this.reader.nextRaw();
      if (typeof reply === 'string') replies.push(reply);
      else if (reply !== undefined) throw new Error(`the server broke the protocol: ${reply.text}`);
      else if (this.ended) throw new Error(`the connection ended after ${replies.length} of ${commands.length} replies`);
      else {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    }
    return replies;
  }
}
