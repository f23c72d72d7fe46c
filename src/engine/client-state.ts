// The engine's side of a connection.

import { type Bytes, EMPTY } from '../bytes/bytes';
import type { Reply } from '../protocol/reply';
import type { Access, Client, ReplyMode } from '../spec/client';
import type { ClientTracking, TrackingSnapshot } from './client-tracking';
import type { Message } from './message';
import { Subscriptions } from './subscriptions';
import { Transaction } from './transactions';
import type { Waiter } from './waiters';

/**
 * How a command of a client may wait: as it is; not at all (`try`); or only to be told which key it could be served from
 * (`watch`), for so long at most. `hold` is no command: it waits for nothing but CLIENT UNBLOCK.
 */
export interface WaitMode {
  readonly how: 'wait' | 'try' | 'watch' | 'hold';
  readonly mostMs: number;
}

export const PLAIN_WAIT: WaitMode = { how: 'wait', mostMs: Number.POSITIVE_INFINITY };

export interface ClientOrigin {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly connectedAtMs: number;
  readonly access: Access | undefined;
  /** {@link Client.isAway} */
  readonly isAway?: boolean;
}

/** Plain data from which the state of a connection between two commands can be made again. */
export interface ClientSnapshot {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly connectedAtMs: number;
  readonly initialAccess: Access | undefined;
  readonly isAway: boolean;
  readonly access: Access | undefined;
  readonly name: string;
  readonly libraryName: string;
  readonly libraryVersion: string;
  readonly protocol: 2 | 3;
  readonly lastActiveMs: number;
  readonly lastCommand: string;
  readonly replyMode: ReplyMode;
  readonly noEvict: boolean;
  readonly noTouch: boolean;
  readonly tracking: TrackingSnapshot | undefined;
}

export class ClientState implements Client {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly connectedAtMs: number;
  readonly initialAccess: Access | undefined;
  readonly isAway: boolean;
  access: Access | undefined;
  name: Bytes = EMPTY;
  libraryName: Bytes = EMPTY;
  libraryVersion: Bytes = EMPTY;
  protocol: 2 | 3 = 2;
  lastActiveMs: number;
  lastCommand = 'NULL';
  replyMode: ReplyMode = 'on';
  noEvict = false;
  noTouch = false;
  queryBytes = 0;
  readonly fieldsets = new Map<Bytes, readonly Bytes[]>();
  readonly subscriptions = new Subscriptions();
  readonly transaction = new Transaction();
  /** Set by close(): the connection ends after the current reply, or without it. */
  closing: Client['closing'] = 'no';
  /** Told when another client closes this one, which is then at rest: its own commands end by what they return. */
  onClose: (() => void) | undefined;
  /** Why it was closed, where that is told. */
  closeReason: string | undefined;
  /** What it waits for, while a command of it is blocked. */
  waiter: Waiter | undefined;
  /** Takes the reply to a command that has waited. A client without it does not wait. */
  onUnblocked: ((reply: Reply) => void) | undefined;
  /** Takes what it is sent without having asked for it. A client without it has no connection. */
  onMessage: ((message: Message) => void) | undefined;
  /** Told before its command runs, when room has been made for that: what it has been sent meanwhile precedes the reply. */
  onRoomMade: (() => void) | undefined;
  /** It is shown every command, by this. */
  monitoring = false;
  onFeed: ((line: Bytes) => void) | undefined;
  /** How its keys are tracked, and those that it has read and has not been told to drop (tracking.ts). */
  tracking: ClientTracking | undefined;
  readonly trackedKeys = new Set<Bytes>();
  /** How its next command may wait. */
  waitMode = PLAIN_WAIT;
  /** A command of it is put off by CLIENT PAUSE; it gets it back here. */
  postponed = false;
  onUnpaused: ((argv: Bytes[]) => void) | undefined;

  constructor(origin: ClientOrigin) {
    this.id = origin.id;
    this.address = origin.address;
    this.localAddress = origin.localAddress;
    this.connectedAtMs = origin.connectedAtMs;
    this.lastActiveMs = origin.connectedAtMs;
    this.access = origin.access;
    this.initialAccess = origin.access;
    this.isAway = origin.isAway ?? false;
  }

  get fieldsetBytes(): number {
    let bytes = 0;
    for (const [name, fields] of this.fieldsets) for (const text of [name, ...fields]) bytes += text.length;
    return bytes;
  }

  get listens(): boolean {
    return this.onMessage !== undefined;
  }

  get subscribed(): boolean {
    return this.subscriptions.size > 0;
  }

  get queued(): number {
    return this.transaction.queue?.length ?? -1;
  }

  get queuedBytes(): number {
    return this.transaction.queuedBytes;
  }

  get watching(): number {
    return this.transaction.watched.size;
  }

  get conflicted(): boolean {
    return this.transaction.conflicted;
  }

  get blocked(): boolean {
    return this.waiter !== undefined || this.postponed;
  }

  close(afterReply: boolean, reason?: string): void {
    this.closing = afterReply ? 'after-reply' : 'now';
    this.closeReason = reason;
    if (!afterReply) this.onClose?.();
  }

  /** Sends it a message, behind what the running unit answers it. CLIENT REPLY mutes replies alone. */
  tell(message: Message): void {
    this.onMessage?.(message);
  }

  /** Replies are not sent now (CLIENT REPLY). */
  get muted(): boolean {
    return this.replyMode === 'off' || this.replyMode === 'skip';
  }

  /** A command has been answered: what CLIENT REPLY SKIP mutes is over, or begins. */
  endCommand(): void {
    // CLIENT CACHING holds for the next command that is not about clients, or for the transaction.
    if (this.tracking?.isCaching && !this.transaction.queue && !this.lastCommand.startsWith('client|')) this.tracking.isCaching = false;
    if (this.replyMode === 'skip') this.replyMode = 'on';
    else if (this.replyMode === 'skip-next') this.replyMode = 'skip';
  }

  /** Everything but MULTI, WATCH (see {@link Transaction.idle}) and fieldsets. */
  snapshot(): ClientSnapshot {
    return {
      id: this.id,
      address: this.address,
      localAddress: this.localAddress,
      connectedAtMs: this.connectedAtMs,
      initialAccess: this.initialAccess,
      isAway: this.isAway,
      access: this.access,
      name: this.name,
      libraryName: this.libraryName,
      libraryVersion: this.libraryVersion,
      protocol: this.protocol,
      lastActiveMs: this.lastActiveMs,
      lastCommand: this.lastCommand,
      replyMode: this.replyMode,
      noEvict: this.noEvict,
      noTouch: this.noTouch,
      tracking: this.tracking?.snapshot(),
    };
  }

  static restore(snapshot: ClientSnapshot): ClientState {
    const client = new ClientState({ ...snapshot, access: snapshot.initialAccess });
    client.access = snapshot.access;
    client.name = snapshot.name as Bytes;
    client.libraryName = snapshot.libraryName as Bytes;
    client.libraryVersion = snapshot.libraryVersion as Bytes;
    client.protocol = snapshot.protocol;
    client.lastActiveMs = snapshot.lastActiveMs;
    client.lastCommand = snapshot.lastCommand;
    client.replyMode = snapshot.replyMode;
    client.noEvict = snapshot.noEvict;
    client.noTouch = snapshot.noTouch;
    return client;
  }
}
