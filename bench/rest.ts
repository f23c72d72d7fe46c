// REST against a plain Worker that answers "ok" on the same workerd: what Kedge adds to the price of a request.

import { httpLoad } from './http-load.ts';
import { type Server, startKedge, startPlainWorker, TOKEN } from './processes.ts';
import { compare, heading, median, note } from './report.ts';

const CONNECTIONS = 32;
const ROUNDS = 5;
const SECONDS = 2;

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;

export async function rest(): Promise<void> {
  heading(`REST, ${CONNECTIONS} connections, one request at a time each (reference: a plain Worker)`);
  const kedge = await startKedge();
  const plain = await startPlainWorker();
  try {
    const load = (server: Server, request: (id: number) => string) =>
      httpLoad({ port: server.port, connections: CONNECTIONS, seconds: SECONDS, request });
    const setOne = (id: number) => get(`/set/key:${id}/value-of-some-length-${id}`);
    const getOne = (id: number) => get(`/get/key:${id}`);
    // The optimiser changes the picture in the first seconds.
    await load(kedge, setOne);
    await load(kedge, getOne);
    await load(plain, () => get('/'));
    const reads: number[] = [];
    const writes: number[] = [];
    const floors: number[] = [];
    const tails: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      floors.push((await load(plain, () => get('/'))).perSecond);
      const read = await load(kedge, getOne);
      const write = await load(kedge, setOne);
      if (read.failed + write.failed > 0) throw new Error(`${read.failed + write.failed} answers were not 200: the run is void`);
      reads.push(read.perSecond);
      writes.push(write.perSecond);
      tails.push(write.p99Ms);
    }
    compare('GET', 'requests/s', median(reads), median(floors), '>= 0.60');
    compare('SET, durable before the answer', 'requests/s', median(writes), median(floors), '>= 0.45');
    note(`99th percentile of SET: ${median(tails).toFixed(1)} ms`);
  } finally {
    await kedge.stop();
    await plain.stop();
  }
}
