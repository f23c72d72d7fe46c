// BullMQ, unmodified, through ioredis: many jobs of all kinds in two worker processes of which one is killed; then its
// other promises one at a time.
//
// KEDGE_BULLMQ_JOBS=10000 makes it as many jobs as one likes.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FlowProducer, type Job, type JobsOptions, Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobData, LogLine, WorkerSettings } from './bullmq-worker';
import { stopProcess, until } from './server';
import { shardCounts, startTarget, type Target } from './target';

const JOBS = Number(process.env.KEDGE_BULLMQ_JOBS ?? 500);
const WORKER = fileURLToPath(new URL('./bullmq-worker.ts', import.meta.url));
/** Children of one parent. */
const CHILDREN = 3;
const TICKS = 10;
/** Jobs that the worker that is killed has begun and never ends. */
const HELD = 3;
/** Long enough for a worker on a busy machine to renew its locks in time: a job may only stall when its worker is killed. */
const LOCK_MS = 6000;
const TIMEOUT_MS = 60_000 + 20 * JOBS;

/** What must become of a job. */
interface Fate {
  readonly completes: boolean;
  readonly attempts: number;
  readonly addedMs?: number;
  readonly delayMs?: number;
  /** How long it waits after so many attempts before the failed one. */
  readonly backoffMs?: (before: number) => number;
  readonly children?: readonly string[];
  readonly value?: number;
}

interface JobToAdd {
  readonly name: string;
  readonly data: JobData;
  readonly opts: JobsOptions;
  readonly fate: Fate;
}

const once: Fate = { completes: true, attempts: 1 };

/** The kinds of jobs, in turn. */
const KINDS: readonly ((i: number) => JobToAdd)[] = [
  () => ({ name: 'plain', data: {}, opts: {}, fate: once }),
  (i) => ({ name: 'delayed', data: {}, opts: { delay: 20 + ((i * 37) % 1500) }, fate: { ...once, delayMs: 20 + ((i * 37) % 1500) } }),
  (i) => ({ name: 'prioritized', data: {}, opts: { priority: 1 + (i % 7) }, fate: once }),
  (i) => ({
    name: 'flaky',
    data: { failures: 1 + (i % 2) },
    opts: { attempts: 3, backoff: { type: 'exponential', delay: 30 } },
    fate: { completes: true, attempts: 2 + (i % 2), backoffMs: (before) => 30 * 2 ** before },
  }),
  () => ({ name: 'last in, first out', data: {}, opts: { lifo: true }, fate: once }),
  () => ({
    name: 'doomed',
    data: { failures: 99 },
    opts: { attempts: 2, backoff: { type: 'fixed', delay: 25 }, priority: 3 },
    fate: { completes: false, attempts: 2, backoffMs: () => 25 },
  }),
  () => ({ name: 'retried at once', data: { failures: 1 }, opts: { attempts: 2 }, fate: { completes: true, attempts: 2 } }),
  () => ({
    name: 'unrecoverable',
    data: { failures: 99, unrecoverable: true },
    opts: { attempts: 5 },
    fate: { completes: false, attempts: 1 },
  }),
];

/** The same for every test: each has a queue of its own. */
class Bench {
  private readonly opened: { close(): Promise<unknown> }[] = [];
  private readonly clients: Redis[] = [];

  constructor(
    readonly target: Target,
    readonly prefix: string,
  ) {}

  connect(): Redis {
    const client = new Redis(this.target.port, '127.0.0.1', { password: this.target.token, maxRetriesPerRequest: null });
    this.clients.push(client);
    return client;
  }

  queue(name: string): Queue {
    return this.opens(new Queue(name, { connection: this.connect(), prefix: this.prefix }));
  }

  async events(name: string): Promise<QueueEvents> {
    // From the first event on: `$` would mean the moment when it begins to read, which is not that when it is ready.
    const events = this.opens(new QueueEvents(name, { connection: this.connect(), prefix: this.prefix, lastEventId: '0' }));
    await events.waitUntilReady();
    return events;
  }

  flows(): FlowProducer {
    return this.opens(new FlowProducer({ connection: this.connect(), prefix: this.prefix }));
  }

  worker(name: string, work: (job: Job) => Promise<unknown>, options: object = {}): Worker {
    return this.opens(new Worker(name, work, { connection: this.connect(), prefix: this.prefix, ...options }));
  }

  private opens<T extends { close(): Promise<unknown>; on(event: 'error', listener: (error: Error) => void): unknown }>(opened: T): T {
    opened.on('error', (error) => console.error(error));
    this.opened.push(opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const opened of this.opened.splice(0).reverse()) await opened.close();
    for (const client of this.clients.splice(0)) client.disconnect();
  }
}

describe.each(shardCounts(1, 3))('BullMQ on %i shards', (shards) => {
  let target: Target;
  let bench: Bench;
  let folder: string;
  const processes: ChildProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kedge-bullmq-'));
    target = await startTarget(shards);
    // The keys of a queue have to be on one shard, as BullMQ asks for on a cluster of Redis servers too.
    bench = new Bench(target, shards === 1 ? 'bull' : '{bull}');
  });

  afterAll(async () => {
    await Promise.all(processes.map((child) => stopProcess(child, 'SIGKILL')));
    await bench.close();
    await target.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function startWorker(settings: Pick<WorkerSettings, 'queue' | 'logFile' | 'holdAfter' | 'hold'>): ChildProcess {
    const all: WorkerSettings = {
      port: target.port,
      password: target.token,
      prefix: bench.prefix,
      concurrency: 10,
      lockDurationMs: LOCK_MS,
      stalledIntervalMs: 1000,
      ...settings,
    };
    const child = spawn(process.execPath, [WORKER, JSON.stringify(all)], { stdio: 'inherit' });
    processes.push(child);
    return child;
  }

  test(`${JOBS} jobs, two workers, one of them killed`, { timeout: TIMEOUT_MS }, async () => {
    const name = 'crowd';
    const logFile = join(folder, 'log');
    const queue = new Queue(name, {
      connection: bench.connect(),
      prefix: bench.prefix,
      // Nothing may be trimmed before it is read.
      streams: { events: { maxLen: 100 * JOBS + 10_000 } },
    });
    const seen = new Seen(await bench.events(name));
    const flows = bench.flows();
    const fates = new Map<string, Fate>();
    const addSome = async (from: number, to: number) => {
      const jobs = Array.from({ length: to - from }, (_unused, i) =>
        (KINDS[(from + i) % KINDS.length] as (i: number) => JobToAdd)(from + i),
      );
      for (let at = 0; at < jobs.length; at += 100) {
        const batch = jobs.slice(at, at + 100);
        const added = await queue.addBulk(batch);
        added.forEach((job, i) => {
          fates.set(job.id as string, { ...(batch[i] as JobToAdd).fate, addedMs: job.timestamp });
        });
      }
    };
    const addFlow = async (i: number) => {
      const children = Array.from({ length: CHILDREN }, (_unused, k) => ({ name: 'child', queueName: name, data: { value: i + k } }));
      const flow = await flows.add({ name: 'parent', queueName: name, data: { value: 1000 }, children });
      const ids = (flow.children ?? []).map(({ job }) => job.id as string);
      for (const [k, id] of ids.entries()) fates.set(id, { ...once, value: i + k });
      const value = children.reduce((sum, { data }) => sum + data.value, 1000);
      fates.set(flow.job.id as string, { ...once, children: ids, value });
    };

    // A half is there before there are workers, and a half comes while they are at work.
    await addSome(0, JOBS / 2);
    const victim = startWorker({ queue: name, logFile, holdAfter: JOBS / 20, hold: HELD });
    const logged = (event: LogLine['event'], count: number) =>
      until(`${count} lines of '${event}'`, () => (linesOf(logFile, event).length >= count ? true : undefined));
    await logged('done', 1);
    const survivor = startWorker({ queue: name, logFile });
    await queue.upsertJobScheduler('every', { every: 100, limit: TICKS }, { name: 'tick' });
    await addSome(JOBS / 2, JOBS);
    for (let i = 0; i < JOBS / 20; i++) await addFlow(i);
    await logged('hold', HELD);
    await stopProcess(victim, 'SIGKILL');

    const unfinished = ['waiting', 'active', 'delayed', 'prioritized', 'waiting-children'] as const;
    const ticked = () => linesOf(logFile, 'done').filter((line) => line.name === 'tick').length;
    await until(
      'all jobs to be finished',
      async () => {
        await sleep(200);
        const counts = Object.values(await queue.getJobCounts(...unfinished));
        return ticked() >= TICKS && counts.every((count) => count === 0) ? true : undefined;
      },
      TIMEOUT_MS - 10_000,
    );

    const log = readLog(logFile);
    const ticks = new Set(log.filter((line) => line.name === 'tick').map(({ id }) => id));
    expect(ticks.size).toBe(TICKS);
    for (const id of ticks) fates.set(id, once);
    const completing = [...fates].filter(([, { completes }]) => completes).map(([id]) => id);
    const failing = [...fates].filter(([, { completes }]) => !completes).map(([id]) => id);
    expect(fates.size).toBe(JOBS + (JOBS / 20) * (CHILDREN + 1) + TICKS);

    // What the queue itself says.
    expect(await queue.getJobCounts('completed', 'failed')).toEqual({ completed: completing.length, failed: failing.length });
    const completed = await queue.getCompleted();
    expect(completed.map(({ id }) => id).sort()).toEqual([...completing].sort());
    expect((await queue.getFailed()).map(({ id }) => id).sort()).toEqual([...failing].sort());
    for (const { id, returnvalue } of completed) expect(returnvalue).toBe(fates.get(id as string)?.value ?? 0);

    // What it told those that listen.
    await until('the last event', () => (seen.completed.length >= completing.length ? true : undefined));
    expect([...seen.completed].sort()).toEqual([...completing].sort());
    expect([...seen.failed].sort()).toEqual([...failing].sort());
    expect([...seen.added].sort()).toEqual([...fates.keys()].sort());

    // What was really done.
    expect(new Set(log.map(({ id }) => id))).toEqual(new Set(fates.keys()));
    const stalled = new Set(seen.stalled);
    expect(stalled.size).toBe(seen.stalled.length);
    for (const { id } of log.filter(({ event }) => event === 'hold')) expect(stalled).toContain(id);
    for (const [id, fate] of fates) expectFate(id, fate, log, { stalled, victim: victim.pid as number });
    await stopProcess(survivor);
    await queue.close();
  });

  test('priorities, first in first out among equals, and jobs that are put first', async () => {
    const queue = bench.queue('order');
    const priorities = [5, 1, 3, 1, 0, 5, 2, 3, 0, 2_000_000];
    await queue.addBulk(priorities.map((priority, i) => ({ name: 'job', data: { i }, opts: { priority } })));
    await queue.add('job', { i: 100 }, { lifo: true });
    expect(await queue.getCountsPerPriority([0, 1, 2, 3, 5])).toEqual({ 0: 3, 1: 2, 2: 1, 3: 2, 5: 2 });
    const order: number[] = [];
    bench.worker('order', async (job) => order.push(job.data.i), { concurrency: 1 });
    await until('all jobs', () => (order.length === 11 ? true : undefined));
    expect(order).toEqual([100, 4, 8, 1, 3, 6, 2, 7, 0, 5, 9]);
  });

  test('a job tells of its progress, its log and its result', async () => {
    const queue = bench.queue('talk');
    const events = await bench.events('talk');
    const progress: unknown[] = [];
    events.on('progress', ({ data }) => progress.push(data));
    bench.worker('talk', async (job) => {
      await job.updateProgress(50);
      await job.log('half of it: ключ 日本');
      await job.updateData({ ...job.data, touched: true });
      await job.updateProgress({ done: true });
      return { answer: job.data.n * 2 };
    });
    const job = await queue.add('job', { n: 21 }, { jobId: 'my-own-id' });
    expect(await job.waitUntilFinished(events, 20_000)).toEqual({ answer: 42 });
    expect(progress).toEqual([50, { done: true }]);
    expect(await queue.getJobLogs('my-own-id')).toEqual({ logs: ['half of it: ключ 日本'], count: 1 });
    const stored = (await queue.getJob('my-own-id')) as Job;
    expect([stored.data, stored.progress, stored.returnvalue]).toEqual([{ n: 21, touched: true }, { done: true }, { answer: 42 }]);
    expect(await stored.getState()).toBe('completed');
    // A job of the same name is not added twice.
    await queue.add('job', { n: 1 }, { jobId: 'my-own-id' });
    expect(await queue.getJobCountByTypes('waiting', 'active', 'completed')).toBe(1);
  });

  test('a failed child fails its parent, or is left out, as its options say', async () => {
    const [events, flows, queue] = [await bench.events('family'), bench.flows(), bench.queue('family')];
    bench.worker('family', async (job) => {
      if (job.data.fail) throw new Error('no');
      return Object.values(await job.getChildrenValues());
    });
    const child = (fail: boolean, opts: JobsOptions) => ({ name: 'child', queueName: 'family', data: { fail }, opts });
    const failing = await flows.add({
      name: 'parent',
      queueName: 'family',
      children: [child(true, { failParentOnFailure: true }), child(false, {})],
    });
    await expect(failing.job.waitUntilFinished(events, 20_000)).rejects.toThrow(/failed/);
    const forgiving = await flows.add({
      name: 'grandparent',
      queueName: 'family',
      children: [
        {
          name: 'parent',
          queueName: 'family',
          children: [child(true, { ignoreDependencyOnFailure: true }), child(false, {}), child(true, { removeDependencyOnFailure: true })],
        },
      ],
    });
    expect(await forgiving.job.waitUntilFinished(events, 20_000)).toEqual([[[]]]);
    const parent = (await queue.getJob(forgiving.children?.[0]?.job.id as string)) as Job;
    expect(Object.values(await parent.getIgnoredChildrenFailures())).toEqual(['no']);
    const { processed } = await forgiving.job.getDependenciesCount();
    expect(processed).toBe(1);
  });

  test('failed jobs are tried again when asked, and a queue is paused, emptied and removed', async () => {
    const queue = bench.queue('again');
    const events = await bench.events('again');
    // Each job that is waited for listens to the queue.
    queue.setMaxListeners(50);
    let fail = true;
    const worker = bench.worker('again', async () => {
      if (fail) throw new Error('not yet');
    });
    const jobs = await queue.addBulk(Array.from({ length: 25 }, (_unused, i) => ({ name: 'job', data: i })));
    await Promise.allSettled(jobs.map((job) => job.waitUntilFinished(events, 20_000)));
    expect(await queue.getFailedCount()).toBe(25);
    expect((await queue.getFailed(0, 0))[0]?.failedReason).toBe('not yet');
    fail = false;
    await queue.retryJobs({ count: 10 });
    await until('all to be completed', async () => ((await queue.getCompletedCount()) === 25 ? true : undefined));
    expect((await queue.clean(0, 1000, 'completed')).length).toBe(25);

    await queue.pause();
    expect(await queue.isPaused()).toBe(true);
    await queue.addBulk(Array.from({ length: 5 }, (_unused, i) => ({ name: 'job', data: i })));
    const later = await queue.add('job', 'later', { delay: 3_600_000 });
    expect(await queue.getDelayedCount()).toBe(1);
    await later.promote();
    expect(await later.getState()).toMatch(/waiting|paused/);
    const resumed = new Promise((resolve) => worker.once('completed', resolve));
    await queue.resume();
    await resumed;
    await until('all to be completed', async () => ((await queue.getCompletedCount()) === 6 ? true : undefined));
    await worker.close();
    await queue.addBulk(Array.from({ length: 2500 }, (_unused, i) => ({ name: 'job', data: i, opts: { priority: i % 3 } })));
    await queue.drain();
    expect(await queue.count()).toBe(0);
    await queue.obliterate({ force: true });
    expect(await bench.connect().keys(`${bench.prefix}:again:*`)).toEqual([]);
  });

  test('through node-redis', async () => {
    const client = createClient({ socket: { port: target.port, host: '127.0.0.1' }, password: target.token });
    client.on('error', (error) => console.error(error));
    await client.connect();
    // Every one makes a connection of its own for waiting.
    const shared = { connection: client, prefix: bench.prefix };
    const queue = new Queue('other client', shared);
    const done: number[] = [];
    const worker = new Worker('other client', async (job) => done.push(job.data), { ...shared, concurrency: 5 });
    await queue.addBulk(Array.from({ length: 100 }, (_unused, i) => ({ name: 'job', data: i, opts: { delay: i % 3 === 0 ? 100 : 0 } })));
    await until('all to be completed', async () => ((await queue.getCompletedCount()) === 100 ? true : undefined));
    expect([...done].sort((a, b) => a - b)).toEqual([...Array(100).keys()]);
    await worker.close();
    await queue.close();
    client.destroy();
  });

  test('a rate limit, deduplication and a limit for all workers together', async () => {
    const queue = bench.queue('limits');
    const ids: unknown[] = [];
    for (let i = 0; i < 5; i++) ids.push((await queue.add('once', { i }, { deduplication: { id: 'same' }, delay: 300 })).id);
    expect(new Set(ids).size).toBe(1);
    await queue.setGlobalConcurrency(2);
    await queue.addBulk(Array.from({ length: 9 }, (_unused, i) => ({ name: 'job', data: i })));
    let [running, most] = [0, 0];
    const starts: number[] = [];
    const work = async () => {
      starts.push(Date.now());
      most = Math.max(most, ++running);
      await sleep(20);
      running--;
    };
    const limited = { concurrency: 8, limiter: { max: 5, duration: 500 } };
    for (let i = 0; i < 2; i++) bench.worker('limits', work, limited);
    await until('all to be completed', async () => ((await queue.getCompletedCount()) === 10 ? true : undefined));
    expect(starts).toHaveLength(10);
    expect(most).toBe(2);
    // Five may begin in one window of half a second: ten take more than one.
    expect(Math.max(...starts) - Math.min(...starts)).toBeGreaterThan(400);
  });
});

/** Collects what QueueEvents tells. */
class Seen {
  readonly added: string[] = [];
  readonly completed: string[] = [];
  readonly failed: string[] = [];
  readonly stalled: string[] = [];

  constructor(events: QueueEvents) {
    events.on('added', ({ jobId }) => this.added.push(jobId));
    events.on('completed', ({ jobId }) => this.completed.push(jobId));
    events.on('failed', ({ jobId }) => this.failed.push(jobId));
    events.on('stalled', ({ jobId }) => this.stalled.push(jobId));
  }
}

function linesOf(file: string, event: LogLine['event']): LogLine[] {
  return existsSync(file) ? readLog(file).filter((line) => line.event === event) : [];
}

function readLog(file: string): LogLine[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LogLine);
}

/** Every job is done once; only one that the killed worker had taken may be begun again, and that once. */
function expectFate(id: string, fate: Fate, log: readonly LogLine[], { stalled, victim }: { stalled: Set<string>; victim: number }): void {
  const own = log.filter((line) => line.id === id);
  const starts = own.filter(({ event }) => event === 'start');
  // One that the worker took and was killed before it could begin is begun but once.
  const again = starts.filter((start, i) => starts.findIndex(({ attempt }) => attempt === start.attempt) < i);
  expect(again.length).toBeLessThanOrEqual(stalled.has(id) ? 1 : 0);
  expect(starts.map(({ attempt }) => attempt)).toEqual(
    [...Array(fate.attempts).keys(), ...again.map(({ attempt }) => attempt)].sort((a, b) => a - b),
  );
  for (const { attempt, pid } of again) {
    expect(starts.find((start) => start.attempt === attempt)?.pid).toBe(victim);
    expect(pid).not.toBe(victim);
  }

  // The killed worker may have ended what it did not come to tell of.
  const done = own.filter(({ event, pid }) => event === 'done' && !(again.length > 0 && pid === victim));
  expect(done).toHaveLength(fate.completes ? 1 : 0);
  if (fate.delayMs !== undefined) expect(starts[0]?.atMs).toBeGreaterThanOrEqual((fate.addedMs as number) + fate.delayMs);
  for (const failure of own.filter(({ event }) => event === 'fail')) {
    const next = starts.find(({ attempt }) => attempt === failure.attempt + 1);
    if (next) expect(next.atMs).toBeGreaterThanOrEqual(failure.atMs + (fate.backoffMs?.(failure.attempt) ?? 0));
  }
  for (const child of fate.children ?? []) {
    const ended = log.find((line) => line.id === child && line.event === 'done');
    expect(starts[0]?.atMs).toBeGreaterThanOrEqual(ended?.atMs ?? Number.POSITIVE_INFINITY);
  }
}
