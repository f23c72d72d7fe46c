// Lives of one shard on the storage of a real object, with faults in its way. Time stands still but for what a test lets
// pass, and an object that has been aborted reaches nothing any more: as in the runtime, which does not let it run on.

import { vi } from 'vitest';
import type { Env } from '../../../src/env';
import { type Call, type CallResult, decodeResults, encodeCalls } from '../../../src/protocol/frame';
import { Shard } from '../../../src/shard/shard';
import type { FaultyBucket } from './bucket';
import type { FaultInjector } from './injector';

/** Something took so many milliseconds that it will never come. */
const STUCK_AFTER_MS = 20_000;
/** The platform calls an alarm that failed again. */
const ALARM_RETRY_MS = 2000;
/** Little enough that values leave memory, and that checkpoints come often. */
const MEMORY_BUDGET = 192 * 1024;

/** What an object that has ended meets wherever it turns. */
class Ended extends Error {}

/** `lost`: the object has ended, and whoever waited for it knows nothing. */
export type Outcome<T> = { readonly answer: T } | { readonly error: unknown } | 'lost';

export class ShardHost {
  shard: Shard | undefined;
  /** What nobody has caught. */
  readonly uncaught: unknown[] = [];
  /** How often the object has ended by itself, or not begun. */
  ends = 0;
  private alarmAt: number | undefined;
  private life = 0;
  /** Why it has not begun. */
  private refusal: unknown;

  constructor(
    private readonly state: DurableObjectState,
    private readonly env: Env,
    public injector: FaultInjector,
    private readonly bucket: FaultyBucket,
  ) {}

  /** A new life on the same storage; a start that fails is tried again, once. */
  async start(): Promise<void> {
    await this.startOnce();
    if (!this.shard) await this.startOnce();
    if (!this.shard) throw new Error(`the shard does not start: ${this.refusal}`);
  }

  private async startOnce(): Promise<void> {
    this.crash();
    const { injector } = this;
    const phase = injector.phase;
    injector.phase = 'recovery';
    try {
      const shard = new Shard(this.context(this.life), this.environment());
      this.shard = shard;
      const { keys } = (shard as unknown as { engine: { keys: { memoryBudget: number } } }).engine;
      keys.memoryBudget = MEMORY_BUDGET;
      // Whatever the shard's share of the isolate comes to be.
      Object.defineProperty(keys, 'memoryBudget', { get: () => MEMORY_BUDGET, set: () => undefined });
      // What a start waits for.
      await vi.advanceTimersByTimeAsync(0);
    } catch (error) {
      this.refusal = error;
      this.end();
    } finally {
      injector.phase = phase;
    }
  }

  /** Ends the object without a warning. */
  crash(): void {
    this.life++;
    this.shard = undefined;
    // Which would also set the clock back.
    const now = Date.now();
    vi.clearAllTimers();
    vi.setSystemTime(now);
  }

  private end(): void {
    this.ends++;
    this.crash();
  }

  private environment(): Env {
    const getByName = () => this.shard;
    return { ...this.env, SNAPSHOTS: this.bucket.binding, SHARD: { getByName } as unknown as Env['SHARD'] };
  }

  /** The context of a life. */
  private context(life: number): DurableObjectState {
    const { state, injector } = this;
    const { storage } = state;
    const alive = (): void => {
      if (life !== this.life) throw new Ended();
    };
    const sql = {
      exec: (statement: string, ...parameters: unknown[]) => {
        alive();
        return injector.rows(statement, () => storage.sql.exec(statement, ...parameters));
      },
      get databaseSize() {
        return storage.sql.databaseSize;
      },
    };
    const kept = {
      sql,
      transactionSync: <T>(closure: () => T): T => {
        alive();
        return injector.transaction((work) => storage.transactionSync(work), closure);
      },
      getAlarm: () => injector.async('getAlarm', async () => this.alarmAt ?? null),
      setAlarm: (at: number) =>
        injector.async('setAlarm', async () => {
          alive();
          this.alarmAt = at;
        }),
    };
    const end = (): never => {
      if (life === this.life) this.end();
      throw new Ended();
    };
    return Object.create(state, {
      storage: { value: kept },
      id: { value: state.id },
      abort: { value: end },
      getWebSockets: { value: () => [] },
      blockConcurrencyWhile: { value: (work: () => Promise<unknown>) => work().catch(() => life === this.life && this.end()) },
    }) as DurableObjectState;
  }

  async execute(calls: readonly Call[]): Promise<Outcome<readonly CallResult[]>> {
    const outcome = await this.ask((shard) => shard.execute(encodeCalls(calls)));
    return typeof outcome === 'object' && 'answer' in outcome ? { answer: decodeResults(outcome.answer).results } : outcome;
  }

  /** Lets the shard answer, as time passes. */
  async ask<T>(question: (shard: Shard) => Promise<T>): Promise<Outcome<T>> {
    const { life, shard } = this;
    if (!shard) return 'lost';
    let outcome: Outcome<T> | undefined;
    question(shard).then(
      (answer) => {
        outcome = { answer };
      },
      (error: unknown) => {
        outcome = { error };
      },
    );
    for (let waited = 0; outcome === undefined && life === this.life; waited++) {
      await this.advance(1);
      if (waited > STUCK_AFTER_MS) throw new Error('the shard does not answer');
    }
    return life === this.life && outcome !== undefined ? outcome : 'lost';
  }

  /** Lets time pass; the alarm goes off when it is due. */
  async pass(ms: number): Promise<void> {
    for (const end = Date.now() + ms; Date.now() < end; ) {
      await this.advance(Math.max(1, Math.min(end, this.alarmAt ?? end) - Date.now()));
      if (this.alarmAt === undefined || this.alarmAt > Date.now()) continue;
      this.alarmAt = undefined;
      if (!this.shard) await this.start();
      const outcome = await this.ask((shard) => shard.alarm());
      if (outcome === 'lost' || 'error' in outcome) this.alarmAt = Date.now() + ALARM_RETRY_MS;
    }
  }

  private async advance(ms: number): Promise<void> {
    try {
      await vi.advanceTimersByTimeAsync(ms);
    } catch (error) {
      if (!(error instanceof Ended)) this.uncaught.push(error);
    }
  }
}
