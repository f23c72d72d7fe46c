// Scripts and functions through the unmodified @upstash/redis: alone, in pipelines and in transactions.

import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onRedis, shardCounts, startTarget, type Target } from './target';

/** What limiters are made of. */
const LIMITER = `
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return used
`;
const LIBRARY = `#!lua name=counters
local function add(keys, args)
  return redis.call('INCRBY', keys[1], args[1] or 1)
end
local function peek(keys)
  return redis.call('GET', keys[1])
end
redis.register_function('add', add)
redis.register_function{function_name='peek', callback=peek, flags={'no-writes'}, description='reads it'}
`;

describe.each(shardCounts(1, 3))('@upstash/redis on %i shards: scripts', (shards) => {
  let target: Target;
  let redis: Redis;

  beforeAll(async () => {
    target = await startTarget(shards);
    redis = new Redis({ url: target.url, token: target.token });
  });

  afterAll(() => target.stop());

  test('what a script returns comes back as JSON', async () => {
    const script = "return {KEYS[1], ARGV[1], 3.99, true, false, {1, {2, 'x'}}, {ok = 'FINE'}, 'last'}";
    expect(await redis.eval(script, ['a'], ['b'])).toEqual(['a', 'b', 3, 1, null, [1, [2, 'x']], 'FINE', 'last']);
    expect(await redis.eval('return ARGV[1]', [], [{ name: 'ключ 日本 😀', list: [1, 2] }])).toEqual({
      name: 'ключ 日本 😀',
      list: [1, 2],
    });
    expect(await redis.eval('return nil', [], [])).toBeNull();
    expect(await redis.eval('return {1, 2, nil, 4}', [], [])).toEqual([1, 2]);
    expect(await redis.eval("return cjson.encode({a = 1, b = cjson.decode('[1,2]')})", [], [])).toEqual({ a: 1, b: [1, 2] });
    expect(await redis.eval("return redis.status_reply('DONE')", [], [])).toBe('DONE');
  });

  test('errors of scripts', async () => {
    await redis.set('{s}text', 'abc');
    await expect(redis.eval("return redis.call('INCR', KEYS[1])", ['{s}text'], [])).rejects.toThrow(
      /ERR value is not an integer or out of range script: /,
    );
    await expect(redis.eval("return redis.error_reply('MINE is this')", [], [])).rejects.toThrow(/MINE is this/);
    await expect(redis.eval('return +', [], [])).rejects.toThrow(
      /ERR Error compiling script \(new function\): user_script:1: unexpected symbol near '\+'/,
    );
    await expect(redis.eval("error('out')", [], [])).rejects.toThrow(/user_script:1: out/);
    await expect(redis.evalRo("return redis.call('SET', KEYS[1], 'x')", ['{s}text'], [])).rejects.toThrow(
      /Write commands are not allowed from read-only scripts/,
    );
    await expect(redis.evalsha('0'.repeat(40), [], [])).rejects.toThrow(/NOSCRIPT No matching script/);
    // What failed half way has changed what came before, as in Redis.
    await expect(redis.eval("redis.call('SET', KEYS[1], 'changed') redis.call('LPUSH', KEYS[1], 'x')", ['{s}text'], [])).rejects.toThrow(
      /WRONGTYPE/,
    );
    expect(await redis.get('{s}text')).toBe('changed');
  });

  test('scripts that are kept', async () => {
    const sha = await redis.scriptLoad(LIMITER);
    expect(await redis.scriptExists(sha, 'f'.repeat(40))).toEqual([1, 0]);
    const callers = await Promise.all(Array.from({ length: 50 }, () => redis.evalsha<[number], number>(sha, ['{s}limit'], [60_000])));
    expect([...callers].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_unused, i) => i + 1));
    expect(await redis.pttl('{s}limit')).toBeGreaterThan(50_000);
    expect(await redis.scriptFlush({ sync: true })).toBe('OK');
    expect(await redis.scriptExists(sha)).toEqual([0]);

    const script = redis.createScript<number>(LIMITER);
    expect(await script.exec(['{s}limit'], ['60000'])).toBe(51);
    expect(await script.evalsha(['{s}limit'], ['60000'])).toBe(52);
    const reading = redis.createScript<number, true>("return redis.call('GET', KEYS[1])", { readonly: true });
    expect(await reading.exec(['{s}limit'], [])).toBe(52);
    expect(await reading.evalshaRo(['{s}limit'], [])).toBe(52);
    expect(await redis.evalshaRo(await redis.scriptLoad('return ARGV[1]'), [], ['read'])).toBe('read');
  });

  test('in pipelines and transactions', async () => {
    const sha = await redis.scriptLoad(LIMITER);
    const pipeline = redis.pipeline();
    for (let i = 0; i < 100; i++) pipeline.evalsha(sha, ['{s}piped'], [60_000]).eval('return ARGV[1]', [], [i]);
    const results = await pipeline.exec<number[]>();
    expect(results).toEqual(Array.from({ length: 200 }, (_unused, i) => (i % 2 === 0 ? i / 2 + 1 : (i - 1) / 2)));
    const kept = await redis
      .pipeline()
      .set('{s}p', 1)
      .eval("return redis.call('LPUSH', KEYS[1], 'x')", ['{s}p'], [])
      .incr('{s}p')
      .exec({ keepErrors: true });
    expect(kept.map(({ error }) => error?.split(' ')[0])).toEqual([undefined, 'WRONGTYPE', undefined]);
    expect(
      await redis
        .multi()
        .set('{s}m', 5)
        .eval("return {redis.call('INCR', KEYS[1]), redis.call('INCRBY', KEYS[1], ARGV[1])}", ['{s}m'], [10])
        .evalsha(sha, ['{s}m'], [60_000])
        .get('{s}m')
        .exec(),
    ).toEqual(['OK', [6, 16], 17, 17]);
  });

  test('functions', async () => {
    expect(await redis.functions.load({ code: LIBRARY, replace: true })).toBe('counters');
    await expect(redis.functions.load({ code: LIBRARY })).rejects.toThrow(/Library 'counters' already exists/);
    const callers = await Promise.all(Array.from({ length: 50 }, () => redis.functions.call('add', ['{s}counted'], ['2'])));
    expect(callers.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_unused, i) => 2 * (i + 1)));
    expect(await redis.functions.callRo('peek', ['{s}counted'])).toBe(100);
    await expect(redis.functions.callRo('add', ['{s}counted'])).rejects.toThrow(
      /Can not execute a script with write flag using \*_ro command/,
    );
    const [library] = await redis.functions.list({ withCode: true });
    expect(library).toMatchObject({ libraryName: 'counters', engine: 'LUA', libraryCode: LIBRARY });
    const functions = [...(library?.functions ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(functions.map(({ name, flags }) => [name, flags])).toEqual([
      ['add', []],
      ['peek', ['no-writes']],
    ]);
    expect(functions[1]?.description).toBe('reads it');
    expect(await redis.functions.stats()).toEqual({ engines: { LUA: { librariesCount: 1, functionsCount: 2 } } });
    expect(await redis.pipeline().functions.call('add', ['{s}counted'], ['1']).functions.callRo('peek', ['{s}counted']).exec()).toEqual([
      101, 101,
    ]);
    expect(await redis.functions.delete('counters')).toBe('OK');
    await expect(redis.functions.call('add', ['{s}counted'])).rejects.toThrow(/Function not found/);
    await redis.functions.load({ code: LIBRARY });
    expect(await redis.functions.flush()).toBe('OK');
    expect(await redis.functions.list()).toEqual([]);
  });

  test.skipIf(onRedis)('a script that says that it needs only its keys', async () => {
    const prefix = '#!lua flags=allow-key-locking\n';
    expect(await redis.eval(`${prefix}return redis.call('INCR', KEYS[1])`, ['{s}locking'], [])).toBe(1);
    await expect(redis.eval(`${prefix}return redis.call('GET', 'undeclared')`, ['{s}locking'], [])).rejects.toThrow(
      /Dynamic keys are not allowed in Lua scripts when 'allow-key-locking' flag is set. Key was: undeclared/,
    );
  });

  test.skipIf(onRedis || shards === 1)('keys of several shards, declared or not', async () => {
    const keys = Array.from({ length: 20 }, (_unused, i) => `spread:${i}`);
    await expect(redis.eval('return #KEYS', keys, [])).rejects.toThrow(/CROSSSLOT/);
    const undeclared = await Promise.allSettled(keys.map((key) => redis.eval("return redis.call('INCR', ARGV[1])", ['{s}here'], [key])));
    const refused = undeclared.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(20);
    expect(await redis.exists(...keys)).toBe(20 - refused.length);
  });
});
