// The least RESP client that a benchmark needs: sends commands in pipelines, and counts or returns the replies.

import { connect, type Socket } from 'node:net';
import { TOKEN } from './processes.ts';

export class RespClient {
  private readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
  }

  static async open(port: number): Promise<RespClient> {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('connect', () => resolve());
    socket.once('error', reject);
    await promise;
    const client = new RespClient(socket);
    await client.send([['AUTH', TOKEN]]);
    return client;
  }

  /** Sends all commands at once and resolves with the raw replies when there is a line for each. For one-line replies and bulk strings. */
  send(commands: readonly (readonly string[])[]): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    let text = '';
    let replies = '';
    for (const argv of commands) text += `*${argv.length}\r\n${argv.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`;
    const read = (data: Buffer) => {
      replies += data.toString('latin1');
      if (countReplies(replies) < commands.length) return;
      this.socket.off('data', read);
      resolve(replies);
    };
    this.socket.on('data', read);
    this.socket.write(text, 'latin1');
    return promise;
  }

  close(): void {
    this.socket.destroy();
  }
}

function countReplies(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count++) {
    const end = text.indexOf('\r\n', at);
    if (end < 0) return count;
    const length = text[at] === '$' ? Number(text.slice(at + 1, end)) : -1;
    at = length < 0 ? end + 2 : end + 2 + length + 2;
    if (at > text.length) return count;
  }
  return count;
}
