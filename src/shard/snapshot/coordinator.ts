// Snapshots of a whole database, as the object of its first shard coordinates them: one at a time. Every shard writes its
// own file (part-host.ts); the manifest that makes them a snapshot comes last (catalogue.ts). When anything fails, or the
// object that coordinates ends meanwhile, what was written is deleted, and the failure is kept for whoever asks.

import type { Snapshots, SnapshotsEnd } from '../../spec/server';
import { type Disk, DiskFull } from '../disk';
import { type AskShard, beginTogether } from './barrier';
import type { Catalogue } from './catalogue';
import { type FailedSnapshot, manifestOf, newSnapshotId, type Snapshot, type SnapshotOptions, type SnapshotTrigger } from './manifest';
import type { PartManifest, PartProgress, PartRequest } from './part';
import type { SnapshotRecord, StartedSnapshot } from './record';
import { outdated, type RetentionRules } from './retention';

export interface CoordinatorPorts {
  /** Undefined: there is no bucket. */
  readonly catalogue: Catalogue | undefined;
  readonly record: SnapshotRecord;
  /** Where the record is kept. */
  readonly disk: Pick<Disk, 'isFull' | 'isTight' | 'hasRoom'>;
  readonly shards: number;
  readonly schedule: Schedule;
  readonly ask: AskShard;
  readonly now: () => number;
  readonly randomHex: (digits: number) => string;
  /** Of the part of the first shard. */
  readonly ownProgress: () => PartProgress | undefined;
  readonly log: (level: 'notice' | 'warning', text: string, error?: unknown) => void;
}

export interface Schedule extends RetentionRules {
  /** Milliseconds from one to the next; undefined: none by themselves. */
  readonly everyMs: number | undefined;
}

interface Run extends StartedSnapshot {
  readonly options: SnapshotOptions;
  readonly whenDone: SnapshotsEnd | undefined;
}

const DEFAULT_OPTIONS: SnapshotOptions = { rdbVersion: undefined, modules: 'keep' };

/** A schedule is asked every few minutes: what would be due shortly after is due. */
const DUE_EARLIER_MS = 30_000;
/** After a failure the next one by schedule is tried no earlier. */
const RETRY_AFTER_MS = 15 * 60_000;
/** How often those are looked for that have become too old while no new one came. */
const RETAIN_EVERY_MS = 60 * 60_000;

export type StartAnswer = { readonly id: string } | 'running' | 'no-bucket' | 'no-room';
export type DeleteAnswer = 'deleted' | 'running' | 'not-found' | 'no-room';

export class SnapshotCoordinator implements Snapshots {
  private run: Run | undefined;
  saves = 0;
  private lastRetainedMs = 0;

  constructor(private readonly ports: CoordinatorPorts) {}

  /** The one that is being written, or of which it is not known yet what became of it (see {@link recover}). */
  private get current(): StartedSnapshot | undefined {
    return this.run ?? (this.ports.disk.isFull ? undefined : this.ports.record.running);
  }

  /** One that has ended with its process, which cannot be noted as long as the disk is full. */
  private get unnoted(): FailedSnapshot | undefined {
    const { disk, record } = this.ports;
    const running = disk.isFull && !this.run ? record.running : undefined;
    return running && this.failure(running, new DiskFull().message);
  }

  /** Newest first. */
  private get failed(): FailedSnapshot[] {
    const { unnoted } = this;
    return [...(unnoted ? [unnoted] : []), ...this.ports.record.failed];
  }

  // ---- what commands see

  get available(): boolean {
    return this.ports.catalogue !== undefined;
  }
  get progress(): PartProgress | undefined {
    return this.ports.ownProgress();
  }
  get runningSinceMs(): number | undefined {
    return this.current?.createdAtMs;
  }
  get lastSaveMs(): number | undefined {
    return this.ports.record.outcome?.savedAtMs;
  }
  get lastFailed(): boolean {
    return this.unnoted !== undefined || (this.ports.record.outcome?.failed ?? false);
  }
  get lastTookMs(): number | undefined {
    return this.ports.record.outcome?.tookMs;
  }

  begin(whenDone?: SnapshotsEnd): ReturnType<Snapshots['begin']> {
    const answer = this.start('command', DEFAULT_OPTIONS, whenDone);
    return typeof answer === 'string' ? answer : 'started';
  }

  // ---- what the edge asks

  start(trigger: SnapshotTrigger, options: SnapshotOptions, whenDone?: SnapshotsEnd): StartAnswer {
    const { catalogue, record, disk, now, randomHex } = this.ports;
    if (!catalogue) return 'no-bucket';
    if (disk.isFull) return 'no-room';
    if (this.current) return 'running';
    const createdAtMs = now();
    const started = { id: newSnapshotId(createdAtMs, randomHex), trigger, createdAtMs };
    record.running = started;
    const run = { ...started, options, whenDone };
    this.run = run;
    void this.carryOut(run, catalogue);
    return { id: run.id };
  }

  async get(id: string): Promise<Snapshot | undefined> {
    const { catalogue } = this.ports;
    const { current } = this;
    if (current?.id === id) return this.running(current);
    const failed = this.failed.find((one) => one.id === id);
    if (failed) return { status: 'failed', failed };
    const manifest = await catalogue?.get(id);
    return manifest && { status: 'complete', manifest };
  }

  /** Newest first. */
  async list(most: number): Promise<Snapshot[]> {
    const { catalogue } = this.ports;
    const { current } = this;
    const complete = (await catalogue?.list(most)) ?? [];
    const all: Snapshot[] = [
      ...(current ? [await this.running(current)] : []),
      ...complete.filter(({ id }) => id !== current?.id).map((manifest) => ({ status: 'complete', manifest }) as const),
      ...this.failed.map((failed) => ({ status: 'failed', failed }) as const),
    ];
    return all.sort((a, b) => (idOf(a) < idOf(b) ? 1 : -1)).slice(0, most);
  }

  async delete(id: string): Promise<DeleteAnswer> {
    const { catalogue, record, disk } = this.ports;
    if (this.current?.id === id) return 'running';
    const known = await this.get(id);
    if (!known || !catalogue) return 'not-found';
    if (known.status === 'failed' && disk.isFull) return 'no-room';
    await catalogue.delete(id);
    if (known.status === 'failed') record.forgetFailed(id);
    return 'deleted';
  }

  private async running({ id, trigger, createdAtMs }: StartedSnapshot): Promise<Snapshot> {
    const asked = await Promise.all(this.perShard((shard) => this.ports.ask(shard, { step: 'progress', id }).catch(() => undefined)));
    const progress = asked.map((answer) => (isProgress(answer) ? answer : undefined));
    return { status: 'running', running: { id, trigger, createdAt: isoOf(createdAtMs), progress } };
  }

  // ---- the work

  private async carryOut(run: Run, catalogue: Catalogue): Promise<void> {
    let succeeded = false;
    // Should it fail even to note a failure, the schedule finds out what became of it.
    await this.guarded(`what became of snapshot ${run.id} could not be noted`, async () => {
      succeeded = await this.attempt(run, catalogue);
    });
    this.run = undefined;
    run.whenDone?.(succeeded);
    if (succeeded) await this.retain();
  }

  private async attempt(run: Run, catalogue: Catalogue): Promise<boolean> {
    try {
      await this.write(run, catalogue);
      return true;
    } catch (error) {
      this.ports.log('warning', `snapshot ${run.id} failed`, error);
      await this.fail(run, await this.reasonOf(error));
      return false;
    }
  }

  private async write(run: Run, catalogue: Catalogue): Promise<void> {
    const { id, trigger, options, createdAtMs } = run;
    const { record, now, ask } = this.ports;
    const requests = this.perShard((shard): PartRequest => ({ id, objectKey: catalogue.partKey(id, shard), ...options }));
    await beginTogether(id, requests, ask);
    const takenAtMs = now();
    const parts = (await Promise.all(requests.map((_, shard) => ask(shard, { step: 'run', id })))) as PartManifest[];
    const completedAtMs = now();
    await catalogue.publish(
      manifestOf(
        {
          ...{ id, trigger, database: catalogue.database, modules: options.modules },
          ...{ createdAt: isoOf(createdAtMs), takenAt: isoOf(takenAtMs), completedAt: isoOf(completedAtMs) },
        },
        parts,
      ),
    );
    record.running = undefined;
    record.outcome = { startedAtMs: createdAtMs, savedAtMs: takenAtMs, failed: false, tookMs: completedAtMs - createdAtMs };
    this.saves++;
    this.ports.log('notice', `snapshot ${id} is complete`);
  }

  private async reasonOf(error: unknown): Promise<string> {
    const message = error instanceof Error ? error.message : String(error);
    const room = await this.ports.disk.hasRoom();
    const full = new DiskFull().message;
    return room || message.includes(full) ? message : `${message} (${full})`;
  }

  private async fail(run: StartedSnapshot, reason: string): Promise<void> {
    const { record, now } = this.ports;
    const { createdAtMs } = run;
    const failed = this.failure(run, reason);
    record.noteFailed(failed);
    record.running = undefined;
    const savedAtMs = record.outcome?.savedAtMs;
    record.outcome = { startedAtMs: createdAtMs, savedAtMs, failed: true, tookMs: now() - createdAtMs };
    await this.clean(failed);
  }

  private failure({ id, trigger, createdAtMs }: StartedSnapshot, error: string): FailedSnapshot {
    return { id, trigger, createdAt: isoOf(createdAtMs), failedAt: isoOf(this.ports.now()), error, unclean: true };
  }

  /** Ends all parts of a failed one and deletes what they have written. */
  private async clean(failed: FailedSnapshot): Promise<void> {
    const { id } = failed;
    await this.guarded(`snapshot ${id}, which failed, could not be deleted yet`, async () => {
      await Promise.all(this.perShard((shard) => this.ports.ask(shard, { step: 'abort', id })));
      await this.ports.catalogue?.delete(id);
      // It may have been deleted by a request meanwhile.
      if (this.ports.record.failed.some((one) => one.id === id)) this.ports.record.noteFailed({ ...failed, unclean: false });
    });
  }

  // ---- what comes by itself

  /** The object has started: a snapshot that an earlier life of it has begun is void. */
  async recover(): Promise<void> {
    const { record, catalogue, log } = this.ports;
    await this.guarded('what became of a snapshot is not known yet', async () => {
      const { running } = record;
      if (!running) return;
      // It may have come to its end, and nobody has noted that.
      const isComplete = (await catalogue?.get(running.id)) !== undefined;
      if (record.running?.id !== running.id) return;
      if (isComplete) record.running = undefined;
      else {
        const reason = this.ports.disk.isTight ? new DiskFull().message : 'the process that wrote it ended';
        log('warning', `snapshot ${running.id} failed: ${reason}`);
        await this.fail(running, reason);
      }
    });
  }

  /** Called every few minutes. */
  async tick(): Promise<void> {
    if (!this.available || this.ports.disk.isFull) return;
    if (!this.run) await this.recover();
    for (const failed of this.ports.record.failed) if (failed.unclean) await this.clean(failed);
    if (this.isDue(this.ports.schedule)) this.start('schedule', DEFAULT_OPTIONS);
    else if (this.ports.now() - this.lastRetainedMs >= RETAIN_EVERY_MS) await this.retain();
  }

  private isDue({ everyMs }: Schedule): boolean {
    if (everyMs === undefined || this.current) return false;
    const { outcome } = this.ports.record;
    if (!outcome) return true;
    const now = this.ports.now();
    const { savedAtMs = Number.NEGATIVE_INFINITY, startedAtMs, failed } = outcome;
    if (failed && now - startedAtMs < Math.min(RETRY_AFTER_MS, everyMs)) return false;
    return now - savedAtMs >= everyMs - DUE_EARLIER_MS;
  }

  private async retain(): Promise<void> {
    const { catalogue, now, schedule } = this.ports;
    this.lastRetainedMs = now();
    if (!catalogue || (schedule.keep === undefined && schedule.maxAgeMs === undefined)) return;
    await this.guarded('old snapshots could not be deleted', async () => {
      for (const { id } of outdated(await catalogue.list(), schedule, now())) await catalogue.delete(id);
    });
  }

  private async guarded(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.ports.log('warning', what, error);
    }
  }

  private perShard<T>(of: (shard: number) => T): T[] {
    return Array.from({ length: this.ports.shards }, (_, shard) => of(shard));
  }
}

function idOf(snapshot: Snapshot): string {
  if (snapshot.status === 'complete') return snapshot.manifest.id;
  return snapshot.status === 'failed' ? snapshot.failed.id : snapshot.running.id;
}

function isProgress(answer: unknown): answer is PartProgress {
  return typeof answer === 'object' && answer !== null && 'totalKeys' in answer;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
