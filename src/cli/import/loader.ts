// The second pass over a file: what is in it goes to the target, in batches over several connections.

import { setImmediate } from 'node:timers/promises';
import { ascii, type Bytes, fromBuffer } from '../../bytes/bytes';
import { ErrorReply, type Reply } from '../../protocol/reply';
import type { RdbKey, RdbRecord } from '../../types/rdb/file-reader';
import { payloadOf } from '../../types/rdb/payload';
import { RdbReader } from '../../types/rdb/reader';
import { type FillLine, filling } from '../../types/rdb/refill';
import { temporaryKey } from '../../types/rdb/temporary-key';
import { RDB } from '../../types/rdb/types';
import { Failure } from '../failure';
import type { OnConflict } from '../migrate/settings';
import type { RespClient } from '../resp-client';
import { CONFLICT, FATAL_CODES, nameOf } from '../words';
import { conflict } from './check';
import type { Position } from './position';
import type { Summary } from './summary';
import { BATCH_BYTES, BATCH_KEYS, type Step, Window } from './window';

/** Batches that one connection has under way: the server works on one while the next comes. */
const BATCHES_PER_CLIENT = 2;

const EXPIRED = 'they have expired';

const [SET, NX, PXAT] = ['SET', 'NX', 'PXAT'].map(ascii) as [Bytes, Bytes, Bytes];
const [RESTORE, ABSTTL, REPLACE] = ['RESTORE', 'ABSTTL', 'REPLACE'].map(ascii) as [Bytes, Bytes, Bytes];

/** A large value that is being put together. */
interface Filling {
  readonly key: RdbKey;
  readonly temporary: Bytes;
  /** Lines that have not been sent. */
  readonly lines: Bytes[][];
  bytes: number;
  refusal: string | undefined;
}

export class Loader {
  private window: Window | undefined;
  private sent: Window | undefined;
  /** The window before this one is on its way. */
  private sending: Promise<void> = Promise.resolve();
  private filling: Filling | undefined;
  private readonly underWay = new Set<Promise<void>>();
  private failure: unknown;
  private nextClient = 0;
  private read = 0;
  /** Keys that the target did not take. */
  refused = 0;
  /** Keys that have been answered. */
  answered = 0;

  constructor(
    private readonly clients: readonly RespClient[],
    private readonly onConflict: OnConflict,
    private readonly summary: Summary,
    private readonly position: Position,
    private readonly now: () => number,
  ) {}

  async take(record: RdbRecord): Promise<void> {
    if (record.kind === 'key') await this.key(record.key, record.value);
    else if (record.kind === 'large') await this.beginLarge(record.key);
    else if (record.kind === 'line') await this.line(record.line);
    else if (record.kind === 'large end') await this.endLarge(record.unfit);
    else if (record.kind === 'function') await this.library(record.source);
    else if (record.kind === 'left out') this.summary.leaveOut(record.reason);
  }

  /** When everything has been answered. */
  async end(): Promise<void> {
    await this.turnOver();
    await this.sending;
    this.requireNoFailure();
    this.settleSent();
  }

  // ---- small values

  private async key(key: RdbKey, value: Uint8Array): Promise<void> {
    if (this.isExpired(key)) return;
    this.window ??= new Window(key.offset);
    this.window.add({ key, command: this.commandFor(key, value), bytes: key.key.length + value.length });
    if (this.window.isFull) await this.turnOver();
    // Replies to the window before this one are waiting.
    else if (++this.read % BATCH_KEYS === 0) await setImmediate();
  }

  private commandFor(key: RdbKey, value: Uint8Array): Bytes[] {
    const replaces = this.onConflict === 'replace';
    if (key.type === RDB.STRING) {
      // Cheaper than RESTORE, for both sides, and most keys of most files are strings.
      const command = [SET, key.key, new RdbReader(value).string()];
      if (key.deadline !== undefined) command.push(PXAT, ascii(`${key.deadline}`));
      if (!replaces) command.push(NX);
      return command;
    }
    const command = [RESTORE, key.key, ascii(`${key.deadline ?? 0}`), fromBuffer(payloadOf(key.type, value)), ABSTTL];
    if (replaces) command.push(REPLACE);
    return command;
  }

  private isExpired({ deadline }: RdbKey): boolean {
    if (deadline === undefined || deadline > this.now()) return false;
    this.summary.leaveOut(EXPIRED);
    return true;
  }

  /** The window is sent while the next one is read. */
  private async turnOver(): Promise<void> {
    const { window } = this;
    if (!window) return;
    this.window = undefined;
    await this.sending;
    this.requireNoFailure();
    this.position.begin(window.offset);
    this.settleSent();
    this.sent = window;
    this.sending = this.sendAll(window).catch((error) => {
      this.failure ??= error;
    });
  }

  private async sendAll(window: Window): Promise<void> {
    for (const batch of window.batches()) {
      while (this.underWay.size >= this.clients.length * BATCHES_PER_CLIENT) await Promise.race(this.underWay);
      const work: Promise<void> = this.send(batch, this.client()).finally(() => this.underWay.delete(work));
      this.underWay.add(work);
    }
    await Promise.all(this.underWay);
  }

  /** The window before has been answered. The next one has begun, so that this is where an import would go on. */
  private settleSent(): void {
    if (this.sent) this.position.end(this.sent.offset);
    this.sent = undefined;
  }

  private client(): RespClient {
    this.nextClient = (this.nextClient + 1) % this.clients.length;
    return this.clients[this.nextClient] as RespClient;
  }

  private async send(batch: readonly Step[], client: RespClient): Promise<void> {
    const replies = await client.send(batch.map(({ command }) => command));
    batch.forEach(({ key }, i) => {
      this.settle(key, replies[i] as Reply);
    });
    this.answered += batch.length;
  }

  private settle({ key, typeName }: RdbKey, reply: Reply): void {
    // What SET … NX says of a key that is there.
    if (reply === null) this.busy(key);
    else if (!(reply instanceof ErrorReply)) this.summary.count(typeName);
    else if (reply.code === 'BUSYKEY') this.busy(key);
    else this.refuse(reply);
  }

  private busy(key: Bytes): void {
    if (this.onConflict === 'fail') throw conflict(`the key ${nameOf(key)}`);
    this.summary.leaveOut(CONFLICT);
  }

  private refuse(reply: ErrorReply): void {
    if (FATAL_CODES.includes(reply.code)) throw new Failure(`the target refuses to be written to: ${reply.text}`);
    this.refused++;
    this.summary.leaveOut(reply.text);
  }

  private requireNoFailure(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  // ---- large values, which nobody sees before they are whole

  private async beginLarge(key: RdbKey): Promise<void> {
    await this.end();
    this.position.begin(key.offset);
    this.filling = { key, temporary: temporaryKey(key.key), lines: [], bytes: 0, refusal: undefined };
    await this.run([ascii('DEL'), this.filling.temporary]);
  }

  private async line(line: FillLine): Promise<void> {
    const { filling: large } = this;
    if (!large || large.refusal !== undefined) return;
    large.lines.push(filling(large.temporary, line));
    for (const argument of line.after) large.bytes += argument.length;
    if (large.lines.length >= BATCH_KEYS || large.bytes >= BATCH_BYTES) await this.sendLines(large);
  }

  private async sendLines(large: Filling): Promise<void> {
    const [client] = this.clients as [RespClient];
    const replies = await client.send(large.lines.splice(0));
    large.bytes = 0;
    const refusal = replies.find((reply) => reply instanceof ErrorReply);
    if (!(refusal instanceof ErrorReply)) return;
    if (FATAL_CODES.includes(refusal.code)) this.refuse(refusal);
    large.refusal = refusal.text;
  }

  private async endLarge(unfit: string | undefined): Promise<void> {
    const { filling: large } = this;
    if (!large) return;
    await this.sendLines(large);
    this.filling = undefined;
    const { key, temporary } = large;
    const reason = unfit ?? large.refusal;
    if (reason !== undefined || this.isExpired(key)) {
      await this.run([ascii('DEL'), temporary]);
      if (reason !== undefined) {
        this.refused++;
        this.summary.leaveOut(reason);
      }
    } else await this.putInPlace(key, temporary);
    this.position.end(key.offset);
  }

  private async putInPlace({ key, typeName, deadline }: RdbKey, temporary: Bytes): Promise<void> {
    if (deadline !== undefined) await this.run([ascii('PEXPIREAT'), temporary, ascii(`${deadline}`)]);
    const reply = await this.run([ascii(this.onConflict === 'replace' ? 'RENAME' : 'RENAMENX'), temporary, key]);
    if (reply === 0) {
      await this.run([ascii('DEL'), temporary]);
      this.busy(key);
    } else if (reply instanceof ErrorReply) this.refuse(reply);
    else this.summary.count(typeName);
  }

  private async run(argv: readonly Bytes[]): Promise<Reply> {
    const [client] = this.clients as [RespClient];
    const [reply] = (await client.send([argv])) as [Reply];
    if (reply instanceof ErrorReply && FATAL_CODES.includes(reply.code)) this.refuse(reply);
    return reply;
  }

  // ---- functions

  private async library(source: Bytes): Promise<void> {
    const replace = this.onConflict === 'replace' ? [ascii('REPLACE')] : [];
    const reply = await this.run([ascii('FUNCTION'), ascii('LOAD'), ...replace, source]);
    if (!(reply instanceof ErrorReply)) this.summary.libraries++;
    else if (!/already exists/.test(reply.text)) this.refuse(reply);
    else if (this.onConflict === 'fail') throw conflict('a library of functions');
    else this.summary.leaveOut(CONFLICT);
  }
}
