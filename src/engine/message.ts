// What a client is sent without having asked for it: messages of channels, invalidations. A push in RESP3, in RESP2 an
// array like any other.

import type { Reply } from '../protocol/reply';
import { encodeReply, type RespVersion } from '../protocol/resp-writer';

/** One message, for any number of clients: it is written once for each way in which they read it. */
export class Message {
  private resp2: string | undefined;
  private resp3: string | undefined;
  private marked2: string | undefined;

  constructor(private readonly items: readonly Reply[]) {}

  /**
   * The bytes that a client is sent.
   * @param marked the other end is a session at the edge, which must not take it for a reply: it is a push whatever the
   *   client speaks, and the session writes it as an array for one that speaks RESP2
   */
  text(protocol: RespVersion, marked: boolean): string {
    if (protocol === 3) {
      this.resp3 ??= `>${this.body(3)}`;
      return this.resp3;
    }
    if (marked) {
      this.marked2 ??= `>${this.body(2)}`;
      return this.marked2;
    }
    this.resp2 ??= `*${this.body(2)}`;
    return this.resp2;
  }

  private body(protocol: RespVersion): string {
    let text = `${this.items.length}\r\n`;
    for (const item of this.items) text += encodeReply(item, protocol);
    return text;
  }
}
