// What a shard in the Workers runtime tells clients of its keys, also when it has slept in between.

import { evictDurableObject, reset } from 'cloudflare:test';
import { afterEach, expect, it, vi } from 'vitest';
import { connect, run, shard } from './shard-client';

/** An eviction waits for timers, so that some of these take seconds. */
vi.setConfig({ testTimeout: 20_000 });
afterEach(() => reset());

type Client = Awaited<ReturnType<typeof connect>>;

const invalidated = (keys: string) => `>2\r\n$10\r\ninvalidate\r\n${keys}`;
const ALL = invalidated('_\r\n');
const KEY = invalidated('*1\r\n$1\r\nk\r\n');

async function speaking3(...lines: string[]): Promise<Client> {
  const client = await connect('full');
  client.socket.send('HELLO 3\r\n');
  await expect.poll(() => client.received, { timeout: 3000 }).toContain('modules');
  for (const line of lines) await client.exchange(`${line}\r\n`, '+OK\r\n');
  return client;
}

/** Waits until a client has been sent exactly this. */
async function told(client: Client, text: string): Promise<void> {
  await expect.poll(() => client.received, { timeout: 3000 }).toBe(text);
}

it('tells of a change behind the reply to it, and others when it is durable', async () => {
  const client = await speaking3('CLIENT TRACKING ON');
  await client.exchange('GET k\r\n', '_\r\n');
  await client.exchange('SET k 1\r\n', `+OK\r\n${KEY}`);
  await client.exchange('GET k\r\n', '$1\r\n1\r\n');
  await client.exchange('PING\r\n', '+PONG\r\n');
  await run('SET', 'k', 2);
  await told(client, `+PONG\r\n${KEY}`);
});

it('tells of the changes of one message together', async () => {
  const client = await speaking3('CLIENT TRACKING ON BCAST PREFIX k');
  await client.exchange(
    'PING\r\nSET k2 1\r\nSET k1 1\r\nSET other 1\r\n',
    `+PONG\r\n${'+OK\r\n'.repeat(3)}${invalidated('*2\r\n$2\r\nk1\r\n$2\r\nk2\r\n')}`,
  );
});

it('tells those whose keys it has forgotten to drop all of them, and goes on as before', async () => {
  const plain = await speaking3('CLIENT TRACKING ON NOLOOP');
  const optin = await speaking3('CLIENT TRACKING ON OPTIN');
  const broad = await speaking3('CLIENT TRACKING ON BCAST PREFIX k');
  const off = await speaking3('CLIENT TRACKING ON', 'CLIENT TRACKING OFF');
  await plain.exchange('GET k\r\n', '_\r\n');
  for (const client of [plain, optin, broad, off]) await client.exchange('PING\r\n', '+PONG\r\n');
  await evictDurableObject(shard());
  await run('SET', 'k', 1);
  await told(plain, `+PONG\r\n${ALL}`);
  await told(optin, `+PONG\r\n${ALL}`);
  await told(broad, `+PONG\r\n${KEY}`);
  await plain.exchange('GET k\r\n', '$1\r\n1\r\n');
  await plain.exchange('SET k 2\r\n', '+OK\r\n');
  await optin.exchange('CLIENT CACHING YES\r\n', '+OK\r\n');
  await optin.exchange('GET k\r\n', '$1\r\n2\r\n');
  await run('DEL', 'k');
  await told(optin, `$1\r\n2\r\n${KEY}`);
  await off.exchange('PING\r\n', '+PONG\r\n');
});

it('tells the client that another one has chosen, after both have slept', async () => {
  const listener = await connect('full');
  await listener.exchange('CLIENT ID\r\n', ':1\r\n');
  await listener.exchange('SUBSCRIBE __redis__:invalidate\r\n', '*3\r\n$9\r\nsubscribe\r\n$20\r\n__redis__:invalidate\r\n:1\r\n');
  const client = await connect('full');
  await client.exchange('CLIENT TRACKING ON REDIRECT 1\r\n', '+OK\r\n');
  const message = (keys: string) => `*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n${keys}`;
  await listener.exchange('PING\r\n', '*2\r\n$4\r\npong\r\n$0\r\n\r\n');
  await evictDurableObject(shard());
  await client.exchange('GET k\r\n', '$-1\r\n');
  await told(listener, `*2\r\n$4\r\npong\r\n$0\r\n\r\n${message('$-1\r\n')}`);
  await run('SET', 'k', 1);
  await told(listener, `*2\r\n$4\r\npong\r\n$0\r\n\r\n${message('$-1\r\n')}${message('*1\r\n$1\r\nk\r\n')}`);
});

it('keeps which events are notified, and tells of a key that expires when nobody calls', async () => {
  expect(await run('CONFIG', 'SET', 'notify-keyspace-events', 'AKn')).toBe('OK');
  await evictDurableObject(shard());
  expect(await run('CONFIG', 'GET', 'notify-keyspace-events')).toEqual(['notify-keyspace-events', 'AK']);
  const listener = await connect('full');
  await listener.exchange('SUBSCRIBE __keyspace@0__:volatile\r\n', '*3\r\n$9\r\nsubscribe\r\n$23\r\n__keyspace@0__:volatile\r\n:1\r\n');
  const message = (event: string) => `*3\r\n$7\r\nmessage\r\n$23\r\n__keyspace@0__:volatile\r\n$${event.length}\r\n${event}\r\n`;
  await run('SET', 'volatile', 1, 'PX', 300);
  await expect
    .poll(() => listener.received, { timeout: 10_000 })
    .toContain(`${message('new')}${message('set')}${message('expire')}${message('expired')}`);
  await run('CONFIG', 'SET', 'notify-keyspace-events', '');
  await evictDurableObject(shard());
  expect(await run('CONFIG', 'GET', 'notify-keyspace-events')).toEqual(['notify-keyspace-events', '']);
});
