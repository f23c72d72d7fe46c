// The array commands as @upstash/redis sends them and reads their answers.

import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, startServer } from './server';

let server: Server;
let redis: Redis;
beforeAll(async () => {
  server = await startServer();
  redis = new Redis({ url: server.url, token: server.token });
});
afterAll(() => server.stop());

test('elements, by index and in ranges', async () => {
  expect(await redis.arset('a', 0, 'x', 'y')).toBe(2);
  expect(await redis.armset('a', { 5: 'z', 9: { deep: true } })).toBe(2);
  expect(await redis.arget('a', 1)).toBe('y');
  expect(await redis.armget('a', 0, 3, 9)).toEqual(['x', null, { deep: true }]);
  expect(await redis.argetrange('a', 2, 0)).toEqual([null, 'y', 'x']);
  expect(await redis.arscan('a', 0, 9, { limit: 3 })).toEqual([
    ['0', 'x'],
    ['1', 'y'],
    ['5', 'z'],
  ]);
  expect([await redis.arlen('a'), await redis.arcount('a')]).toEqual(['10', 4]);
  expect([await redis.ardel('a', 0, 3), await redis.ardelrange('a', [1, 9])]).toEqual([1, 3]);
  expect(await redis.exists('a')).toBe(0);
});

test('the cursor and rings', async () => {
  expect(await redis.arinsert('log', 'a', 'b')).toBe('1');
  expect(await redis.arnext('log')).toBe('2');
  expect(await redis.arseek('log', 10)).toBe(1);
  expect(await redis.arinsert('log', 'c')).toBe('10');
  expect(await redis.arlastitems('log', 2, { rev: true })).toEqual(['c', null]);
  expect(await redis.arring('ring', 2, 'x', 'y', 'z')).toBe('0');
  expect(await redis.arlastitems('ring', 5)).toEqual(['y', 'z']);
  expect(await redis.arinfo('ring')).toMatchObject({ count: 2, len: '2', nextInsertIndex: '1' });
});

test('searching and counting', async () => {
  await redis.arset<number | string>('n', 0, 10, 20, 30, 'ten');
  expect(await redis.arop('n', 0, 9, 'sum')).toBe(60);
  expect(await redis.arop('n', 0, 9, { match: '20' })).toBe(1);
  expect(await redis.argrep('n', 0, 9, { predicates: [{ re: '^[0-9]+$' }], limit: 2 })).toEqual(['0', '1']);
  expect(
    await redis.argrep('n', 0, 9, { predicates: [{ match: 'TE' }, { glob: '*n' }], combine: 'and', noCase: true, withValues: true }),
  ).toEqual([['3', 'ten']]);
});
