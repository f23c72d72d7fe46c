// A real redis-server for differential tests: the same commands go to it and to the engine, and the encoded replies are
// compared. Tests that need it are skipped where it is not installed.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { type Bytes, fromBuffer, fromText, toBuffer } from '../../src/bytes/bytes';
import { freePort } from './ports';

export const redisInstalled = spawnSync('redis-server', ['--version']).status === 0;

/** Index after the RESP2 or RESP3 reply that starts at `start`, or -1 when it is not complete. */
function replyEnd(text: string, start: number): number {
  const line = text.indexOf('\r\n', start);
  if (line < 0) return -1;
  const kind = text[start] as string;
  const count = Number(text.slice(start + 1, line));
  let end = line + 2;
  if (kind === '$' && count >= 0) return text.length >= end + count + 2 ? end + count + 2 : -1;
  if (!'*%~>'.includes(kind)) return end;
  const elements = kind === '%' ? 2 * count : count;
  for (let i = 0; i < elements; i++) {
    end = replyEnd(text, end);
    if (end < 0) return -1;
  }
  return end;
}

async function connectTo(port: number): Promise<Socket> {
  for (let attempt = 0; ; attempt++) {
    const socket = connect(port, '127.0.0.1');
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (connected) return socket;
    if (attempt === 100) throw new Error('redis-server does not answer');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export class RealRedis {
  private received = '';
  private waiting: { count: number; replies: string[]; resolve: (replies: string[]) => void } | undefined;

  private constructor(
    private readonly process: ChildProcess,
    private readonly socket: Socket,
    /** Where it listens, for tests that need more than one connection. */
    readonly port: number,
  ) {
    socket.on('data', (data) => {
      this.received += fromBuffer(data);
      this.deliver();
    });
  }

  /** Starts a server without persistence on a free port. Call {@link stop} when done. */
  static async start(): Promise<RealRedis> {
    const port = await freePort();
    const args = [
      '--port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--daemonize',
      'no',
      '--dir',
      tmpdir(),
      // What another one has saved there is not loaded.
      '--dbfilename',
      `kedge-test-${port}.rdb`,
      '--enable-debug-command',
      'yes',
    ];
    const process = spawn('redis-server', args, { stdio: 'ignore' });
    try {
      return new RealRedis(process, await connectTo(port), port);
    } catch (error) {
      process.kill('SIGKILL');
      throw error;
    }
  }

  /** Sends commands as one pipeline; answers with the encoded reply of each. Text arguments are sent as UTF-8. */
  send(commands: readonly (readonly (string | number)[])[]): Promise<string[]> {
    return this.sendBytes(commands.map((argv) => argv.map((arg) => fromText(`${arg}`))));
  }

  sendBytes(commands: readonly (readonly Bytes[])[]): Promise<string[]> {
    const lines = commands.map((argv) => `*${argv.length}\r\n${argv.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`);
    return new Promise((resolve) => {
      this.waiting = { count: commands.length, replies: [], resolve };
      this.socket.write(toBuffer(lines.join('') as Bytes));
      this.deliver();
    });
  }

  private deliver(): void {
    if (!this.waiting) return;
    const { count, replies, resolve } = this.waiting;
    let start = 0;
    while (replies.length < count) {
      const end = replyEnd(this.received, start);
      if (end < 0) break;
      replies.push(this.received.slice(start, end));
      start = end;
    }
    this.received = this.received.slice(start);
    if (replies.length < count) return;
    this.waiting = undefined;
    resolve(replies);
  }

  async stop(): Promise<void> {
    this.socket.destroy();
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
  }
}
