// A small HTTP load: keep-alive connections that each have one request under way, over plain sockets, because a full
// client would be slower than the server that it measures.

import { connect } from 'node:net';

export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** The request of a connection, whole. It may differ from one call to the next. */
  readonly request: (connection: number) => string;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers with another status than 200. A run that has any is void. */
  readonly failed: number;
}

/** Runs the load for its time and counts whole answers. */
export async function httpLoad({ port, connections, seconds, request }: Load): Promise<LoadResult> {
  const latencies: number[] = [];
  let failed = 0;
  const begin = performance.now();
  const end = begin + seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, (_unused, id) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const socket = connect(port, '127.0.0.1');
      let sent = 0;
      let pending = '';
      const send = () => {
        sent = performance.now();
        socket.write(request(id), 'latin1');
      };
      socket.setNoDelay(true);
      socket.on('connect', send);
      socket.on('error', reject);
      socket.on('close', () => resolve());
      socket.on('data', (data) => {
        pending += data.toString('latin1');
        if (!isWhole(pending)) return;
        if (!pending.startsWith('HTTP/1.1 200')) failed++;
        pending = '';
        const now = performance.now();
        latencies.push(now - sent);
        if (now < end) send();
        else socket.end();
      });
      return promise;
    }),
  );
  const elapsed = (performance.now() - begin) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  return { perSecond: latencies.length / elapsed, p50Ms: at(0.5), p99Ms: at(0.99), failed };
}

function isWhole(answer: string): boolean {
  const head = answer.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const length = /content-length: (\d+)/i.exec(answer.slice(0, head));
  if (length) return answer.length >= head + 4 + Number(length[1]);
  return answer.endsWith('0\r\n\r\n');
}
