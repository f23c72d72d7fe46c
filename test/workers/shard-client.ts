// A shard as its callers see it, for tests in the Workers runtime.

import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import { fromText } from '../../src/bytes/bytes';
import { type Call, type CallResult, decodeResults, encodeCalls } from '../../src/protocol/frame';
import type { Shard } from '../../src/shard/shard';

export const shard = () => env.SHARD.getByName('shard-0-of-1') as DurableObjectStub<Shard>;

export function call(...argv: (string | number)[]): Call {
  return { format: 'json', access: 'full', kind: 'single', lines: [argv.map((arg) => fromText(String(arg)))] };
}

export async function execute(...calls: Call[]): Promise<readonly CallResult[]> {
  return decodeResults(await shard().execute(encodeCalls(calls))).results;
}

/** The result of one command. */
export async function run(...argv: (string | number)[]): Promise<unknown> {
  const [result] = await execute(call(...argv));
  const body = JSON.parse(result?.text ?? '') as { result?: unknown; error?: string };
  return body.error ?? body.result;
}

/** A statement on the shard's own database. */
export function sql(statement: string): Promise<unknown[]> {
  return runInDurableObject(shard(), (_instance, state) => state.storage.sql.exec(statement).toArray());
}

export async function rowsOf(table: string): Promise<number> {
  const [row] = (await sql(`SELECT count(*) AS n FROM ${table}`)) as { n: number }[];
  return row?.n ?? 0;
}

/** A RESP connection: sends text frames and collects what comes back. */
export async function connect(access: string, paced = '0') {
  const headers = { 'x-kedge-access': access, 'x-kedge-protocol': '1', 'x-kedge-address': '10.0.0.1:5', 'x-kedge-paced': paced };
  const response = await shard().fetch('http://shard/', { headers: { Upgrade: 'websocket', ...headers } });
  const socket = response.webSocket;
  if (!socket) throw new Error(`no socket: ${response.status}`);
  socket.binaryType = 'arraybuffer';
  socket.accept();
  let received = '';
  let closed = false;
  socket.addEventListener('message', (event) => {
    received += Buffer.from(event.data as ArrayBuffer).toString('latin1');
  });
  socket.addEventListener('close', () => {
    closed = true;
  });
  return {
    socket,
    get closed() {
      return closed;
    },
    get received() {
      return received;
    },
    async exchange(text: string, expected: string) {
      received = '';
      socket.send(text);
      await expect.poll(() => received, { timeout: 3000 }).toBe(expected);
    },
  };
}
