// One command of a session that waits, with its keys on one shard or on several.
//
// One shard: the command goes there as it is. Several: nothing may be taken at two places, so the shards are asked one
// after the other, in the order of the command's keys, for what is there now. When that is nothing, each is asked to tell
// when one of its keys has something (`watch`), which takes nothing; whoever tells first is then asked for it, and if
// somebody else was faster it is watched again.
//
// The client's own connection is the one to the home shard: there it is seen to wait, there CLIENT UNBLOCK finds it. A
// command that does not wait there by itself is held there.

import { ascii, type Bytes, own } from '../bytes/bytes';
import type { WaitMode } from '../engine/client-state';
import { waitMark } from '../engine/wait-mark';
import { MapReply, type Reply } from '../protocol/reply';
import { decodeReply } from '../protocol/reply-reader';
import { encodeReply } from '../protocol/resp-writer';
import type { CommandSpec } from '../spec/command';
import { keysOf, type Part, type Plan, withKeys } from './plan';
import { HOME_SHARD } from './slot-map';

export interface WaitPorts {
  /** Asks a shard, in its turn; its reply comes to `answered`. */
  ask(shard: number, argv: readonly Bytes[], answered: (raw: Bytes) => void): void;
  /** Ends the wait of this number, and those before it, on a shard. */
  cancel(shard: number, number: number): void;
  /** The reply of the whole. Called once. */
  settle(raw: Bytes): void;
}

const NULLS = new Set(['*-1\r\n', '$-1\r\n', '_\r\n']);
/** What the client is answered that has been closed and was given nothing: it is not told. */
const NOTHING = '' as Bytes;
const MINUS = 45;

const FOR_EVER = Number.POSITIVE_INFINITY;

/** Numbers of waits, which grow over the life of a session. */
export class WaitNumbers {
  private last = 0;
  next(): number {
    return ++this.last;
  }
}

export abstract class SessionWait {
  /** Shards that owe the answer to a wait, by its number. */
  protected readonly open = new Map<number, number>();
  private over = false;

  constructor(
    protected readonly ports: WaitPorts,
    private readonly numbers: WaitNumbers,
  ) {}

  /** Puts the question to a shard; the answer counts as long as the command has none. */
  protected ask(shard: number, how: WaitMode['how'], argv: readonly Bytes[], answered: (raw: Bytes) => void, mostMs = FOR_EVER): void {
    const number = this.numbers.next();
    if (how !== 'try') this.open.set(shard, number);
    this.ports.ask(shard, [waitMark({ mode: { how, mostMs }, number }), ...argv], (raw) => {
      if (this.open.get(shard) === number) this.open.delete(shard);
      if (!this.over) answered(raw);
    });
  }

  /** The client's own connection has been closed: what is being taken for it is waited for, nothing else. */
  abstract leave(): void;

  /** Answers the client, and ends what still waits. */
  protected finish(raw: Bytes): void {
    this.over = true;
    this.cancelAll();
    this.ports.settle(raw);
  }

  protected cancelAll(): void {
    for (const [shard, number] of this.open) this.ports.cancel(shard, number);
  }
}

/** A command all of whose keys are on one shard that is not the home shard. */
class SingleWait extends SessionWait {
  /** What CLIENT UNBLOCK has answered, while it is not known whether the command was served before that. */
  private ended: Bytes | undefined;

  start(shard: number, argv: readonly Bytes[]): void {
    this.ask(shard, 'wait', argv, (raw) => this.finish(this.ended !== undefined && NULLS.has(raw) ? this.ended : raw));
    this.ask(HOME_SHARD, 'hold', [argv[0] as Bytes], (raw) => {
      this.ended = raw;
      this.cancelAll();
    });
  }

  leave(): void {
    this.ended = NOTHING;
    this.cancelAll();
  }
}

/** A command whose keys are on several shards. */
class SpreadWait extends SessionWait {
  private parts: readonly Part[] = [];
  /** For each shard: its keys' places in the command. */
  private readonly places = new Map<number, number[]>();
  /** Keys that have something, to be asked for one after the other. */
  private readonly ready: { shard: number; key: Bytes; mostMs: number }[] = [];
  /** A key is being asked for: what it gives may not be lost. */
  private trying = false;
  /** The answer, should that give nothing. */
  private ended: Bytes | undefined;

  constructor(
    ports: WaitPorts,
    numbers: WaitNumbers,
    private readonly spec: CommandSpec,
    private readonly argv: readonly Bytes[],
  ) {
    super(ports, numbers);
  }

  start(parts: readonly Part[], kind: 'first' | 'each'): void {
    this.parts = parts;
    for (const { shard, places } of parts) this.places.set(shard, [...(this.places.get(shard) ?? []), ...places]);
    if (kind === 'first') this.tryPart(0);
    else this.tryEach();
  }

  /** All that is there is one answer. */
  private tryEach(): void {
    const replies: Bytes[] = [];
    let missing = this.parts.length;
    this.trying = true;
    for (const [i, { shard, argv }] of this.parts.entries()) {
      this.ask(shard, 'try', argv, (raw) => {
        replies[i] = raw;
        if (--missing > 0) return;
        this.trying = false;
        const joined = joinMaps(replies, keysOf(this.spec, this.argv));
        if (joined !== undefined) this.finish(joined);
        else if (this.ended !== undefined) this.finish(this.ended);
        else this.watchAll();
      });
    }
  }

  private tryPart(index: number): void {
    const part = this.parts[index];
    if (!part) {
      this.watchAll();
      return;
    }
    this.trying = true;
    this.ask(part.shard, 'try', part.argv, (raw) => {
      this.trying = false;
      if (!NULLS.has(raw)) this.finish(raw);
      else if (this.ended !== undefined) this.finish(this.ended);
      else this.tryPart(index + 1);
    });
  }

  private watchAll(): void {
    for (const shard of this.places.keys()) this.watch(shard, FOR_EVER);
    if (!this.places.has(HOME_SHARD)) this.ask(HOME_SHARD, 'hold', [this.argv[0] as Bytes], (raw) => this.end(raw));
  }

  private watch(shard: number, mostMs: number): void {
    const argv = withKeys(this.spec, this.argv, this.places.get(shard) as number[]);
    // What only reads takes nothing from anybody: its answer is as good as the news that there is one.
    const reads = this.spec.flags.includes('readonly');
    const answered = (raw: Bytes): void => {
      // Nothing is the time-out or CLIENT UNBLOCK.
      if (NULLS.has(raw) || raw.charCodeAt(0) === MINUS) this.end(raw);
      else if (reads) this.finish(raw);
      else this.isReady(shard, raw);
    };
    this.ask(shard, reads ? 'wait' : 'watch', argv, answered, mostMs);
  }

  private isReady(shard: number, raw: Bytes): void {
    const [key, leftMs] = decodeReply(raw) as [Bytes, number];
    this.ready.push({ shard, key, mostMs: leftMs < 0 ? FOR_EVER : leftMs });
    this.tryNext();
  }

  private tryNext(): void {
    if (this.trying) return;
    const next = this.ready.shift();
    if (!next) return;
    const { shard, key, mostMs } = next;
    const place = keysOf(this.spec, this.argv).indexOf(key);
    this.trying = true;
    this.ask(shard, 'try', withKeys(this.spec, this.argv, [place]), (raw) => {
      this.trying = false;
      // An error: the key holds something else by now, for which nobody waits.
      const gone = NULLS.has(raw) || raw.charCodeAt(0) === MINUS;
      if (!gone) this.finish(raw);
      else if (this.ended !== undefined) this.finish(this.ended);
      else {
        this.watch(shard, mostMs);
        this.tryNext();
      }
    });
  }

  leave(): void {
    this.end(NOTHING);
  }

  /** The wait is over without an answer, unless one is just coming. */
  private end(raw: Bytes): void {
    this.ended ??= raw;
    if (!this.trying) this.finish(this.ended);
  }
}

export interface WaitingCommand {
  readonly plan: Extract<Plan, { kind: 'one' | 'first' | 'each' }>;
  readonly spec: CommandSpec;
  readonly argv: readonly Bytes[];
}

/** One map of those of several shards, in the order of the keys; the first error if there is one; undefined for nothing. */
function joinMaps(raws: readonly Bytes[], keys: readonly Bytes[]): Bytes | undefined {
  const error = raws.find((raw) => raw.charCodeAt(0) === MINUS);
  if (error !== undefined) return error;
  const found = raws.filter((raw) => !NULLS.has(raw));
  if (found.length < 2) return found[0];
  const couples = found.flatMap((raw) => couplesOf(decodeReply(raw)));
  couples.sort(([a], [b]) => keys.indexOf(a as Bytes) - keys.indexOf(b as Bytes));
  return ascii((found[0] as Bytes).startsWith('%') ? encodeReply(new MapReply(couples.flat()), 3) : encodeReply(couples, 2));
}

/** Keys and what they have: in RESP2 an array of couples, in RESP3 a map. */
function couplesOf(reply: Reply): Reply[][] {
  if (!(reply instanceof MapReply)) return reply as Reply[][];
  return Array.from({ length: reply.items.length / 2 }, (_, i) => reply.items.slice(2 * i, 2 * i + 2));
}

/** Starts the wait of a command that does not wait on the home shard alone. */
export function startWait({ plan, spec, argv }: WaitingCommand, ports: WaitPorts, numbers: WaitNumbers): SessionWait {
  // It is kept for as long as it waits.
  const line = argv.map(own);
  if (plan.kind === 'one') {
    const wait = new SingleWait(ports, numbers);
    wait.start(plan.shard, line);
    return wait;
  }
  const wait = new SpreadWait(ports, numbers, spec, line);
  wait.start(plan.parts, plan.kind);
  return wait;
}
