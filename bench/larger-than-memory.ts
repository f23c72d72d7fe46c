// A database many times larger than the memory budget: written, read, scanned, snapshotted, imported into four shards, with
// the most memory that the server's process had meanwhile.

import { spawnSync } from 'node:child_process';
import { createWriteStream, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CLI, type Server, startKedge, TOKEN, temporaryFolder } from './processes.ts';
import { heading, note } from './report.ts';
import { RespClient } from './resp-client.ts';

const GB = 1024 ** 3;
const TOTAL_BYTES = Number(process.env.KEDGE_BENCH_GB ?? 0.5) * GB;
const BUDGET = '32mb';
const MOST_MB = 400;
/** A hundredth of all keys are collections, and each has a hundred elements. */
const VALUE_BYTES = 4096;
const ELEMENTS = 100;
const ELEMENT_BYTES = 64;
const KEYS = Math.floor(TOTAL_BYTES / VALUE_BYTES);
const BATCH = 64;
const READS = 20_000;
const POLL_MS = 500;

/** Text without a pattern, that is the same for the same number. */
function textOf(seed: number, length: number): string {
  let state = (seed + 1) * 2654435761;
  let text = '';
  while (text.length < length) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    text += (state >>> 0).toString(36);
  }
  return text.slice(0, length);
}

function elementsOf(number: number): string[] {
  return Array.from({ length: ELEMENTS }, (_unused, i) => textOf(number * ELEMENTS + i, ELEMENT_BYTES));
}

function writeOf(number: number): string[] {
  const key = `key:${number}`;
  if (number % 100 !== 0) return ['SET', key, textOf(number, VALUE_BYTES)];
  const elements = elementsOf(number);
  const kind = (number / 100) % 4;
  if (kind === 0) return ['HSET', key, ...elements.flatMap((element, i) => [`field:${i}`, element])];
  if (kind === 1) return ['RPUSH', key, ...elements];
  if (kind === 2) return ['SADD', key, ...elements];
  return ['ZADD', key, ...elements.flatMap((element, i) => [String(i), element])];
}

/** The process in which the data are: the child of what was started. */
function workerdOf(server: Server): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      if (Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]) === server.child.pid) return Number(name);
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error('there is no workerd');
}

let hasFailed = false;

/** Runs a step, and tells how long it took and the most memory that the server had. */
async function step<T>(server: Server, what: string, work: () => Promise<T>): Promise<T> {
  const process = workerdOf(server);
  writeFileSync(`/proc/${process}/clear_refs`, '5');
  const startedMs = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedMs) / 1000;
  const peak = Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${process}/status`, 'latin1'))?.[1]) / 1024);
  if (peak > MOST_MB) hasFailed = true;
  note(`${what.padEnd(34)} ${seconds.toFixed(1).padStart(8)} s   most memory ${String(peak).padStart(4)} MB   (goal <= ${MOST_MB})`);
  return result;
}

async function fill(client: RespClient): Promise<void> {
  for (let first = 0; first < KEYS; first += BATCH) {
    await client.send(Array.from({ length: Math.min(BATCH, KEYS - first) }, (_unused, i) => writeOf(first + i)));
  }
}

async function readAtRandom(client: RespClient): Promise<void> {
  for (let count = 0; count < READS; count += BATCH) {
    const numbers = Array.from({ length: BATCH }, () => Math.floor(Math.random() * KEYS)).filter((number) => number % 100 !== 0);
    const replies = await client.send(numbers.map((number) => ['GET', `key:${number}`]));
    const expected = numbers.map((number) => `$${VALUE_BYTES}\r\n${textOf(number, VALUE_BYTES)}\r\n`).join('');
    if (replies !== expected) throw new Error('a GET answered with something else than what was written');
  }
}

/** What redis-cli answers. */
function ask(server: Server, ...words: string[]): string {
  const { stdout, stderr, status } = spawnSync('redis-cli', ['-p', String(server.respPort), '-a', TOKEN, '--no-auth-warning', ...words], {
    encoding: 'utf8',
    maxBuffer: GB,
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

async function scan(server: Server): Promise<void> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const [next, ...keys] = ask(server, 'SCAN', cursor, 'COUNT', '20000').split('\n');
    for (const key of keys) found.add(key);
    cursor = next as string;
  } while (cursor !== '0');
  if (found.size !== KEYS) throw new Error(`SCAN found ${found.size} of ${KEYS} keys`);
}

function resource(server: Server, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${server.port}/v1/snapshots${path}`, { ...init, headers: { authorization: `Bearer ${TOKEN}` } });
}

async function snapshot(server: Server): Promise<string> {
  const { id } = (await (await resource(server, '', { method: 'POST' })).json()) as { id: string };
  for (;;) {
    const { status } = (await (await resource(server, `/${id}`)).json()) as { status: string };
    if (status === 'complete') return id;
    if (status !== 'running') throw new Error('the snapshot failed');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function download(server: Server, id: string, path: string): Promise<void> {
  const { body } = await resource(server, `/${id}/rdb`);
  if (!body) throw new Error('there is no file');
  await pipeline(Readable.fromWeb(body as import('node:stream/web').ReadableStream), createWriteStream(path));
}

async function load(server: Server, path: string): Promise<void> {
  const url = `redis://127.0.0.1:${server.respPort}`;
  const { status, stderr } = spawnSync(process.execPath, [CLI, 'import', path, '--url', url, '--token', TOKEN], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

export async function largerThanMemory(): Promise<void> {
  heading(
    `${(TOTAL_BYTES / GB).toFixed(1)} GB of values, ${KEYS.toLocaleString('en-US')} keys, in a memory budget of ${BUDGET} (KEDGE_BENCH_GB)`,
  );
  const folder = temporaryFolder();
  const path = join(folder, 'dump.rdb');
  let digest: string;
  try {
    const one = await startKedge(undefined, '--memory-budget', BUDGET);
    try {
      const client = await RespClient.open(one.respPort);
      await step(one, 'written', () => fill(client));
      await step(one, 'read at random', () => readAtRandom(client));
      client.close();
      await step(one, 'scanned', () => scan(one));
      digest = await step(one, 'digest', async () => ask(one, 'DEBUG', 'DIGEST'));
      const id = await step(one, 'snapshot', () => snapshot(one));
      await step(one, 'snapshot downloaded', () => download(one, id, path));
    } finally {
      await one.stop();
    }
    const four = await startKedge(undefined, '--memory-budget', BUDGET, '--shards', '4');
    try {
      await step(four, 'imported into four shards', () => load(four, path));
      const restored = await step(four, 'digest of four shards', async () => ask(four, 'DEBUG', 'DIGEST'));
      if (restored !== digest) throw new Error(`the digests differ: ${digest} and ${restored}`);
      note(`the digests are equal: ${digest}`);
    } finally {
      await four.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (hasFailed) throw new Error(`the server took more than ${MOST_MB} MB`);
}
