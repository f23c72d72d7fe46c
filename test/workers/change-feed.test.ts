// The change feed of a shard's object: kept from the first reader on, told when it is durable, through sleep and crash.

import { evictDurableObject, reset } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ascii } from '../../src/bytes/bytes';
import { decodeFeedFrame, encodeFeedRequest, type FeedFrame, type FeedRequest, type FrameChange } from '../../src/protocol/feed-frame';
import { rowsOf, run, shard, sql } from './shard-client';

/** An eviction waits for timers, so that some of these take seconds. */
vi.setConfig({ testTimeout: 20_000 });
afterEach(() => reset());

type After = FeedRequest['after'];

/** A reader, as the edge is one. */
async function read(after: After = null, prefixes = [''], window = 100_000) {
  const request = { prefixes: prefixes.map(ascii), after, window };
  const headers = { Upgrade: 'websocket', 'x-kedge-protocol': '1', 'x-kedge-feed': encodeFeedRequest(request) };
  const { webSocket: socket, status } = await shard().fetch('http://shard/', { headers });
  if (!socket) throw new Error(`no socket: ${status}`);
  const frames: FeedFrame[] = [];
  const changes: FrameChange[] = [];
  const state = { closed: '' };
  socket.addEventListener('message', ({ data }) => {
    const frame = decodeFeedFrame(data as string);
    frames.push(frame);
    changes.push(...frame.changes);
  });
  socket.addEventListener('close', ({ code, reason }) => {
    state.closed = `${code} ${reason}`;
  });
  socket.accept();
  await expect.poll(() => frames.length, { timeout: 3000 }).toBeGreaterThan(0);
  const { epoch = '', position, reset } = frames[0] as FeedFrame;
  return {
    socket,
    state,
    reset,
    frames,
    changes,
    told: () => changes.map(([, event, key]) => (key === null ? event : `${event} ${key}`)),
    start: { epoch, position },
    here: () => ({ epoch, position: frames.at(-1)?.position ?? position }),
  };
}

async function rowsWritten(): Promise<number> {
  return Number(/rows_written:(\d+)/.exec((await run('INFO', 'persistence')) as string)?.[1]);
}

/** Ends the object's life; its sockets go with it. */
const restart = () => evictDurableObject(shard(), { webSockets: 'close' });

describe('a reader', () => {
  it('is told what changes from now on, of the keys that it asks for', async () => {
    await run('SET', 'a0', 1);
    const all = await read();
    const some = await read(null, ['a', 'c:']);
    await run('MSET', 'a1', 1, 'b1', 2, 'c', 3, 'c:1', 4);
    await run('FLUSHALL');
    await expect.poll(all.told).toEqual(['set a1', 'set b1', 'set c', 'set c:1', 'flushall']);
    await expect.poll(some.told).toEqual(['set a1', 'set c:1', 'flushall']);
  });

  it('goes on where it was', async () => {
    const first = await read();
    await run('SET', 'a', 1);
    await expect.poll(first.told).toEqual(['set a']);
    first.socket.close();
    await run('SET', 'b', 1);
    const second = await read(first.here());
    expect(second.reset).toBeUndefined();
    await expect.poll(second.told).toEqual(['set b']);
    const again = await read(first.start);
    await expect.poll(again.told).toEqual(['set a', 'set b']);
  });

  it('is told what the alarm lets expire', async () => {
    const reader = await read();
    await run('SET', 'a', 1, 'PX', 50);
    await expect.poll(reader.told, { timeout: 3000 }).toEqual(['set a', 'expire a', 'expired a']);
  });

  it('is told how far the feed is, though nothing that it asks for changes', async () => {
    const reader = await read(null, ['other']);
    for (let i = 0; i < 3; i++) await run('MSET', ...Array.from({ length: 1000 }, (_, n) => [`k${i}:${n}`, 1]).flat());
    await expect.poll(() => reader.frames.length).toBeGreaterThan(1);
    expect(reader.changes).toEqual([]);
    expect(reader.here().position).toBeGreaterThan(1500);
  });

  it('gets no more than it passes on, and the rest later', async () => {
    const reader = await read(null, [''], 1000);
    await run('MSET', ...Array.from({ length: 500 }, (_, n) => [`key:${n}`, 1]).flat());
    await expect.poll(() => reader.changes.length).toBeGreaterThan(10);
    const taken = reader.changes.length;
    expect(taken).toBeLessThan(100);
    await run('SET', 'last', 1);
    expect(reader.changes.length).toBe(taken);
    let acknowledged = 1;
    const acknowledge = () => {
      for (; acknowledged < reader.frames.length; acknowledged++)
        reader.socket.send(String(JSON.stringify(reader.frames[acknowledged]).length));
      return reader.changes.length;
    };
    await expect.poll(acknowledge, { timeout: 5000 }).toBe(501);
    expect(reader.told().at(-1)).toBe('set last');
  });

  it('that is too slow is cut off when what follows is no longer kept', async () => {
    const reader = await read(null, [''], 1000);
    const long = 'x'.repeat(100_000);
    for (let i = 0; i < 100; i++) await run('SET', `${i}${long}`, 1);
    await expect.poll(() => reader.state.closed).toContain('1013 too slow');
    const late = await read(reader.here());
    expect(late.reset).toBe('trimmed');
  });
});

describe('the feed', () => {
  it('is kept from the first reader on, and costs no row per write', async () => {
    await run('SET', 'a', 1);
    expect(await rowsOf('feed')).toBe(0);
    const costs = async () => {
      const before = await rowsWritten();
      for (let i = 0; i < 20; i++) await run('SET', 'a', i);
      return (await rowsWritten()) - before;
    };
    expect(await costs()).toBe(20);
    const reader = await read();
    expect(await rowsOf('feed')).toBe(1);
    expect(await costs()).toBe(20);
    reader.socket.close();
    expect(await costs()).toBe(20);
  });

  it.each([
    ['journal', async () => undefined],
    ['checkpoint', () => run('DEBUG', 'RELOAD')],
  ])('is there after a restart, from the %s', async (_, store) => {
    const reader = await read();
    await run('SET', 'a', 1, 'PX', 20);
    await run('SADD', 's', 1);
    await run('SPOP', 's');
    await expect.poll(reader.told, { timeout: 3000 }).toContain('expired a');
    await store();
    const seen = reader.told();
    await restart();
    await run('SET', 'b', 1);
    const again = await read(reader.start);
    expect(again.reset).toBeUndefined();
    await expect.poll(again.told).toEqual([...seen, 'set b']);
  });

  it('reaches a reader whose object has slept, from where it was', async () => {
    const reader = await read(null, ['a']);
    const slow = await read(null, ['a'], 1);
    await run('MSET', 'a1', 1, 'b1', 1, 'a2', 1);
    await expect.poll(reader.told).toEqual(['set a1', 'set a2']);
    await expect.poll(slow.told).toEqual(['set a1']);
    await evictDurableObject(shard(), { webSockets: 'hibernate' });
    await run('MSET', 'a3', 1, 'b2', 1);
    await expect.poll(reader.told).toEqual(['set a1', 'set a2', 'set a3']);
    expect(slow.told()).toEqual(['set a1']);
    slow.socket.send('1000');
    await expect.poll(slow.told).toEqual(['set a1', 'set a2']);
    slow.socket.send('1000');
    await expect.poll(slow.told).toEqual(['set a1', 'set a2', 'set a3']);
  });

  it('tells nothing of what storage did not take', async () => {
    const reader = await read();
    await sql(`CREATE TRIGGER broken BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'no space left'); END`);
    await expect(run('SET', 'a', 1)).rejects.toThrow();
    await expect.poll(() => reader.state.closed, { timeout: 3000 }).not.toBe('');
    await sql('DROP TRIGGER broken');
    expect(reader.told()).toEqual([]);
    const again = await read(reader.start);
    expect([again.reset, again.told()]).toEqual([undefined, []]);
  });

  it('ends when nobody has read it for a day, and says so to who comes back', async () => {
    const reader = await read();
    await run('SET', 'a', 1);
    await restart();
    await run('SET', 'a', 2);
    await run('DEBUG', 'RELOAD');
    expect(await rowsOf('feed')).toBe(1);
    await sql(`UPDATE meta SET value = '${Date.now() - 25 * 60 * 60_000}' WHERE name = 'feed-read-at'`);
    await restart();
    await run('SET', 'a', 3);
    await run('DEBUG', 'RELOAD');
    expect(await rowsOf('feed')).toBe(0);
    expect((await read(reader.start)).reset).toBe('unknown');
  });

  it('does not end while somebody reads, and is kept for a day after that', async () => {
    const reader = await read();
    const age = () => sql(`UPDATE meta SET value = '1' WHERE name = 'feed-read-at'`);
    await age();
    await evictDurableObject(shard(), { webSockets: 'hibernate' });
    await run('SET', 'a', 1);
    await run('DEBUG', 'RELOAD');
    expect(await rowsOf('feed')).toBe(1);
    reader.socket.close();
    await expect.poll(async () => (await sql(`SELECT value FROM meta WHERE name = 'feed-read-at'`))[0]).not.toEqual({ value: '1' });
    await run('SET', 'a', 2);
    await run('DEBUG', 'RELOAD');
    expect(await rowsOf('feed')).toBe(1);
  });
});
