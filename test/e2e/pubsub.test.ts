// Publish and subscribe over real sockets, on one shard and on three.

import { once } from 'node:events';
import Redis from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RawClient } from '../support/raw-client';
import { type Server, startServer } from './server';

describe.each([1, 3])('on %i shards', (shards) => {
  let server: Server;
  const clients: Redis[] = [];
  /** Ready: what ioredis is asked for before, it may send between the commands by which it makes itself so. */
  async function connect(): Promise<Redis> {
    const client = new Redis({ port: server.respPort, password: server.token });
    clients.push(client);
    await once(client, 'ready');
    return client;
  }

  beforeAll(async () => {
    server = await startServer({ args: ['--shards', String(shards)] });
  });

  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await server.stop();
  });

  test('ioredis hears channels, patterns and shard channels, in order', async () => {
    const subscriber = await connect();
    const publisher = await connect();
    const heard: string[][] = [];
    subscriber.on('message', (...args: string[]) => heard.push(args));
    subscriber.on('pmessage', (...args: string[]) => heard.push(args));
    subscriber.on('smessage', (...args: string[]) => heard.push(args));
    const channels = Array.from({ length: 8 }, (_, i) => `room:${i}`);
    expect(await subscriber.subscribe(...channels)).toBe(8);
    expect(await subscriber.psubscribe('event:*')).toBe(9);
    expect(await subscriber.ssubscribe('sharded')).toBe(1);
    for (let i = 0; i < 50; i++) {
      expect(await Promise.all(channels.map((channel) => publisher.publish(channel, String(i))))).toEqual(channels.map(() => 1));
    }
    expect(await publisher.publish('event:x', 'm')).toBe(1);
    expect(await publisher.spublish('sharded', 's')).toBe(1);
    await expect.poll(() => heard.length).toBe(402);
    for (const channel of channels) {
      expect(heard.filter(([name]) => name === channel).map(([, text]) => text)).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
    }
    expect(heard.filter(([name]) => name === 'event:*')).toEqual([['event:*', 'event:x', 'm']]);
    expect(heard.filter(([name]) => name === 'sharded')).toEqual([['sharded', 's']]);
    expect(await subscriber.unsubscribe(...channels)).toBe(1);
    expect(await publisher.publish('room:1', 'x')).toBe(0);
  });

  test('a RESP3 client gets pushes between replies', async () => {
    const client = await RawClient.open(server.respPort);
    expect(await client.send('HELLO', 3, 'AUTH', 'default', server.token)).toMatch(/^%7/);
    expect(await client.send('SUBSCRIBE', 'raw')).toBe('>3\r\n$9\r\nsubscribe\r\n$3\r\nraw\r\n:1\r\n');
    expect(await (await connect()).publish('raw', 'm')).toBe(1);
    expect(await client.next()).toBe('>3\r\n$7\r\nmessage\r\n$3\r\nraw\r\n$1\r\nm\r\n');
    expect(await client.send('GET', 'nothing')).toBe('_\r\n');
    client.close();
  });

  test('a subscriber that does not read is closed, and others are served meanwhile', async () => {
    const stuck = await RawClient.open(server.respPort);
    await stuck.send('AUTH', server.token);
    await stuck.send('SUBSCRIBE', 'flood');
    stuck.pause();
    const publisher = await connect();
    const text = 'x'.repeat(1024 * 1024);
    await expect
      .poll(
        async () => {
          for (let i = 0; i < 10; i++) await publisher.publish('flood', text);
          return publisher.publish('flood', 'x');
        },
        { timeout: 20_000 },
      )
      .toBe(0);
    expect(await publisher.set('k', 'v')).toBe('OK');
    stuck.close();
  });
});
