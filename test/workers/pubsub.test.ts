// Subscribers of a shard that sleeps, and messages between shards.

import { evictDurableObject, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodeCalls } from '../../src/protocol/frame';
import { call, connect, rowsOf, run, shard } from './shard-client';

/** An eviction waits for timers, so that some of these take seconds. */
vi.setConfig({ testTimeout: 20_000 });
afterEach(() => reset());

const sleep = () => evictDurableObject(shard(), { webSockets: 'hibernate' });
const message = (channel: string, text: string) =>
  `*3\r\n$7\r\nmessage\r\n$${channel.length}\r\n${channel}\r\n$${text.length}\r\n${text}\r\n`;

describe('a subscriber', () => {
  it('is told by an object that has slept since', async () => {
    const connection = await connect('full');
    await connection.exchange('SUBSCRIBE c\r\n', '*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n');
    await sleep();
    expect(await run('PUBLISH', 'c', 'm')).toBe(1);
    await expect.poll(() => connection.received).toContain(message('c', 'm'));
    await sleep();
    await connection.exchange('UNSUBSCRIBE\r\n', '*3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n');
    await sleep();
    expect(await run('PUBLISH', 'c', 'm')).toBe(0);
  });

  it('gets messages in order when there are very many', async () => {
    const connections = await Promise.all(Array.from({ length: 100 }, () => connect('full')));
    for (const { socket } of connections) socket.send('SUBSCRIBE c\r\n');
    await expect.poll(() => run('PUBSUB', 'NUMSUB', 'c')).toEqual(['c', 100]);
    const texts = ['1', '2', '3', '4'];
    expect(await Promise.all(texts.map((text) => run('PUBLISH', 'c', text)))).toEqual([100, 100, 100, 100]);
    const all = texts.map((text) => message('c', text)).join('');
    for (const connection of connections) await expect.poll(() => connection.received).toContain(all);
  });

  it('may be subscribed to more than its socket can keep', async () => {
    const connection = await connect('full');
    const channels = Array.from({ length: 300 }, (_, i) => `a channel with a long name: ${i} ${'x'.repeat(40)}`);
    const line = (word: string, names: readonly string[]) => `${word} ${names.map((name) => `"${name}"`).join(' ')}\r\n`;
    connection.socket.send(line('SUBSCRIBE', channels));
    await expect.poll(() => connection.received).toContain(':300\r\n');
    expect(await rowsOf('subscription')).toBe(300);
    await sleep();
    connection.socket.send(line('UNSUBSCRIBE', channels.slice(0, 10)) + line('PSUBSCRIBE', ['p*']));
    await expect.poll(() => rowsOf('subscription')).toBe(291);
    await sleep();
    const counts = [channels[0], channels[10], channels[299], 'p1'].map((channel) => run('PUBLISH', channel as string, 'm'));
    expect(await Promise.all(counts)).toEqual([0, 1, 1, 1]);
    expect(await rowsOf('subscription')).toBe(291);
    connection.socket.send(line('UNSUBSCRIBE', channels.slice(20)));
    await expect.poll(() => rowsOf('subscription')).toBe(0);
    await sleep();
    expect(await run('PUBSUB', 'NUMSUB', channels[10] as string, channels[20] as string)).toEqual([channels[10], 1, channels[20], 0]);
  });

  it('leaves nothing behind when it goes while the object sleeps', async () => {
    const connection = await connect('full');
    connection.socket.send(`SUBSCRIBE ${Array.from({ length: 20 }, (_, i) => `${i}${'x'.repeat(1000)}`).join(' ')}\r\n`);
    await expect.poll(() => connection.received).toContain(':20\r\n');
    expect(await rowsOf('subscription')).toBe(20);
    await evictDurableObject(shard(), { webSockets: 'close' });
    expect(await run('PUBSUB', 'CHANNELS')).toEqual([]);
    expect(await rowsOf('subscription')).toBe(0);
  });

  it('is told when what was written before the message is durable', async () => {
    const connection = await connect('full');
    await connection.exchange('SUBSCRIBE c\r\n', '*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n');
    const publisher = await connect('full');
    publisher.socket.send('MULTI\r\nSET k v\r\nPUBLISH c m\r\nEXEC\r\n');
    await expect.poll(() => connection.received).toContain(message('c', 'm'));
    await evictDurableObject(shard());
    expect(await run('GET', 'k')).toBe('v');
  });
});

it('a message for a channel of another shard gets there', async () => {
  const [one, other] = [0, 1].map((i) => env.SHARD.getByName(`shard-${i}-of-2`));
  if (!one || !other) throw new Error('no shards');
  const headers = { Upgrade: 'websocket', 'x-kedge-access': 'full', 'x-kedge-protocol': '1' };
  // Slots: a 15495, b 3300.
  const { webSocket } = await other.fetch('http://shard/', { headers });
  if (!webSocket) throw new Error('no socket');
  webSocket.binaryType = 'arraybuffer';
  webSocket.accept();
  let received = '';
  webSocket.addEventListener('message', (event) => {
    received += Buffer.from(event.data as ArrayBuffer).toString('latin1');
  });
  webSocket.send('SUBSCRIBE a\r\n');
  await expect.poll(() => received).toContain('subscribe');
  const lines = [call('SET', 'b', 'v'), ...['1', '2', '3'].map((text) => call('PUBLISH', 'a', text))].flatMap((one) => one.lines);
  await one.execute(encodeCalls([{ format: 'json', access: 'full', kind: 'transaction', lines }]));
  await expect.poll(() => received).toContain(['1', '2', '3'].map((text) => message('a', text)).join(''));
});
