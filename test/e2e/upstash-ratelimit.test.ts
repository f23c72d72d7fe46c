// @upstash/ratelimit, unmodified, over REST: fifty callers at once, and not one request more than allowed.

import { Analytics, IpDenyList, MultiRegionRatelimit, Ratelimit } from '@upstash/ratelimit';
import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onRedis, startTarget, type Target } from './target';

const CALLERS = 50;
/** No window ends while a test runs. */
const LONG = '300 d';
const LONG_MS = 300 * 86_400_000;

type Settings = Omit<ConstructorParameters<typeof Ratelimit>[0], 'redis'>;
type Result = Awaited<ReturnType<Ratelimit['limit']>>;

/** A request that nothing but Redis decides: neither a memory of the caller's own nor its patience. */
const strict = { ephemeralCache: false, timeout: 0 } as const;

function connect({ url, token }: Target): Redis {
  return new Redis({ url, token, latencyLogging: false });
}

/** Callers, each with a client of its own, that all ask at once, and again so many times. */
async function callAtOnce(target: Target, settings: Settings, times: number, identifier = 'user'): Promise<Result[]> {
  const callers = Array.from({ length: CALLERS }, () => new Ratelimit({ redis: connect(target), ...strict, ...settings }));
  const results = await Promise.all(
    callers.map(async (caller) => {
      const own: Result[] = [];
      for (let i = 0; i < times; i++) own.push(await caller.limit(identifier));
      return own;
    }),
  );
  await Promise.all(results.flat().map(({ pending }) => pending));
  return results.flat();
}

const allowed = (results: readonly Result[]): Result[] => results.filter(({ success }) => success);
const descending = (from: number): number[] => Array.from({ length: from }, (_unused, i) => from - 1 - i);
const remainders = (results: readonly Result[]): number[] => results.map(({ remaining }) => remaining).sort((a, b) => b - a);

describe('@upstash/ratelimit', () => {
  let target: Target;
  let redis: Redis;

  beforeAll(async () => {
    target = await startTarget(1);
    redis = connect(target);
  });

  afterAll(() => target.stop());

  test('fixed window', async () => {
    const settings = { prefix: 'fixed', limiter: Ratelimit.fixedWindow(100, LONG) };
    const results = await callAtOnce(target, settings, 4);
    expect(results).toHaveLength(4 * CALLERS);
    expect(remainders(allowed(results))).toEqual(descending(100));
    const key = `fixed:user:${Math.floor(Date.now() / LONG_MS)}`;
    expect(await redis.get(key)).toBe(4 * CALLERS);
    expect(await redis.pttl(key)).toBeGreaterThan(LONG_MS - 600_000);

    const limit = new Ratelimit({ redis, ...strict, ...settings });
    expect(await limit.getRemaining('user')).toMatchObject({ remaining: 0, limit: 100 });
    expect(await limit.getRemaining('another')).toMatchObject({ remaining: 100, limit: 100 });
    expect(await limit.limit('another', { rate: 30 })).toMatchObject({ success: true, remaining: 70 });
    expect(await limit.limit('another', { rate: -10 })).toMatchObject({ success: true, remaining: 80 });
    expect(await limit.limit('another', { rate: 81 })).toMatchObject({ success: false, remaining: 0 });
    await limit.resetUsedTokens('user');
    expect(await redis.exists(key)).toBe(0);
    expect(await limit.getRemaining('user')).toMatchObject({ remaining: 100 });
    expect(await limit.getRemaining('another')).toMatchObject({ remaining: 0 });
  });

  test('sliding window', async () => {
    const settings = { prefix: 'sliding', limiter: Ratelimit.slidingWindow(100, LONG) };
    const results = await callAtOnce(target, settings, 4);
    expect(remainders(allowed(results))).toEqual(descending(100));
    const window = Math.floor(Date.now() / LONG_MS);
    expect(await redis.get(`sliding:user:${window}`)).toBe(100);

    // What was used in the window before counts for as much as still overlaps.
    await redis.set(`sliding:weighted:${window - 1}`, 60);
    const carried = Math.floor((1 - (Date.now() % LONG_MS) / LONG_MS) * 60);
    const limit = new Ratelimit({ redis, ...strict, ...settings });
    expect(await limit.getRemaining('weighted')).toMatchObject({ remaining: 100 - carried, limit: 100 });
    expect(remainders(allowed(await callAtOnce(target, settings, 3, 'weighted')))).toEqual(descending(100 - carried));
    await limit.resetUsedTokens('weighted');
    expect(await limit.getRemaining('weighted')).toMatchObject({ remaining: 100 });
  });

  test('token bucket', async () => {
    const settings = { prefix: 'bucket', limiter: Ratelimit.tokenBucket(20, LONG, 70) };
    expect(remainders(allowed(await callAtOnce(target, settings, 3)))).toEqual(descending(70));
    const bucket = await redis.hgetall<{ refilledAt: number; tokens: number }>('bucket:user');
    expect(bucket?.tokens).toBe(0);

    // As if the time of two refills had passed.
    await redis.hset('bucket:user', { refilledAt: (bucket?.refilledAt as number) - 2 * LONG_MS });
    expect(remainders(allowed(await callAtOnce(target, settings, 2)))).toEqual(descending(40));
    const limit = new Ratelimit({ redis, ...strict, ...settings });
    expect(await limit.getRemaining('user')).toMatchObject({ remaining: 0, limit: 70 });
    await limit.resetUsedTokens('user');
    expect(await limit.limit('user', { rate: 50 })).toMatchObject({ success: true, remaining: 20 });
    expect(await limit.limit('user', { rate: 30 })).toMatchObject({ success: false });
    expect(await limit.limit('user', { rate: 20 })).toMatchObject({ success: true, remaining: 0 });
  });

  test('cached fixed window', async () => {
    const settings = { redis, timeout: 0, prefix: 'cached', limiter: Ratelimit.cachedFixedWindow(100, LONG) };
    const limit = new Ratelimit({ ...settings, ephemeralCache: new Map() });
    const key = `cached:user:${Math.floor(Date.now() / LONG_MS)}`;
    expect(await limit.limit('user')).toMatchObject({ success: true, remaining: 99 });
    const results = await Promise.all(Array.from({ length: 3 * CALLERS }, () => limit.limit('user')));
    await Promise.all(results.map(({ pending }) => pending));
    expect(remainders(allowed(results))).toEqual(descending(99));
    expect(await redis.get(key)).toBe(100);
    expect(await limit.getRemaining('user')).toMatchObject({ remaining: 0 });
    // One that has not asked before learns it from Redis.
    const other = new Ratelimit({ ...settings, ephemeralCache: new Map() });
    expect(await other.getRemaining('user')).toMatchObject({ remaining: 0 });
    expect(await other.limit('user')).toMatchObject({ success: false });
    await limit.resetUsedTokens('user');
    expect(await limit.limit('user')).toMatchObject({ success: true, remaining: 99 });
  });

  test('what is blocked is remembered by the caller', async () => {
    const ephemeralCache = new Map<string, number>();
    const limit = new Ratelimit({ redis, timeout: 0, ephemeralCache, prefix: 'remembered', limiter: Ratelimit.fixedWindow(2, LONG) });
    const results: Result[] = [];
    for (let i = 0; i < 5; i++) results.push(await limit.limit('user'));
    expect(results.map(({ success, reason }) => [success, reason])).toEqual([
      [true, undefined],
      [true, undefined],
      [false, undefined],
      [false, 'cacheBlock'],
      [false, 'cacheBlock'],
    ]);
    expect(await redis.get(`remembered:user:${Math.floor(Date.now() / LONG_MS)}`)).toBe(3);
    await limit.resetUsedTokens('user');
    expect(await limit.limit('user')).toMatchObject({ success: true, remaining: 1 });
  });

  test('a caller that waits until it may', async () => {
    const brief = new Ratelimit({ redis, ...strict, prefix: 'wait', limiter: Ratelimit.fixedWindow(1, '400 ms') });
    const first = await brief.blockUntilReady('user', 20_000);
    const second = await brief.blockUntilReady('user', 20_000);
    expect([first.success, second.success]).toEqual([true, true]);
    expect(Date.now()).toBeGreaterThanOrEqual(first.reset);
    const long = new Ratelimit({ redis, ...strict, prefix: 'wait', limiter: Ratelimit.slidingWindow(1, LONG) });
    expect((await long.blockUntilReady('other', 100)).success).toBe(true);
    expect((await long.blockUntilReady('other', 100)).success).toBe(false);
  });

  test('a limit that is changed while it is in use', async () => {
    const limiters = [Ratelimit.fixedWindow(5, LONG), Ratelimit.slidingWindow(5, LONG), Ratelimit.tokenBucket(5, LONG, 5)];
    for (const [i, limiter] of limiters.entries()) {
      const settings = { prefix: `dynamic:${i}`, limiter, dynamicLimits: true };
      const limit = new Ratelimit({ redis, ...strict, ...settings });
      expect(await limit.getDynamicLimit()).toEqual({ dynamicLimit: null });
      await limit.setDynamicLimit({ limit: 60 });
      expect(await limit.getDynamicLimit()).toEqual({ dynamicLimit: 60 });
      expect(remainders(allowed(await callAtOnce(target, settings, 2)))).toEqual(descending(60));
      expect(await limit.getRemaining('user')).toMatchObject({ remaining: 0, limit: 60 });
      await limit.setDynamicLimit({ limit: false });
      expect(await limit.getRemaining('another')).toMatchObject({ remaining: 5, limit: 5 });
    }
  });

  test('analytics', async () => {
    const settings = { prefix: 'counted', limiter: Ratelimit.fixedWindow(100, LONG), analytics: true };
    await callAtOnce(target, settings, 3, 'busy');
    await callAtOnce(target, settings, 1, 'quiet');
    const analytics = new Analytics({ redis, prefix: 'counted' });
    expect(await analytics.getUsage(Date.now() - 3 * 3_600_000)).toEqual({
      busy: { success: 100, blocked: 3 * CALLERS - 100 },
      quiet: { success: CALLERS, blocked: 0 },
    });
    const { allowed: most, ratelimited, denied } = await analytics.getMostAllowedBlocked(3, 5);
    expect(most).toEqual([
      { identifier: 'busy', count: 100 },
      { identifier: 'quiet', count: CALLERS },
    ]);
    expect(ratelimited).toEqual([{ identifier: 'busy', count: 3 * CALLERS - 100 }]);
    expect(denied).toEqual([]);
    const hours = await analytics.getUsageOverTime(3, 'success');
    const sum = (outcome: string) =>
      hours.reduce((total, hour) => total + Number((hour as Record<string, Record<string, number>>).success?.[outcome] ?? 0), 0);
    expect([sum('true'), sum('false')]).toEqual([100 + CALLERS, 3 * CALLERS - 100]);
  });

  test('a list of those that are denied', async () => {
    const prefix = 'denying';
    await IpDenyList.disableIpDenyList(redis, prefix);
    await redis.sadd(`${prefix}:denyList:all`, '203.0.113.7', 'someone');
    const limit = new Ratelimit({
      redis,
      ...strict,
      prefix,
      limiter: Ratelimit.fixedWindow(10, LONG),
      enableProtection: true,
      analytics: true,
    });
    const good = await limit.limit('user', { ip: '203.0.113.8', userAgent: 'a browser', country: 'XX' });
    expect(good).toMatchObject({ success: true, remaining: 9 });
    const bad = await limit.limit('user', { ip: '203.0.113.7' });
    expect(bad).toMatchObject({ success: false, reason: 'denyList', deniedValue: '203.0.113.7', remaining: 0 });
    expect(await limit.limit('someone')).toMatchObject({ success: false, reason: 'denyList', deniedValue: 'someone' });
    await Promise.all([good.pending, bad.pending]);
    expect((await new Analytics({ redis, prefix }).getMostAllowedBlocked(2, 5)).denied.map(({ identifier }) => identifier)).toContain(
      '203.0.113.7',
    );
  });

  test('one limit kept in two databases', async () => {
    const other = await startTarget(1);
    try {
      const limiters = [MultiRegionRatelimit.fixedWindow(10, LONG), MultiRegionRatelimit.slidingWindow(10, LONG)];
      for (const [i, limiter] of limiters.entries()) {
        const limit = new MultiRegionRatelimit({ redis: [redis, connect(other)], limiter, timeout: 0, prefix: `multi:${i}` });
        const results: Result[] = [];
        for (let k = 0; k < 15; k++) {
          const result = await limit.limit('user');
          await result.pending;
          results.push(result);
        }
        expect(results.map(({ success }) => success)).toEqual(Array.from({ length: 15 }, (_unused, k) => k < 10));
        expect((await limit.getRemaining('user')).remaining).toBe(0);
      }
    } finally {
      await other.stop();
    }
  });
});

// A script has its keys on one shard. The two windows that slide are two keys, and so are a limit and what changes it: with
// braces in the prefix, or around the identifier, they are on one.
describe.skipIf(onRedis)('@upstash/ratelimit on 3 shards', () => {
  let target: Target;
  let redis: Redis;

  beforeAll(async () => {
    target = await startTarget(3);
    redis = connect(target);
  });

  afterAll(() => target.stop());

  const limiters = {
    'fixed window': Ratelimit.fixedWindow(60, LONG),
    'sliding window': Ratelimit.slidingWindow(60, LONG),
    'token bucket': Ratelimit.tokenBucket(60, LONG, 60),
  };

  test.each(Object.entries(limiters))('%s', async (name, limiter) => {
    for (const [prefix, user] of [
      [`{app}:${name}`, 'user'],
      [`app:${name}`, '{user}'],
    ] as const) {
      const settings = { prefix, limiter, analytics: true };
      for (const identifier of [user, `${user}:2`, `${user}:3`]) {
        expect(remainders(allowed(await callAtOnce(target, settings, 2, identifier)))).toEqual(descending(60));
        const limit = new Ratelimit({ redis, ...strict, ...settings });
        expect((await limit.getRemaining(identifier)).remaining).toBe(0);
        await limit.resetUsedTokens(identifier);
        expect((await limit.getRemaining(identifier)).remaining).toBe(60);
      }
    }
    const settings = { prefix: `{changed}:${name}`, limiter, dynamicLimits: true };
    await new Ratelimit({ redis, ...strict, ...settings }).setDynamicLimit({ limit: 70 });
    expect(remainders(allowed(await callAtOnce(target, settings, 2)))).toEqual(descending(70));
  });

  test('windows that are not on one shard are refused, and nothing is counted', async () => {
    const limit = new Ratelimit({ redis, ...strict, prefix: 'apart', limiter: Ratelimit.slidingWindow(5, LONG) });
    const refused = await Promise.allSettled(Array.from({ length: 20 }, (_unused, i) => limit.limit(`user:${i}`)));
    const reasons = refused.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) expect(reason).toContain('CROSSSLOT');
    expect(await redis.keys('apart:*')).toHaveLength(20 - reasons.length);
  });
});
