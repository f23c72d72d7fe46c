// Geohashes and searches: against what searching means, and against redis-server on random places.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bytes } from '../../../src/bytes/bytes';
import { geoCommands } from '../../../src/commands/geo';
import { cellsAround, distance, LATITUDES, type Point, pointOf, scoreOf, scoresOf } from '../../../src/structures/geohash';
import { expectSameReplies } from '../../support/differential';
import { seededRandom, TestEngine } from '../../support/engine';
import { RealRedis, redisInstalled } from '../../support/real-redis';

const random = seededRandom(5);
const randomPoint = (): Point => ({ longitude: random.float() * 360 - 180, latitude: (random.float() * 2 - 1) * LATITUDES.max });

test('a score is less than a metre away from its point, and keeps its own score', () => {
  for (let i = 0; i < 5000; i++) {
    const point = randomPoint();
    const score = scoreOf(point);
    const middle = pointOf(score);
    expect(distance(point, middle)).toBeLessThan(1);
    expect(scoreOf(middle)).toBe(score);
    expect(Number.isSafeInteger(score)).toBe(true);
  }
});

test('the cells of a search have every point of its circle', () => {
  let inside = 0;
  for (let i = 0; i < 300; i++) {
    const centre: Point = { longitude: random.float() * 200 - 100, latitude: (random.float() * 2 - 1) * 70 };
    const radius = 10 ** (1 + random.float() * 5);
    const ranges = cellsAround(centre, { halfWidth: radius, halfHeight: radius, radius }).map(scoresOf);
    const reach = radius / 111_000;
    for (let j = 0; j < 100; j++) {
      const longitude = centre.longitude + ((random.float() * 2 - 1) * reach) / Math.cos((centre.latitude * Math.PI) / 180);
      const point: Point = { longitude, latitude: centre.latitude + (random.float() * 2 - 1) * reach };
      if (distance(centre, point) > radius) continue;
      inside++;
      const score = scoreOf(point);
      expect(ranges.some(({ min, max }) => min <= score && score < max)).toBe(true);
    }
  }
  expect(inside).toBeGreaterThan(10_000);
});

test('a search stops as soon as any places are enough', () => {
  const engine = new TestEngine();
  for (let i = 0; i < 200; i++) engine.run('GEOADD', 'g', `${10 + i / 1e5}`, '10', `p${i}`);
  expect(engine.run('GEOSEARCH', 'g', 'FROMLONLAT', '10', '10', 'BYRADIUS', '100', 'km', 'COUNT', '3', 'ANY')).toHaveLength(3);
  const nearest = engine.run('GEOSEARCH', 'g', 'FROMLONLAT', '10', '10', 'BYRADIUS', '100', 'km', 'COUNT', '3');
  expect(nearest).toEqual(['p0', 'p1', 'p2']);
});

describe.runIf(redisInstalled)('random places, as redis-server answers', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis.stop());

  test.each([
    [11, 2],
    [12, 3],
    [13, 2],
  ] as const)('seed %i, RESP%i', async (seed, version) => {
    await redis.send([['FLUSHALL'], ['HELLO', version]]);
    const dice = seededRandom(seed);
    const pick = <T>(items: readonly T[]): T => items[dice.below(items.length)] as T;
    const key = (): string => `{g}${dice.below(4)}`;
    const place = (): string => `p${dice.below(400)}`;
    // Some corner of the world each, so that many are close together.
    const around = (centre: number, width: number): string => `${centre + (dice.float() - 0.5) * width}`;
    const position = (): string[] =>
      pick([
        () => [around(13, 3), around(38, 3)],
        () => [around(13, 0.01), around(38, 0.01)],
        () => [around(0, 359), around(0, 170)],
        () => [around(179, 2), around(0, 60)],
        () => [around(0, 359), around(84, 2)],
        () => [around(-70, 20), around(-82, 6)],
      ])();
    const unit = (): string => pick(['m', 'km', 'ft', 'mi', 'KM']);
    const length = (): string => pick(['0', '10', '1000', `${dice.below(200)}`, `${dice.float() * 5000}`, `${dice.below(30_000_000)}`]);
    const shape = (): string[] => pick([() => ['BYRADIUS', length(), unit()], () => ['BYBOX', length(), length(), unit()]])();
    const from = (): string[] => pick([() => ['FROMMEMBER', place()], () => ['FROMLONLAT', ...position()]])();
    const limits = (): string[] =>
      pick([[], [], ['COUNT', `${1 + dice.below(9)}`], ['COUNT', `${1 + dice.below(9)}`, 'ANY'], ['ASC'], ['DESC']]);
    const details = (): string[] => ['WITHCOORD', 'WITHDIST', 'WITHHASH'].filter(() => dice.below(3) === 0);
    const store = (): string[] => (dice.below(3) === 0 ? ['STORE', `{g}stored${dice.below(2)}`] : []);
    const makers: (() => string[])[] = [
      () => ['GEOADD', key(), ...pick([[], ['CH'], ['NX'], ['XX', 'CH']]), ...position(), place()],
      () => ['GEOADD', key(), ...Array.from({ length: 5 }, () => [...position(), place()]).flat()],
      () => ['GEOPOS', key(), place(), place()],
      () => ['GEOHASH', key(), place(), place()],
      () => ['GEODIST', key(), place(), place(), unit()],
      () => ['GEOSEARCH', key(), ...from(), ...shape(), ...limits(), ...details()],
      () => ['GEOSEARCH', key(), ...from(), ...shape(), ...limits(), ...details()],
      () => ['GEOSEARCHSTORE', '{g}stored', key(), ...from(), ...shape(), ...limits()],
      () => ['GEORADIUS', key(), ...position(), length(), unit(), ...limits(), ...pick([details, store])()],
      () => ['GEORADIUS_RO', key(), ...position(), length(), unit(), ...limits(), ...details()],
      () => ['GEORADIUSBYMEMBER', key(), place(), length(), unit(), ...limits(), ...pick([details, store])()],
      () => ['GEORADIUSBYMEMBER_RO', key(), place(), length(), unit(), ...limits(), ...details()],
      () => ['ZRANGE', pick([key(), '{g}stored', '{g}stored0']), '0', '-1', 'WITHSCORES'],
      () => ['ZREM', key(), place()],
    ];
    const lines = Array.from({ length: 4000 }, () => pick(makers)().map((word) => word as Bytes));
    const engine = new TestEngine();
    engine.client.protocol = version;
    const outcome = await expectSameReplies(redis, engine, lines, version);
    expect(outcome.succeeded).toBeGreaterThan(2500);
    for (const { name } of geoCommands) expect(outcome.names).toContain(name);
    expect(engine.replayed().run('DEBUG', 'DIGEST')).toEqual(engine.run('DEBUG', 'DIGEST'));
  });

  test('distances that are stored agree but for the last digits', async () => {
    const places = Array.from({ length: 200 }, (_, i) => {
      const { longitude, latitude } = randomPoint();
      return [`${longitude}`, `${latitude}`, `p${i}`];
    });
    const lines = [
      ['DEL', '{g}', '{g}d'],
      ['GEOADD', '{g}', ...places.flat()],
      ['GEOSEARCHSTORE', '{g}d', '{g}', 'FROMMEMBER', 'p0', 'BYRADIUS', '21000', 'km', 'STOREDIST'],
    ];
    await redis.send([['HELLO', 2], ...lines]);
    const engine = new TestEngine();
    for (const line of lines) engine.run(...line);
    const members = places.map(([, , name]) => name as string);
    const theirs = await redis.send(members.map((member) => ['ZSCORE', '{g}d', member]));
    members.forEach((member, i) => {
      const expected = Number((theirs[i] as string).split('\r\n')[1]);
      const ours = engine.run('ZSCORE', '{g}d', member) as { value: number };
      expect(Math.abs(ours.value - expected)).toBeLessThanOrEqual(expected * 1e-12);
    });
  });
});
