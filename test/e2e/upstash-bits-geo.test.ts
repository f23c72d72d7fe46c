// Bitmaps, HyperLogLog and geo as the unmodified @upstash/redis sees them.

import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, startServer } from './server';

describe.each([1, 4])('@upstash/redis on %i shards', (shards) => {
  let server: Server;
  let redis: Redis;

  beforeAll(async () => {
    server = await startServer({ args: ['--shards', String(shards)] });
    // With automatic pipelines, which are its default, the client's own bitfield() throws.
    redis = new Redis({ url: server.url, token: server.token, enableAutoPipelining: false });
  });

  afterAll(async () => {
    await server.stop();
  });

  test('bitmaps', async () => {
    expect(await redis.setbit('{b}1', 7, 1)).toBe(0);
    expect(await redis.setbit('{b}1', 9, 1)).toBe(0);
    expect(await redis.getbit('{b}1', 7)).toBe(1);
    expect(await redis.bitcount('{b}1', 0, -1)).toBe(2);
    expect(await redis.bitpos('{b}1', 1)).toBe(7);
    expect(await redis.bitpos('{b}1', 1, 1, -1)).toBe(9);
    await redis.setbit('{b}2', 9, 1);
    expect(await redis.bitop('and', '{b}3', '{b}1', '{b}2')).toBe(2);
    expect(await redis.bitcount('{b}3', 0, -1)).toBe(1);
    expect(await redis.bitop('diff', '{b}3', '{b}1', '{b}2')).toBe(2);
    expect(await redis.getbit('{b}3', 7)).toBe(1);
    expect(await redis.bitfield('f').set('u8', '#0', 255).overflow('FAIL').incrby('u8', '#0', 1).get('u4', 0).exec()).toEqual([
      0,
      null,
      15,
    ]);
  });

  test('HyperLogLog', async () => {
    expect(await redis.pfadd('{h}1', 'a', 'b', 'c')).toBe(1);
    expect(await redis.pfadd('{h}1', 'a')).toBe(0);
    await redis.pfadd('{h}2', 'c', 'd');
    expect(await redis.pfcount('{h}1')).toBe(3);
    expect(await redis.pfcount('{h}1', '{h}2')).toBe(4);
    expect(await redis.pfmerge('{h}3', '{h}1', '{h}2')).toBe('OK');
    expect(await redis.pfcount('{h}3')).toBe(4);
  });

  test('geo', async () => {
    const [palermo, catania] = [
      { longitude: 13.361389, latitude: 38.115556, member: 'Palermo' },
      { longitude: 15.087269, latitude: 37.502669, member: 'Catania' },
    ];
    expect(await redis.geoadd('{g}', palermo, catania)).toBe(2);
    expect(await redis.geodist('{g}', 'Palermo', 'Catania', 'KM')).toBe(166.2742);
    expect(await redis.geodist('{g}', 'Palermo', 'Rome')).toBeNull();
    expect(await redis.geohash('{g}', 'Palermo', 'Catania')).toEqual(['sqc8b49rny0', 'sqdtr74hyu0']);
    expect(await redis.geopos('{g}', 'Palermo')).toEqual([{ lng: 13.361389338970184, lat: 38.1155563954963 }]);
    const centre = { type: 'FROMLONLAT', coordinate: { lon: 15, lat: 37 } } as const;
    const circle = { type: 'BYRADIUS', radius: 200, radiusType: 'KM' } as const;
    expect(await redis.geosearch('{g}', centre, circle, 'ASC', { withDist: true, withCoord: true, withHash: true })).toEqual([
      { member: 'Catania', dist: 56.4413, hash: '3479447370796909', coord: { long: 15.087267458438873, lat: 37.50266842333162 } },
      { member: 'Palermo', dist: 190.4424, hash: '3479099956230698', coord: { long: 13.361389338970184, lat: 38.1155563954963 } },
    ]);
    expect(await redis.geosearchstore('{g}near', '{g}', centre, circle, 'ASC', { count: { limit: 1 } })).toBe(1);
    expect(await redis.zrange('{g}near', 0, -1)).toEqual(['Catania']);
  });
});
