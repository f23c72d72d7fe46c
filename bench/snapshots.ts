// A snapshot of a database while a client reads from it, and the same file imported into an empty one.

import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI, type Server, startKedge, startRedis, TOKEN, temporaryFolder } from './processes.ts';
import { compare, heading } from './report.ts';
import { RespClient } from './resp-client.ts';

const KEYS = 1_000_000;
const FILL_BATCH = 500;
const VALUE = 'v'.repeat(100);
const QUIET_READS = 5000;
const POLL_MS = 250;

function keyOf(number: number): string {
  return `key:${String(number).padStart(12, '0')}`;
}

async function fill(client: RespClient): Promise<void> {
  for (let first = 0; first < KEYS; first += FILL_BATCH) {
    await client.send(Array.from({ length: FILL_BATCH }, (_unused, i) => ['SET', keyOf(first + i), VALUE]));
  }
}

/** Milliseconds that each GET took, one after the other, until it is enough. */
async function reads(client: RespClient, isEnough: (count: number) => boolean): Promise<number[]> {
  const times: number[] = [];
  while (!isEnough(times.length)) {
    const startedMs = performance.now();
    await client.send([['GET', keyOf(Math.floor(Math.random() * KEYS))]]);
    times.push(performance.now() - startedMs);
  }
  return times;
}

function percentile99(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
}

function ask(server: Server, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${server.port}/v1/snapshots${path}`, { ...init, headers: { authorization: `Bearer ${TOKEN}` } });
}

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly createdAt: string;
  readonly completedAt: string;
}

async function shown(response: Promise<Response>): Promise<Shown> {
  return (await (await response).json()) as Shown;
}

/** Milliseconds of a snapshot, of which the file is written to `path`, and of the reads meanwhile. */
async function snapshot(server: Server, client: RespClient, path: string): Promise<{ tookMs: number; times: number[] }> {
  const { id } = await shown(ask(server, '', { method: 'POST' }));
  let state: Shown | undefined;
  const poll = setInterval(async () => {
    state = await shown(ask(server, `/${id}`));
  }, POLL_MS);
  const times = await reads(client, () => state !== undefined && state.status !== 'running');
  clearInterval(poll);
  if (state?.status !== 'complete') throw new Error('the snapshot failed');
  writeFileSync(path, Buffer.from(await (await ask(server, `/${id}/rdb`)).arrayBuffer()));
  return { tookMs: Date.parse(state.completedAt) - Date.parse(state.createdAt), times };
}

/** Milliseconds of `SAVE`. */
async function savedByRedis(): Promise<number> {
  const redis = await startRedis(false);
  if (!redis) return Number.NaN;
  const client = await RespClient.open(redis.respPort);
  await fill(client);
  const startedMs = performance.now();
  await client.send([['SAVE']]);
  const tookMs = performance.now() - startedMs;
  client.close();
  await redis.stop();
  return tookMs;
}

/** Milliseconds of an import into a database without keys, and of the same keys written by SET. */
async function imported(path: string): Promise<{ importMs: number; setMs: number }> {
  const server = await startKedge();
  const url = `redis://127.0.0.1:${server.respPort}`;
  let startedMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [CLI, 'import', path, '--url', url, '--token', TOKEN], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const importMs = performance.now() - startedMs;
  const client = await RespClient.open(server.respPort);
  await client.send([['FLUSHALL']]);
  startedMs = performance.now();
  await fill(client);
  const setMs = performance.now() - startedMs;
  client.close();
  await server.stop();
  return { importMs, setMs };
}

export async function snapshots(): Promise<void> {
  heading(
    `A snapshot of ${KEYS.toLocaleString('en-US')} keys (reference: SAVE of redis-server; GET without a snapshot; SET of the same keys)`,
  );
  const folder = temporaryFolder();
  const path = join(folder, 'dump.rdb');
  const server = await startKedge();
  try {
    const client = await RespClient.open(server.respPort);
    await fill(client);
    const quiet = percentile99(await reads(client, (count) => count === QUIET_READS));
    const { tookMs, times } = await snapshot(server, client, path);
    client.close();
    await server.stop();
    compare('snapshot', 'keys/s', KEYS / (tookMs / 1000), KEYS / ((await savedByRedis()) / 1000), '100,000 keys/s');
    compare('GET meanwhile, 99th percentile', 'ms', percentile99(times), quiet, '<= 5');
    const { importMs, setMs } = await imported(path);
    compare('kedge import', 'keys/s', KEYS / (importMs / 1000), KEYS / (setMs / 1000), '50,000 keys/s');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
