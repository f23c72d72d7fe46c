// Writes that go on and on to a dataset ten times the memory budget, next to the same where everything fits.

import { type Server, startKedge, TOKEN } from './processes.ts';
import { compare, heading, median, note } from './report.ts';
import { benchmark } from './resp.ts';
import { RespClient } from './resp-client.ts';

const BUDGET_MB = 32;
const VALUE_BYTES = 1024;
/** What an entry takes in memory beside its value: its key, and what the engine counts for every entry. */
const ENTRY_BYTES = VALUE_BYTES + 120;
const FITS = Math.floor((BUDGET_MB * 1024 * 1024 * 0.9) / ENTRY_BYTES);
const TEN_TIMES = Math.floor((BUDGET_MB * 1024 * 1024 * 10) / ENTRY_BYTES);
const PIPELINE = 64;
const CONNECTIONS = 8;
const ROUNDS = 5;
const REQUESTS = 100_000;
const FILL_BATCH = 500;

/** Every key, as redis-benchmark names them, has a value. */
async function fill(server: Server, keys: number): Promise<void> {
  const client = await RespClient.open(server.respPort);
  const value = 'v'.repeat(VALUE_BYTES);
  for (let first = 0; first < keys; first += FILL_BATCH) {
    const size = Math.min(FILL_BATCH, keys - first);
    await client.send(Array.from({ length: size }, (_unused, i) => ['SET', `key:${String(first + i).padStart(12, '0')}`, value]));
  }
  client.close();
}

function round(server: Server, keys: number): number {
  const size = { pipeline: PIPELINE, requests: REQUESTS, connections: CONNECTIONS, valueBytes: VALUE_BYTES };
  return benchmark(server, 'set', size, ['-a', TOKEN, '-r', String(keys)]);
}

export async function steadyWrites(): Promise<void> {
  heading(`SET of 1 KB at random keys, P=${PIPELINE}, ten times the memory budget of ${BUDGET_MB} MB (reference: what fits into it)`);
  const few = await startKedge(undefined, '--memory-budget', `${BUDGET_MB}mb`);
  const many = await startKedge(undefined, '--memory-budget', `${BUDGET_MB}mb`);
  try {
    await fill(few, FITS);
    await fill(many, TEN_TIMES);
    const subjects: number[] = [];
    const references: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      references.push(round(few, FITS));
      subjects.push(round(many, TEN_TIMES));
    }
    compare(`SET, ${TEN_TIMES.toLocaleString('en-US')} keys`, 'commands/s', median(subjects), median(references), '>= 0.5');
    note(`rounds: ${subjects.map((rate, i) => `${Math.round(rate)}/${Math.round(references[i] as number)}`).join(', ')}`);
  } finally {
    await few.stop();
    await many.stop();
  }
}
