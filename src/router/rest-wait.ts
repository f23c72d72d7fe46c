// One REST command that waits. Nothing is taken for a client that may have gone: the shards are asked for what is there
// now, as by any command; when that is nothing they are asked to tell when a key has something, in an RPC of its own that
// takes nothing and holds up nobody; then they are asked again. So what a client that hangs up can lose is what a plain
// LPOP can lose.

import { type Bytes, own } from '../bytes/bytes';
import { type Call, decodeResults, encodeCalls, type Results } from '../protocol/frame';
import type { CommandSpec } from '../spec/command';
import type { Lifetime } from './batch';
import { type Dispatched, dispatch, type RouterEnv } from './dispatch';
import { Failure } from './failure';
import { plannerFor } from './layout';
import { keysOf, type Part, withKeys } from './plan';
import { resultOf } from './result';

/** The RPC side of a shard, as far as this needs it. */
export interface WatchStub {
  /**
   * Waits for the one call in `frame`. Answers results for a command that only reads; for any other `milliseconds left:key`
   * when a key has something, or an empty text when the time is over.
   */
  watch(frame: string, mostMs: number): Promise<string>;
}

export interface WaitEnv extends RouterEnv {
  readonly SHARD: { getByName(name: string): ReturnType<RouterEnv['SHARD']['getByName']> & WatchStub };
}

/** Longest wait, also of a command that would wait for ever. Less than the 25 s after which other calls give up. */
export const MAX_REST_WAIT_MS = 20_000;
/** How often a wait begins again because somebody else was faster. Each time costs two of the platform's subrequests. */
const MAX_ROUNDS = 16;

const NULLS = new Set(['{"result":null}', '*-1\r\n', '$-1\r\n', '_\r\n']);

/** A key that has something, and how long the wait may still last. */
interface Ready {
  readonly key: Bytes;
  readonly leftMs: number;
}

/** What a call that may wait was answered at once. */
export interface Waiting {
  readonly reply: Dispatched;
  /** Set when that is nothing: waits for something, and takes it when the client is still there. */
  readonly later?: (isThere: () => Promise<boolean>) => Promise<Dispatched>;
}

export async function dispatchWaiting(env: WaitEnv, lifetime: Lifetime, call: Call): Promise<Waiting> {
  const planner = plannerFor(env.shards);
  const argv = call.lines[0] as readonly Bytes[];
  const spec = planner.specOf(argv);
  const plan = spec?.flags.includes('blocking') ? planner.planOf(spec, argv) : undefined;
  if (!spec || (plan?.kind !== 'one' && plan?.kind !== 'first')) return { reply: await dispatch(env, lifetime, [call]) };
  const parts: readonly Part[] = plan.kind === 'first' ? plan.parts : [{ shard: plan.shard, argv, places: [] }];
  const wait = new RestWait(env, lifetime, call, spec, parts);
  const reply = await wait.tryAll();
  return isNothing(reply) ? { reply, later: (isThere) => wait.later(reply, isThere) } : { reply };
}

function isNothing({ results }: Dispatched): boolean {
  return NULLS.has(results[0]?.text ?? '');
}

class RestWait {
  private readonly argv: readonly Bytes[];

  constructor(
    private readonly env: WaitEnv,
    private readonly lifetime: Lifetime,
    private readonly call: Call,
    private readonly spec: CommandSpec,
    private readonly parts: readonly Part[],
  ) {
    this.argv = call.lines[0] as readonly Bytes[];
  }

  /** What is there now, in the order of the keys. */
  async tryAll(): Promise<Dispatched> {
    let reply: Dispatched = { results: [], syncToken: '' };
    for (const { argv } of this.parts) {
      reply = await this.once(argv);
      if (!isNothing(reply)) break;
    }
    return reply;
  }

  async later(nothing: Dispatched, isThere: () => Promise<boolean>): Promise<Dispatched> {
    let reply = nothing;
    let mostMs = MAX_REST_WAIT_MS;
    for (let round = 0; round < MAX_ROUNDS && isNothing(reply); round++) {
      const ready = await this.watch(mostMs);
      if (ready instanceof Failure) return this.lost(ready);
      if (ready && 'results' in ready) return { results: ready.results, syncToken: '' };
      if (ready === undefined || !(await isThere())) break;
      mostMs = ready.leftMs;
      reply = await this.tryKey(ready.key, reply);
    }
    return reply;
  }

  /** Nothing has been taken. */
  private lost(failure: Failure): Dispatched {
    const status = failure.status(false);
    return { results: [{ ...resultOf(failure.error(false), this.call), status }], syncToken: '', status };
  }

  /** What the key has that was told of; `nothing` when it has gone again, or holds something for which nobody waits. */
  private async tryKey(key: Bytes, nothing: Dispatched): Promise<Dispatched> {
    const { spec, argv } = this;
    if (spec.sharding !== 'first') return this.once(argv);
    const reply = await this.once(withKeys(spec, argv, [keysOf(spec, argv).indexOf(key)]));
    const [result] = reply.results;
    return result?.failed && result.status === undefined ? nothing : reply;
  }

  /** Waits on all shards for the first key that has something. Undefined at the time-out. */
  private async watch(mostMs: number): Promise<Ready | Results | undefined | Failure> {
    const byShard = new Map<number, number[]>();
    for (const { shard, places } of this.parts) byShard.set(shard, [...(byShard.get(shard) ?? []), ...places]);
    const lineOf = (places: readonly number[]) => (this.parts.length === 1 ? this.argv : withKeys(this.spec, this.argv, places));
    try {
      return await Promise.race(Array.from(byShard, ([shard, places]) => this.watchShard(shard, lineOf(places), mostMs)));
    } catch {
      return new Failure('lost');
    }
  }

  private async watchShard(shard: number, argv: readonly Bytes[], mostMs: number): Promise<Ready | Results | undefined> {
    const { SHARD, shards } = this.env;
    const stub = SHARD.getByName(plannerFor(shards).slots.nameOf(shard));
    const answer = await stub.watch(encodeCalls([{ ...this.call, lines: [argv] }]), mostMs);
    if (this.spec.flags.includes('readonly')) return decodeResults(answer);
    const colon = answer.indexOf(':');
    return colon < 0 ? undefined : { leftMs: Number(answer.slice(0, colon)), key: own(answer.slice(colon + 1) as Bytes) };
  }

  private once(argv: readonly Bytes[]): Promise<Dispatched> {
    return dispatch(this.env, this.lifetime, [{ ...this.call, lines: [argv] }]);
  }
}
