// Pipelined RESP over TCP against redis-server, both driven by redis-benchmark.

import { spawnSync } from 'node:child_process';
import { type Server, startKedge, startRedis, TOKEN } from './processes.ts';
import { compare, heading, median, note } from './report.ts';

const ROUNDS = 3;
const GOALS: Record<string, string> = { 'GET 64': '>= 0.25', 'SET 64': '>= 0.15' };
/** Requests per run at each pipeline length: about two seconds for Kedge. */
const REQUESTS: readonly [pipeline: number, requests: number][] = [
  [1, 30_000],
  [16, 200_000],
  [64, 400_000],
];

/** Requests per second as redis-benchmark reports them. */
function benchmark(server: Server, test: string, pipeline: number, requests: number, password?: string): number {
  const flags = [
    '-p',
    String(server.respPort),
    '-t',
    test,
    '-n',
    String(requests),
    '-P',
    String(pipeline),
    '-c',
    '50',
    '-d',
    '32',
    '-r',
    '100000',
  ];
  const run = spawnSync('redis-benchmark', [...flags, '--csv', ...(password ? ['-a', password] : [])], { encoding: 'utf8' });
  const line = run.stdout.split('\n').find((text) => text.toLowerCase().startsWith(`"${test}`));
  if (!line) throw new Error(`redis-benchmark printed no result:\n${run.stdout}${run.stderr}`);
  return Number(line.split(',')[1]?.replaceAll('"', ''));
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
        benchmark(kedge, test, pipeline, requests, TOKEN);
        const subject: number[] = [];
        const reference: number[] = [];
        const fsync: number[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          reference.push(benchmark(memory, test, pipeline, requests));
          subject.push(benchmark(kedge, test, pipeline, requests, TOKEN));
          if (test === 'set') fsync.push(benchmark(durable, test, pipeline, requests));
        }
        const name = `${test.toUpperCase()} ${pipeline}`;
        compare(`${test.toUpperCase()}, P=${pipeline}`, 'commands/s', median(subject), median(reference), GOALS[name]);
        if (test === 'set') compare(`SET, P=${pipeline}, appendfsync always`, 'commands/s', median(subject), median(fsync));
      }
    }
  } finally {
    await kedge.stop();
    await memory.stop();
    await durable.stop();
  }
}
