// Runs the calls of one request: plans each, sends every shard its share as one frame, and makes one answer of each
// call. Commands of one request that meet on a shard run there in their order.

import type { Bytes } from '../bytes/bytes';
import { CROSS_SLOT } from '../protocol/errors';
import type { Call, CallResult } from '../protocol/frame';
import type { Reply } from '../protocol/reply';
import { decodeReply } from '../protocol/reply-reader';
import type { Flag } from '../spec/command';
import type { Random } from '../spec/context';
import { type Answered, type Lifetime, Room, type ShardStub, type ShardTarget, send } from './batch';
import { Failure } from './failure';
import { continueScan, gather } from './gather';
import { plannerFor } from './layout';
import { type Part, type Plan, type Planner, partPerShard } from './plan';
import { resultOf } from './result';
import { HOME_SHARD } from './slot-map';

/** The part of the Worker's environment that the router needs. */
export interface RouterEnv {
  readonly SHARD: { getByName(name: string): ShardStub };
  /** KEDGE_SHARDS */
  readonly shards: number;
  /** KEDGE_BATCH */
  readonly batch: boolean;
}

/** The answer to one call. */
export interface DispatchedResult extends CallResult {
  /** The HTTP status, where the platform failed rather than the command. 503 invites a later try. */
  readonly status?: number;
}

export interface Dispatched {
  /** One per call. */
  readonly results: readonly DispatchedResult[];
  /** How far each shard that took part has come (`shard.sequence`, joined by `-`). It changes with every write. */
  readonly syncToken: string;
  /** The HTTP status of the whole when the platform failed every call. */
  readonly status?: number;
}

const random: Random = { float: Math.random, below: (bound) => Math.floor(Math.random() * bound) };

/** Runs calls in the order in which they are given. Never throws: failures are among the results. */
export async function dispatch(env: RouterEnv, lifetime: Lifetime, calls: readonly Call[]): Promise<Dispatched> {
  const planner = plannerFor(env.shards);
  const options = { lifetime, batch: env.batch, isRead: (call: Call) => isRead(planner, call), room: new Room() };
  const ask = (shard: number, share: readonly Call[]) => send(share, { ...options, target: targetOf(env, planner, shard) });
  if (env.shards === 1) {
    const answered = await ask(HOME_SHARD, calls);
    const results = answered.results.map((result, i) => (result instanceof Failure ? failed(result, calls[i] as Call, planner) : result));
    return summary(results, tokenOf(HOME_SHARD, answered));
  }
  const request = new Shares(planner);
  const pending = calls.map((call) => request.add(call));
  const answers = await Promise.all(Array.from(request.shares, ([shard, share]) => ask(shard, share)));
  const shards = [...request.shares.keys()];
  const byShard = new Map(shards.map((shard, i) => [shard, answers[i] as Answered]));
  const results = pending.map((one) => finish(one, byShard, planner));
  return summary(
    results,
    shards
      .map((shard, i) => tokenOf(shard, answers[i] as Answered))
      .filter(Boolean)
      .join('-'),
  );
}

function targetOf(env: RouterEnv, planner: Planner, shard: number): ShardTarget {
  const name = planner.slots.nameOf(shard);
  return { name, stub: () => env.SHARD.getByName(name) };
}

function tokenOf(shard: number, { sequence }: Answered): string {
  return sequence === undefined ? '' : `${shard}.${sequence.toString(36)}`;
}

function summary(results: readonly DispatchedResult[], syncToken: string): Dispatched {
  const status = results.length > 0 && results.every((result) => result.status !== undefined) ? results[0]?.status : undefined;
  return status === undefined ? { results, syncToken } : { results, syncToken, status };
}

/** Flags of commands that may change something. What a shard refuses to run changes nothing. */
const CHANGING: readonly Flag[] = ['write', 'admin', 'may_replicate'];

/** Whether a call surely changes nothing, so that it may be sent again. */
function isRead(planner: Planner, call: Call): boolean {
  return call.lines.every((argv) => !planner.specOf(argv)?.flags.some((flag) => CHANGING.includes(flag)));
}

// ---- cutting

/** Shards are asked once here: rest-wait.ts asks one after the other. */
type OneTimePlan = Exclude<Plan, { kind: 'first' | 'each' }>;
const CROSSED: OneTimePlan = { kind: 'error', error: CROSS_SLOT };

/** A call under way: where its answers will be found. */
interface Pending {
  readonly call: Call;
  readonly plan: OneTimePlan;
  /** For each shard that was asked: which of its answers belong to this call. */
  readonly asked: readonly { readonly shard: number; readonly index: number }[];
  readonly places: readonly (readonly number[])[];
}

/** What each shard is asked by one request, in order. */
class Shares {
  readonly shares = new Map<number, Call[]>();

  constructor(private readonly planner: Planner) {}

  add(call: Call): Pending {
    const plan = call.kind === 'single' ? planOnce(this.planner, call) : planTransaction(this.planner, call);
    switch (plan.kind) {
      case 'error':
        return { call, plan, asked: [], places: [] };
      case 'one':
        return { call, plan, asked: [this.put(plan.shard, call)], places: [] };
      case 'scan':
        return { call, plan, asked: [this.put(plan.shard, { ...call, format: 'resp3' })], places: [] };
      case 'split':
        return this.putParts(call, plan, plan.parts);
      case 'all':
        return this.putParts(call, plan, partPerShard(this.planner.slots.count, call.lines[0] as readonly Bytes[]));
    }
  }

  private putParts(call: Call, plan: OneTimePlan, parts: readonly Part[]): Pending {
    const asked = parts.map(({ shard, argv }) => this.put(shard, { ...call, format: 'resp3', lines: [argv] }));
    return { call, plan, asked, places: parts.map((part) => part.places) };
  }

  private put(shard: number, call: Call): { shard: number; index: number } {
    let share = this.shares.get(shard);
    if (!share) {
      share = [];
      this.shares.set(shard, share);
    }
    share.push(call);
    return { shard, index: share.length - 1 };
  }
}

function planOnce(planner: Planner, call: Call): OneTimePlan {
  const plan = planner.plan(call.lines[0] as readonly Bytes[]);
  return plan.kind === 'first' || plan.kind === 'each' ? CROSSED : plan;
}

/** A MULTI/EXEC runs on the one shard that has all of its keys. */
function planTransaction(planner: Planner, call: Call): OneTimePlan {
  let chosen: OneTimePlan | undefined;
  for (const argv of call.lines) {
    const plan = planner.plan(argv);
    if (plan.kind !== 'one') return CROSSED;
    if (!plan.keyed) continue;
    if (chosen?.kind === 'one' && chosen.shard !== plan.shard) return CROSSED;
    chosen = plan;
  }
  return chosen ?? { kind: 'one', shard: HOME_SHARD, keyed: false };
}

// ---- gathering

function finish({ call, plan, asked, places }: Pending, answers: ReadonlyMap<number, Answered>, planner: Planner): DispatchedResult {
  if (plan.kind === 'error') return resultOf(plan.error, call);
  const parts: CallResult[] = [];
  for (const { shard, index } of asked) {
    const result = answers.get(shard)?.results[index] ?? new Failure('lost');
    if (result instanceof Failure) return failed(result, call, planner);
    parts.push(result);
  }
  if (plan.kind === 'one') return parts[0] as CallResult;
  const replies = parts.map(({ text }): Reply => decodeReply(text as Bytes));
  if (plan.kind === 'scan') return resultOf(continueScan(replies[0] ?? null, plan.next), call);
  return resultOf(gather(plan.merge, replies, random, places), call);
}

function failed(failure: Failure, call: Call, planner: Planner): DispatchedResult {
  const changes = !isRead(planner, call);
  return { ...resultOf(failure.error(changes), call), status: failure.status(changes) };
}
