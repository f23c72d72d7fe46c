// A RESP2 client for the tools of the command line: pipelines of any size, binary safe, errors of commands as values, and
// a connection that fails as one line for the user.

import { type Bytes, fromText, toBuffer } from '../bytes/bytes';
import { ErrorReply, type Reply } from '../protocol/reply';
import { ReplyReader } from '../protocol/reply-reader';
import { ProtocolError } from '../protocol/request-reader';
import { encodeRequest } from '../protocol/request-writer';
import type { Endpoint } from './endpoint';
import { Failure } from './failure';
import { connect, type Transport } from './resp-transport';

/**
 * When replies are due and nothing at all arrives for so long, the connection is taken for dead. Longer than the slowest
 * single command of a tool takes on a busy server.
 */
const SILENCE_MS = 120_000;
/** Requests are encoded by so many chars at a time: one text of all of them would be in memory twice. */
const WRITE_CHARS = 256 * 1024;

/** What has been sent together and is answered together. */
interface Batch {
  readonly replies: Reply[];
  readonly expected: number;
  readonly resolve: (replies: Reply[]) => void;
  readonly reject: (failure: Failure) => void;
}

export class RespClient {
  private readonly reader = new ReplyReader();
  /** In the order of what was sent: replies go to the first. */
  private readonly waiting: Batch[] = [];
  /** How many of `waiting` have been answered in full; they are taken out together. */
  private answered = 0;
  private transport: Transport | undefined;
  private failure: Failure | undefined;
  private heardMs = performance.now();
  private readonly watch: NodeJS.Timeout;

  private constructor(
    private readonly endpoint: Endpoint,
    private readonly silenceMs: number,
  ) {
    this.watch = setInterval(() => this.checkSilence(), Math.min(silenceMs, 1000));
    // A tool that has nothing else to do is done.
    this.watch.unref();
  }

  /** Connects, authenticates and selects the database. Whatever is wrong is a {@link Failure} that names the server. */
  static async open(endpoint: Endpoint, silenceMs = SILENCE_MS): Promise<RespClient> {
    const client = new RespClient(endpoint, silenceMs);
    try {
      client.transport = await connect(endpoint, {
        data: (chunk) => client.receive(chunk),
        closed: (reason) => client.fail(`lost the connection to ${endpoint.url}: ${reason}`),
      });
      await client.introduce();
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  /** One command and its reply. */
  async run(...argv: readonly string[]): Promise<Reply> {
    const [reply] = await this.send([argv as readonly Bytes[]]);
    return reply as Reply;
  }

  /** As `run`, for a command whose error ends the tool. */
  async require(...argv: readonly string[]): Promise<Reply> {
    const reply = await this.run(...argv);
    if (reply instanceof ErrorReply) throw new Failure(`${this.endpoint.url} answers ${argv[0]} with: ${reply.text}`);
    return reply;
  }

  /** Sends commands in one go. The replies come in the same order, errors among them; rejects when the connection ends first. */
  send(commands: readonly (readonly Bytes[])[]): Promise<Reply[]> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (commands.length === 0) return Promise.resolve([]);
    if (this.answered === this.waiting.length) this.heardMs = performance.now();
    const batch = new Promise<Reply[]>((resolve, reject) => {
      this.waiting.push({ replies: [], expected: commands.length, resolve, reject });
    });
    let text = '';
    for (const argv of commands) {
      text += encodeRequest(argv);
      if (text.length < WRITE_CHARS) continue;
      this.transport?.write(toBuffer(text as Bytes));
      text = '';
    }
    if (text !== '') this.transport?.write(toBuffer(text as Bytes));
    return batch;
  }

  /** Ends the connection. What has not been answered by now is rejected. */
  close(): void {
    this.fail(`the connection to ${this.endpoint.url} has been closed`);
  }

  private async introduce(): Promise<void> {
    const { transport, username, password, database } = this.endpoint;
    if (transport !== 'websocket' && password !== undefined) {
      const credentials = username === undefined ? [password] : [username, password];
      await this.require('AUTH', ...credentials.map(fromText));
    }
    await this.require('PING');
    if (database !== 0) await this.require('SELECT', String(database));
  }

  private receive(chunk: Uint8Array): void {
    this.heardMs = performance.now();
    this.reader.push(chunk);
    for (;;) {
      const reply = this.reader.next();
      if (reply === undefined) return;
      const problem = this.take(reply);
      if (problem === undefined) continue;
      this.fail(problem);
      return;
    }
  }

  /** Gives a reply to whom it is for, or says why this cannot go on. */
  private take(reply: Reply | ProtocolError): string | undefined {
    if (reply instanceof ProtocolError) return `${this.endpoint.url} does not speak RESP: ${reply.text}`;
    const batch = this.waiting[this.answered];
    // What a server says without being asked is why it closes the connection.
    if (batch === undefined) return `${this.endpoint.url} closes the connection: ${textOf(reply)}`;
    batch.replies.push(reply);
    if (batch.replies.length === batch.expected) this.finish(batch);
    return undefined;
  }

  private finish(batch: Batch): void {
    batch.resolve(batch.replies);
    this.answered++;
    if (this.answered < this.waiting.length / 2) return;
    this.waiting.splice(0, this.answered);
    this.answered = 0;
  }

  private checkSilence(): void {
    if (this.waiting.length === this.answered || performance.now() - this.heardMs < this.silenceMs) return;
    this.fail(`no answer from ${this.endpoint.url} for ${this.silenceMs / 1000} seconds`);
  }

  private fail(message: string): void {
    if (this.failure !== undefined) return;
    const failure = new Failure(message);
    this.failure = failure;
    clearInterval(this.watch);
    this.transport?.destroy();
    for (const { reject } of this.waiting.splice(0).slice(this.answered)) reject(failure);
    this.answered = 0;
  }
}

function textOf(reply: Reply): string {
  return reply instanceof ErrorReply ? reply.text : JSON.stringify(reply);
}
