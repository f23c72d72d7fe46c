// Commands that wait: lets them wait, and ends their waiting in the one of four ways that comes first (served, timed out,
// CLIENT UNBLOCK, the connection gone).

import type { Bytes } from '../bytes/bytes';
import { redisError } from '../protocol/errors';
import { BLOCKED, ErrorReply, NULL_ARRAY, type Reply } from '../protocol/reply';
import type { BlockRequest } from '../spec/blocking';
import type { CommandSpec } from '../spec/command';
import type { ChangeSet } from './changes';
import type { ClientState, WaitMode } from './client-state';
import { Freeze } from './freeze';
import { Pause } from './pause';
import { type Waiter, Waiters } from './waiters';

export interface BlockingPorts {
  /** Whether a key is there now. */
  has(key: Bytes): boolean;
  /** Whether serving a key that is there would answer. */
  ready(request: BlockRequest, key: Bytes): boolean;
  /** Lets one who waits try again, as a unit of its own that is committed. */
  serve(waiter: Waiter, key: Bytes): Reply | undefined;
  /** When a wait asks to try again by itself. */
  retryAt(request: BlockRequest): number;
  /** Counts a failed call of a client that has waited, and the error if it was one. */
  failed(client: ClientState, reply: Reply): void;
  /** Whether a command line may change something. */
  mayChange(spec: CommandSpec, argv: readonly Bytes[]): boolean;
  onChange(): void;
}

const NO_WAIT: WaitMode = { how: 'try', mostMs: 0 };
const UNBLOCKED = redisError('UNBLOCKED client unblocked via CLIENT UNBLOCK');

export class Blocking {
  /** How the running command may wait; `try` where its client cannot, or where it is not on its own. */
  private mode: WaitMode = NO_WAIT;
  private now = 0;
  /** The running command is no part of a transaction. */
  alone = false;
  readonly pause: Pause;
  readonly freeze: Freeze;
  /** While a snapshot begins on all shards, so that their files show one moment. */
  readonly barrier: Pause;
  private readonly waiters: Waiters;

  constructor(private readonly ports: BlockingPorts) {
    this.waiters = new Waiters(() => ports.onChange());
    this.pause = new Pause(ports.onChange, ports.mayChange);
    this.freeze = new Freeze(ports.onChange, ports.mayChange);
    this.barrier = new Pause(ports.onChange, ports.mayChange);
  }

  /** Clients that wait, also those that only do because of a pause. */
  get waitingCount(): number {
    return this.waiters.size + this.pause.postponedCount + this.freeze.postponedCount + this.barrier.postponedCount;
  }

  /** {@link Waiters.keys} */
  get keys(): { all: number; onRemoval: number } {
    return this.waiters.keys;
  }

  /** When {@link timeOut} is to be called next: Infinity for never. */
  get nextDeadline(): number {
    return Math.min(this.waiters.nextDeadline, this.pause.nextDeadline, this.freeze.nextDeadline, this.barrier.nextDeadline);
  }

  /** Commands may be put off, and nothing expires by itself. */
  get isHolding(): boolean {
    return this.pause.isOn || this.freeze.isOn || this.barrier.isOn;
  }

  /** Nothing may change but what others than this client do. */
  isStillFor(client: ClientState): boolean {
    return this.pause.isOn || this.barrier.isOn || (this.freeze.isOn && !this.freeze.isOf(client));
  }

  /** When keys may expire again. */
  get expiryResumesAt(): number {
    return Math.max(this.pause.expiryResumesAt, this.freeze.expiryResumesAt, this.barrier.expiryResumesAt);
  }

  /** Ends what puts commands off where its time is over. */
  checkHolds(now: number): void {
    this.pause.check(now);
    this.freeze.check(now);
    this.barrier.check(now);
  }

  /** What puts a command off, if anything does. */
  holderOf(spec: CommandSpec, client: ClientState, argv: readonly Bytes[]): Pause | undefined {
    if (this.pause.isOn && this.pause.holds(spec, client, argv)) return this.pause;
    if (this.barrier.isOn && this.barrier.holds(spec, client, argv)) return this.barrier;
    return this.freeze.holds(spec, client, argv) ? this.freeze : undefined;
  }

  /** A command of a client runs on its own. */
  permit(client: ClientState, now: number): void {
    this.alone = true;
    this.mode = client.onUnblocked === undefined ? NO_WAIT : client.waitMode;
    this.now = now;
  }

  /** What runs now is not on its own. */
  forbid(): void {
    this.alone = false;
    this.mode = NO_WAIT;
  }

  get allowed(): boolean {
    return this.mode.how !== 'try';
  }

  get watching(): boolean {
    return this.mode.how === 'watch';
  }

  /** {@link Context.block} */
  block(client: ClientState, request: BlockRequest): Reply {
    if (this.mode.how === 'try') return request.nothing;
    const deadline = Math.min(request.deadline, this.now + this.mode.mostMs);
    if (this.mode.how === 'wait') return this.add(client, deadline === request.deadline ? request : { ...request, deadline });
    for (const key of request.keys) if (this.ports.has(key) && this.ports.ready(request, key)) return readyNow(key, deadline, this.now);
    const serve: BlockRequest['serve'] = (ctx, key) => {
      if (request.ready?.(ctx, key) === false) return undefined;
      return readyNow(key, deadline, ctx.now);
    };
    return this.add(client, { ...request, deadline, serve });
  }

  /** Lets a client wait for nothing but {@link unblock} and {@link cancel}. */
  hold(client: ClientState): Reply {
    return this.add(client, { keys: [], deadline: Number.POSITIVE_INFINITY, nothing: NULL_ARRAY, serve: () => undefined });
  }

  private add(client: ClientState, request: BlockRequest): Reply {
    const waiter = this.waiters.add(client, request, this.ports.retryAt(request));
    client.waiter = waiter;
    request.until?.((reply) => {
      if (client.waiter === waiter) this.settle(waiter, reply);
    });
    return BLOCKED;
  }

  /** A unit has been committed: notes who can be served now. */
  signal(changes: ChangeSet): void {
    if (this.waiters.size > 0) this.waiters.signal(changes);
  }

  get hasReady(): boolean {
    return this.waiters.hasReady;
  }

  /**
   * Serves those who wait for keys that have changed, each key in the order in which they began to wait, and goes on with
   * the keys that change by that, until nothing is ready.
   */
  serveReady(): void {
    const { waiters } = this;
    for (let key = waiters.nextReady(); key !== undefined; key = waiters.nextReady()) {
      let present = this.ports.has(key);
      for (const waiter of waiters.waitersFor(key)) {
        if (!present && !waiters.wantsRemoval(key)) break;
        if (!present && !waiter.request.onRemoval) continue;
        if (this.attempt(waiter, key)) present = this.ports.has(key);
      }
    }
  }

  /** Lets one who waits try again; true when that has ended its wait. */
  private attempt(waiter: Waiter, key: Bytes): boolean {
    const reply = this.ports.serve(waiter, key);
    if (reply !== undefined) this.settle(waiter, reply);
    else if (waiter.request.retryAt) this.waiters.schedule(waiter, this.ports.retryAt(waiter.request));
    return reply !== undefined;
  }

  /** Ends the waits whose time is over, and lets those try again whose time for that has come. */
  timeOut(now: number): void {
    this.checkHolds(now);
    for (let waiter = this.waiters.nextDue(now); waiter; waiter = this.waiters.nextDue(now)) {
      if (waiter.request.deadline <= now) this.settle(waiter, atTimeout(waiter));
      else this.retry(waiter, now);
    }
  }

  private retry(waiter: Waiter, now: number): void {
    for (const key of waiter.keys) if (this.attempt(waiter, key)) return;
    if (waiter.wakesAt <= now) this.waiters.schedule(waiter, now + 1);
  }

  /** CLIENT UNBLOCK: a failed call only when it ends with an error, as in Redis since 7.2. False when the client does not wait. */
  unblock({ waiter }: ClientState, as: 'timeout' | 'error'): boolean {
    if (!waiter) return false;
    this.settle(waiter, as === 'error' ? UNBLOCKED : atTimeout(waiter));
    return true;
  }

  /** Whoever asked for a wait wants it no more: it ends as at its time-out. */
  cancel({ waiter }: ClientState): void {
    if (waiter) this.settle(waiter, atTimeout(waiter));
  }

  /** A connection has gone: it is not served any more. */
  forget(client: ClientState): void {
    if (client.waiter) this.waiters.remove(client.waiter);
    client.waiter = undefined;
    this.pause.forget(client);
    this.freeze.forget(client);
    this.barrier.forget(client);
  }

  private settle(waiter: Waiter, reply: Reply): void {
    const { client } = waiter;
    this.waiters.remove(waiter);
    client.waiter = undefined;
    waiter.onEnd?.();
    if (reply instanceof ErrorReply) this.ports.failed(client, reply);
    client.onUnblocked?.(reply);
  }
}

/** What one that watches is told: the key, and how many milliseconds it may still wait (-1: for ever). */
function readyNow(key: Bytes, deadline: number, now: number): Reply {
  return [key, deadline === Number.POSITIVE_INFINITY ? -1 : Math.max(0, deadline - now)];
}

function atTimeout({ request }: Waiter): Reply {
  return request.timedOut ?? request.nothing;
}
