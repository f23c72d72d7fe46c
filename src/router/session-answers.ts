// The answers that a session owes its client, in the order of the commands, and which of them CLIENT REPLY mutes.
// Shards answer in any order; an answer leaves when all before it have left.

import type { Bytes } from '../bytes/bytes';
import { MONITOR } from '../engine/wait-mark';
import { ErrorReply, type Reply } from '../protocol/reply';
import { decodeReply } from '../protocol/reply-reader';
import { encodeReply, type RespVersion } from '../protocol/resp-writer';
import { Queue } from './queue';

/** What an answer does when it leaves, beyond being sent. Only `close` is done by a failed command too. */
export type Effect =
  | { readonly kind: 'reply-mode'; readonly mode: 'on' | 'off' | 'skip' }
  | { readonly kind: 'protocol'; readonly version: RespVersion }
  | { readonly kind: 'reset' }
  | { readonly kind: 'close' };

/** Makes one reply of what the shards answered, in the order in which they were asked. */
export type Combine = (replies: readonly Reply[]) => Reply;

const MINUS = 45;
/** How a shard shows a command to a client that monitors: the client sees the line alone. */
const SHOWN = `>2\r\n$${MONITOR.length}\r\n${MONITOR}\r\n`;

/** The answer to one command. */
export class Answer {
  effect: Effect | undefined;
  /** Called when the one shard that was asked has answered. */
  onSettled: ((succeeded: boolean, raw: Bytes) => void) | undefined;
  /** Asked by the session on its own account: the client never sees it. */
  internal = false;
  /** It is made of messages, which CLIENT REPLY does not mute. */
  confirms = false;
  /** Messages that may not come before it. */
  readonly behind: Bytes[] = [];
  /** It is on its way to the client. */
  hasLeft = false;
  /** Which message of the client brought its command. */
  burst = 0;
  /** Bytes sent to shards for it, and received from them. */
  sentBytes = 0;
  receivedBytes = 0;
  /** The shard that was asked, if it was one; otherwise those that were asked, and the bytes received from each. */
  shard = 0;
  shards: readonly number[] = [];
  bytes: number[] = [];
  /** As the shard wrote it. */
  private raw: Bytes | undefined;
  /** Made here; written when its turn comes, since a HELLO before it may change the protocol. */
  private made: Reply | undefined;
  private missing = 1;
  private combine: Combine | undefined;
  private replies: Reply[] = [];

  /** An answer that is made here. */
  static ready(reply: Reply, effect?: Effect): Answer {
    const answer = new Answer();
    answer.reply(reply);
    answer.effect = effect;
    return answer;
  }

  /** An answer made of those of several shards, or of one that must be read to be answered. */
  static of(shards: readonly number[], combine: Combine): Answer {
    const answer = new Answer();
    answer.combine = combine;
    answer.shards = shards;
    answer.replies = new Array<Reply>(shards.length).fill(null);
    answer.bytes = new Array<number>(shards.length).fill(0);
    answer.missing = shards.length;
    return answer;
  }

  static internal(onSettled?: Answer['onSettled']): Answer {
    const answer = new Answer();
    answer.internal = true;
    answer.onSettled = onSettled;
    return answer;
  }

  get done(): boolean {
    return this.missing === 0;
  }

  get failed(): boolean {
    return this.raw === undefined ? this.made instanceof ErrorReply : this.raw.charCodeAt(0) === MINUS;
  }

  /** A shard has answered. */
  settle(shard: number, raw: Bytes): void {
    this.missing--;
    this.receivedBytes += raw.length;
    if (!this.combine) {
      this.raw = raw;
      this.onSettled?.(!this.failed, raw);
      return;
    }
    const place = this.shards.indexOf(shard);
    this.replies[place] = decodeReply(raw);
    this.bytes[place] = raw.length;
    if (this.missing === 0) this.made = this.combine(this.replies);
  }

  /** The answer is made here. */
  reply(reply: Reply): void {
    this.missing = 0;
    this.made = reply;
  }

  /** The answer has been found out by asking on the session's own account. */
  give(raw: Bytes): void {
    this.missing = 0;
    this.raw = raw;
  }

  text(version: RespVersion): string {
    return this.raw ?? encodeReply(this.made ?? null, version);
  }
}

/** The answers that are due, oldest first. */
export class Answers {
  private readonly due = new Queue<Answer>();
  private protocol: RespVersion = 2;
  private muted = false;
  private skipNext = false;
  /** Which message of the client is being read, which one was answered last, and bytes of answers to that one. */
  private burst = 0;
  private answeredBurst = 0;
  private burstBytes = 0;
  /** Bytes of messages since the client has last sent anything, less what it says it has taken. */
  unaskedBytes = 0;

  /** Another message of the client begins. */
  beginBurst(): void {
    this.burst++;
    this.unaskedBytes = 0;
  }

  /** The client says that it has taken so many bytes. */
  taken(bytes: number): void {
    if (bytes > 0) this.unaskedBytes = Math.max(0, this.unaskedBytes - bytes);
  }

  /** Bytes of answers so far to the message that the next answer belongs to. */
  get nextBurstBytes(): number {
    return this.due.peek()?.burst === this.answeredBurst ? this.burstBytes : 0;
  }

  /** The protocol in which the client reads what is sent next. */
  get version(): RespVersion {
    return this.protocol;
  }

  get length(): number {
    return this.due.length;
  }

  add(answer: Answer): void {
    answer.burst = this.burst;
    this.due.push(answer);
  }

  /** The next answer whose turn has come. */
  take(): Answer | undefined {
    if (!this.due.peek()?.done) return undefined;
    const answer = this.due.shift();
    if (answer) answer.hasLeft = true;
    return answer;
  }

  /** A message that was not asked for, as the client reads it: shards send it as a push, which RESP2 does not have. */
  unasked(raw: Bytes): string {
    this.unaskedBytes += raw.length;
    if (raw.startsWith(SHOWN)) return `+${raw.slice(raw.indexOf('\r\n', SHOWN.length) + 2)}`;
    return this.protocol === 3 ? raw : `*${raw.slice(1)}`;
  }

  /** What of an answer whose turn has come is sent. */
  write(answer: Answer): string {
    const text = answer.behind.reduce((all, raw) => all + this.unasked(raw), this.writeUncounted(answer));
    if (answer.burst !== this.answeredBurst) this.burstBytes = 0;
    this.answeredBurst = answer.burst;
    this.burstBytes += text.length;
    return text;
  }

  private writeUncounted(answer: Answer): string {
    const skipped = this.skipNext;
    this.skipNext = false;
    const effect = answer.failed ? undefined : answer.effect;
    if (effect?.kind === 'reply-mode') return this.switchTo(effect.mode, answer);
    if (effect?.kind === 'protocol') this.protocol = effect.version;
    if (effect?.kind === 'reset') {
      this.muted = false;
      this.protocol = 2;
    }
    return (this.muted || skipped) && !answer.confirms ? '' : answer.text(this.protocol);
  }

  /** CLIENT REPLY: only ON is answered. SKIP does nothing while replies are off. */
  private switchTo(mode: 'on' | 'off' | 'skip', answer: Answer): string {
    if (mode === 'skip') this.skipNext = !this.muted;
    else this.muted = mode === 'off';
    return mode === 'on' ? answer.text(this.protocol) : '';
  }
}
