// The engine's side of a connection.

import { type Bytes, EMPTY } from '../bytes/bytes';
import type { Access, Client } from '../spec/client';
import { Transaction } from './transactions';

export interface ClientOrigin {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly connectedAtMs: number;
  readonly access: Access | undefined;
}

export class ClientState implements Client {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly connectedAtMs: number;
  access: Access | undefined;
  name: Bytes = EMPTY;
  libraryName: Bytes = EMPTY;
  libraryVersion: Bytes = EMPTY;
  protocol: 2 | 3 = 2;
  lastActiveMs: number;
  lastCommand = 'NULL';
  replyMode: Client['replyMode'] = 'on';
  noEvict = false;
  noTouch = false;
  readonly transaction = new Transaction();
  /** Set by close(): the connection ends after the current reply, or without it. */
  closing: 'no' | 'after-reply' | 'now' = 'no';
  /** Told when another client closes this one. */
  onClose: (() => void) | undefined;

  constructor(origin: ClientOrigin) {
    this.id = origin.id;
    this.address = origin.address;
    this.localAddress = origin.localAddress;
    this.connectedAtMs = origin.connectedAtMs;
    this.lastActiveMs = origin.connectedAtMs;
    this.access = origin.access;
  }

  get queued(): number {
    return this.transaction.queue?.length ?? -1;
  }

  get watching(): number {
    return this.transaction.watched.size;
  }

  close(afterReply: boolean): void {
    this.closing = afterReply ? 'after-reply' : 'now';
    this.onClose?.();
  }
}
