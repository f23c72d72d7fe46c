// A BullMQ worker in a process of its own, for bullmq.test.ts. What it does with each job it writes to a file that is no
// part of the queue: by that the test judges whether the queue told the truth.
//
// It takes its settings, a `WorkerSettings` as JSON, as its only argument.

import { appendFileSync } from 'node:fs';
import { type Job, UnrecoverableError, Worker } from 'bullmq';
import { Redis } from 'ioredis';

export interface WorkerSettings {
  readonly port: number;
  readonly password: string;
  readonly prefix: string;
  readonly queue: string;
  readonly logFile: string;
  readonly concurrency: number;
  readonly lockDurationMs: number;
  readonly stalledIntervalMs: number;
  /** After so many jobs it begins `hold` more and never ends them. */
  readonly holdAfter?: number;
  readonly hold?: number;
}

export interface LogLine {
  readonly event: 'start' | 'done' | 'fail' | 'hold';
  readonly id: string;
  readonly name: string;
  /** How many attempts had been made before this one. */
  readonly attempt: number;
  readonly pid: number;
  readonly atMs: number;
}

export interface JobData {
  /** So many attempts fail. */
  readonly failures?: number;
  readonly unrecoverable?: boolean;
  readonly value?: number;
}

const settings = JSON.parse(process.argv[2] as string) as WorkerSettings;
const { holdAfter = Number.POSITIVE_INFINITY, hold = 0 } = settings;
let done = 0;
let held = 0;

function log(event: LogLine['event'], job: Job): void {
  const line: LogLine = { event, id: job.id as string, name: job.name, attempt: job.attemptsMade, pid: process.pid, atMs: Date.now() };
  appendFileSync(settings.logFile, `${JSON.stringify(line)}\n`);
}

async function work(job: Job<JobData>): Promise<number> {
  log('start', job);
  if (done >= holdAfter && held < hold) {
    held++;
    log('hold', job);
    await new Promise(() => undefined);
  }
  // Other jobs of this worker go on meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 1));
  if (job.attemptsMade < (job.data.failures ?? 0)) {
    log('fail', job);
    if (job.data.unrecoverable) throw new UnrecoverableError('told to fail for good');
    throw new Error('told to fail');
  }
  const children = Object.values(await job.getChildrenValues<number>());
  const sum = children.reduce((total, value) => total + value, job.data.value ?? 0);
  log('done', job);
  done++;
  return sum;
}

const connection = new Redis(settings.port, '127.0.0.1', { password: settings.password, maxRetriesPerRequest: null });
const worker = new Worker<JobData, number>(settings.queue, work, {
  connection,
  prefix: settings.prefix,
  concurrency: settings.concurrency,
  lockDuration: settings.lockDurationMs,
  stalledInterval: settings.stalledIntervalMs,
});
worker.on('error', (error) => process.stderr.write(`${error.stack}\n`));
process.once('SIGTERM', () => {
  worker.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
