// Pipelined RESP over TCP against redis-server, both driven by redis-benchmark.

import { spawnSync } from 'node:child_process';
import { type Server, startKedge, startRedis, TOKEN } from './processes.ts';
import { compare, heading, median, note } from './report.ts';

const ROUNDS = 3;
const MANY_KEYS = ['-r', '100000'];
const GOALS: Record<string, string> = { 'GET 64': '>= 0.25', 'SET 64': '>= 0.15' };
/** Requests per run at each pipeline length: about two seconds for Kedge. */
const REQUESTS: readonly [pipeline: number, requests: number][] = [
  [1, 30_000],
  [16, 200_000],
  [64, 400_000],
];

interface Load {
  readonly pipeline: number;
  readonly requests: number;
  readonly connections: number;
  readonly valueBytes: number;
}

/** Requests per second as redis-benchmark reports them. */
export function benchmark(server: Server, test: string, load: Load, extra: readonly string[]): number {
  const { pipeline, requests, connections, valueBytes } = load;
  const numbers = { '-p': server.respPort, '-n': requests, '-P': pipeline, '-c': connections, '-d': valueBytes };
  const flags = Object.entries(numbers).flatMap(([flag, value]) => [flag, String(value)]);
  const run = spawnSync('redis-benchmark', ['-t', test, ...flags, '--csv', ...extra], { encoding: 'utf8' });
  const line = run.stdout.split('\n').find((text) => text.toLowerCase().startsWith(`"${test}`));
  if (!line) throw new Error(`redis-benchmark printed no result:\n${run.stdout}${run.stderr}`);
  return Number(line.split(',')[1]?.replaceAll('"', ''));
}

/** One comparison of `test` at a pipeline length, over several rounds in turn. */
function race(
  subject: Server,
  reference: Server,
  test: string,
  pipeline: number,
  requests: number,
  keys: readonly string[],
): [number, number] {
  const kedge = ['-a', TOKEN, ...keys];
  const load = { pipeline, requests, connections: 50, valueBytes: 32 };
  benchmark(subject, test, load, kedge);
  const subjects: number[] = [];
  const references: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    references.push(benchmark(reference, test, load, keys));
    subjects.push(benchmark(subject, test, load, kedge));
  }
  return [median(subjects), median(references)];
}

export async function resp(): Promise<void> {
  heading('RESP over TCP, redis-benchmark, 50 connections, 32-byte values (reference: redis-server)');
  const memory = await startRedis(false);
  const durable = await startRedis(true);
  if (!memory || !durable) {
    note('skipped: redis-server and redis-benchmark are not installed');
    return;
  }
  const kedge = await startKedge();
  try {
    for (const [pipeline, requests] of REQUESTS) {
      for (const test of ['get', 'set']) {
        const name = `${test.toUpperCase()} ${pipeline}`;
        compare(`${test.toUpperCase()}, P=${pipeline}`, 'commands/s', ...race(kedge, memory, test, pipeline, requests, []), GOALS[name]);
      }
    }
    const [pipeline, requests] = REQUESTS[REQUESTS.length - 1] as [number, number];
    compare(`SET, P=${pipeline}, appendfsync always`, 'commands/s', ...race(kedge, durable, 'set', pipeline, requests, []));
    compare(`SET, P=${pipeline}, 100,000 keys`, 'commands/s', ...race(kedge, memory, 'set', pipeline, requests, MANY_KEYS));
    compare(`GET, P=${pipeline}, 100,000 keys`, 'commands/s', ...race(kedge, memory, 'get', pipeline, requests, MANY_KEYS));
  } finally {
    await kedge.stop();
    await memory.stop();
    await durable.stop();
  }
}
