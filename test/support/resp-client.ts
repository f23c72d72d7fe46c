// A RESP client over TCP for end-to-end tests: pipelines, raw replies as values, and no reconnection, so that a test
// sees every failure.

import { connect, type Socket } from 'node:net';
import { type Bytes, fromText, toBuffer } from '../../src/bytes/bytes';
import type { Reply } from '../../src/protocol/reply';
import { ReplyReader } from '../../src/protocol/reply-reader';
import { ProtocolError } from '../../src/protocol/request-reader';
import { encodeRequest } from '../../src/protocol/request-writer';

export type Argument = string | number;

/** The connection ended before a reply came: whether the command was executed is unknown. */
export class Disconnected extends Error {}

export class RespClient {
  private readonly reader = new ReplyReader();
  private readonly waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];
  private ended = false;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (data) => {
      this.reader.push(data);
      for (let reply = this.reader.next(); reply !== undefined; reply = this.reader.next()) {
        if (reply instanceof ProtocolError) throw new Error(`the server broke the protocol: ${reply.text}`);
        this.waiting.shift()?.resolve(reply);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.ended = true;
      for (const { reject } of this.waiting.splice(0)) reject(new Disconnected('disconnected'));
    });
  }

  static async open(port: number, password?: string): Promise<RespClient> {
    const socket = connect(port, '127.0.0.1');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('connect', () => resolve());
    socket.once('error', reject);
    await promise;
    const client = new RespClient(socket);
    if (password !== undefined) await client.run('AUTH', password);
    return client;
  }

  run(...argv: Argument[]): Promise<Reply> {
    return this.pipeline([argv])[0] as Promise<Reply>;
  }

  /** Sends all commands in one write. */
  pipeline(commands: readonly (readonly Argument[])[]): Promise<Reply>[] {
    const replies = commands.map(() => {
      const { promise, resolve, reject } = Promise.withResolvers<Reply>();
      // Nobody may be waiting yet when a connection breaks.
      promise.catch(() => undefined);
      if (this.ended) reject(new Disconnected('disconnected'));
      else this.waiting.push({ resolve, reject });
      return promise;
    });
    const text = commands.map((argv) => encodeRequest(argv.map((arg) => fromText(String(arg))))).join('');
    if (!this.ended) this.socket.write(toBuffer(text as Bytes));
    return replies;
  }

  close(): void {
    this.socket.destroy();
  }
}
