// Socket.IO with @socket.io/redis-adapter, unmodified: two servers that know of each other through nothing but Redis, over
// ordinary channels and over sharded ones, with ioredis and with node-redis.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { Server } from 'socket.io';
import { io as connectTo, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { shardCounts, startTarget, type Target } from './target';

type AdapterConstructor = ReturnType<typeof createAdapter>;

interface Clients {
  readonly publisher: unknown;
  readonly subscriber: { ping(): Promise<unknown> };
  close(): Promise<void>;
}

async function ioredis(target: Target): Promise<Clients> {
  const publisher = new Redis(target.port, '127.0.0.1', { password: target.token });
  const subscriber = publisher.duplicate();
  return {
    publisher,
    subscriber,
    close: async () => {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}

async function nodeRedis(target: Target): Promise<Clients> {
  const publisher = createClient({ socket: { port: target.port, host: '127.0.0.1' }, password: target.token });
  const subscriber = publisher.duplicate();
  for (const client of [publisher, subscriber]) {
    client.on('error', (error) => console.error(error));
    await client.connect();
  }
  return {
    publisher,
    subscriber,
    close: async () => {
      await publisher.close();
      await subscriber.close();
    },
  };
}

const ordinary = ({ publisher, subscriber }: Clients): AdapterConstructor => createAdapter(publisher, subscriber);
const sharded = ({ publisher, subscriber }: Clients): AdapterConstructor =>
  createShardedAdapter(publisher, subscriber) as unknown as AdapterConstructor;

const WAYS = [
  ['ordinary channels, ioredis', ordinary, ioredis],
  ['ordinary channels, node-redis', ordinary, nodeRedis],
  ['sharded channels, ioredis', sharded, ioredis],
  ['sharded channels, node-redis', sharded, nodeRedis],
] as const;

/** One Socket.IO server, with a namespace and clients of its own. */
class Site {
  private constructor(
    readonly io: Server,
    private readonly clients: Clients,
    private readonly url: string,
    private readonly sockets: Socket[] = [],
  ) {}

  static async start(target: Target, adapter: (clients: Clients) => AdapterConstructor, connect: typeof ioredis): Promise<Site> {
    const clients = await connect(target);
    const http = createServer();
    const io = new Server(http, { adapter: adapter(clients) });
    io.on('connection', (socket) => {
      socket.data.name = socket.handshake.auth.name;
      socket.on('join', (room, done) => Promise.resolve(socket.join(room)).then(done));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return new Site(io, clients, `http://127.0.0.1:${(http.address() as AddressInfo).port}`);
  }

  /** A user that has joined rooms, and what it has been sent. */
  async user(name: string, ...rooms: string[]): Promise<{ socket: Socket; received: unknown[] }> {
    const socket = connectTo(this.url, { auth: { name }, transports: ['websocket'], forceNew: true });
    this.sockets.push(socket);
    const received: unknown[] = [];
    socket.on('news', (...args) => received.push(...args));
    socket.on('question', (answer) => answer(name));
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    for (const room of rooms) await socket.timeout(20_000).emitWithAck('join', room);
    return { socket, received };
  }

  /** Resolves when all that it subscribed to before is in effect: its client keeps the order of commands. */
  async subscribed(): Promise<void> {
    await this.clients.subscriber.ping();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.disconnect();
    await this.io.close();
    await this.clients.close();
  }
}

describe.each(shardCounts(1, 3))('Socket.IO on %i shards', (shards) => {
  let target: Target;

  beforeAll(async () => {
    target = await startTarget(shards);
  });

  afterAll(() => target.stop());

  describe.each(WAYS)('%s', (_name, adapter, connect) => {
    let a: Site;
    let b: Site;

    beforeEach(async () => {
      a = await Site.start(target, adapter, connect);
      b = await Site.start(target, adapter, connect);
      await Promise.all([a.subscribed(), b.subscribed()]);
      // Those of the test before are gone.
      await expect.poll(() => a.io.of('/').adapter.serverCount(), { timeout: 20_000 }).toBe(2);
    });

    afterEach(async () => {
      await a.stop();
      await b.stop();
    });

    test('what one server sends reaches the sockets of both, by room', async () => {
      const ann = await a.user('Ann', 'red', 'blue');
      const bob = await b.user('Bob', 'blue');
      const eve = await b.user('Eve');
      await Promise.all([a.subscribed(), b.subscribed()]);
      a.io.emit('news', 'for all');
      a.io.to('blue').emit('news', 'for blue');
      b.io.to('red').emit('news', 'for red');
      b.io.to(['red', 'blue']).emit('news', 'for both, once');
      a.io.except('blue').emit('news', 'for the rest');
      a.io.to('blue').emit('news', Buffer.from([0, 255, 128]), { nested: Buffer.from('ключ') });
      for (let i = 0; i < 200; i++) a.io.to('blue').emit('news', i);
      a.io.emit('news', 'last of a');
      // What goes over different channels may overtake each other.
      const texts = (received: unknown[]) => received.filter((item) => String(item).startsWith('for ')).sort();
      const numbers = (received: unknown[]) => received.filter((item) => typeof item === 'number');
      const arrived = () => [ann, bob, eve].map(({ received }) => [texts(received).length, numbers(received).length, received.length]);
      await expect.poll(arrived, { timeout: 20_000 }).toEqual([
        [4, 200, 207],
        [3, 200, 206],
        [2, 0, 3],
      ]);
      expect(texts(ann.received)).toEqual(['for all', 'for blue', 'for both, once', 'for red']);
      expect(texts(bob.received)).toEqual(['for all', 'for blue', 'for both, once']);
      expect(numbers(bob.received)).toEqual(Array.from({ length: 200 }, (_unused, i) => i));
      expect(bob.received.filter((item) => Buffer.isBuffer(item))).toEqual([Buffer.from([0, 255, 128])]);
      expect(bob.received).toContainEqual({ nested: Buffer.from('ключ') });
      expect(eve.received).toEqual(['for all', 'for the rest', 'last of a']);
    });

    test('servers ask each other', async () => {
      const ann = await a.user('Ann', 'red');
      const bob = await b.user('Bob', 'blue');
      await b.user('Eve', 'blue');
      await Promise.all([a.subscribed(), b.subscribed()]);
      const names = async (room?: string) => {
        const sockets = await (room === undefined ? a.io.fetchSockets() : a.io.in(room).fetchSockets());
        return sockets.map(({ data }) => data.name as string).sort();
      };
      expect(await names()).toEqual(['Ann', 'Bob', 'Eve']);
      expect(await names('blue')).toEqual(['Bob', 'Eve']);

      b.io.on('greet', (name, answer) => answer(`hello ${name}`));
      expect(await a.io.serverSideEmitWithAck('greet', 'a')).toEqual(['hello a']);
      const heard = new Promise((resolve) => a.io.on('told', (...args) => resolve(args)));
      b.io.serverSideEmit('told', 1, 'two', { three: 3 });
      expect(await heard).toEqual([1, 'two', { three: 3 }]);

      a.io.in('blue').socketsJoin('green');
      await expect.poll(() => names('green'), { timeout: 20_000 }).toEqual(['Bob', 'Eve']);
      a.io.in(bob.socket.id as string).socketsLeave('green');
      await expect.poll(() => names('green'), { timeout: 20_000 }).toEqual(['Eve']);
      expect((await a.io.timeout(20_000).emitWithAck('question')).sort()).toEqual(['Ann', 'Bob', 'Eve']);
      expect((await b.io.to('blue').timeout(20_000).emitWithAck('question')).sort()).toEqual(['Bob', 'Eve']);

      const gone = new Promise((resolve) => ann.socket.once('disconnect', resolve));
      b.io.in('red').disconnectSockets(true);
      await gone;
      await expect.poll(() => names(), { timeout: 20_000 }).toEqual(['Bob', 'Eve']);
    });
  });
});
