// Every stream method of the unmodified @upstash/redis against the real server, with one shard and with four. The client
// reads values that are JSON as what they mean.

import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, startServer } from './server';

describe.each([1, 4])('streams of @upstash/redis on %i shards', (shards) => {
  let server: Server;
  let redis: Redis;

  beforeAll(async () => {
    server = await startServer({ args: ['--shards', String(shards)] });
    redis = new Redis({ url: server.url, token: server.token });
  });

  afterAll(async () => {
    await server.stop();
  });

  test('xadd, xlen, xrange, xrevrange, xread, xdel and xtrim', async () => {
    const user = { name: 'Ada é 😀', born: 1815, tags: ['a', 'b'] };
    expect(await redis.xadd('log', '1-1', user)).toBe('1-1');
    expect(await redis.xadd('log', '2-*', { n: 2 })).toBe('2-0');
    expect(await redis.xadd('log', '*', { n: 3 })).toMatch(/^\d{13}-0$/);
    expect(await redis.xadd('nothing', '*', { n: 1 }, { nomkStream: true })).toBeNull();
    expect(await redis.xlen('log')).toBe(3);
    expect(await redis.xrange('log', '-', '2')).toEqual({ '1-1': user, '2-0': { n: 2 } });
    expect(await redis.xrange('log', '(1-1', '+', 1)).toEqual({ '2-0': { n: 2 } });
    expect(Object.values(await redis.xrevrange('log', '+', '-', 2))).toEqual([{ n: 3 }, { n: 2 }]);
    expect(await redis.xread('log', '1-1', { count: 1 })).toEqual([['log', [['2-0', ['n', 2]]]]]);
    expect(await redis.xread(['log', 'log'], ['0', '1'], { count: 1, blockMS: 1 })).toEqual([
      ['log', [['1-1', ['name', user.name, 'born', 1815, 'tags', user.tags]]]],
      ['log', [['1-1', ['name', user.name, 'born', 1815, 'tags', user.tags]]]],
    ]);
    expect(await redis.xread('log', '$')).toBeNull();
    expect(await redis.xdel('log', ['1-1', '9-9'])).toBe(1);
    expect(await redis.xtrim('log', { strategy: 'MAXLEN', exactness: '=', threshold: 1 })).toBe(1);
    expect(await redis.xadd('log', '*', { n: 4 }, { trim: { type: 'MAXLEN', threshold: 1, comparison: '=' } })).toMatch(/-/);
    expect(Object.values(await redis.xrange('log', '-', '+'))).toEqual([{ n: 4 }]);
    await expect(redis.xadd('log', '1-1', { n: 5 })).rejects.toThrow('equal or smaller than the target stream top item');
  });

  test('consumer groups', async () => {
    expect(await redis.xgroup('jobs', { type: 'CREATE', group: 'g', id: '$', options: { MKSTREAM: true } })).toBe('OK');
    await expect(redis.xgroup('jobs', { type: 'CREATE', group: 'g', id: '$' })).rejects.toThrow('BUSYGROUP');
    for (const n of [1, 2, 3, 4]) await redis.xadd('jobs', `${n}-0`, { n });
    expect(await redis.xgroup('jobs', { type: 'CREATECONSUMER', group: 'g', consumer: 'idle' })).toBe(1);
    expect(await redis.xreadgroup('g', 'ada', 'jobs', '>', { count: 2 })).toEqual([
      [
        'jobs',
        [
          ['1-0', ['n', 1]],
          ['2-0', ['n', 2]],
        ],
      ],
    ]);
    expect(await redis.xreadgroup('g', 'bob', ['jobs'], ['>'], { count: 1 })).toEqual([['jobs', [['3-0', ['n', 3]]]]]);
    expect(await redis.xreadgroup('g', 'bob', 'jobs', '>', { NOACK: true })).toEqual([['jobs', [['4-0', ['n', 4]]]]]);
    expect(await redis.xreadgroup('g', 'bob', 'jobs', '>')).toBeNull();
    expect(await redis.xreadgroup('g', 'bob', 'jobs', '0')).toEqual([['jobs', [['3-0', ['n', 3]]]]]);
    expect(await redis.xpending('jobs', 'g', '-', '+', 10)).toEqual([
      ['1-0', 'ada', expect.any(Number), 1],
      ['2-0', 'ada', expect.any(Number), 1],
      ['3-0', 'bob', expect.any(Number), 2],
    ]);
    expect(await redis.xpending('jobs', 'g', '-', '+', 10, { consumer: 'bob', idleTime: 1_000_000 })).toEqual([]);
    expect(await redis.xack('jobs', 'g', ['1-0', '9-9'])).toBe(1);
    expect(await redis.xclaim('jobs', 'g', 'bob', 0, '2-0', { justId: true })).toEqual(['2-0']);
    expect(await redis.xautoclaim('jobs', 'g', 'ada', 0, '0-0', { count: 1 })).toEqual(['3-0', [['2-0', ['n', 2]]], []]);
    expect(await redis.xinfo('jobs', { type: 'GROUPS' })).toEqual([
      ['name', 'g', 'consumers', 3, 'pending', 2, 'last-delivered-id', '4-0', 'entries-read', 4, 'lag', 0],
    ]);
    const consumers = (await redis.xinfo('jobs', { type: 'CONSUMERS', group: 'g' })) as unknown[][];
    expect(consumers.map((consumer) => consumer[1])).toEqual(['ada', 'bob', 'idle']);
    expect(await redis.xackdel('jobs', 'g', 'acked', '2-0', '9-9')).toEqual([1, -1]);
    expect(await redis.xdelex('jobs', 'keepref', '3-0', '9-9')).toEqual([1, -1]);
    expect(await redis.xgroup('jobs', { type: 'DELCONSUMER', group: 'g', consumer: 'bob' })).toBe(1);
    expect(await redis.xgroup('jobs', { type: 'SETID', group: 'g', id: '0' })).toBe('OK');
    expect(await redis.xgroup('jobs', { type: 'DESTROY', group: 'g' })).toBe(1);
    await expect(redis.xreadgroup('g', 'ada', 'jobs', '>')).rejects.toThrow('NOGROUP');
  });

  test('in a pipeline and in a transaction', async () => {
    const [, , read] = await redis
      .pipeline()
      .xadd('p', '1-0', { a: 1 })
      .xgroup('p', { type: 'CREATE', group: 'g', id: '0' })
      .xreadgroup('g', 'c', 'p', '>')
      .exec();
    expect(read).toEqual([['p', [['1-0', ['a', 1]]]]]);
    expect(await redis.multi().xack('p', 'g', '1-0').xlen('p').exec()).toEqual([1, 1]);
  });
});
