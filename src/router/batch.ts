// Sends calls to shards. All requests that an isolate serves within one macrotask share one RPC per shard, because the
// crossing from Worker to object costs far more than what is carried over it.
//
// workerd ties every promise and every piece of I/O to the request that made it. Requests may wait for each other's
// work all the same, under three conditions, each of which fails in its own way when it is broken:
//
// 1. Every waiting request holds a timer of its own, which is also its time-out. A request without pending I/O is
//    cancelled ("your Worker's code had hung"). The timer is cleared after the wait, in the request that set it.
// 2. The promise that is resolved from another request comes from Promise.withResolvers(). One that is made with
//    `new Promise(…)` works until V8 optimises the function; then the wait ends inside the wrong request and fails.
// 3. The request that makes the RPC makes it under waitUntil(), so that its own client may hang up.
//
// KEDGE_BATCH=off gives every request RPCs of its own instead.

import { REPLIES_TOO_LARGE } from '../protocol/errors';
import { type Call, type CallResult, decodeResults, encodeCalls, FRAME_VERSION, FrameError } from '../protocol/frame';
import { MAX_RESPONSE_BYTES } from '../protocol/limits';
import { Failure, faultOf } from './failure';
import { resultOf } from './result';

/** The RPC side of a shard. */
export interface ShardStub {
  execute(frame: string): Promise<string>;
}

/** A shard's object, as the request at hand may reach it. */
export interface ShardTarget {
  readonly name: string;
  /** A new stub: one that has thrown is of no use any more, and none may be shared between requests. */
  stub(): ShardStub;
}

/** What a request's execution context must offer. */
export interface Lifetime {
  waitUntil(promise: Promise<unknown>): void;
}

/** The answers to the calls of one request. */
export interface Answered {
  /** One per call. */
  readonly results: readonly (CallResult | Failure)[];
  /** Effects of the shard so far, when it has answered. */
  readonly sequence: number | undefined;
}

/** Whether a call changes nothing, so that it may be sent again. */
export type IsRead = (call: Call) => boolean;

/** Longest frame that is sent. The platform refuses an RPC of 32 MiB and more. */
const MAX_FRAME_BYTES = 30 * 1024 * 1024;
/** A batch takes no more requests beyond this. */
const FULL_BATCH_BYTES = 4 * 1024 * 1024;
const FULL_BATCH_REQUESTS = 1024;
/** What an isolate keeps waiting for shards, in all, before it refuses more. It has 128 MB. */
const MAX_WAITING_BYTES = 48 * 1024 * 1024;
const MAX_WAITING_REQUESTS = 20_000;
/** How long a request waits. Less than the 30 s for which waitUntil() keeps a finished request alive. */
const TIMEOUT_MS = 25_000;
/** A batch that has been open for so long has lost the request that would have sent it. */
const STALE_MS = 1000;
const MAX_ATTEMPTS = 3;
const BACKOFF_MS = 100;

/** What one request's answer may still hold, whichever shards it comes from. */
export class Room {
  private bytes = MAX_RESPONSE_BYTES;

  /** A result, or an error in its place when there is no room for it. */
  take(result: CallResult, call: Call): CallResult {
    const fits = result.text.length <= this.bytes;
    if (fits) this.bytes -= result.text.length;
    return fits ? result : resultOf(REPLIES_TOO_LARGE, call);
  }
}

/** One request's calls to one shard. */
class Waiter {
  readonly startedAtMs = Date.now();
  sequence: number | undefined;
  sent = false;
  /** The request waits no longer. */
  gone = false;
  private results: readonly (CallResult | Failure)[] = [];

  /** @param calls those that have not been answered */
  constructor(
    public calls: readonly Call[],
    readonly frame: string,
    private readonly room: Room,
    private readonly resolve: (answered: Answered) => void,
  ) {}

  /** What is still to be asked, as a frame. */
  frameLeft(): string {
    return this.results.length === 0 ? this.frame : encodeCalls(this.calls);
  }

  /** Answers the next calls. */
  answer(answers: readonly CallResult[]): void {
    const results = answers.map((result, i) => this.room.take(result, this.calls[i] as Call));
    this.results = this.results.length === 0 ? results : [...this.results, ...results];
    this.calls = results.length === this.calls.length ? [] : this.calls.slice(results.length);
  }

  /** Answers the calls that are left, if any, and wakes the request. */
  finish(failure?: Failure): void {
    if (this.gone) return;
    this.gone = true;
    waiting.delete(this);
    waitingBytes -= this.frame.length;
    if (failure) this.results = [...this.results, ...this.calls.map(() => failure)];
    this.resolve({ results: this.results, sequence: this.sequence });
  }
}

interface Batch {
  readonly waiters: Waiter[];
  bytes: number;
  openedAtMs: number;
  sent: boolean;
}

/** Batches that still take requests, by shard. */
const open = new Map<string, Batch>();
/** Everyone who waits in this isolate. */
const waiting = new Set<Waiter>();
let waitingBytes = 0;

/** Whether another request may wait. A request that was cancelled may have left its waiter behind: those are swept. */
function admits(bytes: number): boolean {
  if (waiting.size < MAX_WAITING_REQUESTS && waitingBytes + bytes <= MAX_WAITING_BYTES) return true;
  const deadline = Date.now() - 2 * TIMEOUT_MS;
  for (const waiter of waiting) {
    if (waiter.startedAtMs > deadline) break;
    waiter.finish(new Failure('late'));
  }
  return waiting.size < MAX_WAITING_REQUESTS && waitingBytes + bytes <= MAX_WAITING_BYTES;
}

export interface SendOptions {
  readonly target: ShardTarget;
  readonly lifetime: Lifetime;
  readonly isRead: IsRead;
  readonly room: Room;
  /** Whether the RPC may be shared with other requests. */
  readonly batch: boolean;
}

/** Has a shard run calls, in order. Never throws: what fails is a Failure among the results. */
export async function send(calls: readonly Call[], options: SendOptions): Promise<Answered> {
  const frame = encodeCalls(calls);
  if (frame.length > MAX_FRAME_BYTES) return sendInHalves(calls, options);
  if (!admits(frame.length)) return { results: calls.map(() => new Failure('overloaded')), sequence: undefined };
  const { promise, resolve } = Promise.withResolvers<Answered>();
  const waiter = new Waiter(calls, frame, options.room, resolve);
  waiting.add(waiter);
  waitingBytes += frame.length;
  const timer = setTimeout(() => waiter.finish(new Failure(waiter.sent ? 'late' : 'overloaded')), TIMEOUT_MS);
  if (options.batch) join(waiter, options);
  else options.lifetime.waitUntil(deliver([waiter], options, 1));
  const answered = await promise;
  clearTimeout(timer);
  return answered;
}

/** One request may be larger than an RPC: its parts go one after the other. */
async function sendInHalves(calls: readonly Call[], options: SendOptions): Promise<Answered> {
  if (calls.length === 1) return { results: [new Failure('too-large')], sequence: undefined };
  const middle = calls.length >> 1;
  const first = await send(calls.slice(0, middle), options);
  const second = await send(calls.slice(middle), options);
  return { results: [...first.results, ...second.results], sequence: second.sequence ?? first.sequence };
}

/** Puts a request into the open batch of its shard; the first one there sends it. */
function join(waiter: Waiter, options: SendOptions): void {
  const { name } = options.target;
  let batch = open.get(name);
  const now = Date.now();
  if (!batch || batch.bytes + waiter.frame.length > FULL_BATCH_BYTES || batch.waiters.length >= FULL_BATCH_REQUESTS) {
    batch = { waiters: [], bytes: 0, openedAtMs: now, sent: false };
    open.set(name, batch);
    options.lifetime.waitUntil(lead(batch, options));
  } else if (now - batch.openedAtMs > STALE_MS) {
    batch.openedAtMs = now;
    options.lifetime.waitUntil(lead(batch, options));
  }
  batch.waiters.push(waiter);
  batch.bytes += waiter.frame.length;
}

/** Sends a batch once the macrotask has brought all that it brings. */
async function lead(batch: Batch, options: SendOptions): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 0);
  await promise;
  if (open.get(options.target.name) === batch) open.delete(options.target.name);
  if (batch.sent) return;
  batch.sent = true;
  await deliver(batch.waiters, options, 1);
}

/** Makes the RPC, and again for what may be sent again, until every request has its answers. */
async function deliver(batch: readonly Waiter[], options: SendOptions, attempt: number): Promise<void> {
  const waiters = batch.filter((waiter) => !waiter.gone);
  if (waiters.length === 0) return;
  try {
    const frame = frameOf(waiters);
    for (const waiter of waiters) waiter.sent = true;
    const left = settle(waiters, await options.target.stub().execute(frame));
    // A shard stops when its answers have grown large enough for one RPC: the rest has not been run.
    await deliver(left, options, 1);
  } catch (thrown) {
    await recover(waiters, thrown, options, attempt);
  }
}

function frameOf(waiters: readonly Waiter[]): string {
  let text = FRAME_VERSION;
  for (const waiter of waiters) text += waiter.frameLeft().slice(FRAME_VERSION.length);
  return text;
}

/** Hands out the results of an RPC; returns the requests that have not been answered in full. */
function settle(waiters: readonly Waiter[], text: string): Waiter[] {
  const { results, sequence } = decodeResults(text);
  // A shard that has run nothing at all could not read the frame.
  if (results.length === 0) throw new FrameError('the shard did not understand');
  const left: Waiter[] = [];
  let at = 0;
  for (const waiter of waiters) {
    const own = results.slice(at, at + waiter.calls.length);
    at += own.length;
    if (own.length > 0) waiter.sequence = sequence;
    waiter.answer(own);
    if (waiter.calls.length > 0) left.push(waiter);
    else waiter.finish();
  }
  return left;
}

/** After a failed RPC: what only reads is sent again while there is hope; a write of unknown fate never is. */
async function recover(waiters: readonly Waiter[], thrown: unknown, options: SendOptions, attempt: number): Promise<void> {
  const { cause, retryable } = faultOf(thrown);
  const skewed = thrown instanceof FrameError;
  const again = retryable && !skewed && attempt < MAX_ATTEMPTS;
  const failure = new Failure(skewed ? 'skewed' : cause);
  const retried: Waiter[] = [];
  for (const waiter of waiters) {
    if (again && waiter.calls.every(options.isRead)) retried.push(waiter);
    else waiter.finish(failure);
  }
  if (retried.length === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, BACKOFF_MS * Math.random() * 2 ** attempt);
  await promise;
  await deliver(retried, options, attempt + 1);
}
