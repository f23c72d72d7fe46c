// Rows written per SET: what the platform bills for a write, by how many clients write at the same time.

import { startKedge } from './processes.ts';
import { heading, note } from './report.ts';
import { RespClient } from './resp-client.ts';

const WRITES = 20_000;
/** After this a shard that is idle has written its checkpoint. */
const IDLE_MS = 5000;

async function rowsWritten(client: RespClient): Promise<number> {
  const info = await client.send([['INFO', 'persistence']]);
  return Number(/rows_written:(\d+)/.exec(info)?.[1]);
}

export async function rows(): Promise<void> {
  heading('Rows written per SET, one command at a time per client (the checkpoint after it included)');
  for (const writers of [1, 10, 100]) {
    const kedge = await startKedge();
    const clients = await Promise.all(Array.from({ length: writers }, () => RespClient.open(kedge.respPort)));
    const control = await RespClient.open(kedge.respPort);
    const before = await rowsWritten(control);
    await Promise.all(
      clients.map(async (client, id) => {
        for (let i = 0; i < WRITES / writers; i++) await client.send([['SET', `key:${id}:${i % 100}`, `value-${i}`]]);
      }),
    );
    const journal = await rowsWritten(control);
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const total = await rowsWritten(control);
    note(
      `${String(writers).padStart(3)} writers: ${((journal - before) / WRITES).toFixed(3)} rows per SET while writing, ${((total - before) / WRITES).toFixed(3)} with the last checkpoint`,
    );
    for (const client of [...clients, control]) client.close();
    await kedge.stop();
  }
}
