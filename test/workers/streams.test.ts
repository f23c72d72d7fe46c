// RESP over TCP at the shard, with a client that reads as slowly as the test likes.

import { describe, expect, test } from 'vitest';
import { ascii, toBuffer } from '../../src/bytes/bytes';
import type { Durability } from '../../src/shard/durability';
import { serveStream } from '../../src/shard/streams';
import { TestEngine } from '../support/engine';

const VALUE = 'x'.repeat(400_000);
const REPLY_LENGTH = `$${VALUE.length}\r\n${VALUE}\r\n`.length;

/** A connection whose client takes a piece of what it is sent when `read` is called, and not before. */
function connect(test: TestEngine) {
  const written: Uint8Array[] = [];
  let taken = Promise.withResolvers<void>();
  let aborted = false;
  const toShard = new TransformStream<Uint8Array, Uint8Array>();
  const input = toShard.writable.getWriter();
  const writable = new WritableStream<Uint8Array>({
    write: (piece, { signal }) => {
      written.push(piece);
      const broken = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      return Promise.race([taken.promise, broken]);
    },
    abort: () => {
      aborted = true;
    },
  });
  const socket = { opened: Promise.resolve({ localAddress: '10.0.0.9:99' }), readable: toShard.readable, writable } as unknown as Socket;
  let ended = false;
  const durability: Pick<Durability, 'afterCommit'> = { afterCommit: (deliver) => deliver() };
  const faults: unknown[] = [];
  const ports = { durability: durability as Durability, nextId: () => 77, onFault: (error: unknown) => faults.push(error) };
  void serveStream(socket, { ...ports, engine: test.engine, access: 'full' }).then(() => {
    ended = true;
  });
  const settle = () => scheduler.wait(1);
  return {
    written,
    faults,
    get aborted() {
      return aborted;
    },
    get ended() {
      return ended;
    },
    async send(text: string) {
      void input.write(toBuffer(ascii(text))).catch(() => undefined);
      await settle();
    },
    /** Takes what is on its way, and whatever follows from that. */
    async read() {
      const before = taken;
      taken = Promise.withResolvers<void>();
      before.resolve();
      await settle();
    },
    async end() {
      void input.close().catch(() => undefined);
      await settle();
    },
  };
}

function engineWithValue(): TestEngine {
  const test = new TestEngine();
  test.run('SET', 'large', VALUE);
  return test;
}

describe('a client that reads slowly', () => {
  test('is run no further ahead than a little, and gets everything in order', async () => {
    const test = engineWithValue();
    const client = connect(test);
    await client.send(`${'GET large\r\n'.repeat(30)}INCR n\r\n`);
    let reads = 0;
    for (; !test.run('EXISTS', 'n') && reads < 100; reads++) await client.read();
    expect(reads).toBeGreaterThan(5);
    for (let i = 0; i < 5; i++) await client.read();
    const output = Buffer.concat(client.written).toString('latin1');
    expect(output.length).toBe(30 * REPLY_LENGTH + ':1\r\n'.length);
    expect(output.endsWith('x\r\n:1\r\n')).toBe(true);
    await client.end();
    expect(client.ended).toBe(true);
    expect(client.aborted).toBe(false);
  });

  test('is cut off soon after it was killed, though it never reads', async () => {
    const test = engineWithValue();
    const client = connect(test);
    await client.send(`${'GET large\r\n'.repeat(30)}INCR n\r\n`);
    test.run('CLIENT', 'KILL', 'ID', 77);
    await scheduler.wait(500);
    expect(client.ended).toBe(false);
    await expect.poll(() => client.ended, { timeout: 5000 }).toBe(true);
    expect(client.aborted).toBe(true);
    expect(test.run('EXISTS', 'n')).toBe(0);
  });
});

test('a bug is reported, and not taken for a client that has gone', async () => {
  const engine = new TestEngine();
  const client = connect(engine);
  const bug = new Error('a bug');
  engine.engine.execute = () => {
    throw bug;
  };
  await client.send('PING\r\n');
  expect(client.faults).toEqual([bug]);
  expect(client.ended).toBe(true);

  const gone = connect(new TestEngine());
  await gone.end();
  expect(gone.faults).toEqual([]);
});
