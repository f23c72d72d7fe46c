// One RESP connection: bytes in, bytes out. It does not know whether a WebSocket, a TCP socket or a test is on the
// other side, nor where it lives.

import type { Bytes } from '../bytes/bytes';
import { ErrorReply, type Reply } from '../protocol/reply';
import { ProtocolError, RequestReader } from '../protocol/request-reader';
import { encodeReply } from '../protocol/resp-writer';
import { type ClientOrigin, ClientState } from './client-state';
import type { Engine } from './engine';

export interface Received {
  /** RESP text to send, possibly empty. */
  readonly output: string;
  /** The connection must be closed once the output is sent. */
  readonly close: boolean;
}

export class Connection {
  readonly client: ClientState;
  private readonly reader = new RequestReader();

  constructor(
    private readonly engine: Engine,
    origin: ClientOrigin,
  ) {
    this.client = new ClientState(origin);
    engine.server.addClient(this.client);
  }

  /** Runs every whole command among what has arrived. */
  receive(data: Uint8Array | ArrayBuffer | Bytes): Received {
    const { client, reader } = this;
    let output = '';
    reader.push(data);
    while (client.closing === 'no') {
      reader.trusted = client.access !== undefined;
      const argv = reader.next();
      if (argv === undefined) break;
      if (argv instanceof ProtocolError) {
        output += encodeReply(new ErrorReply(`ERR Protocol error: ${argv.text}`), client.protocol);
        client.closing = 'after-reply';
        break;
      }
      if (argv.length > 0) output += this.answer(argv);
    }
    return { output: client.closing === 'now' ? '' : output, close: client.closing !== 'no' };
  }

  private answer(argv: Bytes[]): string {
    const { client } = this;
    const muted = client.replyMode === 'skip-next';
    const reply: Reply = this.engine.execute(client, argv);
    // Encoded after the command ran: HELLO answers in the protocol that it switched to.
    if (muted) {
      client.replyMode = 'on';
      return '';
    }
    return client.replyMode === 'on' ? encodeReply(reply, client.protocol) : '';
  }

  /** True when nothing of this connection would be lost with its memory: no half-read command, no MULTI, no WATCH. */
  get idle(): boolean {
    return this.reader.idle && this.client.queued < 0 && this.client.watching === 0;
  }

  /** The other side has gone. */
  end(): void {
    this.engine.forget(this.client);
  }
}
