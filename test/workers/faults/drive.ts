// Takes a shard through a scenario, with at most one fault, next to a model that knows nothing of storage.

import { expect } from 'vitest';
import { fromText } from '../../../src/bytes/bytes';
import type { Call, CallResult } from '../../../src/protocol/frame';
import type { Snapshot } from '../../../src/shard/snapshot/manifest';
import { TestEngine } from '../../support/engine';
import { loadFile } from '../../support/rdb-file';
import { FaultyBucket } from './bucket';
import { type Outcome, ShardHost } from './host';
import { type CountedCall, FaultInjector, type Target } from './injector';
import { EXPIRE_AFTER_MS, type Step, type Unit } from './workload';

/** What a run without faults has shown. */
export interface Shown {
  readonly calls: readonly CountedCall[];
  /** The answer to every unit, and the digest of the dataset before each, and at the end. */
  readonly answers: string[];
  readonly digests: string[];
}

/** An idle checkpoint, and all that it leaves to be reclaimed. */
const IDLE_MS = 5000;
const SNAPSHOT_MS = 2000;
const INTERNAL = 'ERR internal error';

const PHASES = {
  execute: 'running',
  idle: 'in the background',
  expire: 'expiry',
  restart: 'recovery',
  'begin snapshot': 'snapshot',
  'end snapshot': 'snapshot',
} as const;

export class Drive {
  private readonly injector: FaultInjector;
  private readonly bucket: FaultyBucket;
  private readonly host: ShardHost;
  private readonly model = new TestEngine();
  private readonly answers: string[] = [];
  private readonly digests: string[] = [];
  /** Units so far. */
  private at = 0;
  /** Units have been run in another order than without faults: answers may be others. */
  private diverged = false;
  private verified = false;
  private snapshot: { id: string; digest: string } | undefined;

  constructor(
    private readonly state: DurableObjectState,
    env: ConstructorParameters<typeof ShardHost>[1],
    /** What is expected; nothing in the run that shows it. */
    private readonly record?: Shown,
    private readonly target?: Target,
    /** The object ends after the fault, though it has survived it. */
    private readonly crashes = false,
  ) {
    this.injector = new FaultInjector(target);
    this.bucket = new FaultyBucket(this.injector);
    this.host = new ShardHost(state, env, this.injector, this.bucket);
  }

  /** The fault has not ended the object. */
  survived = false;

  async run(steps: readonly Step[]): Promise<Shown> {
    wipe(this.state);
    await this.host.start();
    if (this.failed) await this.verify('lost', []);
    for (const step of steps) {
      this.injector.phase = PHASES[step.step];
      await this.take(step);
      this.injector.phase = 'in the background';
      // By now what has gone wrong without a trace has had its occasion to show.
      if (this.verified && step.step === 'restart' && !this.snapshot) break;
    }
    if (this.target) expect(this.injector.failedAt, `call ${this.target.call} fails`).toBeDefined();
    await this.injector.aside(() => this.finish());
    return { calls: this.injector.calls, answers: this.answers, digests: this.digests };
  }

  private get failed(): boolean {
    return this.injector.failedAt !== undefined && !this.verified;
  }

  private async take(step: Step): Promise<void> {
    if (step.step === 'execute') {
      await this.execute(step.units);
      return;
    }
    if (step.step === 'restart') await this.host.start();
    else if (step.step === 'begin snapshot') await this.beginSnapshot();
    else if (step.step === 'end snapshot') await this.endSnapshot();
    else await this.host.pass(step.step === 'idle' ? IDLE_MS : EXPIRE_AFTER_MS);
    if (this.failed) await this.verify('lost', []);
    else if (!this.host.shard) throw new Error(`the shard has ended at ${step.step}`);
  }

  private async execute(units: readonly Unit[]): Promise<void> {
    const outcome = await this.host.execute(units.map(callOf));
    if (this.failed) {
      const left = await this.verify(outcome, units);
      if (left.length > 0) await this.execute(left);
      return;
    }
    if (outcome === 'lost' || 'error' in outcome) throw new Error('the shard has failed without a fault', { cause: outcome });
    for (const [i, unit] of units.entries()) {
      const text = outcome.answer[i]?.text ?? '';
      if (!this.record) {
        this.digests.push(this.modelDigest());
        this.answers.push(text);
      } else if (!this.diverged) expect(text).toBe(this.record.answers[this.at]);
      this.apply(unit);
    }
  }

  private apply({ kind, lines }: Unit): void {
    this.at++;
    const { model } = this;
    model.now = Date.now();
    const argvs = lines.map((line) => line.map((word) => fromText(String(word))));
    if (kind === 'single') model.engine.execute(model.client, argvs[0] ?? []);
    else model.engine.executeAll(model.client, argvs);
    model.flush();
    if (model.faults.length > 0) throw model.faults[0];
  }

  private modelDigest(): string {
    this.model.now = Date.now();
    while (this.model.engine.expireDue(100)) this.model.flush();
    return digestIn(this.model);
  }

  // ---- after the fault

  /** The shard has what it has acknowledged, and of the rest nothing in part. Returns the units that it does not have. */
  private async verify(outcome: Outcome<readonly CallResult[]>, units: readonly Unit[]): Promise<Unit[]> {
    this.verified = true;
    this.survived = this.host.ends === 0;
    if (this.crashes) this.host.crash();
    if (!this.host.shard) await this.host.start();
    const digest = await this.injector.aside(() => this.shardDigest());
    const left = typeof outcome === 'object' && 'answer' in outcome ? this.refused(outcome.answer, units) : this.missing(digest, units);
    expect(digest, `after ${this.injector.failedAt}`).toBe(this.modelDigest());
    return left;
  }

  /** Of units that have been answered, those whose answer is that they failed. The others are in the model. */
  private refused(answers: readonly CallResult[], units: readonly Unit[]): Unit[] {
    const left: Unit[] = [];
    for (const [i, unit] of units.entries()) {
      const text = answers[i]?.text ?? '';
      if (text.includes(INTERNAL)) left.push(unit);
      else {
        if (left.length === 0) expect(text).toBe(this.record?.answers[this.at]);
        this.apply(unit);
      }
    }
    if (left.length > 0 && left.length < units.length) this.diverged = true;
    return left;
  }

  /** Of units whose fate is not known, those that the shard does not have: they are the last ones. */
  private missing(digest: string, units: readonly Unit[]): Unit[] {
    const digests = this.record?.digests ?? [];
    for (let done = units.length; done > 0; done--) {
      if (digests[this.at + done] !== digest) continue;
      for (const unit of units.slice(0, done)) this.apply(unit);
      return units.slice(done);
    }
    return [...units];
  }

  private async shardDigest(): Promise<string> {
    return JSON.parse(await this.answer('DEBUG', 'DIGEST')).result;
  }

  private async answer(...line: string[]): Promise<string> {
    const outcome = await this.host.execute([callOf({ kind: 'single', lines: [line] })]);
    if (outcome === 'lost' || 'error' in outcome) throw new Error(`no answer to ${line}`, { cause: outcome });
    return outcome.answer[0]?.text ?? '';
  }

  // ---- snapshots

  private async beginSnapshot(): Promise<void> {
    const digest = this.modelDigest();
    const start = () => this.host.ask((shard) => shard.startSnapshot({ rdbVersion: undefined, modules: 'keep' }));
    const outcome = await start();
    if (outcome === 'lost' || 'error' in outcome || typeof outcome.answer === 'string') return;
    this.snapshot = { id: outcome.answer.id, digest };
  }

  private async endSnapshot(): Promise<void> {
    await this.host.pass(SNAPSHOT_MS);
    if (!this.host.shard) await this.host.start();
    const { snapshot } = this;
    if (!snapshot) return;
    this.snapshot = undefined;
    await this.injector.aside(async () => {
      // What could not be deleted at once is deleted by the schedule.
      await this.host.ask((shard) => shard.scheduleSnapshots());
      const outcome = await this.host.ask<Snapshot | undefined>((shard) => shard.getSnapshot(snapshot.id));
      const status = typeof outcome === 'object' && 'answer' in outcome ? outcome.answer?.status : undefined;
      expect(['complete', 'failed']).toContain(status);
      if (status === 'complete') this.requireFile(snapshot);
      else this.requireNothing();
    });
  }

  private requireFile({ id, digest }: { id: string; digest: string }): void {
    const [, file] = [...this.bucket.objects].find(([key]) => key.includes(id) && key.endsWith('.rdb')) ?? [];
    if (!file) throw new Error('a complete snapshot has no file');
    const loaded = new TestEngine();
    loaded.now = Date.now();
    expect(loadFile(loaded, file)).toEqual([]);
    expect(digestIn(loaded), 'the snapshot shows the moment at which it began').toBe(digest);
  }

  private requireNothing(): void {
    const complete = [...this.bucket.objects.keys()].filter((key) => key.endsWith('.json')).map((key) => key.replace(/[^/]*$/, ''));
    expect([...this.bucket.objects.keys()].filter((key) => !complete.some((folder) => key.startsWith(folder)))).toEqual([]);
  }

  // ---- the end

  private async finish(): Promise<void> {
    const { host } = this;
    const digest = this.modelDigest();
    if (!this.record) this.digests.push(digest);
    expect(host.uncaught).toEqual([]);
    expect(await this.shardDigest(), 'at the end').toBe(digest);
    await host.start();
    expect(await this.shardDigest(), 'after one more start').toBe(digest);
    await this.answer('BGREWRITEAOF');
    await host.pass(IDLE_MS);
    await host.start();
    expect(await this.shardDigest(), 'after a checkpoint and a start').toBe(digest);
    expect(await this.answer('DBSIZE')).toBe(JSON.stringify({ result: this.model.run('DBSIZE') }));
    await host.pass(IDLE_MS);
    host.crash();
    for (const [what, statement] of LEFTOVERS) expect([what, this.state.storage.sql.exec(statement).one().n]).toEqual([what, 0]);
  }
}

/** Rows that nobody needs: whatever has failed, they are given up in the end. */
const LEFTOVERS: readonly (readonly [string, string])[] = [
  ['bodies', `SELECT count(*) AS n FROM body WHERE id NOT IN (SELECT owner FROM entry WHERE form >= ${2 ** 32})`],
  [
    'segments',
    `SELECT count(*) AS n FROM segment WHERE owner NOT IN (SELECT owner FROM entry WHERE owner IS NOT NULL AND form < ${2 ** 32})`,
  ],
  [
    'chunks',
    'SELECT count(*) AS n FROM chunk WHERE NOT EXISTS (SELECT 1 FROM entry WHERE entry.position = chunk.position AND entry.key = chunk.key)',
  ],
  ...['garbage', 'old_entry', 'old_chunk', 'old_segment', 'old_body'].map(
    (table) => [table, `SELECT count(*) AS n FROM ${table}`] as const,
  ),
];

function wipe({ storage }: DurableObjectState): void {
  const tables = storage.sql
    .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'")
    .toArray();
  for (const { name } of tables) if (!name.startsWith('sqlite_')) storage.sql.exec(`DROP TABLE ${name}`);
}

function callOf({ kind, lines }: Unit): Call {
  return { format: 'json', access: 'full', kind, lines: lines.map((line) => line.map((word) => fromText(String(word)))) };
}

function digestIn(engine: TestEngine): string {
  return (engine.run('DEBUG', 'DIGEST') as { text: string }).text;
}
