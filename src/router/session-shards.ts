// A session's connections to the shards: what goes out on each, and which answer each incoming reply belongs to.

import type { Bytes } from '../bytes/bytes';
import { ReplyReader } from '../protocol/reply-reader';
import { ProtocolError } from '../protocol/request-reader';
import { encodeRequest } from '../protocol/request-writer';
import { Queue } from './queue';
import { Answer } from './session-answers';
import { ACKNOWLEDGE_BYTES, MAX_HELD_BYTES_WHILE_READING, MAX_SENT_BYTES } from './session-limits';
import { HOME_SHARD } from './slot-map';

const PUSH_MARK = 62;

/** The connection to one shard. */
class Link {
  readonly reader = new ReplyReader();
  /** Whose answers are still to come, in the order in which they were asked for. */
  readonly waiting = new Queue<Answer>();
  outgoing = '';
  /** Bytes of replies that wait for an earlier answer, and bytes received that the shard has not been told of. */
  heldBytes = 0;
  untoldBytes = 0;
}

export interface ShardLinksOptions {
  readonly count: number;
  /** Opens the connection to a shard; returns what it must be told first. */
  readonly open: (shard: number) => readonly (readonly Bytes[])[];
  readonly send: (shard: number, text: string) => void;
  /** Tells a shard how much more of what it sent has been passed on. */
  readonly acknowledge: (shard: number, bytes: number) => void;
  /** An out-of-band message came from a shard: what that shard answered before it has settled its answers. */
  readonly pushed: (shard: number, raw: Bytes) => void;
}

export class ShardLinks {
  /** Bytes sent for answers that have not left yet, and bytes received for them. */
  private sentBytes = 0;
  heldBytes = 0;
  /** A line that goes to every shard but home before the first of what it is asked, and the shards to which it has gone. */
  before: { readonly argv: readonly Bytes[]; readonly gone: Set<number> } | undefined;
  private readonly links: (Link | undefined)[];

  constructor(private readonly options: ShardLinksOptions) {
    this.links = new Array<Link | undefined>(options.count).fill(undefined);
  }

  /** They have been asked so much, or have answered so much that waits here, that no more is to be asked. */
  get full(): boolean {
    return this.sentBytes >= MAX_SENT_BYTES || this.heldBytes >= MAX_HELD_BYTES_WHILE_READING;
  }

  isOpen(shard: number): boolean {
    return this.links[shard] !== undefined;
  }

  /** Opens the connection to a shard unless it is. */
  open(shard: number): void {
    this.link(shard);
  }

  /** Puts a command among what goes to a shard; its reply settles `answer`. */
  ask(shard: number, argv: readonly Bytes[], answer: Answer): void {
    const link = this.link(shard);
    const { before } = this;
    if (before && !before.gone.has(shard)) {
      before.gone.add(shard);
      this.put(link, shard, before.argv, Answer.internal());
    }
    this.put(link, shard, argv, answer);
  }

  private put(link: Link, shard: number, argv: readonly Bytes[], answer: Answer): void {
    const text = encodeRequest(argv);
    link.outgoing += text;
    link.waiting.push(answer);
    answer.shard = shard;
    if (answer.internal) return;
    answer.sentBytes += text.length;
    this.sentBytes += text.length;
  }

  /** Asks a shard on the session's own account. */
  inquire(shard: number, argv: readonly Bytes[], answered: (raw: Bytes) => void): void {
    this.ask(
      shard,
      argv,
      Answer.internal((_succeeded, raw) => answered(raw)),
    );
  }

  /** Puts a command among what goes to every shard that has a connection; the home shard's reply settles `answer`. */
  askOpen(argv: readonly Bytes[], answer: Answer): void {
    for (let shard = 0; shard < this.links.length; shard++) {
      if (this.links[shard]) this.ask(shard, argv, shard === HOME_SHARD ? answer : Answer.internal());
    }
  }

  /** Has every shard but home know of a line that changes what it is told of the client: those that are not open, only if asked. */
  tell(argv: readonly Bytes[], toAll: boolean): void {
    for (let shard = 0; shard < this.links.length; shard++) {
      if (shard === HOME_SHARD) continue;
      const link = this.links[shard];
      if (link) this.put(link, shard, argv, Answer.internal());
      // A new connection is told by its preamble.
      else if (toAll) this.link(shard);
    }
  }

  /** Sends what the shards have been asked, each in one piece. */
  flush(): void {
    for (const [shard, link] of this.links.entries()) {
      if (!link || link.outgoing === '') continue;
      const { outgoing } = link;
      link.outgoing = '';
      this.options.send(shard, outgoing);
    }
  }

  /** Bytes from a shard: settles the answers that they bring. False when they make no sense. */
  receive(shard: number, data: Uint8Array | ArrayBuffer | Bytes): boolean {
    const link = this.links[shard];
    if (!link) return false;
    link.reader.push(data);
    link.untoldBytes += typeof data === 'string' ? data.length : data.byteLength;
    for (let raw = link.reader.nextRaw(); raw !== undefined; raw = link.reader.nextRaw()) {
      if (raw instanceof ProtocolError) return false;
      if (raw.charCodeAt(0) === PUSH_MARK) this.options.pushed(shard, raw);
      else if (!this.settle(shard, link, raw)) return false;
    }
    return true;
  }

  /** Keeps a message of a shard back until `answer`, which is of several shards, has left. */
  hold(shard: number, raw: Bytes, answer: Answer): void {
    const link = this.link(shard);
    link.heldBytes += raw.length;
    this.heldBytes += raw.length;
    answer.receivedBytes += raw.length;
    answer.bytes[shard] = (answer.bytes[shard] ?? 0) + raw.length;
    answer.behind.push(raw);
  }

  /** An answer has left: its bytes count no more. */
  release(answer: Answer): void {
    this.sentBytes -= answer.sentBytes;
    this.heldBytes -= answer.receivedBytes;
    const { shards, bytes } = answer;
    if (shards.length === 0) this.letGo(answer.shard, answer.receivedBytes);
    else for (let i = 0; i < shards.length; i++) this.letGo(shards[i] as number, bytes[i] as number);
  }

  private letGo(shard: number, bytes: number): void {
    const link = this.links[shard];
    if (link) link.heldBytes -= bytes;
  }

  /**
   * Tells the shards what has been passed on, so that none waits in vain. The one that owes the oldest answer has
   * nothing held here, so it is always told.
   */
  acknowledge(): void {
    for (const [shard, link] of this.links.entries()) {
      if (!link || link.untoldBytes < ACKNOWLEDGE_BYTES || link.heldBytes > ACKNOWLEDGE_BYTES) continue;
      this.options.acknowledge(shard, link.untoldBytes);
      link.untoldBytes = 0;
    }
  }

  private settle(shard: number, link: Link, raw: Bytes): boolean {
    const answer = link.waiting.shift();
    if (!answer) return false;
    if (!answer.internal) {
      link.heldBytes += raw.length;
      this.heldBytes += raw.length;
    }
    answer.settle(shard, raw);
    return true;
  }

  private link(shard: number): Link {
    const known = this.links[shard];
    if (known) return known;
    const link = new Link();
    this.links[shard] = link;
    for (const line of this.options.open(shard)) this.put(link, shard, line, Answer.internal());
    return link;
  }
}
