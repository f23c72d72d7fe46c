// Every json method of the unmodified @upstash/redis against the real server, with one shard and with four. The client
// sends text as it is, so that a JSON string has its quotes.

import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, startServer } from './server';

describe.each([1, 4])('json of @upstash/redis on %i shards', (shards) => {
  let server: Server;
  let redis: Redis;

  beforeAll(async () => {
    server = await startServer({ args: ['--shards', String(shards)] });
    redis = new Redis({ url: server.url, token: server.token });
  });

  afterAll(async () => {
    await server.stop();
  });

  test('set, get, mset, mget, merge, del and forget', async () => {
    const user = { name: 'Ada', born: 1815, ratio: 0.5, tags: ['é', '😀', '"q"\n'], deep: { a: [1, { b: null }] }, yes: true };
    expect(await redis.json.set('user', '$', user)).toBe('OK');
    expect(await redis.json.set('user', '$', user, { nx: true })).toBeNull();
    expect(await redis.json.set('user', '$.name', '"Grace"', { xx: true })).toBe('OK');
    expect(await redis.json.get('user')).toEqual({ ...user, name: 'Grace' });
    expect(await redis.json.get('user', '$.deep.a')).toEqual([[1, { b: null }]]);
    expect(await redis.json.get('user', '$..b', '$.born')).toEqual({ '$..b': [null], '$.born': [1815] });
    expect(await redis.json.get('user', { indent: '  ', newline: '\n', space: ' ' }, '$.yes')).toEqual([true]);
    expect(await redis.json.get('nobody')).toBeNull();
    const pair = [
      { key: '{p}1', path: '$', value: { n: 1 } },
      { key: '{p}2', path: '$', value: { n: [2] } },
    ];
    expect(await redis.json.mset(...pair)).toBe('OK');
    expect(await redis.json.mget(['{p}1', '{p}2', '{p}3'], '$.n')).toEqual([[1], [[2]], null]);
    expect(await redis.json.mget(['user', '{p}1', 'nobody', '{p}2'], '$.n')).toEqual([[], [1], null, [[2]]]);
    expect(await redis.json.merge('{p}1', '$', { n: null, m: { x: 1 } })).toBe('OK');
    expect(await redis.json.get('{p}1')).toEqual({ m: { x: 1 } });
    expect(await redis.json.del('user', '$.deep')).toBe(1);
    expect(await redis.json.forget('user', '$.tags[0]')).toBe(1);
    expect(await redis.json.del('user')).toBe(1);
  });

  test('numbers, strings and booleans', async () => {
    await redis.json.set('doc', '$', { n: 1, f: 1.5, s: 'foo', b: true, in: { n: 5, s: 'x' } });
    expect(await redis.json.numincrby('doc', '$..n', 2)).toEqual([3, 7]);
    expect(await redis.json.nummultby('doc', '$.f', 3)).toEqual([4.5]);
    expect(await redis.json.strappend('doc', '$..s', '"bar"')).toEqual([6, 4]);
    expect(await redis.json.strlen('doc', '$..s')).toEqual([6, 4]);
    expect(await redis.json.toggle('doc', '$.b')).toEqual([0]);
    expect(await redis.json.type('doc', '$.*')).toEqual(['integer', 'number', 'string', 'boolean', 'object']);
    await expect(redis.json.numincrby('nobody', '$', 1)).rejects.toThrow("on a key that doesn't exist");
  });

  test('arrays and objects', async () => {
    await redis.json.set('doc', '$', { a: [1, 2], o: { x: { a: [3] }, y: 1 } });
    expect(await redis.json.arrappend('doc', '$..a', 7, { z: 1 })).toEqual([4, 3]);
    expect(await redis.json.arrinsert('doc', '$.a', 1, '"in"')).toEqual([5]);
    expect(await redis.json.arrindex('doc', '$..a', 7)).toEqual([3, 1]);
    expect(await redis.json.arrlen('doc', '$..a')).toEqual([5, 3]);
    expect(await redis.json.arrpop('doc', '$.a')).toEqual([{ z: 1 }]);
    expect(await redis.json.arrpop('doc', '$..a', 0)).toEqual([1, 3]);
    expect(await redis.json.arrtrim('doc', '$.a', 0, 1)).toEqual([2]);
    expect(await redis.json.get('doc')).toEqual({ a: ['in', 2], o: { x: { a: [7, { z: 1 }] }, y: 1 } });
    expect(await redis.json.objkeys('doc', '$.o')).toEqual([['x', 'y']]);
    expect(await redis.json.objlen('doc', '$.*')).toEqual([null, 2]);
    expect(await redis.json.resp('doc', '$.o.x')).toEqual([['{', 'a', ['[', 7, ['{', 'z', 1]]]]);
    expect(await redis.json.clear('doc', '$.o')).toBe(1);
    expect(await redis.json.get('doc', '$.o')).toEqual([{}]);
  });
});
