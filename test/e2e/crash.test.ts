// SIGKILL under write load, at random moments: what was acknowledged is there afterwards, and what was not is wholly
// there or wholly not. Each writer keeps the model of its own keys.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { seededRandom } from '../support/engine';
import { Disconnected, RespClient } from '../support/resp-client';
import { startServer } from './server';

const ROUNDS = Number(process.env.KEDGE_CRASH_ROUNDS ?? 3);
const WRITERS = 6;
const LOAD_MS_MAX = 600;
const dataDir = mkdtempSync(join(tmpdir(), 'kedge-crash-'));

afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** What one writer has been told, and what it has asked for beyond that. */
class Writer {
  acknowledged = 0;
  attempted = 0;
  constructor(readonly id: number) {}

  /** One step changes several keys; their agreement afterwards shows that it happened as a whole. */
  private step(n: number): (string | number)[][] {
    const k = (name: string) => `w${this.id}:${name}`;
    const big = n % 7 === 0 ? [['SET', k('big'), `${n}:`.padEnd(300_000, 'x')]] : [];
    return [
      ['MULTI'],
      ['INCR', k('count')],
      ['RPUSH', k('list'), n],
      ['HSET', k('hash'), 'a', n, 'b', n],
      ['ZADD', k('zset'), n, `m${n % 50}`],
      ['SADD', k('set'), n],
      ['INCRBYFLOAT', k('float'), '0.5'],
      ['SETEX', k('temporary'), 1000, n],
      ...big,
      ['EXEC'],
    ];
  }

  async write(client: RespClient): Promise<void> {
    for (;;) {
      this.attempted = this.acknowledged + 1;
      const replies = client.pipeline(this.step(this.attempted));
      await replies[replies.length - 1];
      this.acknowledged = this.attempted;
    }
  }

  /** Checks the keys against the model, and takes over an unacknowledged step that was applied. */
  async verify(client: RespClient): Promise<void> {
    const k = (name: string) => `w${this.id}:${name}`;
    const [count, length, last, hash, set, float, temporary] = await Promise.all([
      client.run('GET', k('count')),
      client.run('LLEN', k('list')),
      client.run('LINDEX', k('list'), -1),
      client.run('HMGET', k('hash'), 'a', 'b'),
      client.run('SCARD', k('set')),
      client.run('GET', k('float')),
      client.run('GET', k('temporary')),
    ]);
    const n = Number(count ?? 0);
    expect([this.acknowledged, this.attempted]).toContain(n);
    if (n === 0) return;
    expect({ length, last, hash, set, float: Number(float), temporary }).toEqual({
      length: n,
      last: String(n),
      hash: [String(n), String(n)],
      set: n,
      float: n / 2,
      temporary: String(n),
    });
    if (n >= 7) expect(String(await client.run('GETRANGE', k('big'), 0, 10)).split(':')[0]).toBe(String(n - (n % 7)));
    this.acknowledged = n;
    this.attempted = n;
  }
}

test(`no acknowledged write is lost in ${ROUNDS} kills under load`, { timeout: 60_000 + ROUNDS * 10_000 }, async () => {
  const random = seededRandom(20261121);
  const writers = Array.from({ length: WRITERS }, (_unused, id) => new Writer(id));
  for (let round = 0; round < ROUNDS; round++) {
    const server = await startServer({ dataDir });
    const control = await RespClient.open(server.respPort, server.token);
    for (const writer of writers) await writer.verify(control);
    const before = writers.reduce((sum, writer) => sum + writer.acknowledged, 0);
    const clients = await Promise.all(writers.map(() => RespClient.open(server.respPort, server.token)));
    const load = writers.map((writer, i) =>
      writer.write(clients[i] as RespClient).catch((error) => expect(error).toBeInstanceOf(Disconnected)),
    );
    await new Promise((resolve) => setTimeout(resolve, 100 + random.below(LOAD_MS_MAX)));
    // Both ways to die: the runtime alone, which is restarted at once, and the launcher with it orphaned.
    if (round % 2 === 0) process.kill(server.workerdPid(), 'SIGKILL');
    else {
      const workerd = server.workerdPid();
      await server.stop('SIGKILL');
      process.kill(workerd, 'SIGKILL');
    }
    await Promise.all(load);
    const acknowledged = writers.reduce((sum, writer) => sum + writer.acknowledged, 0);
    expect(acknowledged, 'the load wrote something before the kill').toBeGreaterThan(before);
    await server.stop('SIGKILL');
  }
  const server = await startServer({ dataDir });
  const control = await RespClient.open(server.respPort, server.token);
  for (const writer of writers) await writer.verify(control);
  await server.stop();
});
