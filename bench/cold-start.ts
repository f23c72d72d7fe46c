// The first GET after a start, with few and with many keys on disk: it must not depend on how many there are.

import { rmSync } from 'node:fs';
import { startKedge, temporaryFolder } from './processes.ts';
import { compare, heading, median } from './report.ts';
import { RespClient } from './resp-client.ts';

const ROUNDS = 5;
const BATCH = 5000;

async function fill(folder: string, keys: number): Promise<void> {
  const kedge = await startKedge(folder);
  const client = await RespClient.open(kedge.respPort);
  for (let first = 0; first < keys; first += BATCH) {
    const commands = Array.from({ length: Math.min(BATCH, keys - first) }, (_unused, i) => [
      'SET',
      `key:${first + i}`,
      `value-${first + i}`,
    ]);
    await client.send(commands);
  }
  client.close();
  await kedge.stop();
}

/** Milliseconds from the first byte of the first command to its reply, on a server that has just started. */
async function firstGet(folder: string): Promise<number> {
  const kedge = await startKedge(folder);
  const begin = performance.now();
  const client = await RespClient.open(kedge.respPort);
  const reply = await client.send([['GET', 'key:777']]);
  const elapsed = performance.now() - begin;
  client.close();
  await kedge.stop();
  if (reply !== '$9\r\nvalue-777\r\n') throw new Error(`the first GET answered ${JSON.stringify(reply)}`);
  return elapsed;
}

export async function coldStart(): Promise<void> {
  heading('First GET after a start (reference: a thousand keys on disk)');
  const folders = { few: temporaryFolder(), many: temporaryFolder() };
  try {
    await fill(folders.few, 1000);
    await fill(folders.many, 1_000_000);
    const few: number[] = [];
    const many: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      few.push(await firstGet(folders.few));
      many.push(await firstGet(folders.many));
    }
    compare('a million keys on disk', 'ms', median(many), median(few), '<= 2');
  } finally {
    for (const folder of Object.values(folders)) rmSync(folder, { recursive: true, force: true });
  }
}
