// A script of five lines, as rate limiters have it, called by EVALSHA over RESP: against redis-server, and against what it
// calls sent as plain commands.

import { spawnSync } from 'node:child_process';
import { type Server, startKedge, startRedis, TOKEN } from './processes.ts';
import { compare, heading, median, note } from './report.ts';
import { RespClient } from './resp-client.ts';

const ROUNDS = 3;
const PIPELINE = 16;
const REQUESTS = 100_000;

const LIMITER = `local count = redis.call('INCR', KEYS[1])
if count == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return count`;
const BOTH = `local count = redis.call('INCR', KEYS[1])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return count`;

/** Requests per second as redis-benchmark reports them. */
function rate(server: Server, password: readonly string[], command: readonly string[]): number {
  const flags = ['-p', String(server.respPort), '-n', String(REQUESTS), '-P', String(PIPELINE), '-c', '50', '-r', '1000', '--csv'];
  const { stdout, stderr } = spawnSync('redis-benchmark', [...flags, ...password, ...command], { encoding: 'utf8' });
  const figure = /","?([\d.]+)"/.exec(stdout.trim().split('\n').at(-1) ?? '')?.[1];
  if (!figure) throw new Error(`redis-benchmark printed no result:\n${stdout}${stderr}`);
  return Number(figure);
}

/** Loads scripts, and gives their digests. */
async function load(server: Server, bodies: readonly string[]): Promise<string[]> {
  const client = await RespClient.open(server.respPort);
  const replies = await client.send(bodies.map((body) => ['SCRIPT', 'LOAD', body]));
  client.close();
  return [...replies.matchAll(/[0-9a-f]{40}/g)].map(([digest]) => digest);
}

export async function scripts(): Promise<void> {
  heading(`Scripts over RESP by redis-benchmark, P=${PIPELINE}, 50 connections (reference: redis-server)`);
  const redis = await startRedis(false);
  if (!redis) {
    note('skipped: redis-server and redis-benchmark are not installed');
    return;
  }
  const kedge = await startKedge();
  try {
    const bodies = [LIMITER, BOTH, 'return 1'];
    const digests = await load(kedge, bodies);
    await load(redis, bodies);
    const call = (body: string) => ['EVALSHA', digests[bodies.indexOf(body)] as string, '1', 'key:__rand_int__', '60000'];
    const cases: readonly [what: string, command: readonly string[], goal?: string][] = [
      ['limiter', call(LIMITER), '>= 0.2'],
      ['INCR and PEXPIRE each time', call(BOTH)],
      ['a script that does nothing', call('return 1')],
      ['INCR without a script', ['INCR', 'key:__rand_int__']],
      ['PEXPIRE without a script', ['PEXPIRE', 'key:__rand_int__', '60000']],
    ];
    for (const [what, command, goal] of cases) {
      const subjects: number[] = [];
      const references: number[] = [];
      rate(kedge, ['-a', TOKEN], command);
      for (let round = 0; round < ROUNDS; round++) {
        references.push(rate(redis, [], command));
        subjects.push(rate(kedge, ['-a', TOKEN], command));
      }
      compare(what, 'calls/s', median(subjects), median(references), goal);
    }
  } finally {
    await kedge.stop();
    await redis.stop();
  }
}
