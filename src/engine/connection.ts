// One RESP connection: bytes in, bytes out. It does not know whether a WebSocket, a TCP socket or a test is on the
// other side, nor where it lives.

import type { Bytes } from '../bytes/bytes';
import { oneLine, redisError } from '../protocol/errors';
import {
  MAX_LASTING_UNASKED_BYTES,
  MAX_QUERY_BUFFER_BYTES,
  MAX_UNASKED_BYTES,
  MAX_UNASKED_MS,
  REPLY_SLICE_BYTES,
} from '../protocol/limits';
import { BLOCKED, OK, PushReply, type Reply, SeveralReplies } from '../protocol/reply';
import { type ProtocolError, RequestReader } from '../protocol/request-reader';
import { encodeAnswer, encodeReply } from '../protocol/resp-writer';
import type { SubscriptionKind } from '../spec/pubsub';
import { type ClientOrigin, type ClientSnapshot, ClientState, PLAIN_WAIT } from './client-state';
import type { Engine } from './engine';
import { foresee } from './foresight';
import { STEP_WORD } from './freeze';
import { FORWARD, MONITOR, parseWaitMark, WAIT_MARK } from './wait-mark';

export interface Received {
  /** RESP text to send, possibly empty. */
  readonly output: string;
  /** Input is left: {@link Connection.proceed} goes on with it, once this output is on its way. */
  readonly more: boolean;
  /** The connection must be closed once the output is sent. */
  readonly close: boolean;
}

/** An idle connection as plain data, for a hibernating object to keep with its socket. */
export type ConnectionSnapshot = ClientSnapshot;

/**
 * Names that are longer in sum keep their connection from being idle. Together with the other fields a snapshot stays
 * below 2,048 bytes, of the 16,384 that the runtime keeps for a socket.
 */
const MAX_SNAPSHOT_NAME_CHARS = 1024;

/** Bytes of a snapshot that a prefix takes beside its chars. */
const PREFIX_OVERHEAD = 8;

/** First words of an HTTP request, which a browser can be made to send here: the connection ends without a word. */
const HTTP_WORDS = new Set(['post', 'host:']);

/** Whether a line is of an HTTP request rather than a command. */
export function isHttp(word: string): boolean {
  return (word.length === 4 || word.length === 5) && HTTP_WORDS.has(word.toLowerCase());
}

/** What is known of the other end of a connection. */
export interface OtherEnd {
  /** It is a session at the edge, which says how a command may wait by a word before it ({@link WAIT_MARK}). */
  readonly marked: boolean;
  /** It is noticed when it does not read: what it does not take piles up in the connection. */
  readonly measured: boolean;
}

const PLAIN_END: OtherEnd = { marked: false, measured: true };

/** Told to a client that is closed for it, where that can be told. */
const TOO_SLOW = 'too much was sent that the client did not read';

/** How many fast commands of one chunk share a reading of the clock: some tens of microseconds. */
const SHARED_READINGS = 32;
/** Of so many commands it is found out together what storage has of their keys. */
const LOOK_AHEAD = 50;

export class Connection {
  readonly client: ClientState;
  /** Told when another client has closed this one: nothing is to be sent any more. */
  onClose: (() => void) | undefined;
  /** Told when a command that waited has its reply: {@link proceed} gives it, and goes on, once the running unit has ended. */
  onWake: (() => void) | undefined;
  private readonly reader = new RequestReader();
  private saved: ConnectionSnapshot | undefined;
  /** The version of the subscriptions at that time. */
  private savedSubscriptions = 0;
  /** The clock's last reading, and how many commands may still use it. */
  private reading = 0;
  private readingUses = 0;
  /** What is to be sent beside the replies to what is being run: the reply to a command that has waited, messages. */
  private late = '';
  /** The part of it that precedes the reply. */
  private early = '';
  /** Since when much of that has not been taken; 0 while it is little. */
  private lateSinceMs = 0;
  /** Bytes of messages since the client has last sent anything, less what it says it has taken. */
  private unaskedBytes = 0;
  /** A command that was put off, until it is run. */
  private postponed: Bytes[] | undefined;
  /** Waits by the numbers that the edge gave them: the last one that began, and up to which they are cancelled. */
  private waitNumber = 0;
  private cancelledUpTo = 0;

  constructor(
    private readonly engine: Engine,
    origin: ClientOrigin | ClientState,
    private readonly otherEnd: OtherEnd = PLAIN_END,
  ) {
    const restored = origin instanceof ClientState;
    this.client = restored ? origin : new ClientState(origin);
    if (restored) engine.server.restoreClient(this.client);
    else engine.server.addClient(this.client);
    this.client.onClose = () => {
      this.end();
      this.onClose?.();
    };
    this.client.onUnblocked = (reply) => {
      if (!this.client.muted) this.late += encodeAnswer(reply, this.client.protocol);
      this.client.waitMode = PLAIN_WAIT;
      this.client.endCommand();
      this.onWake?.();
    };
    this.client.onFeed = (line) => this.show(line);
    this.client.onRoomMade = () => {
      this.early += this.takeLate();
    };
    this.client.onMessage = (message) => this.pile(message.text(this.client.protocol, this.otherEnd.marked));
    this.client.onUnpaused = (argv) => {
      this.postponed = argv;
      this.onWake?.();
    };
  }

  /** Shows a client that monitors a command. */
  private show(line: Bytes): void {
    if (!this.client.muted) this.pile(this.otherEnd.marked ? encodeReply(new PushReply([MONITOR, line]), 3) : `+${line}\r\n`);
  }

  /** Sends what was not asked for. A client that lets too much of that pile up is closed. */
  private pile(text: string): void {
    if (this.client.closing !== 'no') return;
    this.late += text;
    this.unaskedBytes += text.length;
    if (this.isBehind()) this.client.close(false, TOO_SLOW);
    else this.onWake?.();
  }

  /** What Redis' client-output-buffer-limit finds out. */
  private isBehind(): boolean {
    if ((this.otherEnd.measured ? this.late.length : this.unaskedBytes) > MAX_UNASKED_BYTES) return true;
    if (this.late.length <= MAX_LASTING_UNASKED_BYTES) return false;
    const now = this.engine.clock.now();
    this.lateSinceMs ||= now;
    return now - this.lateSinceMs > MAX_UNASKED_MS;
  }

  private takeLate(): string {
    const { late } = this;
    if (late !== '') {
      this.late = '';
      this.lateSinceMs = 0;
    }
    return late;
  }

  /** A command waits: what arrives meanwhile is kept, and no output comes, until {@link onWake}. */
  get blocked(): boolean {
    return this.client.blocked;
  }

  /** Bytes that have arrived and not been used. */
  get pendingBytes(): number {
    return this.reader.pendingBytes;
  }

  /** A connection that has slept, made again from what {@link snapshot} gave. */
  static restore(
    engine: Engine,
    snapshot: ConnectionSnapshot,
    otherEnd?: OtherEnd,
    subscriptions: Iterable<readonly [SubscriptionKind, Bytes]> = [],
  ): Connection {
    const connection = new Connection(engine, ClientState.restore(snapshot), otherEnd);
    const { client } = connection;
    for (const [kind, name] of subscriptions) engine.pubsub.subscribe(client, kind, name);
    connection.saved = snapshot;
    connection.savedSubscriptions = client.subscriptions.version;
    if (snapshot.tracking) engine.tracking.restore(connection.client, snapshot.tracking);
    return connection;
  }

  /** Takes in what has arrived and runs the whole commands in it. */
  receive(data: Uint8Array | ArrayBuffer | Bytes): Received {
    this.push(data);
    return this.proceed();
  }

  /** Takes in what has arrived, to be run by {@link proceed}. */
  push(data: Uint8Array | ArrayBuffer | Bytes): void {
    const { client, reader, engine } = this;
    if (client.closing !== 'no') return;
    engine.server.stats.netInputBytes += typeof data === 'string' ? data.length : data.byteLength;
    client.lastActiveMs = engine.clock.now();
    this.unaskedBytes = 0;
    reader.push(data);
    client.queryBytes = reader.pendingBytes;
  }

  /** The client has taken so many bytes. */
  taken(bytes: number): void {
    if (bytes > 0) this.unaskedBytes = Math.max(0, this.unaskedBytes - bytes);
  }

  /** Runs whole commands among what has arrived, until there are none or their replies fill a slice. */
  proceed(): Received {
    const { client, reader, engine } = this;
    const { stats } = engine.server;
    if (client.closing !== 'no') return { output: '', more: false, close: true };
    let output = this.takeLate();
    this.readingUses = 0;
    let ahead = 0;
    while (client.closing === 'no' && !client.blocked && output.length < REPLY_SLICE_BYTES) {
      reader.trusted = client.access !== undefined;
      if (--ahead < 0) ahead = this.lookAhead();
      const request = this.postponed ?? this.unmarked(reader.next());
      this.postponed = undefined;
      if (request === undefined) break;
      const answer = Array.isArray(request) ? this.answer(request) : this.refuse(request);
      output += this.early + answer + this.takeLate();
      this.early = '';
    }
    client.queryBytes = reader.pendingBytes;
    // As Redis does with its client-query-buffer-limit: no reply explains it, the client is still sending.
    if (client.queryBytes > MAX_QUERY_BUFFER_BYTES) client.closing = 'now';
    if (client.closing === 'now') output = '';
    stats.netOutputBytes += output.length;
    const close = client.closing !== 'no';
    return { output, more: !close && !client.blocked && output.length >= REPLY_SLICE_BYTES && !reader.idle, close };
  }

  /** Answers how many commands there are behind the next one that need not be looked at again. */
  private lookAhead(): number {
    if (this.engine.keys.isComplete) return LOOK_AHEAD;
    const lines = this.reader.upcoming(LOOK_AHEAD);
    foresee(this.engine, lines);
    return lines.length - 1;
  }

  /** Takes note of the word before a command that says how it may wait. */
  private unmarked(request: Bytes[] | ProtocolError | undefined): Bytes[] | ProtocolError | undefined {
    if (!this.otherEnd.marked || !Array.isArray(request) || !request[0]?.startsWith(WAIT_MARK) || request[0] === FORWARD) return request;
    const mark = parseWaitMark(request[0]);
    this.waitNumber = mark.number;
    this.client.waitMode = this.isCancelled ? { how: mark.mode.how === 'wait' ? 'try' : 'hold', mostMs: 0 } : mark.mode;
    return request.slice(1);
  }

  /** The running wait was cancelled, perhaps before it came. Then it takes what is there, but only if it may. */
  private get isCancelled(): boolean {
    return this.waitNumber <= this.cancelledUpTo;
  }

  /** The edge wants an answer to the wait of this number, and those before it, now. */
  cancelWait(number: number): void {
    this.cancelledUpTo = Math.max(this.cancelledUpTo, number);
    if (this.isCancelled) this.engine.blocking.cancel(this.client);
  }

  /** Reading the clock costs a tenth of a command in workerd: fast commands that follow each other share a reading. */
  private clockReading(): number {
    if (--this.readingUses < 0) {
      this.reading = this.engine.clock.now();
      this.readingUses = SHARED_READINGS;
    } else if (!this.engine.lastWasFast) {
      // After a command that may have taken long the engine has read it.
      this.reading = this.engine.readingMs;
    }
    return this.reading;
  }

  private answer(argv: Bytes[]): string {
    const { client } = this;
    let output = '';
    if (argv.length > 0) {
      if (isHttp(argv[0] as string)) {
        client.closing = 'now';
        return '';
      }
      const wasMuted = client.muted;
      const reply = this.execute(argv);
      if (reply === BLOCKED) {
        if (this.isCancelled && client.waitMode !== PLAIN_WAIT) this.engine.blocking.cancel(client);
        return '';
      }
      client.waitMode = PLAIN_WAIT;
      // Judged and encoded after the command ran: CLIENT REPLY ON answers although it was muted, HELLO in the protocol
      // that it switched to.
      if (reply instanceof SeveralReplies) output = this.confirmation(reply);
      else if (!wasMuted || !client.muted) output = encodeAnswer(reply, client.protocol);
    }
    client.endCommand();
    return output;
  }

  private execute(argv: Bytes[]): Reply {
    const { client, engine } = this;
    if (client.waitMode.how === 'hold') return this.hold(argv);
    if (this.otherEnd.marked && argv[0]?.startsWith(STEP_WORD)) return engine.takeStep(client, argv[0]);
    if (this.otherEnd.marked && argv[0] === FORWARD) {
      engine.tracking.forward(client, argv.length > 1 ? argv.slice(1) : null);
      return OK;
    }
    return engine.execute(client, argv, this.clockReading());
  }

  /** The messages that confirm subscriptions come whatever is muted. To a session they are the one answer to its command. */
  private confirmation(reply: SeveralReplies): string {
    return encodeAnswer(this.otherEnd.marked ? reply.items : reply, this.client.protocol);
  }

  /** The command waits elsewhere; here it can be told from, and ended. */
  private hold(argv: readonly Bytes[]): Reply {
    this.client.lastCommand = (argv[0] as Bytes).toLowerCase();
    return this.engine.blocking.hold(this.client);
  }

  private refuse(problem: ProtocolError): string {
    const error = redisError(oneLine(`ERR Protocol error: ${problem.text}`));
    this.engine.server.countError(error);
    this.client.closing = 'after-reply';
    return this.client.muted ? '' : encodeReply(error, this.client.protocol);
  }

  /** True when {@link snapshot}, with the subscriptions, holds all there is: no half-read command, no MULTI, no WATCH, no fieldset, no wait. */
  get idle(): boolean {
    const { client } = this;
    if (client.blocked || client.monitoring || this.postponed || this.late !== '') return false;
    let nameChars = client.name.length + client.libraryName.length + client.libraryVersion.length;
    for (const prefix of client.tracking?.prefixes ?? []) nameChars += prefix.length + PREFIX_OVERHEAD;
    return (
      this.reader.idle &&
      client.transaction.idle &&
      client.fieldsets.size === 0 &&
      client.closing === 'no' &&
      nameChars <= MAX_SNAPSHOT_NAME_CHARS
    );
  }

  /** Its state as plain data, but for its subscriptions, which may be many. To be taken while it is {@link idle}. */
  snapshot(): ConnectionSnapshot {
    this.saved = this.client.snapshot();
    this.savedSubscriptions = this.client.subscriptions.version;
    return this.saved;
  }

  /** True when the last {@link snapshot} would no longer restore this connection (times of last use aside). */
  get hasUnsavedState(): boolean {
    const { client, saved } = this;
    return (
      saved === undefined ||
      client.subscriptions.version !== this.savedSubscriptions ||
      client.access !== saved.access ||
      client.protocol !== saved.protocol ||
      client.replyMode !== saved.replyMode ||
      client.name !== saved.name ||
      client.libraryName !== saved.libraryName ||
      client.libraryVersion !== saved.libraryVersion ||
      client.noEvict !== saved.noEvict ||
      client.noTouch !== saved.noTouch ||
      client.tracking?.snapshot() !== saved.tracking
    );
  }

  /** The other side has gone. */
  end(): void {
    this.engine.forget(this.client);
  }
}
